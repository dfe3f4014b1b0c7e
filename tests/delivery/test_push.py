"""A due lead goes out once, and each outcome leaves it where DESIGN says."""

import copy
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models import F

from affiliate.delivery import attempts, bulk, claims, limits, patience, push, sweep, words
from affiliate.integrations.messages import Request
from affiliate.models import Attempt, Flow, Lead, NetworkState, StatusWord
from affiliate.vocabulary import Delivery, Status
from tests.fixtures import TOKEN, Probe, hang_up, make_network
from tests.processes.hub import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def send(lead):
    push.push_due(lead.network_id)
    lead.refresh_from_db()
    return lead


def make_due(lead):
    Lead.objects.filter(pk=lead.pk).update(next_attempt_at=F("next_attempt_at") - timedelta(days=2))


def test_an_accepted_lead_is_delivered_under_the_networks_id(flow, make_lead, fake_network):
    lead = send(make_lead())
    assert (lead.delivery, lead.eid, lead.status) == (Delivery.DELIVERED, "N1", Status.WAIT)
    assert fake_network.got == [{"phone": "+40712345678", "name": "Ion", "place": "P1", "sub": lead.oid}]
    assert lead.lease is None and lead.next_attempt_at is None
    assert lead.next_poll_at > lead.delivered_at


