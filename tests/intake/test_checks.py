"""What keeps a lead out: bans, required fields, duplicates; and tests, which are no customers."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from affiliate.intake import trials
from affiliate.models import Ban, Flow, Lead, Network, Source
from affiliate.models.ban import as_network
from affiliate.vocabulary import Status
from tests.intake.conftest import Api, fields_of

pytestmark = pytest.mark.django_db
PHONE = "+40712345678"


def words(key, body) -> tuple[str, str]:
    answer = Client().post(f"/api/wm/push.json?id={key}", body).json()
    return answer.get("error", ""), answer.get("bad", "")


class TestBans:
    def test_phone(self, api, key, body):
        Ban.objects.create(kind="phone", value=PHONE, reason="Joker.")
        answer = api.post(body)
        assert (answer.status_code, fields_of(answer)) == (422, {"phone": "banned"})
        assert answer.json()["errors"][0]["message"].endswith("Joker.")
        assert words(key, body) == ("ban", "phone")
        assert not Lead.objects.exists()

    @pytest.mark.parametrize("value", ["203.0.113.7", "203.0.113.0/24", "0.0.0.0/0"])
    def test_address(self, api, key, body, value):
        Ban.objects.create(kind="address", value=as_network(value))
        assert fields_of(api.post(body)) == {"ip": "banned"}
        assert words(key, body) == ("ban", "ip")

    def test_address_of_ipv6(self, api, body):
        Ban.objects.create(kind="address", value=as_network("2001:db8::/32"))
        assert fields_of(api.post(body | {"ip": "2001:db8:1::7"})) == {"ip": "banned"}
        assert api.post(body | {"ip": "2001:db9::7"}).status_code == 201

    @pytest.mark.parametrize(
        "values",
        [
            {"kind": "phone", "value": "+40712345679"},
            {"kind": "address", "value": "203.0.113.8/32"},
            {"kind": "address", "value": "203.0.112.0/24"},
        ],
    )
    def test_of_somebody_else(self, api, body, values):
        Ban.objects.create(**values)
        assert api.post(body).status_code == 201

    def test_ends(self, api, body):
        Ban.objects.create(kind="phone", value=PHONE, until=timezone.now())
        assert api.post(body).status_code == 201

    def test_of_one_source_leaves_the_others_alone(self, api, other_api, body, source):
        Ban.objects.create(kind="phone", value=PHONE, source=source)
        assert [one.post(body).status_code for one in (api, other_api)] == [422, 201]


class TestRequiredFields:
    def test_that_lack_are_named(self, api, key, body, offer):
        offer.required_fields = ["name", "email", "city"]
        offer.save()
        answer = api.post(body)
        assert (answer.status_code, fields_of(answer)) == (422, {"email": "required", "city": "required"})
        assert words(key, body)[0] == "data"
        assert api.post(body | {"email": "ion@example.com", "city": "Brasov"}).status_code == 201

    def test_may_be_told_by_the_browser(self, source, body, offer):
        offer.required_fields = ["ip"]
        offer.save()
        source.sites = "https://shop.example"
        source.save()
        body.pop("ip")
        assert Api(source.form_key()).post(body, headers={"Origin": "https://shop.example"}).status_code == 201


class TestDuplicates:
    @pytest.fixture
    def rules(self, offer):
        def set_rules(**values):
            for name, value in ({"on_duplicate": "reject"} | values).items():
                setattr(offer, name, value)
            offer.save()

        return set_rules

    def test_are_not_looked_for_by_themselves(self, api, body):
        assert [api.post(body | {"sub1": sub}).status_code for sub in "12"] == [201, 201]

    def test_may_be_rejected(self, api, key, body, rules):
        rules()
        first = api.post(body).json()["oid"]
        answer = api.post(body | {"sub1": "2"})
        assert (answer.status_code, fields_of(answer)) == (409, {"phone": "duplicate"})
        assert answer.json()["duplicate_of"] == first
        assert words(key, body | {"sub1": "3"}) == ("duplicate", "phone")
        assert Lead.objects.count() == 1

    def test_may_be_marked(self, api, body, rules):
        rules(on_duplicate="mark")
        first = api.post(body).json()["oid"]
        answer = api.post(body | {"sub1": "2"})
        assert (answer.status_code, answer.json()["duplicate_of"]) == (201, first)
        assert Lead.objects.get(sub1="2").duplicate_of.oid == first

    def test_of_a_batch_are_rejected_one_by_one(self, api, body, rules):
        rules()
        leads = [body | {"sub1": "1"}, body | {"sub1": "2"}, body | {"phone": "+40712345679"}]
        verdicts = api.post({"leads": leads}, "/api/leads/batch").json()["verdicts"]
        assert [verdict["status"] for verdict in verdicts] == [201, 409, 201]

    def test_same_content_again_is_no_duplicate_but_the_same_lead(self, api, body, rules):
        rules()
        first = api.post(body).json()
        again = api.post(body)
        assert (again.status_code, again.json()["oid"]) == (200, first["oid"])

    def test_of_another_offer_is_none(self, api, body, rules, flow):
        rules()
        api.post(body)
        from affiliate.models import Offer

        other = Offer.objects.create(title="Other", on_duplicate="reject")
        assert api.post(body | {"offer": other.pk}).status_code == 201

    @pytest.mark.parametrize(("days", "age", "status"), [(1, 23, 409), (1, 25, 201), (3, 71, 409), (0, 9000, 409)])
    def test_within_days(self, api, body, rules, days, age, status):
        rules(duplicate_days=days)
        api.post(body)
        Lead.objects.update(created_at=timezone.now() - timedelta(hours=age))
        assert api.post(body | {"sub1": "2"}).status_code == status

    @pytest.mark.parametrize(
        ("chosen", "status"), [([], 409), (["wait", "hold"], 409), (["approve"], 201), (["wait"], 409)]
    )
    def test_in_chosen_statuses(self, api, body, rules, chosen, status):
        rules(duplicate_statuses=chosen)
        api.post(body)
        assert api.post(body | {"sub1": "2"}).status_code == status

    def test_of_another_source_only_where_all_are_compared(self, api, other_api, body, rules):
        rules()
        api.post(body)
        assert other_api.post(body).status_code == 201
        rules(duplicate_own_source=False)
        answer = other_api.post(body | {"sub1": "2"})
        assert answer.status_code == 409

    def test_answer_does_not_tell_of_another_sources_lead(self, api, other_api, body, rules):
        rules(duplicate_own_source=False)
        oid = api.post(body).json()["oid"]
        answer = other_api.post(body)
        assert answer.status_code == 409
        assert oid not in answer.content.decode()
        rules(duplicate_own_source=False, on_duplicate="mark")
        assert other_api.post(body | {"sub1": "2"}).json()["duplicate_of"] is None

    @pytest.mark.parametrize(
        ("by", "same_phone", "same_email", "same_both"),
        [("phone", 409, 201, 409), ("email", 201, 409, 409), ("either", 409, 409, 409), ("both", 201, 201, 409)],
    )
    def test_by(self, api, body, rules, by, same_phone, same_email, same_both):
        rules(duplicate_by=by)
        api.post(body | {"email": "Ion@Example.com"})
        other = {"phone": "+40712345679", "email": "ana@example.com", "sub1": "2"}
        same = {"phone": PHONE, "email": "ion@example.com"}
        assert api.post(body | other | {"phone": PHONE}).status_code == same_phone
        Lead.objects.exclude(sub1="c1").delete()
        assert api.post(body | other | {"email": same["email"]}).status_code == same_email
        Lead.objects.exclude(sub1="c1").delete()
        assert api.post(body | same | {"sub1": "3"}).status_code == same_both

    def test_leads_without_an_e_mail_do_not_share_one(self, api, body, rules):
        rules(duplicate_by="email")
        assert [api.post(body | {"sub1": sub}).status_code for sub in "12"] == [201, 201]

    def test_sources_own_rules_go_before_the_offers(self, api, body, rules, source):
        rules()
        api.post(body)
        source.on_duplicate = "off"
        source.save()
        assert api.post(body | {"sub1": "2"}).status_code == 201

    def test_repost_after_30_seconds_is_the_same_lead(self, api, body, rules):
        rules()
        with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
            first = api.post(body).json()
            clock.shift(30)
            assert api.post(body).json() == first
        assert Lead.objects.count() == 1


class TestTests:
    @pytest.mark.parametrize(
        "name", ["test", "Test Testov", "Ion TEST", "тест", "Тест Тестов", "проба", "test2", "тест1"]
    )
    def test_name_that_says_so(self, api, body, name):
        assert api.post(body | {"name": name}).json()["test"] is True

    @pytest.mark.parametrize("name", ["Testa Rossi", "Тестов Иван", "Contest", "Проботюк", "Ion Popescu", ""])
    def test_name_of_a_person(self, api, body, name):
        assert api.post(body | {"name": name}).json()["test"] is False

    @pytest.mark.parametrize(
        ("phone", "national", "made_up"),
        [
            ("+12125550123", "2125550123", True),
            ("+12125551234", "2125551234", False),
            ("+447700900123", "7700900123", True),
            ("+40777777777", "777777777", True),
            ("+40123456789", "123456789", True),
            ("+40000000012", "000000012", True),
            ("+40712345678", "712345678", False),
        ],
    )
    def test_phone_that_nobody_has(self, phone, national, made_up):
        assert trials.is_test(name="Ion", phone=phone, national=national) is made_up

    def test_that_was_recognised_goes_out_like_any_other(self, api, body, flow):
        api.post(body | {"name": "test"})
        assert Lead.objects.get().network == flow.network

    def test_repeats_nothing_and_is_not_repeated(self, api, body, offer):
        offer.on_duplicate = "reject"
        offer.save()
        answers = [api.post(body | {"name": name, "sub1": name}) for name in ("test", "test 2", "Ion")]
        assert [answer.status_code for answer in answers] == [201, 201, 201]


class TestSandboxOnly:
    @pytest.fixture
    def sandbox(self, offer, flow):
        network = Network.objects.create(
            name="Sandbox", integration="sandbox", base_url="http://127.0.0.1/sandbox", credentials={"api": "x"}
        )
        return Flow.objects.create(offer=offer, network=network, priority=99, parameters={"sandbox": "watch"})

    @pytest.mark.parametrize("value", [True, "true", "1"])
    def test_goes_to_the_sandbox_whatever_comes_first(self, api, body, sandbox, value):
        answer = api.post(body | {"test": value})
        assert (answer.status_code, answer.json()["test"]) == (201, True)
        lead = Lead.objects.get()
        assert lead.network == sandbox.network
        assert [line["reason"] for line in lead.routing] == ["test", "taken"]

    def test_is_never_routed_to_a_real_network_later(self, api, body, sandbox):
        from affiliate.delivery.routing import Router

        api.post(body | {"test": True})
        lead = Lead.objects.get()
        assert Router().route(lead, refused={sandbox.pk: "no"}) is False

    def test_without_a_flow_to_it_is_an_error_that_says_so(self, api, key, body, flow):
        answer = api.post(body | {"test": True})
        assert (answer.status_code, fields_of(answer)) == (422, {"test": "no_sandbox"})
        assert words(key, body | {"test": "1"}) == ("data", "test")
        assert not Lead.objects.exists()

    def test_false_is_a_lead_like_any_other(self, api, body, flow):
        assert api.post(body | {"test": False}).json()["test"] is False

    def test_neither_true_nor_false_is_named(self, api, body):
        assert fields_of(api.post(body | {"test": "perhaps"})) == {"test": "malformed"}


def test_statuses_of_rules_are_known():
    from django.core.exceptions import ValidationError

    source = Source(name="x", duplicate_statuses=["sold"])
    with pytest.raises(ValidationError):
        source.full_clean()
    Source(name="x", duplicate_statuses=[Status.WAIT.value]).full_clean()
