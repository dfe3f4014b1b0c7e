"""The code that landing pages copy, run against a live server."""

import html
import json
import re
import shutil
import subprocess
from contextlib import contextmanager

import pytest
import requests
from django.core.cache import cache
from django.urls import reverse

from affiliate.models import Lead
from tests.needs import need
from tests.processes.hub import free_port, reachable, wait_for
from tests.tracker import tracking

pytestmark = pytest.mark.django_db(transaction=True)
ORDER = {"name": "Ion Popescu", "phone": "0712345678", "sub1": "click7"}


def shown(page) -> dict[str, str]:
    """The code that a reader of the page can copy, by its heading."""
    found = re.findall(
        r'<h2>([^<]+)</h2>(?:(?!<h2>).)*?<code class="hub-code">(.*?)</code>', page.content.decode(), re.DOTALL
    )
    assert not any("<" in code for _heading, code in found)
    return {heading: html.unescape(code) for heading, code in found}


@pytest.fixture
def landing(tmp_path, admin_client, source, offer, flow):
    """A function: a server of the PHP sample as the source's page shows it, speaking to a hub at an address."""
    need(shutil.which("php"), "php-cli")

    @contextmanager
    def serve(hub: str, *options: str, shorten: bool = True):
        page = admin_client.get(
            reverse("admin:affiliate_source_code", args=[source.pk]), {"offer": offer.pk, "country": "RO"}
        )
        code = shown(page)["PHP"].replace("http://127.0.0.1:8000", hub).replace("SOURCE-KEY", source.issue_key())
        (tmp_path / "send.php").write_text(code.replace("sleep(2)", "sleep(0)"))
        port = free_port()
        command = ["php", *options, "-S", f"127.0.0.1:{port}", "-t", str(tmp_path)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: reachable(port), "the PHP server")
            yield f"http://127.0.0.1:{port}/send.php"
        finally:
            server.kill()
            server.wait()

    return serve


def order(url, **changes):
    return requests.post(url, data=ORDER | changes, allow_redirects=False, timeout=30)


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "http://127.0.0.1:8000"


@pytest.mark.parametrize("options", [(), ("-d", "disable_functions=curl_init")], ids=["as it comes", "without curl"])
def test_an_order_becomes_a_lead_and_the_visitor_is_thanked(landing, live_server, offer, options):
    with landing(live_server.url, *options) as url:
        answer = order(url)
        assert (answer.status_code, answer.headers["Location"]) == (303, "thanks.html")
        lead = Lead.objects.get()
        assert (lead.phone, lead.name, lead.sub1, lead.ip) == ("+40712345678", "Ion Popescu", "click7", "127.0.0.1")
        assert order(url).status_code == 303 and Lead.objects.count() == 1


def test_a_wrong_phone_is_told_to_the_visitor(landing, live_server):
    with landing(live_server.url) as url:
        answer = order(url, phone="12")
        assert answer.status_code == 422 and "check your phone number" in answer.text
        assert not Lead.objects.exists()


def test_a_hub_that_fails_is_asked_once_more_with_the_same_key(landing):
    with tracking() as hub, landing(hub.url) as url:
        hub.answers = [(503, {}), (201, {})]
        assert order(url).status_code == 303
        first, second = hub.calls
        assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


@pytest.mark.parametrize("refusal", [503, 401, 429])
def test_an_order_that_the_hub_does_not_take_waits_and_goes_with_a_later_one(landing, refusal, tmp_path):
    with tracking() as hub, landing(hub.url) as url:
        hub.answers = [(refusal, {})]
        assert order(url).status_code == 303
        hub.calls.clear()
        hub.answers = [(201, {})]
        assert order(url, phone="0712345679").status_code == 303
        wait_for(lambda: len(hub.calls) == 2, "the order that waited")
        assert [json.loads(call.body)["phone"] for call in hub.calls] == ["0712345679", "0712345678"]
        hub.calls.clear()
        assert order(url, phone="0712345670").status_code == 303
        assert len(hub.calls) == 1, "what waited went once"


def test_an_order_of_a_hub_that_is_down_becomes_a_lead_once_it_is_back(landing, live_server, tmp_path):
    nobody = f"http://127.0.0.1:{free_port()}"
    with landing(nobody) as url:
        assert order(url).status_code == 303
        kept = requests.get(url.replace("send.php", "orders-waiting.php"), timeout=30)
        assert kept.text == "", "a browser reads none of it"
    code = tmp_path / "send.php"
    code.write_text(code.read_text().replace(nobody, live_server.url))
    for _time in range(2):
        subprocess.run(["php", str(code)], check=True)
    assert Lead.objects.get().phone == "+40712345678"


def test_a_line_that_is_no_order_holds_up_none(landing, tmp_path):
    waiting = tmp_path / "orders-waiting.php"
    waiting.write_text("<?php exit; ?>\nhalf a li\n<?php exit; ?>\n" + "".join(f"{n:040x} {{}}\n" for n in range(3)))
    with tracking() as hub, landing(hub.url):
        hub.answers = [(422, {}), (400, {}), (503, {})]
        subprocess.run(["php", str(tmp_path / "send.php")], check=True, stderr=subprocess.DEVNULL)
        assert [call.headers["Idempotency-Key"] for call in hub.calls] == [f"{n:040x}" for n in range(3)]
    assert waiting.read_text() == f"<?php exit; ?>\n{2:040x} {{}}\n", "what was not taken waits on"


def test_an_order_that_cannot_be_kept_is_told_to_the_visitor(landing, tmp_path):
    (tmp_path / "orders-waiting.php").mkdir()
    with tracking() as hub, landing(hub.url) as url:
        hub.answers = [(503, {})]
        answer = order(url)
        assert answer.status_code == 503 and "try again" in answer.text


def test_the_key_reaches_no_visitor(landing, live_server):
    with landing(live_server.url) as url:
        assert "Authorization" not in order(url, phone="12").text
        answer = requests.get(url, allow_redirects=False, timeout=30)
        assert (answer.status_code, answer.text) == (302, "")


def test_the_page_shows_the_form_once_there_is_a_form_key(
    admin_client, client_with, source, offer, flow, django_assert_max_num_queries
):
    page = reverse("admin:affiliate_source_code", args=[source.pk])
    assert set(shown(admin_client.get(page))) == {"PHP", "cURL"}
    key = source.form_key()
    cache.clear()
    with django_assert_max_num_queries(12):
        code = shown(admin_client.get(page))
    assert key in code["Form without a server"] and "Bearer SOURCE-KEY" in code["cURL"]
    assert client_with("lead.view").get(page).status_code == 403


def test_the_curl_sample_works(admin_client, source, offer, flow, live_server):
    page = admin_client.get(reverse("admin:affiliate_source_code", args=[source.pk]))
    command = shown(page)["cURL"].replace("http://127.0.0.1:8000", live_server.url)
    command = command.replace("SOURCE-KEY", source.issue_key())
    for _time in range(2):
        ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
        assert Lead.objects.get().oid in ran.stdout
    assert Lead.objects.get().idempotency_key == "order-1"
