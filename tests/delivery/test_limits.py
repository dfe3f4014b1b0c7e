"""What a network may be given now: working hours, caps, breaker, pause."""

import threading
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from model_bakery import baker

from affiliate.delivery import actions, caps, claims, hours, limits, push, sweep
from affiliate.models import Flow, Lead, Network, NetworkState, labels
from affiliate.vocabulary import Delivery, OutcomeKind
from tests.fixtures import make_network

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday


def change(network, **values):
    Network.objects.filter(pk=network.pk).update(**values)
    network.refresh_from_db()
    return network


def close_by_hours(network):
    """Whatever the clock says: the only working day is the day after tomorrow."""
    return change(network, work_days=[(timezone.now() + timedelta(days=2)).isoweekday()], time_zone="UTC")


@pytest.fixture
def took(flow, source, offer):
    """Leads of a network or flow that were delivered at a moment."""

    def make(count=1, *, at=None, **values):
        values = {"flow": flow, "network": flow.network, "country": "RO", "delivery": "delivered"} | values
        rows = baker.prepare("affiliate.Lead", count, source=source, offer=offer, next_attempt_at=None, **values)
        for row in rows:
            row.delivered_at = at or timezone.now()
        return Lead.objects.bulk_create(rows)

    return make


@pytest.fixture
def woken(monkeypatch):
    sent = []
    monkeypatch.setattr("affiliate.delivery.wake.send", lambda *message: sent.append(message))
    return sent


class TestWorkingHours:
    def opens(self, now, **values):
        return hours.opens_at(Network(**{"time_zone": "UTC"} | values), now)

    def test_a_network_without_hours_always_works(self):
        assert self.opens(NOON) == NOON

    def test_within_the_hours(self):
        assert self.opens(NOON, works_from=time(9), works_until=time(18)) == NOON

    def test_the_end_is_outside(self):
        assert self.opens(NOON, works_from=time(9), works_until=time(12)) == NOON + timedelta(hours=21)

    def test_before_the_hours_it_opens_today(self):
        assert self.opens(NOON, works_from=time(15)) == NOON + timedelta(hours=3)

    def test_a_start_without_an_end_lasts_until_midnight(self):
        late = NOON.replace(hour=23, minute=59)
        assert self.opens(late, works_from=time(9)) == late

    def test_an_end_without_a_start_begins_at_midnight(self):
        assert self.opens(NOON.replace(hour=0), works_until=time(9)) == NOON.replace(hour=0)

    @pytest.mark.parametrize(("hour", "open_"), [(23, True), (3, True), (7, False), (21, False)])
    def test_hours_over_midnight(self, hour, open_):
        now = NOON.replace(hour=hour)
        assert (self.opens(now, works_from=time(22), works_until=time(6)) == now) is open_

    def test_a_night_belongs_to_the_day_it_begins(self):
        night = {"works_from": time(22), "works_until": time(6), "work_days": [3]}
        thursday_night = NOON + timedelta(hours=15)
        assert self.opens(thursday_night, **night) == thursday_night
        assert self.opens(NOON.replace(hour=3), **night) == NOON.replace(hour=22)

    def test_days_off_are_passed_over(self):
        friday_evening = NOON + timedelta(days=2, hours=8)
        opens = self.opens(friday_evening, works_from=time(9), works_until=time(18), work_days=[1, 2, 3, 4, 5])
        assert opens == datetime(2026, 3, 9, 9, tzinfo=UTC)

    def test_whole_days(self):
        assert self.opens(NOON, work_days=[4]) == datetime(2026, 3, 5, tzinfo=UTC)

    def test_hours_are_those_of_the_networks_time_zone(self):
        tokyo = {"time_zone": "Asia/Tokyo", "works_from": time(9), "works_until": time(18)}
        assert self.opens(NOON, **tokyo) == datetime(2026, 3, 5, tzinfo=UTC)
        assert self.opens(NOON.replace(hour=5), **tokyo) == NOON.replace(hour=5)

    def test_the_hour_that_comes_twice_is_told_apart(self):
        romania = {"time_zone": "Europe/Bucharest", "works_from": time(3, 30), "works_until": time(12)}
        second_time = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
        assert self.opens(second_time, **romania) == second_time

    def test_without_a_time_zone_the_hubs_own_counts(self, settings):
        settings.TIME_ZONE = "Asia/Tokyo"
        assert self.opens(NOON, time_zone="", works_from=time(9), works_until=time(18)) > NOON

    def test_leads_wait_untouched_outside_the_hours(self, flow, make_lead, fake_network, network):
        lead = make_lead()
        close_by_hours(network)
        before = lead.next_attempt_at
        assert push.push_due(network.pk) == 0
        lead.refresh_from_db()
        assert (lead.delivery, lead.next_attempt_at) == (Delivery.QUEUED, before)
        change(network, work_days=[])
        assert push.push_due(network.pk) == 1

    def test_the_deadline_begins_when_the_network_opens(self, flow, make_lead, network):
        close_by_hours(network)
        assert make_lead().deadline_at > timezone.now() + timedelta(days=1, hours=24)


