"""The page where a manager tries a network's protocol: the request for a sample lead, and how an answer would be read."""

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from affiliate.admin.declared import DeclaredField
from affiliate.admin.exchanges import readable
from affiliate.delivery.preview import LONGEST_ANSWER, preview
from affiliate.integrations import description
from affiliate.integrations.fields import Parameter
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer
from affiliate.models import Lead as LeadRow
from affiliate.models import Network, labels

SAMPLE = {"name": "Ion Popescu", "phone": "+40712345678", "country": "RO"}
OID = "01SAMP1ESAMP1ESAMP1ESAMP1E"


class TryForm(forms.Form):
    """Parameters of the integration, a sample lead, and the answer to read."""

    name = forms.CharField(max_length=255, widget=UnfoldAdminTextInputWidget())
    phone = forms.CharField(max_length=32, widget=UnfoldAdminTextInputWidget())
    country = forms.CharField(max_length=2, widget=UnfoldAdminTextInputWidget())
    code = forms.IntegerField(
        label=_("HTTP code of the answer"), min_value=200, max_value=599, widget=UnfoldAdminIntegerFieldWidget()
    )
    answer = forms.CharField(
        label=_("Answer"),
        required=False,
        max_length=LONGEST_ANSWER,
        help_text=_("Paste an answer from the network's document; empty: only the request is shown."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "spellcheck": "false", "style": "font-family: monospace"}),
    )
    over_http = forms.BooleanField(
        label=_("Send it to the sandbox over HTTP"),
        required=False,
        help_text=_(
            "The request really goes out, to the sandbox and not to the network; the sandbox gives the answer above."
        ),
        widget=UnfoldBooleanSwitchWidget(),
    )

    def __init__(self, network: Network, *args, **kwargs):
        super().__init__(*args, initial={**SAMPLE, "code": 200}, **kwargs)
        for name in SAMPLE:
            self.fields[name].label = capfirst(LeadRow._meta.get_field(name).verbose_name)
        self.parameters = network.integration_class.declared(Parameter)
        for name, value in self.parameters.items():
            self.fields[f"parameter_{name}"] = DeclaredField(value, partial=False)
        self.order_fields([f"parameter_{name}" for name in self.parameters])
        if not settings.SANDBOX:
            del self.fields["over_http"]

    def run(self, network: Network):
        told = self.cleaned_data
        values = {name: told[f"parameter_{name}"] for name in self.parameters}
        lead = Lead(oid=OID, name=told["name"], phone=told["phone"], country=told["country"].upper())
        answer = None
        if told["answer"] or told.get("over_http"):
            answer = Answer(status=told["code"], body=told["answer"].encode())
        mirror = f"{settings.SITE_URL}{reverse('sandbox-mirror')}" if told.get("over_http") else ""
        return preview(network, parameters=values, lead=lead, answer=answer, mirror=mirror)


class TryProtocol:
    """Adds to the networks' admin: the trial page and the description as a file."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:number>/try/", view(self.try_view), name="affiliate_network_try"),
            path("<int:number>/description/", view(self.description_view), name="affiliate_network_description"),
            *super().get_urls(),
        ]

    def try_view(self, request, number):
        network = self.changeable(request, number)
        if network is None:
            return self.not_found(request)
        form = TryForm(network, request.POST or None)
        context = {}
        if form.is_valid():
            tried = form.run(network)
            kind = tried.outcome and tried.outcome.kind.value
            context = {
                "tried": tried,
                "exchanges": readable(tried.exchanges),
                "outcome": dict(labels.OUTCOME).get(kind, ""),
                "eid": getattr(tried.outcome, "eid", ""),
            }
        title = _("Try the protocol: %(network)s") % {"network": network}
        back = self.url("change", network.pk)
        return self.page(request, "admin/affiliate/network/try.html", title=title, form=form, back=back, **context)

    def description_view(self, request, number):
        """The description as a file that another team's hub takes: it holds no credentials."""
        network = self.changeable(request, number)
        if network is None:
            return self.not_found(request)
        text = description.dump(network.description)
        headers = {"Content-Disposition": f'attachment; filename="{network.integration}-{network.pk}.yaml"'}
        return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)
