"""Which flow takes a lead. What was excluded is kept with its reason."""

import random
from datetime import datetime, timedelta

from affiliate.delivery import clock, parameters
from affiliate.models import Flow, Lead, Network
from affiliate.vocabulary import Delivery

# Reasons in Lead.routing.
TAKEN = "taken"
DISABLED = "disabled"
NETWORK_DISABLED = "network-disabled"
COUNTRY = "country"
REFUSED = "refused"
PARAMETERS = "parameters"
WAIT_FOR_FLOW = timedelta(minutes=1)


class Router:
    """Routes leads of any number; an offer's flows are read once."""

    def __init__(self):
        self._flows: dict[int, list[Flow]] = {}

    def route(self, lead: Lead, *, refused: dict[int, str] | None = None) -> bool:
        """Give a lead its flow, network and deadline; the caller saves the row.

        `refused` holds the flows that had the lead already, with the reason. Without a flow the lead stays queued with no
        network and is looked at again by the sweep; returns False then.
        """
        refused = refused or {}
        now = clock.now()
        lead.routing, open_flows = [], []
        for flow in self._of_offer(lead.offer_id):
            reason, detail = _excluded(flow, lead, refused)
            lead.routing.append({"flow": flow.pk, "title": str(flow), "reason": reason, "detail": detail})
            if not reason:
                open_flows.append(flow)
        flow = _choose(open_flows)
        lead.flow = flow
        lead.network = flow.network if flow else None
        lead.delivery = Delivery.QUEUED.value
        lead.next_attempt_at = now if flow else now + WAIT_FOR_FLOW
        lead.deadline_at = deadline(flow.network, now) if flow else None
        for line in lead.routing:
            if flow and line["flow"] == flow.pk:
                line["reason"] = TAKEN
        return flow is not None

    def _of_offer(self, offer_id: int) -> list[Flow]:
        if offer_id not in self._flows:
            flows = Flow.objects.filter(offer_id=offer_id).select_related("network", "offer").prefetch_related("geos")
            self._flows[offer_id] = list(flows.defer("network__credentials", "network__postback_keys"))
        return self._flows[offer_id]


def deadline(network: Network, now: datetime) -> datetime:
    """When a lead routed now is given up."""
    return now + timedelta(hours=network.deadline_hours)


def route(lead: Lead) -> bool:
    return Router().route(lead)


def _excluded(flow: Flow, lead: Lead, refused: dict[int, str]) -> tuple[str, str]:
    if flow.pk in refused:
        return REFUSED, refused[flow.pk][:200]
    if not (flow.enabled and flow.offer.enabled):
        return DISABLED, ""
    if not flow.network.enabled:
        return NETWORK_DISABLED, ""
    if flow.countries and lead.country not in flow.country_codes:
        return COUNTRY, lead.country
    if lacking := parameters.missing(flow, lead.country):
        return PARAMETERS, ", ".join(lacking)
    return "", ""


def _choose(flows: list[Flow]) -> Flow | None:
    """By priority, then by weight among equals."""
    if not flows:
        return None
    first = min(flow.priority for flow in flows)
    equals = [flow for flow in flows if flow.priority == first]
    weights = [flow.weight for flow in equals]
    return random.choices(equals, weights=weights if any(weights) else None)[0]
