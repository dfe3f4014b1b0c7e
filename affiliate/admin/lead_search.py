"""Finds leads by what a person has at hand, each way by an index or among a bounded number of newest leads."""

import re

import phonenumbers
from django.db.models import Max

from affiliate.models import Lead, Network

MOST = 500
# Names have no index: they are looked for among so many newest leads.
NEWEST = 100_000
_PHONE = re.compile(r"[+\d][\d\s().-]{4,30}")


def find(text: str, *, by_person: bool) -> set[int]:
    """Ids of at most a few hundred leads whose oid, eid, phone or name is the text; a name may be given in part.

    Without `by_person` neither phones nor names are looked at: what is found would tell them.
    """
    text = text.strip()[:255]
    if not text or "\x00" in text:
        return set()
    ways = [Lead.objects.filter(oid=text.upper()), Lead.objects.filter(network__in=_networks(), eid=text)]
    if by_person and _PHONE.fullmatch(text):
        ways.append(Lead.objects.filter(phone__in=_phones(text)))
    elif by_person and not text.isdecimal():
        ways.append(_by_name(text))
    return {pk for way in ways for pk in way.order_by("-id").values_list("pk", flat=True)[:MOST]}


def _networks() -> list[int]:
    """The index of network ids starts with the network."""
    return list(Network.objects.values_list("pk", flat=True))


def _phones(text: str) -> set[str]:
    """The number as it may be stored: as typed, international, and as each country dials it."""
    digits = re.sub(r"\D", "", text)
    found = {text, digits, f"+{digits}", f"+{digits.removeprefix('00')}"}
    if text.startswith("+"):
        return found
    for region in phonenumbers.SUPPORTED_REGIONS:
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            found.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return found


def _by_name(text: str):
    newest = Lead.objects.aggregate(newest=Max("id"))["newest"] or 0
    return Lead.objects.filter(id__gt=newest - NEWEST, name__icontains=text)
