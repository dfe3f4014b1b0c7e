"""Who lacks the right sees no phone, name, e-mail or address, wherever they are written."""

import pytest
from django.urls import reverse

from affiliate.admin.personal import masked_phone, text_filter
from affiliate.models import Attempt, Lead, LeadLook, Postback, StatusPoll

WRITINGS = [
    "+40712345678",
    "40712345678",
    "0712345678",
    "0712 345 678",
    "+40 (712) 345-678",
    "%2B40712345678",
    "712345678",
]


class Nobody:
    def has_perm(self, right):
        return False


@pytest.mark.parametrize("written", WRITINGS)
def test_a_phone_is_hidden_however_it_is_written(written):
    lead = Lead(phone="+40712345678", phone_typed="0712345678")
    assert "345" not in text_filter(lead, Nobody())(f'{{"phone":"{written}","id":77}}')


def test_other_numbers_stay_readable():
    lead = Lead(phone="+40712345678")
    text = '{"id": 40799999999, "sub": "01K5PLA1NPLA1NPLA1NPLA1NPL", "price": "1234.50"}'
    assert text_filter(lead, Nobody())(text) == text


def test_a_name_is_hidden_also_where_it_is_encoded():
    hide = text_filter(Lead(name="Ольга Жук"), Nobody())
    assert "%D0%9E" not in hide("name=%D0%9E%D0%BB%D1%8C%D0%B3%D0%B0%20%D0%96%D1%83%D0%BA&a=1")
    assert "Ольга" not in hide('{"name":"Ольга Жук"}')


@pytest.mark.parametrize(("phone", "shown"), [("+40712345678", "+407•••78"), ("12345", "•••"), ("", "")])
def test_a_masked_phone_tells_leads_apart_and_no_more(phone, shown):
    assert masked_phone(phone) == shown


@pytest.fixture
def pages(everything):
    rows = [everything, Attempt.objects.get(), Postback.objects.filter(lead=everything).get(), StatusPoll.objects.get()]
    lists = [reverse(f"admin:affiliate_{row._meta.model_name}_changelist") for row in rows]
    return lists + [reverse(f"admin:affiliate_{row._meta.model_name}_change", args=[row.pk]) for row in rows]


RIGHTS = ("lead.view", "attempt.view", "postback.view", "statuspoll.view")


def test_without_the_right_no_page_shows_personal_data(client_with, pages):
    client = client_with(*RIGHTS)
    for page in pages:
        html = client.get(page).content.decode()
        for private in ("712345678", "ion@example.com"):
            assert private not in html, page


def test_with_the_right_the_pages_show_it(client_with, pages, everything):
    client = client_with(*RIGHTS, "lead.view_personal_data")
    html = client.get(reverse("admin:affiliate_lead_change", args=[everything.pk])).content.decode()
    assert "+40712345678" in html and "ion@example.com" in html


def test_names_are_masked_too(client_with, everything):
    Lead.objects.filter(pk=everything.pk).update(name="Zbigniew Kowalski")
    client = client_with(*RIGHTS)
    for page in ("/admin/affiliate/lead/", reverse("admin:affiliate_lead_change", args=[everything.pk])):
        assert "Kowalski" not in client.get(page).content.decode()


@pytest.mark.parametrize(
    "body",
    [
        '{"first": "Ana", "last": "Pop", "zip": "077190"}',
        "first=ana&last=pop&note=call+after+six",
        "first=ANA&x=B+12345678",
    ],
)
def test_short_names_parts_of_names_and_what_people_wrote_are_hidden(body):
    lead = Lead(name="Ana Pop", zip="077190", comment="call after six", extra={"passport": "B 12345678"})
    shown = text_filter(lead, Nobody())(body).lower()
    for private in ("ana", "pop", "077190", "six", "12345678"):
        assert private not in shown


def test_a_short_name_is_no_part_of_other_words():
    text = '{"country": "Panama", "banana": 1}'
    assert text_filter(Lead(name="Ana"), Nobody())(text) == text


def test_a_call_about_no_known_lead_shows_only_what_the_protocol_names(client_with, network):
    call = Postback.objects.create(network=network, method="GET", query="oid=X1&status=odd&phone=40712345678&name=Ion")
    page = reverse("admin:affiliate_postback_change", args=[call.pk])
    html = client_with("postback.view").get(page).content.decode()
    assert "oid=X1" in html and "status=odd" in html
    assert "40712345678" not in html and "name=Ion" not in html
    assert "40712345678" in client_with("postback.view", "lead.view_personal_data").get(page).content.decode()


@pytest.mark.parametrize("typed", ["0712345678", "+40712345678", "Zbigniew", "kowal"])
def test_without_the_right_nobody_finds_out_a_person_by_searching(client_with, everything, typed):
    Lead.objects.filter(pk=everything.pk).update(name="Zbigniew Kowalski")
    found = {"q": typed}
    assert client_with("lead.view").get("/admin/affiliate/lead/", found).context["cl"].result_list == []
    seeing = client_with("lead.view", "lead.view_personal_data")
    assert everything in seeing.get("/admin/affiliate/lead/", found).context["cl"].result_list
    by_oid = client_with("lead.view").get("/admin/affiliate/lead/", {"q": everything.oid})
    assert by_oid.context["cl"].result_list == [everything]


def test_other_fields_of_a_lead_are_masked_on_its_page(client_with, everything):
    Lead.objects.filter(pk=everything.pk).update(
        city="Cluj", zip="400001", comment="ring twice", extra={"passport": "B1"}
    )
    page = reverse("admin:affiliate_lead_change", args=[everything.pk])
    html = client_with(*RIGHTS).get(page).content.decode()
    assert "passport" in html and not [one for one in ("Cluj", "400001", "ring twice", "B1<") if one in html]


def test_pages_of_the_list_and_of_journals_that_show_persons_are_kept_too(client_with, everything):
    seeing = client_with(*RIGHTS, "lead.view_personal_data")
    seeing.get("/admin/affiliate/lead/?country=RO")
    look = LeadLook.objects.get()
    assert (look.query, look.rows, look.listed, look.lead) == ("country=RO", 3, True, None)
    seeing.get(reverse("admin:affiliate_attempt_change", args=[Attempt.objects.get().pk]))
    assert LeadLook.objects.order_by("-pk")[0].lead == everything
    client_with(*RIGHTS).get("/admin/affiliate/lead/")
    assert LeadLook.objects.count() == 2
