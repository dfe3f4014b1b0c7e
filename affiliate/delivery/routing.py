"""Which flow takes a lead. What was excluded is kept with its reason."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from affiliate.delivery import caps, clock, hours, limits, parameters
from affiliate.delivery.caps import ASSIGNED, Taken
from affiliate.delivery.remembered import Remembered
from affiliate.integrations.platforms.sandbox import Sandbox
from affiliate.models import Flow, Lead, Network, Offer
from affiliate.vocabulary import Delivery

# Reasons in Lead.routing; `labels.ROUTING` has them in words. Of the flow that takes the lead:
TAKEN = "taken"
STICKY = "sticky"
WAITS = "waits"
BY_HAND = "by-hand"
# Of flows that are open too:
PRIORITY = "priority"
WEIGHT = "weight"
PHONE = "phone"
# Of flows that cannot take it:
DISABLED = "disabled"
COUNTRY = "country"
REFUSED = "refused"
PARAMETERS = "parameters"
TEST = "test"
# and caps.DAILY or caps.TOTAL. What keeps the network closed, and its caps, come behind this word.
OF_NETWORK = "network-"
NETWORK_DISABLED = OF_NETWORK + limits.DISABLED
# A lead may wait for a network that is closed for these, where nothing else is open.
PASSING = {OF_NETWORK + code for code in (limits.PAUSED, limits.RESTING, limits.HOURS)}
FULL_TODAY = {caps.DAILY, OF_NETWORK + caps.DAILY}
A_DAY = timedelta(days=1)
WAIT_FOR_FLOW = timedelta(minutes=1)
HAS_THE_PHONE = [one.value for one in (Delivery.QUEUED, Delivery.SENDING, Delivery.DELIVERED, Delivery.UNCLEAR)]


@dataclass(frozen=True)
class Decision:
    """The flow, if any, and a line for each flow of the offer: {"flow", "title", "reason", "detail"}."""

    flow: Flow | None
    lines: list[dict]


class Router:
    """Routes leads of any number; an offer's flows and their counts are read once and kept up to date by what it routes.

    Flows' caps may be exceeded by leads that others route in the same moment; networks' caps hold exactly, at the claim.
    """

    def __init__(self, *, lately: bool = False):
        """`lately`: with flows and states of networks as this process saw them within settings.REMEMBER_SECONDS."""
        self._lately = lately
        self._flows: dict[int, list[Flow]] = {}
        self._taken: dict[Network | Flow, Taken] = {}
        self._phones: dict[tuple[int, str], int | None] = {}
        self._lacking: dict[tuple[int, str], list[str]] = {}

    def learn_phones(self, leads: Sequence[Lead], *, now: datetime) -> None:
        """Look up at once which flows had the phones of leads that are about to be routed."""
        if not settings.STICKY_DAYS:
            return
        self._phones |= dict.fromkeys((lead.offer_id, lead.phone) for lead in leads)
        # Offers are compared here: SQLite would look through all leads of an offer for a few phones.
        had = self._with_phone(now, phone__in={lead.phone for lead in leads})
        for _moment, offer_id, phone, flow in sorted(had.values_list("created_at", "offer_id", "phone", "flow")):
            if (offer_id, phone) in self._phones:
                self._phones[offer_id, phone] = flow

    def route(self, lead: Lead, *, refused: Mapping[int, str] | None = None, now: datetime | None = None) -> bool:
        """Give a lead its flow, network and deadline; the caller saves the row, and may know the database's moment.

        `refused` holds flows that had the lead already, with the reason, beside those that its routing names. Without a
        flow the lead stays queued with no network and is looked at again by the sweep; returns False then.
        """
        now = now or clock.now()
        before = {line["flow"]: line["detail"] for line in lead.routing if line["reason"] == REFUSED}
        decision = self.decide(lead, refused=before | dict(refused or {}), now=now)
        flow = lead.flow = decision.flow
        lead.routing = decision.lines
        lead.network = flow.network if flow else None
        lead.delivery = Delivery.QUEUED.value
        lead.next_attempt_at = now if flow else now + WAIT_FOR_FLOW
        lead.deadline_at = deadline(flow.network, now) if flow else None
        if flow:
            self._note(lead, flow)
        return flow is not None

    def may_wait(self, lead: Lead, deadline: datetime | None, *, now: datetime) -> bool:
        """Whether a lead that was just routed in vain may pass later: a flow is only full for today."""
        full = {line["flow"] for line in lead.routing if line["reason"] in FULL_TODAY}
        flows = [flow for flow in self._of_offer(lead.offer_id, now) if flow.pk in full]
        return any(deadline is None or hours.day_start(flow.zone, now + A_DAY) < deadline for flow in flows)

    def decide(self, lead: Lead, *, refused: Mapping[int, str], now: datetime) -> Decision:
        """Where a lead would go; only its offer, country and phone matter. Changes nothing."""
        lines, open_flows, waiting = [], {}, {}
        for flow in self._of_offer(lead.offer_id, now):
            if lead.sandbox_only and flow.network.integration != Sandbox.slug:
                reason, detail = TEST, ""
            else:
                reason, detail = self._excluded(flow, lead.country, refused, now)
            line = {"flow": flow.pk, "title": str(flow), "reason": reason, "detail": detail}
            lines.append(line)
            if not reason:
                open_flows[flow] = line
            elif reason in PASSING:
                waiting[flow] = line
        candidates = open_flows or waiting
        had_phone = self._last_of_phone(lead, now) if len(candidates) > 1 else None
        flow = _choose(list(candidates), had_phone)
        for one, line in open_flows.items():
            line["reason"], line["detail"] = _why(one, flow, sticky=had_phone == flow.pk)
        if flow in waiting:
            waiting[flow]["reason"] = WAITS
        return Decision(flow, lines)

    def _of_offer(self, offer_id: int, now: datetime) -> list[Flow]:
        if offer_id not in self._flows:
            flows = _lately.get(offer_id, lambda: _flows_of(offer_id)) if self._lately else _flows_of(offer_id)
            self._flows[offer_id] = flows
            networks = {flow.network for flow in self._flows[offer_id]} - self._taken.keys()
            self._taken |= caps.taken(networks, now=now, deliveries=ASSIGNED)
            self._taken |= caps.taken(self._flows[offer_id], now=now, deliveries=ASSIGNED)
        return self._flows[offer_id]

    def _excluded(self, flow: Flow, country: str, refused: Mapping[int, str], now: datetime) -> tuple[str, str]:
        network = flow.network
        if flow.pk in refused:
            return REFUSED, refused[flow.pk][:200]
        if not (flow.enabled and flow.offer.enabled):
            return DISABLED, ""
        if not network.enabled:
            return NETWORK_DISABLED, ""
        if flow.countries and country not in flow.country_codes:
            return COUNTRY, country
        if lacking := self._missing(flow, country):
            return PARAMETERS, ", ".join(lacking)
        if reached := self._cap_reached(flow, country):
            return reached
        if reached := self._cap_reached(network, country):
            return OF_NETWORK + reached[0], reached[1]
        code, detail = limits.why_closed(network, limits.state_of(network), now, taken=self._taken.get(network))
        return (OF_NETWORK + code, detail) if code else ("", "")

    def _missing(self, flow: Flow, country: str) -> list[str]:
        key = (flow.pk, country)
        if key not in self._lacking:
            self._lacking[key] = parameters.missing(flow, country)
        return self._lacking[key]

    def _cap_reached(self, owner: Network | Flow, country: str) -> tuple[str, str] | None:
        return caps.reached(owner, self._taken[owner], country) if owner in self._taken else None

    def _last_of_phone(self, lead: Lead, now: datetime) -> int | None:
        """The flow that has the last lead of this phone for this offer."""
        if not lead.phone or not settings.STICKY_DAYS:
            return None
        key = (lead.offer_id, lead.phone)
        if key not in self._phones:
            leads = self._with_phone(now, phone=lead.phone, offer_id=lead.offer_id).exclude(pk=lead.pk)
            return leads.order_by("-created_at").values_list("flow", flat=True).first()
        return self._phones[key]

    def _with_phone(self, now: datetime, **which) -> QuerySet[Lead]:
        since = now - timedelta(days=settings.STICKY_DAYS)
        return Lead.objects.filter(**which, created_at__gte=since, delivery__in=HAS_THE_PHONE, flow__isnull=False)

    def _note(self, lead: Lead, flow: Flow) -> None:
        self._phones[lead.offer_id, lead.phone] = flow.pk
        for owner in (flow, flow.network):
            if owner in self._taken:
                self._taken[owner].add(lead.country)


def _flows_of(offer_id: int) -> list[Flow]:
    flows = Flow.objects.filter(offer_id=offer_id).select_related("network__state", "offer")
    flows = flows.prefetch_related("geos").order_by("priority", "pk")
    return list(flows.defer("network__credentials", "network__postback_keys"))


_lately = Remembered()


def route(lead: Lead) -> bool:
    return Router().route(lead)


def send_by(lead: Lead, flow: Flow) -> None:
    """A person chose the flow of a new lead: it goes there, or nowhere. The caller saves the row."""
    now = clock.now()
    lead.flow, lead.network = flow, flow.network
    lead.routing = [{"flow": flow.pk, "title": str(flow), "reason": BY_HAND, "detail": ""}]
    lead.delivery, lead.next_attempt_at = Delivery.QUEUED.value, now
    lead.deadline_at = deadline(flow.network, now)


def chosen_by_hand(lead: Lead) -> bool:
    return any(line["reason"] == BY_HAND for line in lead.routing)


def explain(offer: Offer, country: str, phone: str = "") -> list[dict]:
    """Where a lead would go now, as the lines of Lead.routing; nothing is saved or sent."""
    return Router().decide(Lead(offer=offer, country=country, phone=phone), refused={}, now=clock.now()).lines


def deadline(network: Network, now: datetime) -> datetime:
    """When a lead routed now is given up; the clock starts when the network works."""
    return hours.opens_at(network, now) + timedelta(hours=network.deadline_hours)


def _choose(flows: list[Flow], had_phone: int | None) -> Flow | None:
    """The flow that had the phone; else by priority, then by weight among equals."""
    if not flows:
        return None
    for flow in flows:
        if flow.pk == had_phone:
            return flow
    first = min(flow.priority for flow in flows)
    equals = [flow for flow in flows if flow.priority == first]
    weights = [flow.weight for flow in equals]
    return random.choices(equals, weights=weights if any(weights) else None)[0]


def _why(flow: Flow, chosen: Flow, *, sticky: bool) -> tuple[str, str]:
    """The reason of an open flow."""
    if flow == chosen:
        return (STICKY if sticky else TAKEN), ""
    if sticky:
        return PHONE, ""
    if flow.priority > chosen.priority:
        return PRIORITY, str(flow.priority)
    return WEIGHT, str(flow.weight)
