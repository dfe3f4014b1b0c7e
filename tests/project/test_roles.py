"""The tables of rights and of recorded settings are whole, and the groups have exactly what the first says."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User

from affiliate.delivery import record
from affiliate.models import roles


def test_every_model_of_the_project_stands_in_the_table():
    own = {model._meta.label_lower for model in apps.get_app_config("affiliate").get_models()}
    shown = {model._meta.label_lower for model in admin.site._registry}
    missing = (own | shown) - set(roles.MODELS)
    assert missing == set(), "say in affiliate/models/roles.py who may see and change these"


def test_the_table_names_no_model_that_is_gone():
    assert [label for label in roles.MODELS if not apps.get_model(label)] == []


def test_every_right_that_a_model_declares_for_itself_stands_in_the_table():
    declared = {
        f"{model._meta.app_label}.{code}"
        for model in apps.get_app_config("affiliate").get_models()
        for code, _words in model._meta.permissions
    }
    assert declared == set(roles.OTHERS)


@pytest.mark.parametrize("role", roles.ROLES)
def test_a_group_has_the_rights_of_its_role_and_no_others(db, role):
    group = Group.objects.get(name=role)
    granted = group.permissions.values_list("content_type__app_label", "codename")
    assert {f"{app}.{code}" for app, code in granted} == roles.rights(role)


def test_what_somebody_added_to_a_role_is_taken_back_by_the_next_update(db):
    group = Group.objects.get(name=roles.ANALYST)
    group.permissions.add(Permission.objects.get(codename="change_network"))
    group.permissions.remove(Permission.objects.get(codename="view_lead"))
    roles.set_groups()
    person = User.objects.create_user("ann")
    person.groups.add(group)
    assert person.has_perm("affiliate.view_lead") and not person.has_perm("affiliate.change_network")


def test_setting_the_groups_again_writes_nothing(db, django_assert_max_num_queries):
    with django_assert_max_num_queries(8) as seen:
        roles.set_groups()
    assert not [one for one in seen.captured_queries if one["sql"].startswith(("INSERT", "DELETE", "UPDATE"))]


def test_personal_data_are_hidden_from_analysts_only():
    may = {role for role in roles.ROLES if "affiliate.view_personal_data" in roles.rights(role)}
    assert may == {roles.ADMIN, roles.MANAGER, roles.OPERATOR}


def test_only_administrators_give_rights():
    giving = {"auth.change_user", "auth.add_user", "auth.change_group", "auth.add_group"}
    assert {role for role in roles.ROLES if roles.rights(role) & giving} == {roles.ADMIN}


def test_every_kind_of_rows_is_either_recorded_or_named_as_not():
    own = {model._meta.label_lower for model in apps.get_app_config("affiliate").get_models()}
    assert own - set(record.RECORDED) - record.UNRECORDED == set(), "say in affiliate/delivery/record.py which it is"
    assert not set(record.RECORDED) & record.UNRECORDED
