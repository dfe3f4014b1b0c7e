"""Addresses of reports and the journal of what was sent."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import requests
from django.urls import reverse

from affiliate.delivery import report_drain, reports, statuses
from affiliate.integrations import webhooks
from affiliate.integrations.trackers import TRACKERS
from affiliate.models import Report, ReportAddress
from affiliate.models.report import Kind, ReportState
from affiliate.vocabulary import ChangeSource, Status
from tests.needs import need
from tests.processes.hub import free_port, reachable, wait_for
from tests.tracker import tracking

SAMPLES = Path(__file__).resolve().parents[2] / "templates" / "code"
ADD = "/admin/affiliate/reportaddress/add/"


def form(source, **values):
    return {
        "source": source.pk,
        "name": "Keitaro",
        "url": "https://t.example/4f9a8bc/postback?cid={sub1}",
        "format": "get",
        "events": ["approve"],
        "enabled": "on",
    } | values


@pytest.fixture
def address(source):
    return ReportAddress.objects.create(
        source=source, name="Keitaro", url="https://t.example/4f9a8bc/postback?cid={sub1}", events=["approve"]
    )


@pytest.fixture
def webhook(source):
    return ReportAddress.objects.create(
        source=source, name="CRM", kind=Kind.WEBHOOK, url="https://crm.example/hook", events=["approve"]
    )


@pytest.mark.parametrize("tracker", TRACKERS, ids=lambda one: one.slug)
def test_a_form_begins_with_a_trackers_address_that_only_lacks_host_and_key(admin_client, source, tracker):
    page = admin_client.get(ADD, {"tracker": tracker.slug, "source": source.pk})
    initial = page.context["adminform"].form.initial
    assert initial["url"] == tracker.url and initial["events"] == [status.value for status in tracker.statuses]
    answer = admin_client.post(ADD, form(source, url=tracker.url))
    assert "in place of" in answer.content.decode()
    url = tracker.url.replace("TRACKER", "t.example").replace("KEY", "k1")
    assert admin_client.post(ADD, form(source, url=url)).status_code == 302


def test_a_wrong_macro_is_told_with_those_there_are(admin_client, source):
    answer = admin_client.post(ADD, form(source, url="https://t.example/?a={clickid}"))
    assert "There is no macro {clickid}" in answer.content.decode()
    assert not ReportAddress.objects.exists()


def test_a_webhooks_secret_is_shown_once(admin_client, source):
    values = form(source, name="CRM", url="https://crm.example/hook")
    answer = admin_client.post(f"{ADD}?kind=webhook", values)
    address = ReportAddress.objects.get()
    assert address.kind == Kind.WEBHOOK and answer.context["secret"] == address.secrets[0]
    assert "no-store" in answer["Cache-Control"]
    page = admin_client.get(reverse("admin:affiliate_reportaddress_change", args=[address.pk]))
    assert address.secrets[0] not in page.content.decode()


def test_a_new_secret_is_issued_after_a_question(admin_client, webhook):
    page = reverse("admin:affiliate_reportaddress_secret", args=[webhook.pk])
    assert "two signatures" in admin_client.get(page).content.decode()
    secret = admin_client.post(page).context["secret"]
    before = webhook.secrets[0]
    webhook.refresh_from_db()
    assert webhook.signing_secrets == [secret, before]


def test_who_may_only_look_sees_no_key_of_a_tracker(client_with, address):
    client = client_with("reportaddress.view")
    page = client.get(reverse("admin:affiliate_reportaddress_change", args=[address.pk])).content.decode()
    assert "t.example" in page and "4f9a8bc" not in page
    assert client.get(reverse("admin:affiliate_reportaddress_secret", args=[address.pk])).status_code == 403


def told(lead, status):
    reports.refresh()
    statuses.apply([statuses.Report(lead.pk, Status(status))], source=ChangeSource.POSTBACK)


@pytest.mark.django_db(transaction=True)
def test_the_journal_shows_what_was_sent_and_sends_it_again_after_a_question(admin_client, source, flow, make_lead):
    lead = make_lead(sub1="click7")
    with tracking() as tracker:
        address = ReportAddress.objects.create(
            source=source, name="T", url=f"{tracker.url}/p?cid={{sub1}}&st={{status}}", events=["hold", "approve"]
        )
        for status in ("hold", "approve"):
            told(lead, status)
            report_drain.send_due(address.host)
        newest, older = Report.objects.all()
        page = admin_client.get(reverse("admin:affiliate_report_change", args=[newest.pk])).content.decode()
        assert "cid=click7&amp;st=approve" in page and "HTTP" in page
        listing = reverse("admin:affiliate_report_changelist")
        question = admin_client.post(listing, {"action": "resend", "_selected_action": [newest.pk, older.pk]})
        assert "2 rows are chosen" in question.content.decode() and len(tracker.calls) == 2
        answer = admin_client.post(question.context["action"], {"ids": f"{newest.pk},{older.pk}"}, follow=True)
        text = answer.content.decode()
        assert "1 report is queued again" in text and "1 was left out" in text
        report_drain.send_due(address.host)
        assert [query["st"] for query in tracker.queries] == ["hold", "approve", "approve"]


def test_sending_again_needs_the_right_to(client_with, address, make_lead, flow):
    told(make_lead(), "approve")
    report = Report.objects.get()
    url = reverse("admin:affiliate_report_bulk", args=["resend"])
    assert client_with("report.view").post(url, {"ids": report.pk}).status_code == 403


def test_lists_cost_few_queries(admin_client, address, make_lead, flow, django_assert_max_num_queries):
    reports.refresh()
    for number in range(20):
        told(make_lead(phone=f"+40712345{number:03}"), "approve")
    Report.objects.filter(pk=Report.objects.last().pk).update(state=ReportState.FAILED)
    for name in ("report", "reportaddress"):
        with django_assert_max_num_queries(14):
            assert admin_client.get(reverse(f"admin:affiliate_{name}_changelist")).status_code == 200


def signed(secret: str, body: bytes, *, timestamp: int | None = None) -> dict[str, str]:
    return webhooks.headers([secret], event_id="E1", timestamp=timestamp or int(time.time()), body=body)


def test_the_php_sample_knows_a_genuine_call(tmp_path):
    need(shutil.which("php"), "php-cli")
    (tmp_path / "index.php").write_text((SAMPLES / "webhook.php").read_text().replace("SECRET", "s3"))
    port = free_port()
    server = subprocess.Popen(
        ["php", "-S", f"127.0.0.1:{port}", "index.php"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: reachable(port), "the PHP server")
        body = b'{"id":"E1","lead":{"oid":"01A","status":"approve"}}'
        url = f"http://127.0.0.1:{port}/"
        genuine = requests.post(url, data=body, headers=signed("s3", body), timeout=10)
        assert (genuine.status_code, genuine.text) == (200, "01A approve")
        while_changing = (
            signed("old", body)["Hub-Signature"] + "," + signed("s3", body)["Hub-Signature"].partition(",")[2]
        )
        assert requests.post(url, data=body, headers={"Hub-Signature": while_changing}, timeout=10).status_code == 200
        for headers in (signed("wrong", body), signed("s3", body, timestamp=1_700_000_000), {}):
            assert requests.post(url, data=body, headers=headers, timeout=10).status_code == 403
    finally:
        server.kill()
        server.wait()


def test_the_python_sample_knows_a_genuine_call():
    names = {}
    exec(re.sub('"SECRET"', '"s3"', (SAMPLES / "webhook.py").read_text()), names)
    genuine, body = names["is_genuine"], b'{"id":"E1"}'
    assert genuine(signed("s3", body)["Hub-Signature"], body)
    assert not genuine(signed("wrong", body)["Hub-Signature"], body)
    assert not genuine(signed("s3", body, timestamp=1_700_000_000)["Hub-Signature"], body)
    assert not genuine("", body)


def test_an_address_that_was_told_something_is_disabled_and_not_deleted(admin_client, address, make_lead, flow):
    page = reverse("admin:affiliate_reportaddress_delete", args=[address.pk])
    assert admin_client.get(page).status_code == 200
    Report.objects.create(address=address, lead=make_lead(), event="approve", state=ReportState.SENT)
    assert admin_client.get(page).status_code == 403


@pytest.fixture
def keyed(source):
    url = "https://t.example/4f9a8bc/postback?api_key=SECRET-7k2&cid={sub1}"
    return ReportAddress.objects.create(source=source, name="Keitaro", url=url, events=["approve"])


def change(client, address, **values):
    page = reverse("admin:affiliate_reportaddress_change", args=[address.pk])
    answer = client.post(page, form(address.source) | values)
    address.refresh_from_db()
    return answer


def shown_url(client, address) -> str:
    page = client.get(reverse("admin:affiliate_reportaddress_change", args=[address.pk]))
    assert "4f9a8bc" not in page.content.decode() and "SECRET-7k2" not in page.content.decode()
    return page.context["adminform"].form["url"].value()


def test_stored_keys_of_an_address_are_dots_and_stay_where_the_dots_are_left(admin_client, keyed):
    shown = shown_url(admin_client, keyed)
    assert shown == "https://t.example/•••/postback?api_key=•••&cid={sub1}"
    change(admin_client, keyed, url=shown.replace("{sub1}", "{sub2}"))
    assert keyed.url == "https://t.example/4f9a8bc/postback?api_key=SECRET-7k2&cid={sub2}"
    change(admin_client, keyed, url="https://t.example/9z8y7x6/p?cid={sub1}")
    assert keyed.url == "https://t.example/9z8y7x6/p?cid={sub1}"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("https://evil.example/•••/postback?api_key=•••&cid={sub1}", "The host has changed"),
        ("https://t.example/postback?api_key=•••&cid={sub1}", "leave all of them"),
    ],
)
def test_dots_that_could_send_a_key_elsewhere_or_stand_for_none_are_refused(admin_client, keyed, typed, told):
    before = keyed.url
    answer = change(admin_client, keyed, url=typed)
    assert told in answer.context["adminform"].form.errors["url"][0] and keyed.url == before


def test_keys_of_a_body_are_dots_too(admin_client, keyed):
    body = '{"token": "SECRET-body-77", "cid": "{sub1}"}'
    change(admin_client, keyed, url=keyed.url, format="json", body=body)
    assert keyed.body == body
    shown = admin_client.get(reverse("admin:affiliate_reportaddress_change", args=[keyed.pk])).context["adminform"].form
    assert shown["body"].value() == '{"token": "•••", "cid": "{sub1}"}'
    change(admin_client, keyed, url=shown["url"].value(), format="json", body=shown["body"].value())
    assert keyed.body == body
