"""What becomes of a lead is told to its source."""

import hashlib
import hmac
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from affiliate.delivery import report_drain, reports, statuses
from affiliate.models import Lead, Offer, Report, ReportAddress, ReportHost, Source
from affiliate.models.report import Kind, ReportState
from affiliate.vocabulary import ChangeSource, Status
from tests.tracker import tracking

pytestmark = pytest.mark.django_db(transaction=True)
MACROS = "/postback?cid={sub1}&st={status}&pay={payout}&cc={currency}&x={status:n|h|s|r|r}"


@pytest.fixture
def tracker():
    with tracking() as tracker:
        yield tracker


@pytest.fixture
def lead(make_lead, flow):
    return make_lead(sub1="click 7/ü&x")


@pytest.fixture
def make_address(source, tracker):
    def make(path=MACROS, **values):
        values = {"name": f"Address {ReportAddress.objects.count()}", "events": [one.value for one in Status]} | values
        address = ReportAddress(source=values.pop("source", source), url=tracker.url + path, **values)
        address.full_clean()
        address.save()
        reports.refresh()
        return address

    return make


def tell(lead, status, **values):
    statuses.apply([statuses.Report(lead.pk, Status(status), **values)], source=ChangeSource.POSTBACK)


def send():
    now = timezone.now()
    ReportHost.objects.update(resting_until=None)
    return [report_drain.send_due(host) for host in set(reports.hosts_due(now=now))]


def make_due():
    Report.objects.filter(next_attempt_at__isnull=False).update(
        next_attempt_at=F("next_attempt_at") - timedelta(days=2)
    )


def states():
    return list(Report.objects.order_by("pk").values_list("state", flat=True))


def test_a_status_is_told_with_the_leads_values_encoded_for_an_address(make_address, lead, tracker):
    make_address()
    tell(lead, "approve", payout=Decimal("12.50"), currency="USD")
    send()
    [call] = tracker.calls
    assert (call.method, call.path) == (
        "GET",
        "/postback?cid=click%207%2F%C3%BC%26x&st=approve&pay=12.5&cc=USD&x=s",
    )
    report = Report.objects.get()
    assert (report.state, report.attempts_made, report.next_attempt_at) == (ReportState.SENT, 1, None)
    assert report.exchanges[0]["answer"]["status"] == 200


def test_an_address_costs_a_batch_of_statuses_one_statement(make_address, make_lead, flow):
    leads = [make_lead(phone=f"+4071234567{number}") for number in range(3)]

    def cost(status):
        # What is remembered costs nothing.
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            statuses.apply([statuses.Report(lead.pk, status) for lead in leads], source=ChangeSource.POLL)
        return len(captured)

    without = cost(Status.HOLD)
    make_address()
    assert cost(Status.APPROVE) == without + 1
    assert Report.objects.count() == 3


def test_each_lead_value_has_a_macro(make_address, lead, tracker):
    from affiliate.delivery.report_requests import values
    from affiliate.integrations.report_macros import MACROS as known

    make_address()
    tell(lead, "hold")
    assert set(values(Report.objects.get(), lead)) == set(known)


def test_a_form_is_posted(make_address, lead, tracker):
    make_address("/in", format="form", body="click={sub1}&\nstatus={status}")
    tell(lead, "hold")
    send()
    [call] = tracker.calls
    assert (call.method, call.body) == ("POST", b"click=click+7%2F%C3%BC%26x&status=hold")
    assert call.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_json_is_posted_and_a_quotation_mark_in_a_value_does_no_harm(make_address, make_lead, flow, tracker):
    lead = make_lead(sub1='a"b\\c')
    make_address("/in", format="json", body='{"click": "{sub1}", "list": [{"to": "{status}"}], "n": 1}')
    tell(lead, "hold")
    send()
    assert json.loads(tracker.calls[0].body) == {"click": 'a"b\\c', "list": [{"to": "hold"}], "n": 1}


