"""Copies of flows: one at a time from its page, many into other offers from the list."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelectMultipleWidget

from affiliate.admin.bulk import Bulk, BulkMixin, ConfirmForm
from affiliate.admin.hub import secrets_of
from affiliate.catalogue.copies import copy_flow
from affiliate.models import Offer

COPIED = "copied"


class OffersForm(ConfirmForm):
    offers = forms.ModelMultipleChoiceField(
        Offer.objects.order_by("title"),
        label=_("Offers"),
        widget=UnfoldAdminSelectMultipleWidget(attrs={"size": 12}),
        error_messages={"required": _("Choose the offers that get a copy.")},
    )
    field_order = ["offers", "ids"]


def copy_to(request, flows, cleaned):
    chosen = flows.select_related("offer", "network").defer(*secrets_of("network")).prefetch_related("geos")
    made = [copy_flow(flow, offer=offer) for flow in chosen for offer in cleaned["offers"]]
    text = ngettext(
        "%(count)s copy is made. It is disabled: look through its values, then enable it.",
        "%(count)s copies are made. They are disabled: look through their values, then enable them.",
        len(made),
    )
    yield messages.SUCCESS, text % {"count": len(made)}


def _switch(enabled: bool):
    def run(request, flows, cleaned=None):
        rows = list(flows.exclude(enabled=enabled))
        for flow in rows:
            flow.enabled = enabled
            flow.save(update_fields=["enabled"])
        on = ngettext("%(count)s flow is enabled.", "%(count)s flows are enabled.", len(rows))
        off = ngettext("%(count)s flow is disabled.", "%(count)s flows are disabled.", len(rows))
        yield messages.SUCCESS, (on if enabled else off) % {"count": len(rows)}

    return run


class CopyFlows(BulkMixin):
    """Adds to the flows' admin: the copy of a flow, and what is done to many flows."""

    bulk = {
        "copy": Bulk(
            _("Copy to other offers"),
            _("Each chosen offer gets a disabled copy of each flow, with its caps, parameters and geos."),
            copy_to,
            OffersForm,
        ),
        "enable": Bulk(_("Enable"), _("The flows take leads from now on."), _switch(True)),
        "disable": Bulk(_("Disable"), _("The flows take no new leads; those they have go on."), _switch(False)),
    }

    def get_urls(self):
        view = self.admin_site.admin_view(self.copy_view)
        return [path("<int:number>/copy/", view, name="affiliate_flow_copy"), *super().get_urls()]

    def may_act(self, request) -> bool:
        return self.has_change_permission(request) and self.has_add_permission(request)

    def copy_view(self, request, number):
        """Straight to the form of the copy, which takes no leads before it is saved there."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.may_act(request):
            raise PermissionDenied
        flow = self.whole(request, number)
        if flow is None:
            return self.not_found(request)
        twin = copy_flow(flow)
        self.log_addition(request, twin, [{"added": {}}])
        enabled = "on" if flow.enabled else "off"
        return HttpResponseRedirect(f"{self.url('change', twin.pk)}?{COPIED}={enabled}")
