"""The page that takes offers and flows out as a table and in again."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from affiliate import sheets
from affiliate.models import Flow, Offer

PAGE = "/admin/affiliate/flow/table/"
DOWNLOAD = "/admin/affiliate/flow/table/offers-and-flows."
GOOD = "Offer,Network,Probe: Place ID\nTea,Network probe,P1\n"


def upload(client, text: str | bytes, name: str = "flows.csv"):
    body = text.encode() if isinstance(text, str) else text
    return client.post(PAGE, {"file": SimpleUploadedFile(name, body)})


def agree(client, answer):
    return client.post(PAGE, {"agreed": answer.context["agreed"]})


def test_the_list_of_flows_leads_there(admin_client, flow):
    assert PAGE in admin_client.get("/admin/affiliate/flow/").content.decode()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_downloaded_can_be_uploaded_and_changes_nothing(admin_client, flow, kind):
    file = admin_client.get(f"{DOWNLOAD}{kind}").content
    assert [record.cells["Offer"] for record in sheets.records(io.BytesIO(file))] == ["Watch", "Watch"]
    assert "Nothing to do" in upload(admin_client, file, f"flows.{kind}").content.decode()


def test_another_kind_of_file_is_not_there(admin_client, flow):
    assert admin_client.get(f"{DOWNLOAD}pdf").status_code == 404


def test_an_upload_shows_what_it_would_do_and_stores_nothing(admin_client, network):
    answer = upload(admin_client, GOOD)
    html = answer.content.decode()
    assert "Tea → Network probe" in html and "Probe: Place ID" in html and answer.context["agreed"]
    assert not Offer.objects.exists()


def test_agreed_it_is_stored_and_reported(admin_client, network):
    answer = agree(admin_client, upload(admin_client, GOOD))
    assert Flow.objects.get().parameters == {"place": "P1"}
    assert answer.context["counts"][0] == {"offers": 1, "flows": 1, "geos": 0} and answer.context["done"]


def test_a_wrong_row_is_told_and_there_is_nothing_to_agree_to(admin_client, network):
    answer = upload(admin_client, GOOD + "Tea,Nobody,P2\n")
    html = answer.content.decode()
    assert "There is no network “Nobody”." in html and "Add it first under Networks" in html
    assert "agreed" not in answer.context


def test_what_flows_will_lack_is_told_before(admin_client, network):
    html = upload(admin_client, "Offer,Network,Countries\nTea,Network probe,RO\n").content.decode()
    assert "RO · Romania: no value for Place ID" in html


def test_a_change_by_others_meanwhile_is_shown_anew(admin_client, flow):
    answer = upload(admin_client, f"Offer,Flow number,Priority\nWatch,{flow.pk},5\n")
    Flow.objects.update(priority=7)
    again = agree(admin_client, answer)
    assert Flow.objects.get().priority == 7 and "Meanwhile somebody changed" in again.content.decode()
    agree(admin_client, again)
    assert Flow.objects.get().priority == 5


def test_what_was_agreed_to_cannot_be_forged(admin_client, network):
    answer = admin_client.post(PAGE, {"agreed": "eyJmb3JnZWQiOjF9:1:x"})
    assert "upload the file once more" in answer.content.decode() and not Offer.objects.exists()


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7", b"PK\x03\x04 cut off", b"\x00\x01\x02"])
def test_a_file_that_is_no_table_is_told_at_the_field(admin_client, network, body):
    assert upload(admin_client, body).context["form"].errors["file"]


def test_without_a_file_the_field_says_so(admin_client, network):
    assert admin_client.post(PAGE, {}).context["form"].errors["file"]


def test_who_may_only_look_exports_and_imports_nothing(client_with, flow):
    client = client_with("flow.view", "offer.view")
    assert "Show what it would do" not in client.get(PAGE).content.decode()
    assert client.get(f"{DOWNLOAD}csv").status_code == 200
    assert upload(client, GOOD).status_code == 403


def test_the_look_at_a_file_costs_as_much_for_many_rows_as_for_one(
    admin_client, network, django_assert_max_num_queries
):
    rows = "".join(f"Tea {number},Network probe,P{number}\n" for number in range(200))
    with django_assert_max_num_queries(8):
        assert upload(admin_client, GOOD + rows).context["counts"][0]["flows"] == 201