def test_only_chosen_events_of_the_source_and_offer_are_told(make_address, make_lead, flow, network, tracker):
    other = Offer.objects.create(title="Other")
    make_address("/sales?st={status}", events=["approve"])
    make_address("/other?st={status}", offer=other)
    make_address("/elsewhere?st={status}", source=Source.objects.create(name="Elsewhere"))
    make_address("/off?st={status}", enabled=False)
    lead = make_lead()
    for status in ("hold", "approve"):
        tell(lead, status)
    send()
    assert [call.path for call in tracker.calls] == ["/sales?st=approve"]


def test_a_test_lead_is_no_conversion_for_a_tracker(make_address, make_lead, flow, tracker):
    make_address()
    make_address("/hook", kind=Kind.WEBHOOK)
    tell(make_lead(test=True), "approve")
    send()
    assert [call.path for call in tracker.calls] == ["/hook"]
    assert json.loads(tracker.calls[0].body)["lead"]["test"] is True


def test_receiving_and_delivering_are_told_if_wanted(make_address, flow, source, offer, fake_network, tracker):
    from affiliate.delivery import push
    from affiliate.intake.leads import take

    make_address("/e?event={event}&st={status}&eid={eid}", events=["received", "delivered"])
    take(source=source, data={"offer": offer.pk, "phone": "+40712345678", "country": "RO"})
    send()
    push.push_due(flow.network_id)
    send()
    assert tracker.queries == [
        {"event": "received", "st": "wait", "eid": ""},
        {"event": "delivered", "st": "wait", "eid": "N1"},
    ]


def test_nothing_is_called_twice_when_the_call_would_be_the_same(make_address, lead, tracker):
    make_address("/p?st={status}")
    tell(lead, "approve", payout=Decimal("5"), currency="USD")
    send()
    tell(lead, "approve", payout=Decimal("9"), currency="USD")
    send()
    assert (tracker.queries, states()) == ([{"st": "approve"}], ["sent", "unchanged"])


def test_a_new_payout_is_told_where_the_call_names_it(make_address, lead, tracker):
    make_address("/p?pay={payout}")
    for payout in ("5", "9"):
        tell(lead, "approve", payout=Decimal(payout), currency="USD")
        send()
    assert [query["pay"] for query in tracker.queries] == ["5", "9"]


def test_a_long_queue_of_one_address_keeps_no_other_of_its_host_waiting(make_address, make_lead, flow, monkeypatch):
    monkeypatch.setattr(report_drain, "BATCH", 2)
    crowded, quiet = make_address(events=["hold"]), make_address(events=["approve"])
    for number in range(5):
        tell(make_lead(phone=f"+4071234567{number}"), "hold")
    tell(make_lead(), "approve")
    assert {job.address for job in report_drain.Drain(quiet.host)._pick()} == {crowded, quiet}


def test_a_later_status_waits_for_an_earlier_one(make_address, lead, make_lead, tracker):
    make_address("/p?st={status}&oid={oid}")
    other = make_lead(phone="+40712345679")
    tracker.answers = [(500, {}), (200, {})]
    tell(lead, "hold")
    send()
    tell(lead, "approve")
    tell(other, "trash")
    send()
    assert [query["st"] for query in tracker.queries] == ["hold", "trash"]
    make_due()
    send()
    assert [(query["st"], query["oid"]) for query in tracker.queries[2:]] == [
        ("hold", lead.oid),
        ("approve", lead.oid),
    ]


def test_a_failing_address_is_tried_by_the_schedule_and_then_given_up(make_address, lead, tracker, settings):
    settings.REPORT_SCHEDULE = [10, 60]
    make_address()
    tracker.answers = [(404, {})]
    tell(lead, "approve")
    for _try in range(5):
        send()
        make_due()
    report = Report.objects.get()
    assert (len(tracker.calls), report.state, report.reason) == (3, ReportState.FAILED, "HTTP 404")
    assert len(report.exchanges) == 3


def test_a_host_names_the_moment_of_the_next_try(make_address, lead, tracker):
    make_address()
    tracker.answers = [(429, {"Retry-After": "7000"})]
    tell(lead, "approve")
    send()
    assert Report.objects.get().next_attempt_at - timezone.now() > timedelta(seconds=6900)


