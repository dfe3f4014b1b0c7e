"""The AlterCPA forms where a wire case, with its one address and one lead, is not enough."""

import pytest

from affiliate.integrations import wire
from tests.integrations import cases


def first_request(slug, **changes):
    return wire.run("push", cases.case_of(slug, **{"lead": cases.UNICODE, **changes}))["requests"][0]


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("https://panel.example.com", "https://panel.example.com/api/wm/push.json"),
        ("https://panel.example.com/", "https://panel.example.com/api/wm/push.json"),
        ("https://panel.example.com/api", "https://panel.example.com/api/wm/push.json"),
        ("https://panel.example.com/api/", "https://panel.example.com/api/wm/push.json"),
        ("https://panel.example.com/cabinet", "https://panel.example.com/cabinet/api/wm/push.json"),
        ("https://api.cpa.moe", "https://api.cpa.moe/wm/push.json"),
    ],
)
def test_a_panel_address_is_taken_with_api_or_without(typed, called):
    assert first_request("altercpa_wm", base_url=typed)["url"] == called


def test_a_key_with_hyphens_stays_whole_behind_the_user():
    request = first_request("altercpa_ext", credentials={"user": "12", "api": "k-e-y"})
    assert request["query"] == [["id", "12-k-e-y"]]


@pytest.mark.parametrize("landing", ["", "shop.example/lp", "https://[broken"])
def test_a_landing_address_without_a_domain_sends_none(landing):
    body = first_request("altercpa_wm", lead={**cases.UNICODE, "landing_url": landing})["body"]
    assert "domain" not in dict(body)
