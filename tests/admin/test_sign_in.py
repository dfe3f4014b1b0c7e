"""The door: wrong passwords lock it for a while, a second factor can be set up or demanded, sessions end."""

import base64
import re
import time

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, User
from django.test import Client
from django_otp.oath import totp

from affiliate.models import SecondFactor, SettingChange, roles
from tests.project.test_secrets import database_text

PASSWORD = "PASSWORD-of-olga-0001"
LOGIN, HOME = "/admin/login/", "/admin/"
SETUP, ASK, ACCOUNT = "/admin/account/second-factor/", "/admin/second-factor/", "/admin/account/"


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def olga(db):
    person = User.objects.create_user("olga", password=PASSWORD, is_staff=True)
    person.groups.add(Group.objects.get(name=roles.MANAGER))
    return person


def sign_in(client=None, *, password=PASSWORD, name="olga", **headers):
    client = client or Client()
    client.response = client.post(LOGIN, {"username": name, "password": password}, **headers)
    return client


def wrong(times, **headers):
    client = Client()
    for number in range(times):
        sign_in(client, password=f"wrong {number}", **headers)
    return client


class TestWrongPasswords:
    @pytest.mark.parametrize(
        ("language", "words"), [("en", "Try again in 15 minutes."), ("ru", "Попробуйте снова через 15 минут.")]
    )
    def test_after_a_few_the_login_is_locked_and_says_for_how_long(self, olga, settings, language, words):
        client = wrong(settings.AXES_FAILURE_LIMIT - 1)
        assert client.response.status_code == 200
        client.cookies["django_language"] = language
        sign_in(client, password="wrong at last")
        assert client.response.status_code == 429 and words in client.response.content.decode()
        assert sign_in(client).response.status_code == 429
        assert client.get(HOME).status_code == 302

    def test_the_lock_ends_by_itself(self, olga, settings):
        wrong(settings.AXES_FAILURE_LIMIT)
        with time_machine.travel(time.time() + 15 * 60 + 1):
            assert sign_in().get(HOME).status_code == 200

    def test_a_right_password_starts_the_count_anew(self, olga, settings):
        wrong(settings.AXES_FAILURE_LIMIT - 1)
        sign_in()
        wrong(settings.AXES_FAILURE_LIMIT - 1)
        assert sign_in().get(HOME).status_code == 200

    def test_nobody_locks_a_person_out_from_another_address(self, olga, settings):
        wrong(settings.AXES_FAILURE_LIMIT, REMOTE_ADDR="203.0.113.9")
        assert sign_in(REMOTE_ADDR="203.0.113.10").get(HOME).status_code == 200

    def test_behind_a_proxy_the_address_is_the_callers(self, olga, settings):
        settings.TRUSTED_PROXIES = ["127.0.0.1"]
        wrong(settings.AXES_FAILURE_LIMIT, headers={"x-forwarded-for": "203.0.113.9"})
        assert AccessAttempt.objects.get().ip_address == "203.0.113.9"
        assert sign_in(headers={"x-forwarded-for": "203.0.113.10"}).get(HOME).status_code == 200

    def test_a_made_up_address_unlocks_nothing(self, olga, settings):
        wrong(settings.AXES_FAILURE_LIMIT, headers={"x-forwarded-for": "203.0.113.9"})
        assert sign_in(headers={"x-forwarded-for": "203.0.113.10"}).response.status_code == 429

    def test_an_administrator_unlocks(self, admin_client, olga, settings):
        wrong(settings.AXES_FAILURE_LIMIT)
        page = "/admin/affiliate/failedsignin/"
        assert "locked until" in admin_client.get(page).content.decode()
        admin_client.post(page, {"action": "unlock", "_selected_action": [AccessAttempt.objects.get().pk]})
        assert sign_in().get(HOME).status_code == 200
        assert SettingChange.objects.first().note == "Unlocked."

    def test_no_typed_password_is_kept(self, olga):
        wrong(2)
        assert "wrong 0" not in database_text()


class TestSessions:
    def test_a_new_password_ends_the_other_sessions_and_not_this_one(self, olga):
        here, elsewhere = sign_in(), sign_in()
        new = "PASSWORD-of-olga-0002"
        here.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
        assert here.get(HOME).status_code == 200
        assert elsewhere.get(HOME)["Location"].startswith(LOGIN)

    def test_a_password_set_by_an_administrator_ends_them_all(self, admin_client, olga):
        client, new = sign_in(), "PASSWORD-of-olga-0002"
        admin_client.post(
            f"/admin/auth/user/{olga.pk}/password/", {"password1": new, "password2": new, "usable_password": "true"}
        )
        assert client.get(HOME)["Location"].startswith(LOGIN)

    def test_who_is_switched_off_is_out_at_once(self, olga):
        client = sign_in()
        User.objects.update(is_active=False)
        assert client.get(HOME)["Location"].startswith(LOGIN)


def code(person) -> str:
    """What the application of somebody shows."""
    secret = base64.b32decode(SecondFactor.objects.get(user=person).secret)
    return f"{totp(secret):06d}"