def test_a_host_that_keeps_failing_rests_and_one_try_finds_it_back(make_address, make_lead, flow, tracker, settings):
    settings.REPORTS_IN_FLIGHT = 1
    make_address("/p?oid={oid}")
    tracker.answers = [(503, {})]
    for number in range(10):
        tell(make_lead(phone=f"+4071234560{number}"), "approve")
    report_drain.send_due(ReportAddress.objects.get().host)
    assert len(tracker.calls) == reports.PATIENCE
    host = ReportHost.objects.get()
    assert host.resting_until > timezone.now() and host.lease is None
    assert not reports.hosts_due(now=timezone.now())
    assert report_drain.send_due(host.host) == 0
    tracker.answers = [(200, {})]
    send()
    assert (len(tracker.calls), ReportHost.objects.get().failures) == (10, 0)


def test_an_address_that_takes_nothing_is_known_until_it_takes_a_report(make_address, make_lead, flow, tracker):
    address = make_address("/p?oid={oid}")
    tracker.answers = [(404, {})]
    tell(make_lead(), "approve")
    for _try in range(reports.TRIES):
        assert reports.failing() == []
        send()
        make_due()
    assert reports.failing() == [address]
    tracker.answers = [(200, {})]
    tell(make_lead(phone="+40712345677"), "approve")
    send()
    assert reports.failing() == []


def test_every_address_of_a_host_that_is_down_is_known(make_address, make_lead, flow, tracker, settings):
    settings.REPORTS_IN_FLIGHT = 1
    addresses = [make_address("/p?oid={oid}"), make_address("/q?oid={oid}", events=["trash"])]
    make_address("/off", enabled=False)
    tracker.answers = [(503, {})]
    for number in range(reports.PATIENCE):
        tell(make_lead(phone=f"+4071234560{number}"), "approve")
    send()
    assert reports.failing() == addresses


def test_so_many_calls_at_most_are_on_their_way_to_a_host(make_address, make_lead, flow, tracker, settings):
    settings.REPORTS_IN_FLIGHT, tracker.delay = 3, 0.05
    make_address("/p?oid={oid}")
    make_address("/q?oid={oid}")
    for number in range(6):
        tell(make_lead(phone=f"+4071234560{number}"), "approve")
    send()
    assert (len(tracker.calls), tracker.most_active) == (12, 3)


def test_what_a_dead_worker_left_is_sent_when_its_lease_ends(make_address, lead, tracker):
    address = make_address()
    tell(lead, "approve")
    dead = report_drain.Drain(address.host)
    assert dead.take_lease()
    assert report_drain.send_due(address.host) == 0 and not tracker.calls
    ReportHost.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    send()
    assert states() == ["sent"]


def test_sending_again_tells_the_newest_news_of_a_lead_only(make_address, lead, tracker):
    make_address("/p?st={status}")
    for status in ("hold", "approve"):
        tell(lead, status)
        send()
    assert reports.resend(Report.objects.all()) == 1
    send()
    assert [query["st"] for query in tracker.queries] == ["hold", "approve", "approve"]


def test_a_webhook_is_signed_over_its_moment_and_body(make_address, lead, tracker):
    address = make_address("/hook", kind=Kind.WEBHOOK)
    tell(lead, "approve", payout=Decimal("5"), currency="USD")
    send()
    [call] = tracker.calls
    stamp, signature = [part.partition("=")[2] for part in call.headers["Hub-Signature"].split(",")]
    wanted = hmac.new(address.secrets[0].encode(), stamp.encode() + b"." + call.body, hashlib.sha256).hexdigest()
    assert signature == wanted
    told = json.loads(call.body)
    assert told["id"] == call.headers["Hub-Event-Id"] == Report.objects.get().uid
    assert (told["event"], told["lead"]["oid"], told["lead"]["payout"]) == ("approve", lead.oid, "5")
    assert lead.phone not in call.body.decode() and address.secrets[0] not in str(Report.objects.get().exchanges)


def test_after_a_new_secret_the_old_one_signs_too_for_a_while(make_address, lead, tracker):
    address = make_address("/hook", kind=Kind.WEBHOOK)
    old = address.secrets[0]
    new = reports.new_secret(address)
    assert old != new and address.signing_secrets == [new, old]
    address.old_secret_until = timezone.now()
    assert address.signing_secrets == [new]


