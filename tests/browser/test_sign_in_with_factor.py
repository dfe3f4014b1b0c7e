"""The second factor: set up on one's own page, asked for at the next sign-in."""

import base64
import re

import pytest
from django_otp.oath import totp
from playwright.sync_api import expect

from tests.browser.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.alike]

PASSWORD = "PASSWORD-careful-0001"
MAKE_CAREFUL = f"""
from django.contrib.auth.models import Group, User
person = User.objects.create_user("careful", password={PASSWORD!r}, is_staff=True)
person.groups.add(Group.objects.get(name="operator"))
answer = True
"""


def test_a_person_sets_it_up_and_signs_in_with_it(hub, browse):
    assert hub.ask(MAKE_CAREFUL)
    page = browse(signed_in=False)
    sign_in(page, "careful", PASSWORD)
    page.goto("/admin/account/")
    page.get_by_role("link", name="Set up the second factor").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    page.get_by_text("The picture cannot be scanned?").click()
    secret = page.locator(".hub-copy code").inner_text()
    page.locator("[name=code]").fill(f"{totp(base64.b32decode(secret)):06d}")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("they are shown this once")).to_be_visible()
    backup = re.findall(r"[0-9a-f]{5}-[0-9a-f]{5}", page.locator(".hub-copy code").inner_text())
    assert len(backup) == 10

    again = browse(signed_in=False)
    sign_in(again, "careful", PASSWORD)
    expect(again.get_by_text("Type the code that your authenticator application shows")).to_be_visible()
    again.goto("/admin/affiliate/lead/")
    again.locator("[name=code]").fill(backup[0])
    again.locator("[type=submit]").first.click()
    expect(again).to_have_url(re.compile("/admin/affiliate/lead/$"))