@pytest.fixture
def protected(olga):
    """A person with a second factor, with one backup code as attribute."""
    client = sign_in()
    client.get(SETUP)
    html = client.post(SETUP, {"code": code(olga)}).content.decode()
    olga.backup = re.findall(r"\b[0-9a-f]{5}-[0-9a-f]{5}\b", html)
    SecondFactor.objects.update(last_step=-1)
    return olga


class TestSecondFactor:
    def test_it_is_set_up_with_a_picture_and_a_first_code(self, olga):
        client = sign_in()
        html = client.get(SETUP).content.decode()
        assert "<svg" in html and SecondFactor.objects.get().secret in html
        assert not SecondFactor.objects.get().confirmed
        client.post(SETUP, {"code": "000000"})
        assert not SecondFactor.objects.get().confirmed
        SecondFactor.objects.update(throttling_failure_count=0)
        html = client.post(SETUP, {"code": code(olga)}).content.decode()
        assert SecondFactor.objects.get().confirmed
        assert len(re.findall(r"\b[0-9a-f]{5}-[0-9a-f]{5}\b", html)) == 10
        assert client.get(HOME).status_code == 200

    def test_then_the_password_alone_opens_nothing(self, protected):
        client = sign_in()
        for page in (HOME, "/admin/affiliate/lead/", ACCOUNT, "/admin/password_change/", SETUP):
            assert client.get(page)["Location"].startswith(ASK), page
        assert client.post("/admin/affiliate/offer/add/", {"title": "x"})["Location"].startswith(ASK)

    def test_a_code_lets_in_and_to_the_page_that_was_wanted(self, protected):
        client = sign_in()
        response = client.post(ASK, {"code": code(protected), "next": "/admin/affiliate/lead/"})
        assert response["Location"] == "/admin/affiliate/lead/"
        assert client.get(response["Location"]).status_code == 200

    def test_nobody_is_sent_to_another_site(self, protected):
        response = sign_in().post(ASK, {"code": code(protected), "next": "https://evil.example/"})
        assert response["Location"] == HOME

    def test_a_code_works_once(self, protected):
        typed = code(protected)
        sign_in().post(ASK, {"code": typed})
        client = sign_in()
        client.post(ASK, {"code": typed})
        assert client.get(HOME)["Location"].startswith(ASK)

    def test_a_backup_code_works_once(self, protected):
        first = sign_in()
        first.post(ASK, {"code": protected.backup[0].upper()})
        assert first.get(HOME).status_code == 200
        second = sign_in()
        second.post(ASK, {"code": protected.backup[0]})
        assert second.get(HOME)["Location"].startswith(ASK)

    def test_wrong_codes_are_slowed_down(self, protected):
        client = sign_in()
        for _number in range(3):
            client.post(ASK, {"code": "000000"})
        html = client.post(ASK, {"code": code(protected)}).content.decode()
        assert "Too many wrong codes" in html

    def test_the_seed_and_the_codes_are_not_in_the_database(self, protected):
        text = database_text()
        assert SecondFactor.objects.get().secret not in text
        assert protected.backup[0].replace("-", "") not in text

    def test_it_is_turned_off_with_a_code(self, protected):
        client = sign_in()
        client.post(ASK, {"code": protected.backup[0]})
        client.post(f"{SETUP}off/", {"code": "000000"})
        assert SecondFactor.objects.exists()
        SecondFactor.objects.update(throttling_failure_count=0)
        client.post(f"{SETUP}off/", {"code": protected.backup[1]})
        assert not SecondFactor.objects.exists()

    def test_new_backup_codes_end_the_old_ones(self, protected):
        client = sign_in()
        client.post(ASK, {"code": protected.backup[0]})
        client.post(f"{SETUP}codes/", {"code": protected.backup[1]})
        other = sign_in()
        other.post(ASK, {"code": protected.backup[2]})
        assert other.get(HOME)["Location"].startswith(ASK)

    def test_an_administrator_turns_it_off_for_who_lost_it(self, admin_client, protected):
        page = f"/admin/auth/user/{protected.pk}/second-factor/"
        assert page in admin_client.get(f"/admin/auth/user/{protected.pk}/change/").content.decode()
        assert admin_client.get(page).status_code == 200 and SecondFactor.objects.exists()
        admin_client.post(page)
        assert not SecondFactor.objects.exists()
        assert SettingChange.objects.first().note == "Second factor turned off."

    @pytest.mark.parametrize(
        ("wanted", "demanded"), [([], False), (["all"], True), (["manager"], True), (["admin", "analyst"], False)]
    )
    def test_a_setting_demands_it_of_all_or_of_roles(self, olga, settings, wanted, demanded):
        settings.REQUIRE_SECOND_FACTOR = wanted
        response = sign_in().get(HOME)
        assert (response.status_code == 302 and response["Location"].startswith(SETUP)) == demanded

    def test_an_owner_counts_as_an_administrator(self, admin_client, settings):
        settings.REQUIRE_SECOND_FACTOR = ["admin"]
        assert admin_client.get(HOME)["Location"].startswith(SETUP)

    def test_the_api_asks_nobody_for_a_code(self, client, settings, db):
        settings.REQUIRE_SECOND_FACTOR = ["all"]
        assert client.post("/api/leads", {}, content_type="application/json").status_code == 401