def test_a_private_address_is_refused(make_address, lead, tracker, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = False
    make_address()
    tell(lead, "approve")
    send()
    assert not tracker.calls and Report.objects.get().reason == "no connection"


def test_keys_in_an_address_are_kept_encrypted_and_masked(make_address, lead, tracker):
    from django.db import connection

    make_address("/4f9a8bc/postback?token=t0psecretvalue&cid={sub1}")
    tell(lead, "approve")
    send()
    assert tracker.calls[0].path.startswith("/4f9a8bc/postback?token=t0psecretvalue")
    kept = str(Report.objects.get().exchanges)
    with connection.cursor() as cursor:
        cursor.execute("SELECT url FROM affiliate_reportaddress")
        stored = cursor.fetchone()[0]
    for secret in ("4f9a8bc", "t0psecretvalue"):
        assert secret not in kept and secret not in stored


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"url": "https://t.example/?a={click_id}"}, "no macro {click_id}"),
        ({"url": "https://t.example/?a={status:a|b}"}, "five words"),
        ({"url": "https://t.example/?a={sub1:a|b|c|d|e}"}, "no words after a colon"),
        ({"url": "https://t.example/?a={"}, "brace"),
        ({"url": "https://{sub1}.example/"}, "host"),
        ({"url": "https://TRACKER/click.php?cnv_id={sub1}"}, "in place of TRACKER"),
        ({"url": "t.example/?a={sub1}"}, "https://"),
        ({"url": "ftp://t.example/"}, "https://"),
        ({"url": "https://t.example/ ?a=1"}, "spaces"),
        ({"url": "https://t.example/", "format": "json", "body": "{status}"}, "no JSON"),
        ({"url": "https://t.example/", "format": "json", "body": '{"a": "{nope}"}'}, "no macro {nope}"),
        ({"url": "https://t.example/", "format": "form", "body": "status"}, "name=value"),
        ({"url": "https://t.example/?a={sub1}", "kind": "webhook"}, "no macros"),
        ({"url": "https://t.example/", "events": []}, "at least one event|cannot be blank"),
    ],
)
def test_an_address_that_cannot_work_is_told_when_it_is_saved(source, values, words):
    address = ReportAddress(source=source, name="T", **({"events": ["approve"]} | values))
    with pytest.raises(ValidationError, match=words.replace("{", r"\{").replace("}", r"\}")):
        address.full_clean()


def test_an_address_that_is_gone_never_fails_a_change_of_status(make_address, lead):
    address = make_address()
    statuses.apply([statuses.Report(lead.pk, Status.HOLD)], source=ChangeSource.POSTBACK)
    ReportAddress.objects.filter(pk=address.pk).delete()
    tell(lead, "approve")
    lead.refresh_from_db()
    assert lead.status == "approve"
    send()


def test_the_status_door_asks_nothing_more_while_no_source_has_an_address(
    make_lead, flow, source, django_assert_num_queries, django_assert_max_num_queries, make_address
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    leads = [make_lead(phone=f"+40712345{number:03}") for number in range(30)]
    batch = [statuses.Report(lead.pk, Status.HOLD) for lead in leads]
    reports._wishes()
    with CaptureQueriesContext(connection) as without:
        statuses.apply(batch, source=ChangeSource.POSTBACK)
    assert not any("report" in query["sql"] for query in without)
    make_address("/p?oid={oid}")
    reports._wishes()
    with django_assert_max_num_queries(len(without) + 33):
        statuses.apply([statuses.Report(lead.pk, Status.APPROVE) for lead in leads], source=ChangeSource.POSTBACK)
    assert Report.objects.count() == 30 == Lead.objects.filter(status="approve").count()


def test_a_batch_of_reports_costs_few_queries(make_address, make_lead, flow, tracker):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_address("/p?oid={oid}")
    for number in range(30):
        tell(make_lead(phone=f"+40712345{number:03}"), "approve")
    with CaptureQueriesContext(connection) as captured:
        report_drain.send_due(ReportAddress.objects.get().host)
    # A call that ends alone is written alone: one transaction of three statements, and the clock.
    assert len(tracker.calls) == 30 and len(captured) < 30 * 7
