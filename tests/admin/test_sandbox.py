"""The sandbox network's cabinet."""

import pytest

from affiliate.models import SandboxAccount

MACROS = "http://127.0.0.1:8000/api/sale/status.json?id=1-k&oid={sub1}&status={status}&pay={payout}"


@pytest.fixture
def account(db):
    return SandboxAccount.objects.create(name="Demo", token_hash="0" * 64, postback_url=MACROS)


def test_the_postback_url_is_shown_and_changed_as_plain_text(admin_client, account):
    page = f"/admin/affiliate/sandboxaccount/{account.pk}/change/"
    assert admin_client.get(page).context["adminform"].form["url"].value() == MACROS
    admin_client.post(page, {"name": "Demo", "url": MACROS.replace("8000", "9000")})
    account.refresh_from_db()
    assert account.postback_url == MACROS.replace("8000", "9000")


def test_a_wrong_url_is_told_at_its_field(admin_client, account):
    answer = admin_client.post(
        f"/admin/affiliate/sandboxaccount/{account.pk}/change/", {"name": "Demo", "url": "no url"}
    )
    assert "url" in answer.context["adminform"].form.errors


def test_accounts_are_not_made_by_hand(admin_client, account):
    assert admin_client.get("/admin/affiliate/sandboxaccount/add/").status_code == 403
