"""What an offer asks of its leads is chosen on its page."""

from django.urls import reverse


def test_required_fields_and_rules_for_duplicates_are_kept(admin_client, offer):
    data = {
        "title": offer.title,
        "enabled": "on",
        "required_fields": ["name", "ip"],
        "on_duplicate": "mark",
        "duplicate_by": "both",
        "duplicate_days": "0",
        "duplicate_statuses": ["wait", "hold"],
        "duplicate_own_source": "on",
    }
    page = reverse("admin:affiliate_offer_change", args=[offer.pk])
    assert admin_client.post(page, data).status_code == 302
    offer.refresh_from_db()
    assert offer.required_fields == ["name", "ip"]
    assert (offer.on_duplicate, offer.duplicate_by, offer.duplicate_days) == ("mark", "both", 0)
    assert offer.duplicate_statuses == ["wait", "hold"]
