"""A list without rows says what will stand there and where the next step is made."""

import pytest
from django.contrib import admin
from django.urls import reverse

from affiliate.admin import empty


def page_of(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


@pytest.mark.parametrize("label", empty.LISTS)
def test_an_empty_list_says_so_in_its_own_words_and_its_next_step_opens(admin_client, label):
    answer = admin_client.get(page_of(label))
    if len(answer.context["cl"].result_list):
        pytest.skip("the hub itself has written one")
    said = answer.context["cl"].nothing_yet
    assert str(said["words"]).replace("'", "&#x27;") in answer.content.decode()
    if "next" in said:
        assert said["next"]["url"] in answer.content.decode()
        assert admin_client.get(said["next"]["url"]).status_code == 200


def test_every_list_of_the_hub_has_words_or_words_of_its_own_page():
    own_page = {"affiliate.statusword", "affiliate.sandboxaccount", "affiliate.sandboxorder"}
    shown = {model._meta.label_lower for model in admin.site._registry if model._meta.app_label == "affiliate"}
    assert shown - set(empty.LISTS) == own_page


def test_a_filter_that_finds_nothing_offers_to_drop_it(admin_client, db):
    html = admin_client.get("/admin/affiliate/lead/?status__exact=approve").content.decode()
    assert "No results found" in html and "Reset filters" in html and "No lead has come yet" not in html


def test_the_next_step_is_offered_to_who_may_take_it(client_with):
    html = client_with("lead.view").get("/admin/affiliate/lead/").content.decode()
    assert "No lead has come yet" in html and page_of("affiliate.source") not in html
