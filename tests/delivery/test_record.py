"""Every change of settings is recorded: who, when, old → new; secrets never."""

import json

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from affiliate.delivery import revert
from affiliate.delivery.acting import acting
from affiliate.models import Flow, Geo, Network, Offer, SettingChange, Source
from affiliate.models.change import Kind
from tests.fixtures import TOKEN

pytestmark = pytest.mark.django_db


def newest() -> SettingChange:
    return SettingChange.objects.order_by("-pk")[0]


def change(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return newest()


def test_a_change_names_the_person_and_the_old_and_the_new_value(offer):
    olga = User.objects.create_user("olga")
    with acting(olga):
        change(offer, title="Clock")
    found = newest()
    assert (found.person, found.person_name, found.kind, found.title) == (olga, "olga", Kind.CHANGED, "Clock")
    assert found.fields == [{"name": "title", "old": "Watch", "new": "Clock"}]


def test_what_nobody_signed_in_changes_is_the_hubs_own(offer):
    assert change(offer, title="Clock").person_name == ""


def test_saving_without_a_change_records_nothing(offer):
    before = SettingChange.objects.count()
    offer.save()
    assert SettingChange.objects.count() == before


def test_only_saved_columns_are_recorded(offer):
    offer.title, offer.enabled = "Clock", False
    offer.save(update_fields=["enabled"])
    assert [entry["name"] for entry in newest().fields] == ["enabled"]


def test_values_inside_a_column_are_recorded_one_by_one(flow):
    found = change(flow, parameters={"place": "P2", "note": "n"})
    assert found.fields == [
        {"name": "parameters", "key": "note", "old": None, "new": "n"},
        {"name": "parameters", "key": "place", "old": "P1", "new": "P2"},
    ]


def test_a_geos_changes_stand_on_the_page_of_its_flow(flow):
    geo = Geo.objects.create(flow=flow, country="BG", parameters={"place": "P2"})
    geo.delete()
    kinds = SettingChange.objects.filter(page=f"affiliate.flow:{flow.pk}", model="affiliate.geo").values_list("kind")
    assert [kind for (kind,) in kinds] == [Kind.DELETED, Kind.ADDED]


def test_secrets_are_told_to_have_changed_and_no_more(network):
    new = "SECRET-probe-token-0002"
    found = change(network, credentials={"api": new}, postback_keys=["SECRET-key-0003"])
    assert {entry["name"] for entry in found.fields} == {"credentials", "postback_keys"}
    source = Source.objects.create(name="Landing")
    key = source.issue_key().partition("-")[2]
    person = User.objects.create_user("olga")
    person.set_password("PASSWORD-0004")
    person.save()
    kept = json.dumps(list(SettingChange.objects.values_list("fields", flat=True)))
    for secret in (TOKEN, new, "SECRET-key", key, key[-4:] + '"', source.keys.get().hash, person.password):
        assert secret not in kept
    assert newest().fields == [{"name": "password", "secret": True}]


def test_a_secret_that_cannot_be_opened_stops_no_change(network, settings):
    settings.ENCRYPTION_KEYS = ["bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldyE="]
    found = change(network, name="Renamed")
    assert {entry["name"] for entry in found.fields} >= {"name"}


def test_roles_given_and_taken_are_recorded():
    person, role = User.objects.create_user("olga"), Group.objects.get(name="operator")
    person.groups.add(role)
    assert newest().fields == [{"name": "groups", "old": [], "new": ["operator"]}]
    person.groups.clear()
    assert newest().fields == [{"name": "groups", "old": ["operator"], "new": []}]


def test_a_login_and_a_run_of_a_task_are_no_changes():
    person = User.objects.create_user("olga")
    task = PeriodicTask.objects.create(
        name="sweep", task="affiliate.sweep", interval=IntervalSchedule.objects.create(every=15, period="seconds")
    )
    before = SettingChange.objects.count()
    task.total_run_count, person.last_login = 5, task.date_changed
    task.save(), person.save()
    assert SettingChange.objects.count() == before
    task.enabled = False
    task.save()
    assert newest().fields == [{"name": "enabled", "old": True, "new": False}]


class TestTheWayBack:
    def back(self, change):
        return revert.go_back(change, seen=revert.fingerprint(revert.plan(change)))

    def test_values_become_what_they_were_before_the_change(self, flow):
        first = change(flow, parameters={"place": "P2"}, priority=3)
        change(flow, parameters={"place": "P3", "note": "n"})
        self.back(first)
        flow.refresh_from_db()
        assert (flow.parameters, flow.priority) == ({"place": "P1"}, 10)

    def test_it_is_recorded_and_can_itself_be_taken_back(self, offer):
        self.back(change(offer, title="Clock"))
        self.back(newest())
        offer.refresh_from_db()
        assert offer.title == "Clock"

    def test_geos_come_back_and_go_with_it(self, flow):
        gone = Geo.objects.create(flow=flow, country="BG", parameters={"place": "P2"})
        gone.delete()
        deleted = newest()
        Geo.objects.create(flow=flow, country="BG", parameters={"place": "P9"})
        Geo.objects.create(flow=flow, country="IT", parameters={"place": "P3"})
        self.back(deleted)
        assert {geo.country: geo.parameters["place"] for geo in flow.geos.all()} == {"BG": "P2"}

    def test_secrets_and_addresses_stay_as_they_are(self, network):
        found = change(
            network, credentials={"api": "SECRET-0002"}, base_url="https://elsewhere.example", max_in_flight=2
        )
        self.back(found)
        network = Network.objects.get(pk=network.pk)
        assert (network.credentials, network.base_url) == ({"api": "SECRET-0002"}, "https://elsewhere.example")
        assert network.max_in_flight == 4

    def test_what_was_changed_after_the_preview_is_not_overwritten(self, offer):
        found = change(offer, title="Clock")
        seen = revert.fingerprint(revert.plan(found))
        change(offer, title="Alarm clock")
        change(offer, enabled=False)
        with pytest.raises(revert.Outdated):
            revert.go_back(found, seen=seen)
        offer.refresh_from_db()
        assert offer.title == "Alarm clock"

    def test_a_value_that_no_longer_holds_changes_nothing(self, offer):
        found = change(offer, title="Clock", enabled=False)
        Offer.objects.create(title="Watch")
        with pytest.raises(ValidationError, match="Clock cannot go back"):
            self.back(found)
        offer.refresh_from_db()
        assert (offer.title, offer.enabled) == ("Clock", False)

    def test_there_is_no_way_back_before_a_row_was_made(self, flow):
        assert not revert.may_go_back(SettingChange.objects.get(page=f"affiliate.flow:{flow.pk}", kind=Kind.ADDED))
        assert not Flow.objects.exclude(pk=flow.pk).exists()

    def test_nobodys_password_goes_back(self):
        person = User.objects.create_user("olga")
        assert not revert.may_go_back(change(person, first_name="Olga"))
