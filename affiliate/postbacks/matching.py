"""Whose lead a call is about. A network reaches its own leads only."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from affiliate.models import Attempt, Lead
from affiliate.postbacks.recognition import macro
from affiliate.vocabulary import Delivery


class Ids(NamedTuple):
    """What names the lead. An oid wins over an eid; `macro` is what stood in the place of an id."""

    oid: str = ""
    eid: str = ""
    macro: str = ""

    @property
    def given(self) -> bool:
        return bool(self.oid or self.eid)


def ids_of(fields: Mapping[str, str]) -> Ids:
    oid, eid = fields.get("oid", "").upper(), fields.get("eid", "")
    in_oid, in_eid = macro(fields.get("oid", "")), macro(eid)
    return Ids("" if in_oid else oid, "" if in_eid else eid, in_oid or in_eid)


class Leads:
    """The leads of a batch of calls, found with two queries, or three when one asks for a lead that is not its own."""

    def __init__(self, asked: Iterable[tuple[int, Ids]]):
        asked = list(asked)
        self._by_oid = {
            oid: (lead_id, network_id)
            for oid, lead_id, network_id in Lead.objects.filter(
                oid__among={ids.oid for _network, ids in asked if ids.oid}
            ).values_list("oid", "pk", "network_id")
        }
        self._by_eid = _by_eid({(network_id, ids.eid) for network_id, ids in asked if ids.eid and not ids.oid})
        foreign = {
            (self._by_oid[ids.oid][0], network_id) for network_id, ids in asked if self._foreign(network_id, ids)
        }
        self._moved = _attempted(foreign)

    def find(self, network_id: int, ids: Ids) -> int | None:
        if ids.oid:
            lead_id, owner = self._by_oid.get(ids.oid, (None, None))
            return lead_id if owner == network_id else None
        return self._by_eid.get((network_id, ids.eid))

    def moved_on(self, network_id: int, ids: Ids) -> bool:
        """Whether the lead was sent to this network and then went to another."""
        return ids.oid in self._by_oid and (self._by_oid[ids.oid][0], network_id) in self._moved

    def _foreign(self, network_id: int, ids: Ids) -> bool:
        return ids.oid in self._by_oid and self._by_oid[ids.oid][1] != network_id


def _by_eid(wanted: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Where several leads share an eid, the delivered one: a duplicate that was refused may carry the first one's."""
    if not wanted:
        return {}
    networks, eids = zip(*wanted, strict=True)
    # The index leaves out leads without an eid, and PostgreSQL uses it only where the query says so too.
    rows = Lead.objects.filter(network__in=set(networks), eid__among=set(eids)).exclude(eid="")
    rows = rows.order_by("-pk").values_list("network_id", "eid", "pk", "delivery")
    rows = sorted(rows, key=lambda row: row[3] == Delivery.DELIVERED)
    return {(network_id, eid): pk for network_id, eid, pk, _delivery in rows}


def _attempted(pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    if not pairs:
        return set()
    leads, networks = zip(*pairs, strict=True)
    attempts = Attempt.objects.filter(lead__among=set(leads), network__in=set(networks))
    return set(attempts.values_list("lead", "network"))
