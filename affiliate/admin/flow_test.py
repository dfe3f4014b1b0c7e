"""The page that sends a test lead by a flow, and follows it until the network has answered."""

from ipaddress import ip_address

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from affiliate.admin import gaps, looks, personal, said, test_results
from affiliate.admin.exchanges import readable
from affiliate.admin.hub import secrets_of
from affiliate.admin.sample import SampleForm, add_errors
from affiliate.delivery import addresses, parameters
from affiliate.intake import test_leads
from affiliate.intake.errors import Invalid
from affiliate.models import Flow, Lead

SEND = "affiliate.add_lead"


class TestLeadForm(SampleForm):
    ip = forms.CharField(
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("At first your own. Some networks refuse leads without an address, or from other countries."),
    )
    sure = forms.BooleanField(label=_("Yes, create a real order there"), widget=UnfoldBooleanSwitchWidget())

    def __init__(self, flow: Flow, data=None, *, ip: str = ""):
        super().__init__(flow, data)
        self.flow, self.initial["ip"] = flow, ip
        if flow.network.integration_class.practice:
            del self.fields["sure"]
        else:
            self.fields["phone"].help_text = _("Type a phone of yours: the network's call centre will ring it.")

    def clean_country(self):
        code = self.cleaned_data["country"]
        if labels := parameters.missing(self.flow, code):
            words = {"labels": ", ".join(map(str, labels))}
            raise forms.ValidationError(_("There the flow has no value for %(labels)s. Type it first.") % words)
        return code


class SendTestLead:
    """Adds to the flows' admin: the page “Send a test lead”, and the one that follows it."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:number>/test/", view(self.test_view), name="affiliate_flow_test"),
            path("<int:number>/test/<int:lead>/", view(self.follow_view), name="affiliate_flow_follow"),
            path("<int:number>/test/<int:lead>/state/", view(self.state_view), name="affiliate_flow_state"),
            *super().get_urls(),
        ]

    def test_view(self, request, number):
        if not request.user.has_perm(SEND):
            raise PermissionDenied
        flow = self.whole(request, number)
        if flow is None:
            return self.not_found(request)
        form = TestLeadForm(flow, request.POST or None, ip=_public_address(request))
        if form.is_valid():
            browser = {"user_agent": request.headers.get("User-Agent", "")}
            try:
                lead = test_leads.send(flow=flow, data={**form.cleaned_data, **browser})
            except Invalid as wrong:
                add_errors(form, wrong)
            else:
                return HttpResponseRedirect(self.url("follow", flow.pk, lead.pk))
        context = {
            "flow": flow,
            "practice": flow.network.integration_class.practice,
            "gaps": gaps.sentences(flow),
            "back": self.url("change", flow.pk),
        }
        title = _("Send a test lead: %(flow)s") % {"flow": flow}
        return self.page(request, "admin/affiliate/flow/test.html", title=title, form=form, **context)

    def follow_view(self, request, number, lead):
        lead = self._test_lead(request, number, lead)
        context = _result(request, lead) | {
            "state_url": self.url("state", number, lead.pk),
            "again": self.url("test", number),
            "back": self.url("change", number),
        }
        title = _("Test lead: %(flow)s") % {"flow": lead.flow}
        return self.page(request, "admin/affiliate/flow/follow.html", title=title, **context)

    def state_view(self, request, number, lead):
        """`{"done": bool, "html": what the page shows of the lead now}`"""
        result = _result(request, self._test_lead(request, number, lead))
        html = render_to_string("admin/affiliate/flow/result.html", result, request)
        return JsonResponse({"done": result["done"], "html": html})

    def _test_lead(self, request, number: int, lead: int) -> Lead:
        if not request.user.has_perm("affiliate.view_lead"):
            raise PermissionDenied
        leads = Lead.objects.select_related("flow__offer", "flow__network", "network__state")
        leads = leads.defer(*secrets_of("network", "flow__network"))
        found = leads.filter(pk=lead, flow=number, test=True).first()
        if found is None:
            raise Http404
        return found


def _public_address(request) -> str:
    address = addresses.of(request.META)
    return address if address and ip_address(address).is_global else ""


def _result(request, lead: Lead) -> dict:
    hide = personal.text_filter(lead, request.user)
    attempts = list(lead.attempts.order_by("id"))
    now = timezone.now()
    return {
        "lead": lead,
        "done": test_results.done(lead),
        "badge": looks.delivery_badge(lead, now),
        "words": test_results.words(lead, now),
        "reason": hide(said.reason(lead.delivery_reason)),
        "status": looks.status_badge(lead),
        "talks": [
            {
                "badge": looks.outcome_badge(one),
                "reason": hide(said.reason(one.reason)),
                "exchanges": readable(one.exchanges, hide),
            }
            for one in attempts
        ],
        "timeline": reverse("admin:affiliate_lead_change", args=[lead.pk]),
    }
