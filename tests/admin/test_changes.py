"""The record of changes: one page of all, a history on each row's page, the way back with a preview."""

import pytest

from affiliate.models import SettingChange
from tests.fixtures import TOKEN

ALL = "/admin/affiliate/settingchange/"


def history(row) -> str:
    return f"/admin/affiliate/{row._meta.model_name}/{row.pk}/history/"


def text(client, url, language="en") -> str:
    client.cookies["django_language"] = language
    return client.get(url).content.decode()


@pytest.fixture
def renamed(admin_client, offer):
    page = f"/admin/affiliate/offer/{offer.pk}/change/"
    form = admin_client.get(page).context["adminform"].form
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    admin_client.post(page, typed | {"title": "Clock"})
    return SettingChange.objects.first()


def test_a_change_on_a_page_is_put_down_to_who_is_signed_in(renamed, admin_user):
    assert renamed.person == admin_user


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["Title:", "Watch", "Clock", "Offer"]), ("ru", ["Название:", "Watch", "Clock", "Оффер"])],
)
def test_changes_are_told_in_the_readers_words(admin_client, renamed, offer, language, words):
    for page in (ALL, history(offer)):
        html = text(admin_client, page, language)
        assert [word for word in words if word not in html] == []


def test_the_parameters_are_called_as_the_integration_calls_them(admin_client, flow):
    flow.parameters = {"place": "P2"}
    flow.save()
    assert "Place ID:" in text(admin_client, ALL)


def test_a_secret_is_told_to_have_changed(admin_client, network):
    network.credentials = {"api": "SECRET-0002"}
    network.save()
    html = text(admin_client, history(network))
    assert "changed, the value is secret" in html and "SECRET-0002" not in html and TOKEN not in html


def test_the_page_is_filtered_by_person_kind_and_day(admin_client, renamed, admin_user, network):
    assert "Clock" in text(admin_client, f"{ALL}?person={admin_user.pk}&model=affiliate.offer&at_from=2000-01-01")
    for query in ("model=affiliate.network", "person=999999", "at_to=2000-01-01"):
        assert "Clock" not in text(admin_client, f"{ALL}?{query}")


def test_many_changes_are_read_in_few_queries(admin_client, offer, network, django_assert_max_num_queries):
    for number in range(30):
        offer.title, network.name = f"O{number}", f"N{number}"
        offer.save(), network.save()
    for page in (ALL, history(offer)):
        with django_assert_max_num_queries(9):
            admin_client.get(page)


def test_the_way_back_is_previewed_and_confirmed(admin_client, renamed, offer):
    page = f"/admin/affiliate/offer/{offer.pk}/back/{renamed.pk}/"
    assert page in text(admin_client, history(offer))
    response = admin_client.get(page)
    assert "Watch" in response.content.decode() and "Clock" in response.content.decode()
    offer.refresh_from_db()
    assert offer.title == "Clock"
    admin_client.post(page, {"seen": response.context["seen"]})
    offer.refresh_from_db()
    assert offer.title == "Watch"


def test_a_preview_that_is_out_of_date_changes_nothing(admin_client, renamed, offer):
    response = admin_client.post(f"/admin/affiliate/offer/{offer.pk}/back/{renamed.pk}/", {"seen": "x"}, follow=True)
    offer.refresh_from_db()
    assert offer.title == "Clock" and "changed meanwhile" in response.content.decode()


def test_who_may_not_change_an_offer_cannot_take_it_back(client_with, renamed, offer):
    client, page = client_with("offer.view"), f"/admin/affiliate/offer/{offer.pk}/back/{renamed.pk}/"
    assert page not in text(client, history(offer))
    assert client.get(page).status_code == client.post(page, {"seen": ""}).status_code == 403


def test_a_change_of_another_row_is_not_found(admin_client, renamed, flow):
    assert admin_client.get(f"/admin/affiliate/flow/{flow.pk}/back/{renamed.pk}/").status_code == 404


def test_the_history_of_what_has_none_is_not_found(admin_client, source):
    assert admin_client.get("/admin/affiliate/lead/1/history/").status_code == 404


def test_what_was_done_is_told_too(admin_client, everything, flow):
    admin_client.post(f"/admin/affiliate/network/{flow.network_id}/resume/")
    assert "Снята с паузы." in text(admin_client, history(flow.network), "ru")