class TestCaps:
    def test_a_daily_cap_is_kept_to_the_lead(self, flow, make_lead, fake_network, network):
        leads = [make_lead() for _number in range(7)]
        change(network, daily_cap=5)
        assert push.push_due(network.pk) == 5
        assert push.push_due(network.pk) == 0
        waiting = Lead.objects.filter(delivery="queued")
        assert [lead.pk for lead in waiting.order_by("pk")] == [lead.pk for lead in leads[5:]]

    def test_leads_on_their_way_count(self, flow, make_lead, fake_network, network):
        for _number in range(4):
            make_lead()
        assert len(claims.claim(change(network, max_in_flight=1, daily_cap=3), limits.Share())) == 2
        assert len(claims.claim(change(network, max_in_flight=9), limits.Share())) == 1
        assert claims.claim(network, limits.Share()) == []

    def test_an_unclear_lead_counts_on_the_day_its_doubt_began(self, flow, make_lead, network, took):
        change(network, daily_cap=2, total_cap=4)
        unclear = {"delivery": "unclear", "eid": ""}
        took(1, **unclear, unclear_since=timezone.now())
        took(2, **unclear, unclear_since=timezone.now() - timedelta(days=2))
        Lead.objects.filter(delivery="unclear").update(delivered_at=None)
        for _number in range(3):
            make_lead()
        taken = caps.taken([network], now=timezone.now())[network]
        assert (taken.day, taken.ever) == ({"RO": 1}, {"RO": 3})
        assert len(claims.claim(network, limits.Share())) == 1

    def test_refused_leads_do_not_count(self, flow, make_lead, fake_network, network):
        fake_network.verdicts["No"] = "refused"
        for name in ("No", "No", "Ion", "Ion"):
            make_lead(name=name)
        change(network, daily_cap=2)
        push.push_due(network.pk)
        assert Lead.objects.filter(delivery="delivered").count() == 2

    def test_the_day_is_the_networks_own(self, network, took):
        change(network, daily_cap=1, time_zone="Asia/Tokyo")
        took(at=datetime(2026, 3, 4, 14, 59, tzinfo=UTC))
        assert limits.closed_because(network, None, datetime(2026, 3, 4, 14, 59, tzinfo=UTC)) == limits.CAP
        assert limits.closed_because(network, None, datetime(2026, 3, 4, 15, 1, tzinfo=UTC)) == ""

    def test_a_total_cap_counts_all_days(self, network, took):
        change(network, total_cap=3)
        took(2, at=timezone.now() - timedelta(days=40))
        assert limits.closed_because(network, None, timezone.now()) == ""
        took(1)
        assert limits.closed_because(network, None, timezone.now()) == limits.CAP

    def test_a_total_cap_counts_without_the_cache(self, network, took, monkeypatch, caplog):
        def broken(*args, **kwargs):
            raise ConnectionError

        monkeypatch.setattr(caps, "cache", SimpleNamespace(get_many=broken, set_many=broken))
        change(network, total_cap=2)
        took(2, at=timezone.now() - timedelta(days=40))
        assert limits.closed_because(network, None, timezone.now()) == limits.CAP
        assert "cache does not answer" in caplog.text

    def test_two_workers_at_once_keep_a_cap_to_the_lead(self, flow, make_lead, fake_network, network):
        if connection.vendor == "sqlite":
            pytest.skip("SQLite locks the whole file")
        fake_network.delay = 0.01
        for _number in range(40):
            make_lead()
        change(network, daily_cap=15)

        def drain():
            try:
                push.push_due(network.pk)
            finally:
                connection.close()

        workers = [threading.Thread(target=drain) for _number in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(30)
        assert len(fake_network.got) == Lead.objects.filter(delivery="delivered").count() == 15

    def test_a_cap_of_zero_takes_nothing(self, flow, make_lead, fake_network, network):
        make_lead()
        change(network, daily_cap=0)
        assert push.push_due(network.pk) == 0

    def test_a_countrys_cap_leaves_the_other_countries_alone(self, flow, make_lead, fake_network, network):
        for country in ["RO"] * 4 + ["BG"] * 3:
            make_lead(country=country)
        change(network, daily_country_caps={"RO": 2})
        push.push_due(network.pk)
        delivered = Lead.objects.filter(delivery="delivered").order_by("country").values_list("country", flat=True)
        assert list(delivered) == ["BG", "BG", "BG", "RO", "RO"]

    def test_a_countrys_total_cap(self, flow, make_lead, fake_network, network, took):
        took(2, at=timezone.now() - timedelta(days=3))
        for country in ("RO", "RO", "BG"):
            make_lead(country=country)
        change(network, total_country_caps={"RO": 3})
        assert push.push_due(network.pk) == 2

    def test_counting_reads_todays_leads_and_not_the_table(self, network, took, django_assert_num_queries):
        change(network, daily_cap=10, total_cap=100)
        took(5, at=timezone.now() - timedelta(days=9))
        took(2)
        with django_assert_num_queries(2):
            first = caps.taken([network], now=timezone.now())[network]
        with django_assert_num_queries(1):
            second = caps.taken([network], now=timezone.now())[network]
        assert (first.day.total(), first.ever.total()) == (second.day.total(), second.ever.total()) == (2, 7)

    def test_many_networks_are_counted_in_one_query(self, network, took, fake_network, django_assert_num_queries):
        networks = [network, make_network(fake_network, "deduping"), make_network(fake_network, "twostep")]
        for number, one in enumerate(networks, 1):
            change(one, daily_cap=9, time_zone=["UTC", "Asia/Tokyo", ""][number - 1])
            took(number, network=one)
        with django_assert_num_queries(1):
            taken = caps.taken(networks, now=timezone.now())
        assert [taken[one].ever.total() for one in networks] == [1, 2, 3]

    def test_networks_without_caps_cost_no_query(self, network, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert caps.taken([network], now=timezone.now()) == {}


class TestBreaker:
    def note(self, network, *kinds, now=NOON):
        with transaction.atomic():
            reasons = [f"why {number}" if kind is OutcomeKind.REFUSED else "why" for number, kind in enumerate(kinds)]
            limits.note_results(network, list(kinds), reasons=reasons, now=now)
        return NetworkState.objects.get(network=network)

    def test_it_opens_after_errors_in_a_row(self, network):
        bad = [OutcomeKind.POSTPONED, OutcomeKind.UNCLEAR] * 5
        assert self.note(network, *bad[:9]).open_until is None
        assert self.note(network, bad[9]).open_until == NOON + limits.BREAKER_REST

    def test_it_opens_by_the_share_of_errors(self, network):
        mixed = [OutcomeKind.ACCEPTED, OutcomeKind.UNCLEAR] * 10
        assert self.note(network, *mixed[:19]).open_until is None
        assert self.note(network, mixed[19]).open_until

    def test_few_errors_among_many_leave_it_closed(self, network):
        assert (
            self.note(network, *[OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED, OutcomeKind.UNCLEAR] * 40).open_until
            is None
        )

    def test_errors_of_an_earlier_window_are_forgotten(self, network):
        mixed = [OutcomeKind.UNCLEAR, OutcomeKind.ACCEPTED]
        self.note(network, *mixed * 9)
        assert self.note(network, *mixed * 9, now=NOON + timedelta(minutes=6)).open_until is None

    def test_refusals_are_answers_and_no_errors(self, network):
        assert self.note(network, *[OutcomeKind.REFUSED, OutcomeKind.DUPLICATE] * 30).open_until is None

    def test_what_began_before_the_rest_neither_ends_nor_extends_it(self, network):
        opened = self.note(network, *[OutcomeKind.UNCLEAR] * 10).open_until
        later = NOON + timedelta(seconds=30)
        state = self.note(network, OutcomeKind.ACCEPTED, OutcomeKind.UNCLEAR, now=later)
        assert state.open_until == opened

    def test_a_resting_network_gets_nothing_and_says_so(self, flow, make_lead, fake_network, network):
        make_lead()
        state = self.note(network, *[OutcomeKind.UNCLEAR] * 10, now=timezone.now())
        assert limits.closed_because(network, state, timezone.now()) == limits.RESTING
        assert push.push_due(network.pk) == 0

    def test_after_the_rest_one_lead_tries(self, flow, make_lead, fake_network, network):
        for _number in range(6):
            make_lead()
        self.note(network, *[OutcomeKind.UNCLEAR] * 10, now=timezone.now() - timedelta(minutes=2))
        assert len(claims.claim(network, limits.Share())) == 1
        assert claims.claim(network, limits.Share()) == []

    def test_of_two_workers_one_sends_the_lead_that_tries(self, flow, make_lead, network):
        for _number in range(3):
            make_lead()
        NetworkState.objects.update_or_create(
            network=network, defaults={"open_until": timezone.now() - timedelta(seconds=1)}
        )
        first, second = limits.Share(), limits.Share()
        assert [len(claims.claim(network, share)) for share in (first, second, first)] == [1, 0, 0]

    def test_the_one_that_passes_closes_it_for_all(self, flow, make_lead, fake_network, network):
        for _number in range(6):
            make_lead()
        self.note(network, *[OutcomeKind.UNCLEAR] * 10, now=timezone.now() - timedelta(minutes=2))
        assert push.push_due(network.pk) == 6
        state = NetworkState.objects.get()
        assert (state.open_until, state.failures, state.window_failed) == (None, 0, 0)

    def test_the_one_that_fails_opens_it_again(self, flow, make_lead, fake_network, network):
        fake_network.verdicts["Ion"] = "later"
        for _number in range(6):
            make_lead()
        self.note(network, *[OutcomeKind.UNCLEAR] * 10, now=timezone.now() - timedelta(minutes=2))
        assert push.push_due(network.pk) == 1
        assert NetworkState.objects.get().open_until > timezone.now()

    def test_a_worker_that_died_says_nothing_about_the_network(self, flow, make_lead, fake_network, network):
        change(network, max_in_flight=20)
        for _number in range(20):
            make_lead()
        claims.begin(network, claims.claim(network, limits.Share()))
        Lead.objects.update(lease_until=F("lease_until") - timedelta(hours=1))
        assert sweep.recover() == 20
        assert NetworkState.objects.get().failures == 0

    def test_a_person_closes_it(self, network):
        self.note(network, *[OutcomeKind.UNCLEAR] * 30)
        actions.resume(network)
        state = NetworkState.objects.get()
        assert (state.open_until, state.failures, state.window_ended) == (None, 0, 0)


class TestWhyClosed:
    """One answer for the claim, the sweep, the router and the pages."""

    def code(self, network, state=None):
        return limits.closed_because(network, state, NOON)

    def test_a_network_that_takes_leads(self, network):
        assert self.code(network) == "" and self.code(network, NetworkState(network=network)) == ""

    def test_each_reason_has_a_code(self, network, took):
        assert self.code(Network(enabled=False)) == limits.DISABLED
        assert self.code(network, NetworkState(paused_at=NOON)) == limits.PAUSED
        assert self.code(network, NetworkState(open_until=NOON + timedelta(seconds=1))) == limits.RESTING
        assert self.code(change(network, works_until=time(9))) == limits.HOURS
        assert self.code(change(network, works_until=None, daily_cap=0)) == limits.CAP

    def test_the_detail_names_the_moment_and_the_cap(self, network):
        change(network, time_zone="Europe/Bucharest", works_from=time(18), daily_cap=0)
        assert limits.why_closed(network, None, NOON) == ("hours", "2026-03-04 18:00 Europe/Bucharest")
        assert limits.why_closed(change(network, works_from=None), None, NOON) == ("cap", "0")
        assert limits.why_closed(network, NetworkState(paused_at=NOON, paused_reason="bad key"), NOON)[1] == "bad key"

    def test_every_code_has_its_words(self):
        codes = {limits.DISABLED, limits.PAUSED, limits.RESTING, limits.HOURS, limits.CAP}
        assert codes == dict(labels.CLOSED).keys()

    @pytest.mark.parametrize("close", [close_by_hours, lambda network: change(network, daily_cap=0)])
    def test_the_sweep_wakes_no_worker_for_a_closed_network(self, flow, make_lead, network, woken, close):
        make_lead()
        close(network)
        sweep.sweep()
        assert woken == []
        change(network, work_days=[], daily_cap=None)
        # A lead that leaves a full network looks for a flow again after a minute.
        Lead.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        sweep.sweep()
        assert woken == [("affiliate.push_due", network.pk)]

    def test_the_sweep_asks_no_more_with_more_networks(self, offer, make_lead, fake_network, probes, woken):
        def queries(count):
            for number in range(count):
                one = make_network(fake_network, name=f"{count}-{number}", daily_cap=9)
                flow = Flow.objects.create(offer=offer, network=one, parameters={"place": "P"})
                make_lead()
                flow.delete()
            with CaptureQueriesContext(connection) as seen:
                sweep.sweep()
            return len(seen)

        assert queries(1) == queries(4)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("time_zone", "Europe/Bukarest"),
        ("time_zone", "../../etc/passwd"),
        ("work_days", [0]),
        ("work_days", [8]),
        ("work_days", "1-5"),
        ("work_days", [True]),
        ("daily_country_caps", {"ro": 5}),
        ("daily_country_caps", {"RO": "5"}),
        ("daily_country_caps", {"RO": -1}),
        ("total_country_caps", [5]),
        ("daily_cap", -1),
    ],
)
def test_wrong_limits_are_told_when_the_network_is_saved(network, field, wrong):
    setattr(network, field, wrong)
    with pytest.raises(ValidationError) as told:
        network.full_clean()
    assert field in told.value.message_dict


