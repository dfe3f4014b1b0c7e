"""Postbacks are applied again: those picked, or all that the filter finds, after a look at what would change."""

import re

import pytest
from django.utils import timezone
from model_bakery import baker

from affiliate.models import Lead, Network, Postback
from affiliate.postbacks import drain

POSTBACKS = "/admin/affiliate/postback/"


@pytest.fixture
def network(db):
    return Network.objects.create(name="Rock", integration="leadrock")


@pytest.fixture
def other(db):
    return Network.objects.create(name="Other", integration="leadrock")


@pytest.fixture
def kept(db):
    """A postback with an unknown word that has a meaning by now, about a lead of its own."""

    def make(network, verdict="unknown", status="approve"):
        lead = baker.make(Lead, network=network, delivery="delivered", delivered_at=timezone.now())
        fields = {"oid": lead.oid, "status": status}
        return Postback.objects.create(network=network, method="GET", fields=fields, verdict=verdict, lead=lead)

    return make


def asked(client, rows, query="", **more):
    chosen = {"action": "replay", "_selected_action": [row.pk for row in rows], **more}
    return client.post(f"{POSTBACKS}?{query}", chosen)


def confirmed(client, page):
    """Press the button of the page that asks."""
    form = page.context["form"]
    values = {name: value for name, value in form.initial.items() if value is not None}
    return client.post(page.context["action"], values, follow=True)


def text_of(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.content.decode()))


def pending() -> set[int]:
    return set(Postback.objects.filter(verdict="pending").values_list("pk", flat=True))


def test_the_page_counts_and_tells_what_would_change(admin_client, network, kept):
    rows = [kept(network), kept(network), kept(network, status="cancel"), kept(network, status="packed")]
    page = asked(admin_client, rows)
    text = text_of(page)
    assert "4 rows are chosen." in text
    assert "2 applied wait → approve" in text
    assert "1 applied wait → cancel" in text
    assert "1 unknown status word" in text


def test_looking_changes_nothing(admin_client, network, kept):
    row = kept(network)
    asked(admin_client, [row])
    row.refresh_from_db()
    assert (row.verdict, row.lead.status, row.lead.status_changes.count()) == ("unknown", "wait", 0)


def test_what_was_picked_is_applied(admin_client, network, kept):
    picked, left = kept(network), kept(network)
    confirmed(admin_client, asked(admin_client, [picked]))
    assert pending() == {picked.pk}
    drain.apply_due()
    picked.lead.refresh_from_db()
    left.lead.refresh_from_db()
    assert (picked.lead.status, left.lead.status) == ("approve", "wait")


def test_everything_the_filter_finds_is_applied_and_no_more(admin_client, network, other, kept):
    wanted = [kept(network) for _number in range(3)]
    kept(other)
    kept(network, verdict="same")
    page = asked(admin_client, wanted[:1], f"network={network.pk}&verdict__exact=unknown", select_across="1")
    assert "3 rows are chosen." in text_of(page)
    answer = confirmed(admin_client, page)
    assert pending() == {row.pk for row in wanted}
    assert "3 postbacks are applied again." in text_of(answer)


def test_what_comes_in_after_the_question_is_left_out(admin_client, network, kept):
    row = kept(network)
    page = asked(admin_client, [row], "verdict__exact=unknown", select_across="1")
    kept(network)
    confirmed(admin_client, page)
    assert pending() == {row.pk}


def test_calls_with_a_wrong_key_stay_as_they_are(admin_client, db):
    row = Postback.objects.create(method="GET", verdict="bad-key")
    page = asked(admin_client, [row])
    assert "of calls with a wrong key, only those from an address" in text_of(page)
    assert "0 postbacks are applied again." in text_of(confirmed(admin_client, page))


@pytest.mark.parametrize("chosen", [{}, {"ids": "x"}, {"ids": "1,2,;"}, {"newest": "0"}, {"newest": "x"}])
def test_a_form_that_chooses_nothing_does_nothing(admin_client, network, kept, chosen):
    kept(network)
    answer = admin_client.post(f"{POSTBACKS}replay/", chosen, follow=True)
    assert answer.status_code == 200
    assert pending() == set()


def test_it_is_not_done_by_a_link(admin_client):
    assert admin_client.get(f"{POSTBACKS}replay/").status_code == 405
