"""Every page of the admin, walked by links: it opens for who has the right, in few queries, in one language."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from affiliate.delivery import statistics
from affiliate.integrations import registry
from affiliate.models import (
    Alert,
    AlertChannel,
    AlertMute,
    Flow,
    Incident,
    Lead,
    Network,
    Offer,
    SandboxAccount,
    SandboxOrder,
    SettingChange,
    Source,
    roles,
)
from affiliate.models.alert import Event, Phase, Via
from tests.admin.crawler import crawl, pages_of_models
from tests.catalogues import REST, translated

MOST_QUERIES = 30
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
# A word by itself: no part of an address, a macro, a name of a field or a number.
LATIN = re.compile(r"(?<![\w./@:={&?%#+…-])[A-Za-z]{3,}(?![\w./@:=}&?%#+-]*[\w/@=}&?%#])")
# Names and words of the wire, the same in every language.
ALLOWED = {
    "API", "CSV", "DELETE", "English", "Enter", "GET", "HMAC", "HTTP", "HTTPS", "JSON", "POST", "SHA", "Telegram", "URL",
    "USD", "UTC", "XLSX", "YAML", "cURL", "esc", "Oid", "oid", "Eid", "eid", "sub", "unix", "subid", "PHP", "Python", "KEY",
    "TRACKER", "AlterCPA", "Red", "Binom", "Keitaro", "Voluum", "beat",
    # Words of the interfaces for programs.
    "wait", "hold", "approve", "cancel", "trash", "received", "delivered", "pending", "new", "sale", "reject",
    "name", "phone",
    # What the made-up network declares and says.
    "Place", "Note", "Token", "bad", "key", "sold", "odd",
}  # fmt: skip


@pytest.fixture
def whole(everything, admin_user):
    """Rows of every kind that has a page."""
    interval = IntervalSchedule.objects.create(every=15, period="seconds")
    PeriodicTask.objects.create(name="sweep", task="affiliate.sweep", interval=interval)
    network, flow = Network.objects.first(), Flow.objects.first()
    channel = AlertChannel.objects.create(name="Night", via=Via.EMAIL, values={"addresses": "a@example.com"})
    incident = Incident.objects.create(event=Event.PAUSED, network=network, begun_at=timezone.now())
    Alert.objects.create(channel=channel, incident=incident, phase=Phase.BEGUN)
    AlertMute.objects.create(channel=channel, until=timezone.now() + timedelta(hours=1))
    flow.priority = 3
    flow.save()
    # As by a worker meanwhile: otherwise the first page counts these hours, and that is not what it costs.
    statistics.count_all()
    return everything


def name_in(language: str) -> None:
    """What people named is in the language of the reader, so that every other word is the hub's."""
    word = {"en": "Acme", "ru": "Ромашка"}[language]
    for model, column in ((Network, "name"), (Offer, "title"), (Source, "name"), (SandboxAccount, "name")):
        model.objects.update(**{column: Concat(Value(f"{word} "), F("pk"))})
    AlertChannel.objects.update(name=word, language=language)
    User.objects.update(username=word)
    SettingChange.objects.all().delete()
    task, flow = PeriodicTask.objects.get(), Flow.objects.first()
    task.enabled, flow.weight = False, 7
    task.save(), flow.save()
    Lead.objects.update(name=word, delivery_reason="", email="", comment="")
    SandboxOrder.objects.update(name=word)
    for lead in Lead.objects.all():
        lead.routing = [line | {"title": word} for line in lead.routing]
        lead.save(update_fields=["routing"])


def signed_in(person, language="en") -> Client:
    client = Client()
    client.force_login(person)
    client.cookies["django_language"] = language
    return client


def unlinked(lead: Lead) -> list[str]:
    """Pages that no link of another leads to with these rows."""
    flow = lead.flow
    return [
        f"/admin/affiliate/offer/where/?lead={lead.pk}",
        f"/admin/affiliate/flow/add/?offer={flow.offer_id}&network={flow.network_id}",
        f"/admin/affiliate/source/{lead.source_id}/key/",
        "/admin/affiliate/lead/?q=nobody",
        "/admin/password_change/",
    ]


def translated_texts() -> set[str]:
    """English texts of the hub whose Russian differs, as they may begin."""
    texts = {
        message.id
        for message in REST.read("ru")
        if isinstance(message.id, str) and message.id and translated(message) and message.string != message.id
    }
    titles = {integration.title for integration in registry.integrations().values()}
    return (texts | {text[:1].upper() + text[1:] for text in texts}) - titles - {"English"}


def words_of_declarations() -> set[str]:
    """Titles of integrations, and the made-up one's labels."""
    return set(re.findall(r"[A-Za-z]{3,}", " ".join(str(one.title) for one in registry.integrations().values())))


# What stands there in another language hangs on no database.
@pytest.mark.parametrize("language", ["en", pytest.param("ru", marks=pytest.mark.alike)])
def test_every_page_opens_for_an_owner_in_few_queries_and_one_language(whole, admin_user, language):
    name_in(language)
    models, more = pages_of_models(), unlinked(whole)
    found = crawl(signed_in(admin_user, language), ["/admin/", *models, *more])
    assert len(found) > 100
    assert {url: status for url, (status, _page, _count) in found.items() if status not in (200, 302, 403, 404)} == {}
    # What nobody edits has no history.
    seen = [*more, *(url for url, (_model, right) in models.items() if right == "v" and "/history/" not in url)]
    assert {url: found[url][0] for url in seen if found[url][0] != 200} == {}
    assert {url: count for url, (_status, _page, count) in found.items() if count > MOST_QUERIES} == {}
    foreign = {}
    allowed, english = ALLOWED | words_of_declarations(), translated_texts()
    for url, (status, page, _count) in found.items():
        for text in page.texts if status == 200 else ():
            if language == "en":
                left = [text] if CYRILLIC.search(text) and text.lower() != "русский" else []
            else:
                left = [text] if text in english else [word for word in LATIN.findall(text) if word not in allowed]
            if left:
                foreign.setdefault(text, url)
    assert foreign == {}


def somebody(role: str) -> User:
    person = User.objects.create_user(f"somebody-{role}", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    return person


@pytest.fixture
def as_owner(whole, admin_user):
    """For each page of a model what an owner gets, the model and the right it needs."""
    client = signed_in(admin_user)
    return {url: (client.get(url).status_code, *needed) for url, needed in pages_of_models().items()}


@pytest.mark.alike
def test_a_role_opens_what_its_rights_say_and_nothing_else(whole, as_owner):
    wrong = {}
    for role in roles.ROLES:
        client, granted = signed_in(somebody(role)), roles.rights(role)
        for url, (status, label, letter) in as_owner.items():
            app, model = label.split(".")
            verbs = ("view", "change") if letter == "v" else (roles.VERBS[letter],)
            allowed = any(f"{app}.{verb}_{model}" in granted for verb in verbs)
            expected = status if allowed else 403
            if (got := client.get(url).status_code) != expected:
                wrong[role, url] = (got, expected)
    assert wrong == {}


@pytest.mark.alike
@pytest.mark.parametrize("role", roles.ROLES)
def test_no_page_offers_a_role_a_link_that_is_closed_to_it(whole, role):
    found = crawl(signed_in(somebody(role)), ["/admin/"])
    assert len(found) > 20
    assert {url: status for url, (status, _page, _count) in found.items() if status not in (200, 302)} == {}
