"""A file of leads from the upload to its last row, in admin."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from affiliate.intake.imports import files, run
from affiliate.models import ImportPart, Lead, LeadImport

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = "Телефон;Имя;Отдел\n+40712345678;Ion;A\n12;Ana;B\n"
LIST = "/admin/affiliate/leadimport/"


def upload(client, source, offer, text=TABLE):
    file = SimpleUploadedFile("leads.csv", text.encode())
    return client.post(f"{LIST}add/", {"source": source.pk, "offer": offer.pk, "country": "RO", "file": file})


def page(one):
    return reverse("admin:affiliate_leadimport_change", args=[one.pk])


def columns(*fields):
    return {f"column{number}": field for number, field in enumerate(fields)}


def test_a_file_is_uploaded_checked_started_and_watched(admin_client, source, flow, offer):
    answer = upload(admin_client, source, offer)
    one = LeadImport.objects.get()
    assert answer.url == page(one) and not Lead.objects.exists()
    html = admin_client.get(page(one)).content.decode()
    assert "Телефон" in html and "+40712345678" in html and "Check every row" in html

    admin_client.post(page(one), columns("phone", "name", "sub1") | {"action": "check"})
    assert "http-equiv" in admin_client.get(page(one)).content.decode()
    run.run(one.pk)
    html = admin_client.get(page(one)).content.decode()
    assert "Take in 1 lead" in html and "too short" in html and not Lead.objects.exists()

    admin_client.post(page(one), columns("phone", "name", "sub1") | {"action": "start"})
    run.run(one.pk)
    assert Lead.objects.get().sub1 == "A" and not ImportPart.objects.exists()
    assert "Leads of the source" in admin_client.get(page(one)).content.decode()
    told = b"".join(admin_client.get(reverse("admin:affiliate_leadimport_errors", args=[one.pk])).streaming_content)
    assert "3,Телефон,The phone is too short" in told.decode("utf-8-sig").replace('"', "")


def test_with_other_columns_rows_are_checked_again_before_they_are_taken(admin_client, source, flow, offer):
    upload(admin_client, source, offer)
    one = LeadImport.objects.get()
    admin_client.post(page(one), columns("phone", "name", "sub1") | {"action": "check"})
    run.run(one.pk)
    admin_client.post(page(one), columns("phone", "name", "sub2") | {"action": "start"})
    run.run(one.pk)
    one.refresh_from_db()
    assert one.state == "checked" and not Lead.objects.exists()


def test_columns_without_a_phone_are_told(admin_client, source, flow, offer):
    upload(admin_client, source, offer)
    one = LeadImport.objects.get()
    answer = admin_client.post(page(one), columns("", "name", "sub1") | {"action": "check"})
    assert "Say which column is the phone" in answer.content.decode()


def test_a_file_that_is_no_table_is_told_at_its_field(admin_client, source, offer):
    assert "web page" in upload(admin_client, source, offer, "<html></html>").content.decode()


def test_the_same_file_is_told_before_it_is_started(admin_client, source, flow, offer):
    upload(admin_client, source, offer)
    first = LeadImport.objects.get()
    run.start(first)
    run.run(first.pk)
    upload(admin_client, source, offer)
    html = admin_client.get(page(LeadImport.objects.first())).content.decode()
    assert "This file was imported before" in html and page(first) in html


def test_an_import_is_stopped_and_its_file_deleted(admin_client, source, flow, offer):
    upload(admin_client, source, offer)
    one = LeadImport.objects.get()
    admin_client.post(page(one), {"action": "cancel"})
    one.refresh_from_db()
    assert one.state == "cancelled" and not ImportPart.objects.exists()
    assert admin_client.post(page(one), {"action": "start"}).status_code == 302


def test_deleting_and_stopping_are_asked_about_with_what_stays(admin_client, source, flow, offer):
    upload(admin_client, source, offer)
    one = LeadImport.objects.get()
    assert "keeps its name and its numbers" in admin_client.get(page(one)).content.decode()
    admin_client.post(page(one), columns("phone", "name", "sub1") | {"action": "check"})
    assert 'value="cancel"' not in admin_client.get(page(one)).content.decode()
    asked = admin_client.get(f"{page(one)}?stop").content.decode()
    assert "Leads that were taken stay" in asked and 'value="cancel"' in asked and "http-equiv" not in asked


def test_rows_are_full_of_phones_so_the_right_to_see_them_is_needed(client_with, source, flow, offer):
    one = files.open_import(source=source, name="a.csv", pieces=[TABLE.encode()], offer=offer)
    errors = reverse("admin:affiliate_leadimport_errors", args=[one.pk])
    blind = client_with("leadimport.view", "leadimport.add", "leadimport.change")
    assert {blind.get(url).status_code for url in (page(one), errors, f"{LIST}add/")} == {403}
    seeing = client_with("leadimport.view", "lead.view_personal_data")
    assert seeing.get(page(one)).status_code == 200
    assert seeing.post(page(one), {"action": "cancel"}).status_code == 403


def test_the_list_costs_few_queries(admin_client, source, flow, offer, django_assert_max_num_queries):
    for number in range(10):
        files.open_import(source=source, name=f"{number}.csv", pieces=[TABLE.encode()], offer=offer)
    with django_assert_max_num_queries(12):
        assert admin_client.get(LIST).status_code == 200