def test_right_limits_pass(network):
    network.time_zone, network.work_days = "America/Argentina/Buenos_Aires", [1, 7]
    network.daily_cap, network.daily_country_caps = 0, {"RO": 50, "BG": 0}
    network.full_clean()


class TestManyEqualRefusals:
    """Networks that tell a bad key in free text refuse every lead with it."""

    @pytest.fixture(autouse=True)
    def _refusing(self, fake_network):
        fake_network.verdicts["Ion"] = (200, '{"verdict": "refused", "why": "Key 7 is not active"}')

    @pytest.mark.parametrize("kind", [OutcomeKind.MISCONFIGURED, OutcomeKind.REFUSED])
    def test_a_phone_in_the_reason_is_told_to_nobody(self, network, kind):
        reasons = ["key 12 of 2026-11-28 is bad: +40 712-345-678"] * limits.SAME_REFUSALS
        with transaction.atomic():
            limits.note_results(network, [kind] * len(reasons), reasons=reasons, now=NOON)
        assert NetworkState.objects.get().paused_reason.endswith("key 12 of 2026-11-28 is bad: •••")

    def test_they_pause_the_network_with_their_reason(self, flow, make_lead, network, fake_network):
        for _number in range(40):
            make_lead()
        push.push_due(network.pk)
        state = NetworkState.objects.get()
        assert state.paused_at and "Key 7 is not active" in state.paused_reason
        refused = Lead.objects.filter(delivery="refused").count()
        assert refused == limits.SAME_REFUSALS - 1 and len(fake_network.got) < 40
        assert Lead.objects.filter(delivery="queued").count() == 40 - refused

    def test_one_that_passes_begins_the_count_anew(self, flow, make_lead, network, fake_network):
        for number in range(30):
            make_lead(name="Ana" if number == 15 else "Ion")
        push.push_due(network.pk)
        assert not NetworkState.objects.get().paused_at

    def test_different_reasons_are_refusals_of_leads(self, flow, make_lead, network, fake_network):
        whys = iter("ab" * 20)
        fake_network.verdicts["Ion"] = lambda handler: handler.reply(
            200, f'{{"verdict": "refused", "why": "{next(whys)}"}}'
        )
        for _number in range(30):
            make_lead()
        push.push_due(network.pk)
        assert not NetworkState.objects.get().paused_at
