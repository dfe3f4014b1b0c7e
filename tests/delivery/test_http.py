"""What the network does comes back as an answer, whatever it is."""

import pytest

from affiliate.delivery import http
from affiliate.integrations.messages import Request
from tests.fixtures import hang_up

PUSH = {"sub": "1", "name": "Ion"}


def send(fake, verdict, **values):
    fake.verdicts["Ion"] = verdict
    return http.send(Request.json(f"{fake.url}/add", PUSH, **values))


def test_an_answer_with_status_headers_and_body(fake_network):
    answer = send(fake_network, (201, "привет", {"X-One": "1"}))
    assert (answer.status, answer.text, answer.header("x-one"), answer.error) == (201, "привет", "1", "")


def test_nobody_listens():
    assert http.send(Request.get("http://127.0.0.1:9/")).error == "connect"


def test_no_such_host():
    assert http.send(Request.get("http://no-such-host.invalid/")).error == "connect"


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://example.com/", "http://", "http://[::1", "http://exa mple.com/"]
)
def test_an_address_that_is_none(url):
    try:
        request = Request.get(url)
    except ValueError:
        pytest.skip("refused where the request is made")
    assert http.send(request).error == "connect"


def test_a_header_that_http_cannot_carry_is_cleaned(fake_network):
    seen = []

    def look(handler):
        seen.append(handler.headers["User-Agent"])
        handler.reply(200, "{}")

    assert send(fake_network, look, headers={"User-Agent": "Браузер\r\nX-Evil: 1 Mozilla"}).status == 200
    assert seen == ["X-Evil: 1 Mozilla"]


def test_the_network_hangs_up(fake_network):
    assert send(fake_network, hang_up).error == "reset"


def test_the_network_answers_too_late(fake_network, settings):
    settings.READ_TIMEOUT = 0.1
    fake_network.delay = 0.4
    assert send(fake_network, "ok").error == "timeout"


def test_an_answer_that_drips_for_ever_is_cut_off(fake_network, settings):
    settings.ANSWER_TIMEOUT = 0.2

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _time in range(40):
            handler.wfile.write(b"x" * 10)
            handler.wfile.flush()
            __import__("time").sleep(0.02)

    assert send(fake_network, drip).error in ("timeout", "reset")


def test_a_huge_answer_is_cut(fake_network):
    answer = send(fake_network, (200, "x" * 3_000_000))
    assert (answer.status, len(answer.body)) == (200, http.PUSH_LIMIT)


def test_a_broken_length_is_no_answer(fake_network):
    def short(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{}")
        hang_up(handler)

    assert send(fake_network, short).error == "reset"


def test_redirects_are_followed_only_where_the_integration_asks(fake_network):
    away = (302, "", {"Location": f"{fake_network.url}/ticket"})
    assert send(fake_network, away).status == 302


def test_cookies_of_one_conversation_never_reach_another(fake_network):
    seen = []

    def look(handler):
        seen.append(handler.headers.get("Cookie"))
        handler.reply(200, "{}", {"Set-Cookie": "sid=1; Path=/"})

    send(fake_network, look)
    send(fake_network, look)
    assert seen == [None, None]


def test_connections_are_kept(fake_network):
    ports = set()

    def look(handler):
        ports.add(handler.client_address[1])
        handler.reply(200, "{}")

    for _time in range(3):
        send(fake_network, look)
    assert len(ports) == 1


def test_private_addresses_are_refused_where_settings_say_so(fake_network, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = False
    http._local.__dict__.clear()
    assert send(fake_network, "ok").error == "connect"
    assert fake_network.got == []
