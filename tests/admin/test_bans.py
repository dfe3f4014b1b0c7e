"""The black list: many lines at once, and off it again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from affiliate.intake import ban_lists
from affiliate.models import Ban, Source

PAGE = "/admin/affiliate/ban/"
ADD = f"{PAGE}add/"


def test_lines_are_phones_addresses_and_networks(admin_client):
    lines = "+40 712 345 678\n\n203.0.113.7\n198.51.100.9/24 ; Bots.\n2001:db8::/32\n"
    answer = admin_client.post(ADD, {"lines": lines, "reason": "Joker."}, follow=True)
    assert "4 lines added" in answer.content.decode()
    assert set(Ban.objects.values_list("kind", "value", "reason", "source", "until")) == {
        ("phone", "+40712345678", "Joker.", None, None),
        ("address", "203.0.113.7/32", "Joker.", None, None),
        ("address", "198.51.100.0/24", "Bots.", None, None),
        ("address", "2001:db8::/32", "Joker.", None, None),
    }


def test_lines_that_cannot_be_read_stay_to_be_mended(admin_client):
    answer = admin_client.post(ADD, {"lines": "203.0.113.7\n203.0.113.777\ncall me"})
    html = answer.content.decode()
    assert "Line 2" in html and "Line 3" in html
    assert answer.context["form"].initial["lines"] == "203.0.113.777\ncall me"
    assert list(Ban.objects.values_list("value", flat=True)) == ["203.0.113.7/32"]


def test_the_same_line_again_is_told(admin_client):
    for words in ("1 line added.", "1 was there already."):
        answer = admin_client.post(ADD, {"lines": "203.0.113.7"}, follow=True)
        assert words in answer.content.decode()
    assert Ban.objects.count() == 1


def test_a_ban_may_end_and_be_of_one_source(admin_client):
    source = Source.objects.create(name="Landing")
    admin_client.post(ADD, {"lines": "203.0.113.7", "days": "7", "source": str(source.pk)})
    ban = Ban.objects.get()
    assert ban.source == source
    assert timedelta(days=6) < ban.until - timezone.now() <= timedelta(days=7)


def test_more_lines_than_are_taken_at_once_are_refused_whole(admin_client, monkeypatch):
    monkeypatch.setattr(ban_lists, "MOST_LINES", 2)
    answer = admin_client.post(ADD, {"lines": "203.0.113.7\n203.0.113.8\n203.0.113.9"})
    assert "at most 2 lines" in answer.content.decode()
    assert not Ban.objects.exists()


def test_many_lines_cost_few_queries(django_assert_max_num_queries, db):
    with django_assert_max_num_queries(8):
        added = ban_lists.add("\n".join(f"+4071234{number:04}" for number in range(1000)), source=None)
    assert added.new == 1000


def test_bans_are_taken_off(admin_client):
    ban = Ban.objects.create(kind="phone", value="+40712345678")
    admin_client.post(PAGE, {"action": "lift", "_selected_action": [ban.pk]})
    assert not Ban.objects.exists()


def test_the_list_costs_few_queries(admin_client, django_assert_max_num_queries):
    for number in range(20):
        source = Source.objects.create(name=f"Source {number}")
        Ban.objects.create(kind="phone", value=f"+4071234567{number}", source=source)
    with django_assert_max_num_queries(8):
        html = admin_client.get(PAGE).content.decode()
    assert "+40712345671" in html


@pytest.mark.parametrize("right", ["ban.view", "ban.change"])
def test_adding_needs_the_right(client_with, right):
    assert client_with(right).get(ADD).status_code == 403