def test_a_status_in_the_answer_is_taken(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = (200, '{"verdict": "ok", "id": 7, "status": "bad"}')
    lead = send(make_lead())
    assert (lead.delivery, lead.eid, lead.status) == (Delivery.DELIVERED, "7", Status.TRASH)
    change = lead.status_changes.get()
    assert (change.source, change.raw_status) == ("push", "bad")


def test_a_status_word_in_the_answer_that_nobody_has_mapped_is_kept_and_counted(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = (200, '{"verdict": "ok", "id": 7, "status": "packed"}')
    lead = send(make_lead())
    change = lead.status_changes.get()
    assert (lead.delivery, lead.eid, lead.status) == (Delivery.DELIVERED, "7", Status.WAIT)
    assert (change.source, change.raw_status, change.ignored) == ("push", "packed", "unknown-word")
    words.add_up()
    word = StatusWord.objects.get()
    assert (word.word, word.status, word.why, word.count, word.lead_id) == ("packed", "", "unknown", 1, lead.pk)


def test_a_status_word_that_says_wait_is_no_news(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = (200, '{"verdict": "ok", "id": 7, "status": "new"}')
    assert not send(make_lead()).status_changes.exists()


def test_the_attempt_keeps_request_and_answer_without_the_secret(flow, make_lead, fake_network):
    lead = send(make_lead())
    attempt = lead.attempts.get()
    [exchange] = attempt.exchanges
    assert exchange["request"]["url"] == f"{fake_network.url}/add"
    assert lead.oid in exchange["request"]["body"]
    assert exchange["answer"]["status"] == 200 and "N1" in exchange["answer"]["body"]
    assert attempt.outcome == "accepted" and attempt.finished_at and attempt.commits
    assert fake_network.authorizations == [f"Bearer {TOKEN}"]
    assert TOKEN not in str(exchange)


def test_the_attempt_is_on_record_before_the_bytes_leave(flow, make_lead, fake_network):
    seen = []

    def look(handler):
        seen.extend(Attempt.objects.values_list("finished_at", "commits"))
        handler.reply(200, '{"verdict": "ok", "id": 1}')

    fake_network.verdicts["Ion"] = look
    send(make_lead())
    assert seen == [(None, True)]


def test_a_duplicate_is_a_cancelled_lead(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = "duplicate"
    lead = send(make_lead())
    assert (lead.delivery, lead.status, lead.delivery_reason) == (Delivery.REFUSED, Status.CANCEL, "duplicate")


def test_a_refused_lead_without_another_flow_is_cancelled_with_the_networks_reason(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = "refused"
    lead = send(make_lead())
    assert (lead.delivery, lead.status) == (Delivery.REFUSED, Status.CANCEL)
    assert lead.delivery_reason == lead.status_reason == "because refused"


def test_a_refused_lead_goes_to_the_next_flow(flow, make_lead, fake_network, offer, probes):
    second = make_network(fake_network, "deduping")
    Flow.objects.create(offer=offer, network=second, parameters={"place": "P2"}, priority=20)
    fake_network.verdicts["Ion"] = ["refused", "ok"]
    lead = send(make_lead())
    assert (lead.network, lead.delivery, lead.status) == (second, Delivery.QUEUED, Status.WAIT)
    assert [line["reason"] for line in lead.routing] == ["refused", "taken"]
    assert send(lead).delivery == Delivery.DELIVERED
    assert [data["place"] for data in fake_network.got] == ["P1", "P2"]


def test_wrong_settings_pause_the_network_and_keep_the_lead(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = "misconfigured"
    lead = send(make_lead())
    state = NetworkState.objects.get(network=lead.network)
    assert state.paused_at and state.paused_reason == "because misconfigured"
    assert (lead.delivery, lead.attempts_made, lead.status) == (Delivery.QUEUED, 0, Status.WAIT)
    assert send(lead).attempts.count() == 1


def test_a_postponed_lead_waits_as_long_as_the_network_asks(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = (429, "slow down", {"Retry-After": "300"})
    lead = send(make_lead())
    wait = lead.next_attempt_at - lead.attempts.get().finished_at
    assert lead.delivery == Delivery.QUEUED and timedelta(seconds=295) < wait < timedelta(seconds=305)


def test_a_postponed_lead_follows_the_schedule_and_is_failed_at_its_end(flow, make_lead, fake_network, settings):
    settings.RETRY_SCHEDULE = [10, 30]
    fake_network.verdicts["Ion"] = "later"
    lead = make_lead()
    waits = []
    for _attempt in range(2):
        send(lead)
        waits.append((lead.next_attempt_at - lead.attempts.last().finished_at).total_seconds())
        make_due(lead)
    assert 7.9 < waits[0] < 12.5 and 23.9 < waits[1] < 36.5
    lead = send(lead)
    assert (lead.delivery, lead.status, lead.delivery_reason) == (Delivery.FAILED, Status.WAIT, "because later")


def test_a_network_may_have_a_schedule_of_its_own(flow, make_lead, network, fake_network):
    network.retry_schedule = [1000]
    network.save()
    fake_network.verdicts["Ion"] = "later"
    lead = send(make_lead())
    wait = lead.next_attempt_at - lead.attempts.get().finished_at
    assert timedelta(seconds=799) < wait < timedelta(seconds=1201)
    make_due(lead)
    assert send(lead).delivery == Delivery.FAILED


def test_nothing_is_sent_before_it_is_due(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = "later"
    lead = send(make_lead())
    send(lead)
    assert len(fake_network.got) == 1


def test_a_refused_connection_is_postponed(flow, make_lead, network):
    network.base_url = "http://127.0.0.1:9"
    network.save()
    lead = send(make_lead())
    assert (lead.delivery, lead.delivery_reason) == (Delivery.QUEUED, "connection failed")


@pytest.mark.parametrize("answer", [hang_up, (500, "oops"), (200, "<html>Welcome</html>"), (200, "")])
def test_an_unclear_answer_is_never_sent_again_by_itself(flow, make_lead, fake_network, answer):
    fake_network.verdicts["Ion"] = answer
    lead = send(make_lead())
    assert (lead.delivery, lead.status) == (Delivery.UNCLEAR, Status.WAIT)
    assert lead.unclear_since and lead.next_attempt_at is None
    sweep.sweep()
    send(lead)
    assert len(fake_network.got) == 1


def test_a_read_time_out_is_unclear(flow, make_lead, fake_network, settings):
    settings.READ_TIMEOUT = 0.1
    fake_network.delay = 0.5
    assert send(make_lead()).delivery == Delivery.UNCLEAR


def test_an_unclear_lead_is_sent_again_where_the_network_drops_the_second_copy(make_lead, fake_network, probes, offer):
    Flow.objects.create(offer=offer, network=make_network(fake_network, "deduping"), parameters={"place": "P1"})
    fake_network.verdicts["Ion"] = [(500, ""), "duplicate"]
    lead = send(make_lead())
    assert lead.delivery == Delivery.QUEUED and lead.unclear_since
    make_due(lead)
    lead = send(lead)
    assert (lead.delivery, lead.status, lead.eid) == (Delivery.DELIVERED, Status.WAIT, "N2")


def test_a_first_step_that_fails_leaves_nothing_unclear(make_lead, fake_network, probes, offer, settings):
    network = make_network(fake_network, "twostep")
    Flow.objects.create(offer=offer, network=network, parameters={"place": "P1"})
    lead = send(make_lead())
    assert lead.delivery == Delivery.DELIVERED
    assert [one["request"]["method"] for one in lead.attempts.get().exchanges] == ["GET", "POST"]


def test_a_bug_of_an_integration_costs_no_lead(flow, make_lead, fake_network, monkeypatch, caplog):
    def broken(self, lead):
        yield from ()
        raise KeyError("id")

    monkeypatch.setattr("tests.fixtures.Probe.push", broken)
    lead = send(make_lead())
    assert lead.delivery == Delivery.QUEUED and "cannot make a request" in caplog.text


def test_leads_that_no_request_can_be_made_for_do_not_stop_the_others(flow, make_lead, fake_network, monkeypatch):
    usual = Probe.push

    def broken(self, lead):
        if lead.name == "?":
            raise KeyError(lead.name)
        return (yield from usual(self, lead))

    monkeypatch.setattr(Probe, "push", broken)
    for _number in range(limits.BREAKER_FAILURES):
        make_lead(name="?")
    assert send(make_lead()).delivery == Delivery.DELIVERED
    assert NetworkState.objects.get().open_until is None


def test_an_integration_that_comes_to_no_outcome_has_not_delivered_the_lead(flow, make_lead, fake_network, monkeypatch):
    def silent(self, lead):
        yield Request.json(self.url("/add"), {"name": lead.name, "sub": lead.oid})

    monkeypatch.setattr("tests.fixtures.Probe.push", silent)
    assert send(make_lead()).delivery == Delivery.UNCLEAR


def test_many_leads_go_out_with_a_bounded_number_in_flight(flow, make_lead, fake_network):
    fake_network.delay = 0.02
    leads = [make_lead() for _number in range(20)]
    push.push_due(flow.network_id)
    assert Lead.objects.filter(delivery=Delivery.DELIVERED).count() == 20
    assert fake_network.per_lead == {lead.oid: 1 for lead in leads}
    assert 1 < fake_network.most_active <= 4


def test_a_rate_limit_spaces_the_requests(flow, make_lead, fake_network, network):
    network.requests_per_second = 20
    network.save()
    for _number in range(5):
        make_lead()
    push.push_due(network.pk)
    starts = sorted(Attempt.objects.values_list("started_at", "finished_at"))
    # Four spaces, but for what passes between the first one's turn and its record.
    assert (starts[-1][1] - starts[0][0]).total_seconds() > 3 / 20


def test_the_breaker_opens_after_failures_in_a_row(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = "later"
    for _number in range(30):
        make_lead()
    push.push_due(flow.network_id)
    assert 10 <= len(fake_network.got) < 20
    assert NetworkState.objects.get().open_until


def test_a_disabled_network_keeps_its_leads(flow, make_lead, fake_network, network):
    lead = make_lead()
    network.enabled = False
    network.save()
    assert send(lead).delivery == Delivery.QUEUED and fake_network.got == []


class TestAWorkerThatDied:
    """What it had in hand is settled by whether the lead may have left."""

    def die(self, lead, **attempt):
        claims.begin(lead.network, claims.claim(lead.network, limits.Share()))
        Attempt.objects.update(**attempt)
        Lead.objects.update(lease_until=F("lease_until") - timedelta(hours=1))
        lead.refresh_from_db()

    def test_a_lead_that_may_have_left_is_unclear(self, flow, make_lead, fake_network):
        lead = make_lead()
        self.die(lead)
        assert sweep.recover() == 1
        lead.refresh_from_db()
        assert lead.delivery == Delivery.UNCLEAR
        assert lead.attempts.get().reason == "the worker stopped before the answer came"

    def test_a_lead_that_cannot_have_left_is_due_again(self, flow, make_lead, fake_network):
        lead = make_lead()
        self.die(lead, commits=False)
        sweep.recover()
        make_due(lead)
        assert send(lead).delivery == Delivery.DELIVERED

    def test_a_lead_that_was_claimed_and_did_not_begin_is_due_again_where_it_stood(self, flow, make_lead):
        lead = make_lead()
        claims.claim(lead.network, limits.Share())
        Lead.objects.update(lease_until=F("lease_until") - timedelta(hours=1))
        assert sweep.recover() == 1
        before = lead.next_attempt_at
        lead.refresh_from_db()
        assert (lead.delivery, lead.attempts_made, lead.next_attempt_at) == (Delivery.QUEUED, 0, before)
        assert lead.lease is None and not lead.attempts.exists()

    def test_a_lead_that_was_recovered_meanwhile_does_not_begin(self, flow, make_lead):
        lead = make_lead()
        [claimed] = claims.claim(lead.network, limits.Share())
        Lead.objects.update(lease_until=F("lease_until") - timedelta(hours=1))
        sweep.recover()
        assert claims.begin(lead.network, [claimed]) == ([], [])
        assert not Attempt.objects.exists()

    def test_a_finished_attempt_counts_though_it_was_not_settled(self, flow, make_lead, fake_network):
        lead = make_lead()
        self.die(lead, finished_at=lead.created_at, outcome="accepted", eid="N9", status="wait")
        sweep.recover()
        lead.refresh_from_db()
        assert (lead.delivery, lead.eid) == (Delivery.DELIVERED, "N9")

    def test_a_lease_that_holds_is_left_alone(self, flow, make_lead, fake_network):
        lead = make_lead()
        claims.begin(lead.network, claims.claim(lead.network, limits.Share()))
        assert sweep.recover() == 0

    def test_an_acceptance_that_comes_late_resolves_the_doubt(self, flow, make_lead, fake_network):
        lead = make_lead()

        def lose_the_lease(handler):
            Lead.objects.update(lease_until=F("lease_until") - timedelta(hours=1))
            sweep.recover()
            handler.reply(200, '{"verdict": "ok", "id": "late"}')

        fake_network.verdicts["Ion"] = lose_the_lease
        send(lead)
        assert (lead.delivery, lead.eid) == (Delivery.DELIVERED, "late")


class TestADatabaseThatWasAwayForAMoment:
    """What a network has answered is not forgotten."""

    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch):
        monkeypatch.setattr(patience, "PAUSE", 0)

    def fail_once(self, monkeypatch, owner, name):
        real, calls = getattr(owner, name), []

        def failing(*args, **kwargs):
            calls.append(name)
            if len(calls) == 1:
                raise OperationalError("server closed the connection unexpectedly")
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, failing)
        return calls

    @pytest.mark.parametrize("moment", [(limits, "book"), (attempts, "begin"), (limits, "note_results")])
    def test_a_lead_is_delivered_all_the_same(self, flow, make_lead, fake_network, monkeypatch, moment):
        calls = self.fail_once(monkeypatch, *moment)
        lead = send(make_lead())
        assert (lead.delivery, lead.attempts_made) == (Delivery.DELIVERED, 1) and len(calls) > 1
        assert fake_network.per_lead == {lead.oid: 1}

    def test_a_beginning_that_it_kept_unheard_is_not_written_twice(self, flow, make_lead, fake_network, monkeypatch):
        real, calls = attempts.begin, []

        def kept_unheard(rows, **kwargs):
            calls.append(real([copy.copy(one) for one in rows] if not calls else rows, **kwargs))
            if len(calls) == 1:
                raise OperationalError("server closed the connection unexpectedly")
            return calls[-1]

        monkeypatch.setattr(attempts, "begin", kept_unheard)
        lead = send(make_lead())
        assert (lead.delivery, len(calls)) == (Delivery.DELIVERED, 2)
        assert lead.attempts.get().outcome == "accepted" and fake_network.per_lead == {lead.oid: 1}

    def test_the_next_step_is_noted_once(self, make_lead, fake_network, probes, offer, monkeypatch):
        network = make_network(fake_network, "twostep")
        Flow.objects.create(offer=offer, network=network, parameters={"place": "P1"})
        calls = self.fail_once(monkeypatch, bulk, "update")
        lead = send(make_lead())
        assert lead.delivery == Delivery.DELIVERED and len(calls) > 1
        assert [one["request"]["method"] for one in lead.attempts.get().exchanges] == ["GET", "POST"]

    def test_one_that_stays_away_ends_the_drain(self, flow, make_lead, monkeypatch, settings):
        settings.LEASE_SECONDS = 0

        def failing(*args, **kwargs):
            raise OperationalError("connection refused")

        monkeypatch.setattr(limits, "lock_state", failing)
        with pytest.raises(OperationalError):
            send(make_lead())


def test_draining_costs_few_queries_a_lead(flow, make_lead, django_assert_max_num_queries):
    for _number in range(40):
        make_lead()
    flow.network.max_in_flight = 40
    flow.network.save()
    with django_assert_max_num_queries(40 * 2):
        push.push_due(flow.network_id)
    assert list(Attempt.objects.exclude(outcome="accepted").values_list("outcome", "reason")) == []
    assert Lead.objects.filter(delivery=Delivery.DELIVERED).count() == 40


class TestSlotsAreShared:
    """What flies never exceeds the network's limit, whoever sends it."""

    def test_several_workers_at_once(self, flow, make_lead, fake_network):
        if connection.vendor == "sqlite":
            pytest.skip("SQLite locks the whole file")
        fake_network.delay = 0.02
        for _number in range(60):
            make_lead()

        def drain():
            try:
                push.push_due(flow.network_id)
            finally:
                connection.close()

        workers = [threading.Thread(target=drain) for _number in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert Lead.objects.filter(delivery=Delivery.DELIVERED).count() == 60
        assert fake_network.most_active == flow.network.max_in_flight

    def claim(self, network):
        share = limits.Share()
        claims.claim(network, share)
        return share

    def test_the_first_takes_what_it_can_use_and_leaves_the_rest(self, flow, make_lead, network):
        for _number in range(3):
            make_lead()
        assert self.claim(network).slots == 3
        for _number in range(9):
            make_lead()
        assert (self.claim(network).slots, self.claim(network).slots) == (1, 0)

    def test_slots_of_a_worker_that_died_are_free_when_its_lease_ends(self, flow, make_lead, network):
        for _number in range(20):
            make_lead()
        assert (self.claim(network).slots, self.claim(network).slots) == (4, 0)
        state = NetworkState.objects.get()
        state.shares = {key: [slots, until - 61] for key, (slots, until) in state.shares.items()}
        state.save()
        assert self.claim(network).slots == 4

    def test_a_drain_that_ended_holds_none(self, flow, make_lead, network, fake_network):
        make_lead()
        push.push_due(network.pk)
        assert NetworkState.objects.get().shares == {}

    def test_a_worker_that_stops_gives_back_what_did_not_begin(self, flow, make_lead, fake_network, monkeypatch):
        for _number in range(12):
            make_lead()
        stopping = threading.Event()
        monkeypatch.setattr(push, "stopping", stopping)
        fake_network.verdicts["Ion"] = lambda handler: (stopping.set(), handler.reply(200, '{"verdict": "ok"}'))
        push.push_due(flow.network_id)
        assert Lead.objects.filter(delivery=Delivery.DELIVERED).count() == len(fake_network.got) < 12
        assert Lead.objects.filter(delivery=Delivery.QUEUED, lease=None).count() == 12 - len(fake_network.got)
        assert NetworkState.objects.get().shares == {}

    def test_a_network_that_closes_gets_nothing_that_was_claimed_ahead(self, flow, make_lead, fake_network):
        fake_network.verdicts["Ion"] = ["misconfigured", "ok"]
        for _number in range(12):
            make_lead()
        push.push_due(flow.network_id)
        assert len(fake_network.got) <= 8
        assert not Lead.objects.filter(delivery=Delivery.SENDING).exists()


def test_leases_are_renewed_while_a_conversation_lasts(flow, make_lead, fake_network, monkeypatch):
    monkeypatch.setattr(claims, "LEASE", timedelta(seconds=0.3))
    lead, renew, ends = make_lead(), claims.renew, []

    def noted(*args):
        renew(*args)
        # The last one may come when the lead is settled.
        ends.extend(Lead.objects.filter(lease_until__isnull=False).values_list("lease_until", flat=True))

    def look(handler):
        wait_for(lambda: len(ends) > 1, "two renewals")
        handler.reply(200, '{"verdict": "ok", "id": 1}')

    monkeypatch.setattr(claims, "renew", noted)
    fake_network.verdicts["Ion"] = look
    assert send(lead).delivery == Delivery.DELIVERED
    assert ends == sorted(ends) and ends[0] < ends[-1]
