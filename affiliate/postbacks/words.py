"""Status words that nobody has explained, and what they mean from now on."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.db.models.fields.json import KeyTextTransform

from affiliate.delivery import bulk
from affiliate.models import Network, Postback
from affiliate.models.postback import Verdict
from affiliate.postbacks import drain
from affiliate.vocabulary import Status


@dataclass(frozen=True)
class UnknownWord:
    """A word as the network writes it, how many postbacks wait for its meaning, and the newest of them."""

    network_id: int
    word: str
    count: int
    example: int


def unknown() -> Iterator[UnknownWord]:
    """By network, the most frequent word first."""
    words = _waiting().annotate(word=KeyTextTransform("status", "fields")).order_by().values("network_id", "word")
    for row in words.annotate(count=Count("pk"), example=Max("pk")).order_by("network_id", "-count", "word"):
        yield UnknownWord(**row)


def explain(network: Network, word: str, status: Status) -> int:
    """Store what a word of a network means and apply the postbacks that wait for it; returns how many.

    The word joins the `statuses` of the network's description, which postbacks, polls and push answers are read by.
    """
    with transaction.atomic():
        row = bulk.locked(Network.objects.filter(pk=network.pk).only("description")).get()
        described = row.description if isinstance(row.description, dict) else {}
        known = described.get("statuses")
        known = known if isinstance(known, dict) else {}
        row.description = {**described, "statuses": {**known, word: status.value}}
        row.save(update_fields=["description"])
        return drain.replay(_waiting().filter(network=network, fields__status__iexact=word))


def _waiting() -> QuerySet[Postback]:
    return Postback.objects.filter(verdict=Verdict.UNKNOWN_WORD, network__isnull=False)
