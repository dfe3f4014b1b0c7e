"""A network is asked whether it takes the credentials: what is found, what is kept, which pauses it ends."""

from datetime import timedelta

import pytest
from django.utils import timezone

from affiliate import tasks
from affiliate.delivery import check, push
from affiliate.models import Attempt, ConnectionCheck, NetworkState
from affiliate.vocabulary import CheckVerdict, Delivery
from tests.fixtures import TOKEN

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paused(network):
    NetworkState.objects.create(network=network, paused_at=timezone.now(), paused_reason="bad key")
    return network


def pause(network, reason="bad key", **ago):
    NetworkState.objects.update_or_create(
        network=network, defaults={"paused_at": timezone.now() - timedelta(**ago), "paused_reason": reason}
    )


def is_paused(network) -> bool:
    return NetworkState.objects.filter(network=network, paused_at__isnull=False).exists()


def test_a_network_that_answers_works_and_what_was_said_is_kept(network, fake_network):
    found = check.check(network).found
    assert (found.verdict, found.reason) == (CheckVerdict.WORKS, "")
    [exchange] = ConnectionCheck.objects.get().exchanges
    assert exchange["answer"]["body"] == '{"orders": []}'
    assert "/statuses" in exchange["request"]["url"]


def test_secrets_are_masked_in_what_is_kept(network, fake_network):
    fake_network.verdicts["poll"] = (401, f"wrong token {TOKEN}")
    found = check.check(network).found
    assert TOKEN not in str(ConnectionCheck.objects.values().get()) and "wrong token" in found.reason


def test_a_check_sends_no_lead(network, fake_network):
    check.check(network)
    assert fake_network.got == [] and not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ((401, "wrong token"), CheckVerdict.REFUSED),
        ((503, ""), CheckVerdict.UNREACHABLE),
        ((200, "<h1>Welcome</h1>"), CheckVerdict.UNEXPECTED),
        ((404, ""), CheckVerdict.UNEXPECTED),
    ],
)
def test_what_is_wrong_is_told_apart(network, fake_network, answer, verdict):
    fake_network.verdicts["poll"] = answer
    assert check.check(network).found.verdict == verdict


def test_a_network_that_is_not_there_cannot_be_reached(network):
    network.base_url = "http://127.0.0.1:9"
    assert check.check(network).found.verdict == CheckVerdict.UNREACHABLE


def test_a_bug_of_an_integration_is_an_unexpected_answer(network, fake_network, monkeypatch):
    def broken(self, nobody):
        yield from Integration.poll(self, [nobody])
        raise KeyError("bug")

    Integration = network.integration_class
    monkeypatch.setattr(Integration, "check", broken)
    assert check.check(network).found.verdict == CheckVerdict.UNEXPECTED


def test_a_network_without_a_harmless_request_is_not_asked(network, fake_network, monkeypatch):
    monkeypatch.setattr(network.integration_class, "nobody", "")
    with pytest.raises(check.CannotCheck):
        check.check(network)
    assert fake_network.asked == []


def test_a_success_ends_the_pause_and_the_leads_go_out(paused, flow, make_lead, fake_network):
    lead = make_lead()
    assert check.check(paused).resumed
    assert not is_paused(paused)
    push.push_due(paused.pk)
    lead.refresh_from_db()
    assert lead.delivery == Delivery.DELIVERED


def test_a_failure_leaves_the_pause_and_its_reason(paused, fake_network):
    fake_network.verdicts["poll"] = (401, "")
    check.check(paused)
    assert NetworkState.objects.get().paused_reason == "bad key"


def test_a_pause_that_began_during_the_check_stays(network, fake_network):
    pause(network, minutes=-1)
    check.check(network)
    assert is_paused(network)


def test_a_paused_network_is_asked_by_itself_and_resumes(paused, fake_network):
    fake_network.verdicts["poll"] = (401, "")
    assert not check.check_paused(paused.pk) and is_paused(paused)
    del fake_network.verdicts["poll"]
    assert check.check_paused(paused.pk) and not is_paused(paused)


def test_a_pause_that_comes_back_for_the_same_reason_waits_for_a_person(paused, fake_network):
    assert check.check_paused(paused.pk)
    pause(paused)
    assert not check.check_paused(paused.pk) and is_paused(paused)
    assert check.check(paused).found.verdict == CheckVerdict.WORKS and not is_paused(paused)


def test_another_reason_is_another_pause(paused, fake_network):
    assert check.check_paused(paused.pk)
    pause(paused, "no such offer")
    assert check.check_paused(paused.pk)


def test_a_network_that_works_or_is_disabled_is_not_asked_by_itself(network, fake_network):
    assert not check.check_paused(network.pk)
    pause(network)
    type(network).objects.update(enabled=False)
    assert not check.check_paused(network.pk)
    assert fake_network.asked == []


def test_the_periodic_task_asks_for_each_paused_network(paused, fake_network, monkeypatch):
    sent = []
    monkeypatch.setattr("affiliate.delivery.wake.send", lambda task, *args: sent.append((task, *args)))
    tasks.check_connections()
    assert sent == [("affiliate.check_paused", paused.pk)]
    tasks.check_paused(paused.pk)
    assert not is_paused(paused)
