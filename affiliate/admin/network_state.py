"""How each network is doing now, on one page that keeps itself fresh."""

from datetime import datetime

from django.http import JsonResponse
from django.template.loader import render_to_string
from django.urls import path
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from affiliate.admin import looks
from affiliate.delivery import limits, overview
from affiliate.delivery.overview import NetworkOverview
from affiliate.integrations import registry
from affiliate.models import labels

CLOSED_COLOURS = {
    limits.DISABLED: looks.PLAIN,
    limits.PAUSED: looks.BAD,
    limits.RESTING: looks.CARE,
    limits.HOURS: looks.PLAIN,
    limits.CAP: looks.PLAIN,
}
# From such a share of failures on it is told in colour.
MANY = 0.2
EVERY = 5000


class NetworkStates:
    """Adds to the networks' admin: the page, with a button above the list."""

    actions_list = ("state",)

    def get_urls(self):
        view = self.admin_site.admin_view(self.state_now_view)
        return [path("state/now/", view, name="affiliate_network_state_now"), *super().get_urls()]

    @action(description=gettext_lazy("State of networks"), url_path="state", permissions=["view"])
    def state(self, request):
        context = self._states(request) | {"back": self.url("changelist"), "now": self.url("state_now")}
        return self.page(request, "admin/affiliate/network/state.html", title=_("State of networks"), **context)

    def state_now_view(self, request):
        """What the page shows in place of what it showed."""
        if not self.has_view_permission(request):
            return JsonResponse({}, status=403)
        html = render_to_string("admin/affiliate/network/states.html", self._states(request), request)
        return JsonResponse({"html": html, "pause": EVERY})

    def _states(self, request) -> dict:
        return {
            "rows": [_row(one) for one in overview.networks()],
            "without_network": overview.without_network(),
            "may_change": self.has_change_permission(request),
        }


def _row(one: NetworkOverview) -> dict:
    integration = registry.integrations().get(one.network.integration)
    until = one.closed in (limits.RESTING, limits.HOURS)
    return {
        "one": one,
        "badge": _badge(one),
        "detail": _("until %(moment)s") % {"moment": one.closed_detail} if until else one.closed_detail,
        "paused": one.closed == limits.PAUSED,
        "resting": one.closed == limits.RESTING,
        # A description that was confirmed can be asked by too, but reading it for every network costs more than it tells.
        "checks": integration is not None and integration.has_check(),
        "oldest": timesince(one.oldest_due, one.now, depth=1) if one.oldest_due else "",
        "refusals": _share(one.refusal_rate),
        "errors": _share(one.error_rate),
        "next_poll": _until(one.next_poll, one.now),
    }


def _badge(one: NetworkOverview):
    if one.closed:
        return looks.badge(dict(labels.CLOSED)[one.closed], CLOSED_COLOURS[one.closed])
    if one.half_open:
        return looks.badge(_("one lead tries after a rest"), looks.CARE)
    return looks.badge(_("working"), looks.GOOD)


def _share(share: float | None) -> dict:
    """With few conversations a share says little, but it is the only one there is."""
    return {"text": "—" if share is None else f"{share:.0%}", "many": share is not None and share >= MANY}


def _until(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "—"
    return _("in %(age)s") % {"age": timesince(now, moment, depth=1)} if moment > now else _("due now")
