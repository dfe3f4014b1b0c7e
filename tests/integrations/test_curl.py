"""A request as a command for a shell: the very same bytes, secrets left to the shell's variables."""

import os
import subprocess

import pytest

from affiliate.integrations.curl import curl
from affiliate.integrations.messages import Request

URL = "https://network.example/add"
API = "SECRET-a/b c'd\"0001"


def words(command: str, **variables: str) -> list[str]:
    """What a shell makes of the command: the arguments curl would get."""
    ran = subprocess.run(
        ["bash", "-c", f"curl() {{ printf '%s\\0' \"$@\"; }}\n{command}"],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        check=True,
    )
    return ran.stdout.decode().split("\0")[:-1]


def after(option: str, given: list[str]) -> list[str]:
    return [given[place + 1] for place, word in enumerate(given) if word == option]


@pytest.mark.parametrize(
    "name", ["Ion", "Д'Артаньян", 'a "b" $HOME `id` \\n !', "line\nbreak", "@/etc/passwd"], ids=lambda name: name[:8]
)
@pytest.mark.parametrize("make", [Request.form, Request.json, Request.multipart])
def test_the_body_is_what_would_have_left(make, name):
    request = make(URL, {"name": name})
    given = words(curl(request, {}))
    assert given[0] == URL and after("--data-raw", given) == [request.body.decode()]
    assert after("--header", given) == [f"Content-Type: {request.headers['Content-Type']}"]


def test_a_query_is_part_of_the_address():
    given = words(curl(Request.get(URL, {"q": "a b&c", "ids[]": ["1", "2"]}), {}))
    assert given == [f"{URL}?q=a+b%26c&ids%5B%5D=1&ids%5B%5D=2"]


def test_brackets_in_an_address_are_no_pattern():
    assert "--globoff" in words(curl(Request.get("https://network.example/{a}"), {}))


def test_the_method_is_named_where_curl_would_choose_another():
    assert after("--request", words(curl(Request.json(URL, {}, method="PUT"), {}))) == ["PUT"]
    assert after("--request", words(curl(Request.get(URL, method="DELETE"), {}))) == ["DELETE"]


def test_an_empty_header_is_sent_too():
    assert after("--header", words(curl(Request.get(URL, headers={"X-Empty": ""}), {}))) == ["X-Empty;"]


def test_redirects_are_followed_only_where_the_integration_does():
    assert "--location" not in words(curl(Request.get(URL), {}))
    assert "--location" in words(curl(Request.get(URL, follow_redirects=True), {}))


def test_no_secret_is_in_the_command_and_its_variable_brings_it_back():
    request = Request.get(URL, headers={"Authorization": f"Bearer {API}"})
    command = curl(request, {"api": API})
    assert API not in command and '"$API"' in command
    assert after("--header", words(command, API=API)) == [f"Authorization: Bearer {API}"]


@pytest.mark.parametrize("make", [Request.get, Request.form, Request.json])
def test_a_secret_is_found_in_every_writing(make):
    command = curl(make(URL, {"token": API}), {"api": API})
    assert '"$API"' in command and "SECRET" not in command
