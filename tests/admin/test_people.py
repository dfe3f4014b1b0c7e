"""People, roles and what they see of secrets."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from affiliate.models import roles
from tests.fixtures import TOKEN

USERS, GROUPS = "/admin/auth/user/", "/admin/auth/group/"


@pytest.fixture
def client_of(db):
    """A function: a client of somebody with this role; `client.person` is who."""

    def make(role: str) -> Client:
        client = Client()
        client.person = User.objects.create_user(f"{role}-{User.objects.count()}", is_staff=True)
        client.person.groups.add(Group.objects.get(name=role))
        client.force_login(client.person)
        return client

    return make


def page_of(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize(("language", "name"), [("en", "Operator"), ("ru", "Оператор")])
def test_roles_are_named_in_the_readers_language(admin_client, language, name):
    admin_client.cookies["django_language"] = language
    for page in (GROUPS, f"{USERS}add/", page_of(Group.objects.get(name="operator"))):
        assert name in admin_client.get(page).content.decode(), page


def test_the_page_of_a_role_says_what_it_may(admin_client):
    html = admin_client.get(page_of(Group.objects.get(name=roles.ANALYST))).content.decode()
    assert "Networks" in html and "Sandbox orders" not in html and 'name="_save"' not in html


def test_the_hubs_own_roles_cannot_be_changed(admin_client):
    page = page_of(Group.objects.get(name=roles.ANALYST))
    assert admin_client.post(page, {"name": "x"}).status_code == 403


def test_a_team_adds_a_role_of_its_own(admin_client):
    right = Permission.objects.get(codename="view_lead")
    assert "Leads: see" in admin_client.get(f"{GROUPS}add/").content.decode()
    admin_client.post(f"{GROUPS}add/", {"name": "Night shift", "permissions": [right.pk]})
    assert list(Group.objects.get(name="Night shift").permissions.all()) == [right]


def test_an_administrator_adds_a_person_with_a_role(client_of):
    password = "PASSWORD-of-somebody-0001"
    data = {"username": "olga", "password1": password, "password2": password, "usable_password": "true"}
    role = Group.objects.get(name=roles.OPERATOR)
    client_of(roles.ADMIN).post(f"{USERS}add/", data | {"groups": [role.pk]})
    added = User.objects.get(username="olga")
    assert added.is_staff and not added.is_superuser and list(added.groups.all()) == [role]


def test_an_administrator_makes_nobody_an_owner(client_of):
    client = client_of(roles.ADMIN)
    client.post(page_of(client.person), {"username": client.person.username, "is_active": "1", "is_superuser": "1"})
    client.person.refresh_from_db()
    assert not client.person.is_superuser


def test_an_administrator_cannot_change_an_owner(client_of, admin_user):
    client = client_of(roles.ADMIN)
    assert client.post(page_of(admin_user), {"username": "mine"}).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[admin_user.pk])
    assert client.get(password).status_code == 403


@pytest.mark.parametrize("role", [roles.MANAGER, roles.OPERATOR, roles.ANALYST])
def test_people_are_the_administrators_business(client_of, role):
    client = client_of(role)
    assert {client.get(page).status_code for page in (USERS, GROUPS, f"{USERS}add/")} == {403}


def test_only_who_sets_networks_up_sees_their_postback_key(client_of, network):
    shown = {
        role: network.postback_key in client_of(role).get(page_of(network)).content.decode() for role in roles.ROLES
    }
    assert shown == {roles.ADMIN: True, roles.MANAGER: True, roles.OPERATOR: False, roles.ANALYST: False}


@pytest.mark.parametrize("role", roles.ROLES)
def test_nobody_is_shown_a_stored_credential(client_of, network, role):
    assert TOKEN not in client_of(role).get(page_of(network)).content.decode()


def test_the_list_is_filtered_by_role(client_of):
    client, group = client_of(roles.ADMIN), Group.objects.get(name=roles.ADMIN)
    User.objects.create_user("nobody")
    html = client.get(f"{USERS}?role={group.pk}").content.decode()
    assert client.person.username in html and ">nobody<" not in html
