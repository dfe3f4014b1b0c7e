"""The offers, flows and geos that there are, found as rows of a table name them."""

from django.utils.translation import gettext as _

from affiliate.catalogue.table import Row
from affiliate.integrations import registry
from affiliate.models import Flow, Geo, Network, Offer
from affiliate.models.countries import codes


class Wrong(Exception):
    """A row names what cannot be found or made; `key` is its column."""

    def __init__(self, key: str, message: str, remedy: str):
        super().__init__(message)
        self.key, self.message, self.remedy = key, message, remedy


class Stock:
    """Read in four queries. What a row asks for and is not there is made, unsaved, and found by later rows.

    Flows are found by the titles they are stored with.
    """

    def __init__(self):
        self._networks = {one.name: one for one in Network.objects.defer("credentials", "postback_keys")}
        self._offers = {one.title: one for one in Offer.objects.all()}
        self._flows: dict[tuple[str, str, str], list[Flow]] = {}
        self._by_number: dict[str, Flow] = {}
        self._geos: dict[int, dict[str, Geo]] = {}
        offers = {one.pk: one for one in self._offers.values()}
        networks = {one.pk: one for one in self._networks.values()}
        for flow in Flow.objects.order_by("pk"):
            flow.offer, flow.network = offers[flow.offer_id], networks[flow.network_id]
            self._add(flow)
            self._by_number[str(flow.pk)] = flow
        for geo in Geo.objects.order_by("country"):
            geo.flow = self._by_number[str(geo.flow_id)]
            self._geos[id(geo.flow)][geo.country] = geo

    def flows(self) -> list[Flow]:
        return [flow for several in self._flows.values() for flow in several]

    def geos(self, flow: Flow) -> list[Geo]:
        return list(self._geos[id(flow)].values())

    def offer(self, row: Row) -> Offer:
        if not row["offer"]:
            raise Wrong("offer", _("The offer is missing."), _("Write its title in each row."))
        return self._offers.setdefault(row["offer"], Offer(title=row["offer"]))

    def flow(self, row: Row, *, make: bool) -> Flow:
        """Raises Wrong, also when the flow is not there and is not to be made."""
        offer = self.offer(row)
        if row["number"]:
            return self._numbered(row)
        network = self._network(row)
        found = self._flows.get((offer.title, network.name, row["flow"]), [])
        if len(found) > 1:
            text = _("The offer has several such flows to this network.")
            raise Wrong("number", text, _("Write the number of the one that is meant."))
        if found:
            return found[0]
        if not make:
            text = _("The offer has no such flow to this network.")
            raise Wrong("flow", text, _("Add a row for the flow, without a geo, or mend its title."))
        flow = Flow(offer=offer, network=network, title=row["flow"])
        self._add(flow)
        return flow

    def geo(self, row: Row) -> Geo:
        flow, code = self.flow(row, make=False), row["geo"].upper()
        if code not in codes():
            text = _("There is no country “%(code)s”.") % {"code": row["geo"]}
            raise Wrong("geo", text, _("Write a code of two letters: RO; Great Britain is GB."))
        return self._geos[id(flow)].setdefault(code, Geo(flow=flow, country=code))

    def _add(self, flow: Flow) -> None:
        self._flows.setdefault((flow.offer.title, flow.network.name, flow.title), []).append(flow)
        self._geos[id(flow)] = {}

    def _numbered(self, row: Row) -> Flow:
        flow = self._by_number.get(row["number"])
        if flow is None:
            text = _("There is no flow %(number)s.") % {"number": row["number"]}
            raise Wrong("number", text, _("Leave the cell empty for a new flow."))
        for key, name in (("offer", flow.offer.title), ("network", flow.network.name)):
            if row[key] and row[key] != name:
                text = _("Flow %(number)s belongs to “%(name)s”.") % {"number": row["number"], "name": name}
                raise Wrong(key, text, _("A flow keeps its offer and network: leave its number empty for a new flow."))
        return flow

    def _network(self, row: Row) -> Network:
        network = self._networks.get(row["network"])
        if network is None:
            text = _("There is no network “%(name)s”.") if row["network"] else _("The network is missing.")
            remedy = _("Add it first under Networks, or write its name as it stands there.")
            raise Wrong("network", text % {"name": row["network"]} if row["network"] else text, remedy)
        if network.integration not in registry.integrations():
            text = _("This version of the hub has no integration “%(slug)s”, which the flow's network needs.")
            raise Wrong("network", text % {"slug": network.integration}, _("Choose another network."))
        return network
