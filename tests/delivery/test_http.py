"""What the network does comes back as an answer, whatever it is."""

import gzip
import ipaddress
import os
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

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


def drip(handler, *, head=b""):
    """Send a byte at a time until the hub hangs up."""
    handler.close_connection = True
    handler.wfile.write(head)
    with suppress(ConnectionError):
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.01)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 ",
    ],
)
def test_an_answer_that_drips_for_ever_is_cut_off(fake_network, settings, head):
    settings.ANSWER_TIMEOUT = 0.2
    assert send(fake_network, partial(drip, head=head)).error == "timeout"


def test_chunks_that_drip_for_ever_are_cut_off(fake_network, settings):
    settings.ANSWER_TIMEOUT = 0.2

    def chunks(handler):
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                handler.wfile.write(b"1\r\nx\r\n")
                time.sleep(0.01)

    assert send(fake_network, chunks).error == "timeout"


def test_an_answer_that_ends_with_the_connection_is_read_whole(fake_network):
    def old(handler):
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 100_000)

    assert len(send(fake_network, old).body) == 100_000


def test_a_compressed_answer_is_read(fake_network):
    answer = send(fake_network, (200, gzip.compress(b'{"a": 1}'), {"Content-Encoding": "gzip"}))
    assert answer.text == '{"a": 1}'


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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A file with a key and a certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "network")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = made.add_extension(address, critical=False).sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("tls") / "network.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def secure(certificate, monkeypatch):
    """The address of a network that reads one request over TLS, and then does what it is told with the socket."""
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
    http._adapter.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:

        def serve(act):
            with suppress(OSError), context.wrap_socket(listening.accept()[0], server_side=True) as talking:
                talking.recv(65536)
                act(talking)

        yield lambda act: pool.submit(serve, act) and f"https://127.0.0.1:{listening.getsockname()[1]}/add"
    http._adapter.cache_clear()


def test_an_answer_over_tls(secure):
    url = secure(lambda talking: talking.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    assert http.send(Request.json(url, PUSH)).text == "ok"


def test_tls_that_breaks_after_the_request_left_is_no_failed_connection(secure):
    url = secure(lambda talking: os.write(talking.fileno(), b"no TLS at all, and long enough to be seen as none"))
    assert http.send(Request.json(url, PUSH)).error == "reset"


def test_tls_that_never_came_about_sent_nothing(fake_network):
    assert http.send(Request.json(fake_network.url.replace("http:", "https:") + "/add", PUSH)).error == "connect"


def test_a_certificate_that_nobody_knows_sent_nothing(certificate, secure, monkeypatch):
    monkeypatch.undo()
    assert http.send(Request.json(secure(lambda talking: None), PUSH)).error == "connect"


@pytest.mark.parametrize("away", ["http://127.0.0.1:9/", "http://[::1"])
def test_a_redirect_to_nowhere_does_not_undo_what_was_sent_before_it(fake_network, away):
    fake_network.verdicts["Ion"] = (302, "", {"Location": away})
    answer = http.send(replace(Request.json(f"{fake_network.url}/add", PUSH), follow_redirects=True))
    assert answer.error == "reset"


def test_redirects_are_followed_only_where_the_integration_asks(fake_network):
    away = (302, "", {"Location": f"{fake_network.url}/ticket"})
    assert send(fake_network, away).status == 302
    fake_network.verdicts["Ion"] = away
    followed = http.send(replace(Request.json(f"{fake_network.url}/add", PUSH), follow_redirects=True))
    assert followed.json.text("ticket") == "T1"


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
    http._adapter.cache_clear()
    assert send(fake_network, "ok").error == "connect"
    assert fake_network.got == []
