"""Who lacks the right sees no phone, name, e-mail or address, wherever they are written."""

import pytest
from django.urls import reverse

from affiliate.admin.personal import masked_phone, text_filter
from affiliate.models import Attempt, Lead, Postback, StatusPoll

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
