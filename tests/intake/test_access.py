"""Who may call: keys, their rights, from where, how often, and from which site's pages."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from affiliate.intake import keys
from affiliate.models import Lead
from tests.intake.conftest import Api, fields_of

pytestmark = pytest.mark.django_db
SITE = "https://shop.example"


class TestKeys:
    def test_several_are_good_at_once(self, source, key, body):
        other = source.issue_key(name="second server")
        assert [Api(one).post(body).status_code for one in (key, other)] == [201, 200]

    def test_replaced_key_is_good_until_its_moment(self, source, key, body):
        old, until = source.keys.get(), timezone.now() + timedelta(hours=1)
        new = keys.rotate(old, until=until)
        assert Api(new).post(body).status_code == 201
        with time_machine.travel(until - timedelta(seconds=1), tick=False):
            assert Api(key).get("/api/offers").status_code == 200
        with time_machine.travel(until, tick=False):
            assert Api(key).get("/api/offers").status_code == 401
            assert Api(new).get("/api/offers").status_code == 200

    def test_new_key_may_do_what_the_replaced_one_might(self, source):
        source.issue_key(can_read=False, can_list_offers=False, name="landing")
        keys.rotate(source.keys.get(), until=timezone.now())
        assert set(source.keys.values_list("name", "can_send", "can_read", "can_list_offers")) == {
            ("landing", True, False, False)
        }

    def test_ended_key_is_wrong(self, source, key, body):
        keys.end(source.keys.get())
        assert Api(key).post(body).status_code == 401

    def test_key_is_remembered_for_some_seconds(self, settings, api, body, django_assert_num_queries):
        settings.REMEMBER_SECONDS = 60
        api.get("/api/offers")
        with django_assert_num_queries(2):
            # Offers and their flows.
            api.get("/api/offers")

    @pytest.mark.parametrize(
        ("lacking", "refused"),
        [
            ("can_send", {"/api/leads", "/api/leads/batch"}),
            ("can_read", {"/api/leads?", "/api/leads/01K5PLA1NPLA1NPLA1NPLA1NPL"}),
            ("can_list_offers", {"/api/offers"}),
        ],
    )
    def test_key_may_do_what_its_rights_say(self, source, body, lacking, refused):
        api = Api(source.issue_key(**{lacking: False}))
        asked = {
            "/api/leads": lambda path: api.post(body),
            "/api/leads/batch": lambda path: api.post({"leads": [body]}, path),
        }
        paths = (
            "/api/leads",
            "/api/leads/batch",
            "/api/leads?",
            "/api/leads/01K5PLA1NPLA1NPLA1NPLA1NPL",
            "/api/offers",
        )
        answers = {path: asked.get(path, api.get)(path) for path in paths}
        assert {path for path, answer in answers.items() if answer.status_code == 403} == refused
        assert all(fields_of(answers[path]) == {"Authorization": "disabled"} for path in refused)

    def test_right_that_lacks_is_access_in_the_references_words(self, source, body):
        key = source.issue_key(can_send=False)
        assert Client().post(f"/api/wm/push.json?id={key}", body).json()["error"] == "access"


class TestAddresses:
    @pytest.mark.parametrize(
        ("listed", "status"), [("", 200), ("127.0.0.1", 200), ("10.0.0.0/8, 127.0.0.0/8", 200), ("10.0.0.0/8", 403)]
    )
    def test_list_binds_the_keys(self, source, api, listed, status):
        source.ips = listed
        source.save()
        assert api.get("/api/offers").status_code == status

    def test_proxy_is_believed_when_it_is_ours(self, source, api, settings):
        source.ips = "203.0.113.7"
        source.save()
        told = {"headers": {"X-Forwarded-For": "203.0.113.7"}}
        assert api.get("/api/offers", **told).status_code == 403
        settings.TRUSTED_PROXIES = ["127.0.0.1"]
        assert api.get("/api/offers", **told).status_code == 200


class TestRate:
    @pytest.fixture(autouse=True)
    def _few(self, source):
        source.per_minute = 2
        source.save()

    def test_answers_tell_what_is_left(self, api):
        with time_machine.travel("2026-03-01T10:00:20Z", tick=False):
            answers = [api.get("/api/offers") for _number in range(3)]
        told = [[answer[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")] for answer in answers]
        assert told == [["2", "1", "40"], ["2", "0", "40"], ["2", "0", "40"]]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2]["Retry-After"] == "40"
        assert fields_of(answers[2]) == {"": "too_many"}

    def test_of_old_clients_is_a_word_to_send_it_again(self, key, body):
        answers = [Client().post(f"/api/wm/push.json?id={key}", body | {"sub1": str(number)}) for number in range(3)]
        assert [answer.json().get("error") for answer in answers] == [None, None, "db"]
        assert {answer.status_code for answer in answers} == {200}
        assert answers[2]["RateLimit-Remaining"] == "0"

    def test_next_minute_is_a_new_one(self, api):
        with time_machine.travel("2026-03-01T10:00:20Z", tick=False) as clock:
            assert [api.get("/api/offers").status_code for _number in range(3)] == [200, 200, 429]
            clock.shift(60)
            assert api.get("/api/offers").status_code == 200

    def test_none_where_it_is_zero(self, source, api):
        source.per_minute = 0
        source.save()
        answers = [api.get("/api/offers") for _number in range(5)]
        assert {answer.status_code for answer in answers} == {200}
        assert "RateLimit-Limit" not in answers[0]

    def test_is_the_hubs_where_the_source_has_none(self, source, api, settings):
        source.per_minute, settings.LEADS_PER_MINUTE = None, 7
        source.save()
        assert api.get("/api/offers")["RateLimit-Limit"] == "7"


class TestForms:
    @pytest.fixture
    def form(self, source):
        source.sites = f"{SITE}, https://other.example"
        source.save()
        return Api(source.form_key())

    def test_key_sends_leads_from_a_listed_site(self, form, body):
        answer = form.post(body, headers={"Origin": SITE})
        assert answer.status_code == 201
        assert answer["Access-Control-Allow-Origin"] == SITE
        assert "Origin" in answer["Vary"]

    @pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
    def test_key_is_for_no_other_site(self, form, body, headers):
        answer = form.post(body, headers=headers)
        assert (answer.status_code, fields_of(answer)) == (403, {"Origin": "disabled"})
        assert "Access-Control-Allow-Origin" not in answer

    def test_key_never_reads(self, form, body):
        oid = form.post(body, headers={"Origin": SITE}).json()["oid"]
        for path in ("/api/leads", f"/api/leads/{oid}", "/api/offers"):
            assert form.get(path, headers={"Origin": SITE}).status_code == 403

    def test_key_may_never_be_given_more(self, source):
        with pytest.raises(IntegrityError):
            source.issue_key(form=True, can_read=True)

    def test_question_before_the_call_is_answered(self, form):
        asked = {"Origin": SITE, "Access-Control-Request-Method": "POST"}
        answer = Client().options("/api/leads", headers=asked)
        assert answer.status_code == 204
        assert answer["Access-Control-Allow-Origin"] == SITE
        assert "POST" in answer["Access-Control-Allow-Methods"]
        assert {"Authorization", "Content-Type"} <= set(answer["Access-Control-Allow-Headers"].split(", "))

    def test_question_of_another_site_gets_no_leave(self, form):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        assert "Access-Control-Allow-Origin" not in Client().options("/api/leads", headers=asked)

    def test_customers_address_and_browser_are_taken_from_the_call(self, form, body):
        told = {"Origin": SITE, "User-Agent": "Mozilla/5.0", "Referer": f"{SITE}/watch"}
        form.post({name: value for name, value in body.items() if name != "ip"}, headers=told)
        lead = Lead.objects.get()
        assert (lead.ip, lead.user_agent, lead.landing_url) == ("127.0.0.1", "Mozilla/5.0", f"{SITE}/watch")

    def test_servers_address_is_not_the_customers(self, api, body):
        api.post({name: value for name, value in body.items() if name != "ip"})
        assert Lead.objects.get().ip is None

    def test_browser_may_send_few_a_minute(self, form, body, settings, source):
        settings.FORM_LEADS_PER_MINUTE = 2
        answers = [form.post(body | {"sub1": str(number)}, headers={"Origin": SITE}) for number in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 429]

    def test_key_stays_the_same(self, source):
        assert source.form_key() == source.form_key()
