"""What is left to do until a network's leads go out and their statuses come back."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from affiliate.models import Network
from affiliate.vocabulary import CheckVerdict


@dataclass(frozen=True)
class Step:
    """`link` leads to where it is done, `detail` says what to do there."""

    title: str
    detail: str
    link: str
    done: bool


def of(network: Network, context: dict) -> list[Step]:
    """The steps of a network in their order; none once all are done. `context` is that of the network's page."""
    steps = [
        *_protocol(network),
        *_connection(context["connection"]),
        *_postbacks(context["postbacks"]),
        *_flow(network),
    ]
    return [] if all(step.done for step in steps) else steps


def _protocol(network: Network):
    if network.integration_class.described_push is not None:
        done = network.integrate().cannot_push() == ""
        yield Step(_("Describe the protocol"), _("from the document of the network's manager"), "#id_description", done)


def _connection(connection: dict):
    if connection["possible"]:
        found = connection["found"]
        done = found is not None and found.verdict == CheckVerdict.WORKS
        yield Step(_("Check the connection"), _("the network is asked without a lead"), "#connection", done)


def _postbacks(postbacks: dict):
    if postbacks["urls"] or postbacks["fields"]:
        done = bool(postbacks["last"])
        detail = _("copy the addresses into the network's account; the first call ticks this off")
        yield Step(_("Set up postbacks"), detail, "#postbacks", done)


def _flow(network: Network):
    flow = network.flows.only("pk").first()
    add = f"{reverse('admin:affiliate_flow_add')}?network={network.pk}"
    yield Step(_("Add a flow"), _("which offer's leads go here"), add, flow is not None)
    page = reverse("admin:affiliate_flow_test", args=[flow.pk]) if flow else add
    done = network.leads.filter(delivered_at__isnull=False).exists()
    yield Step(_("Send a test lead"), _("from the page of the flow"), page, done)
