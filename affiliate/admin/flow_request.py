"""The page that shows what a flow's network would be sent, and sends nothing."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from affiliate.admin import countries
from affiliate.admin.exchanges import readable
from affiliate.admin.sample import AnyPhoneForm
from affiliate.admin.try_protocol import OID
from affiliate.delivery import parameters
from affiliate.delivery.preview import preview
from affiliate.integrations.lead import Lead
from affiliate.models import Flow


class ShowRequest:
    """Adds to the flows' admin: the page “Show the request”."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.request_view)
        return [path("<int:number>/request/", view, name="affiliate_flow_request"), *super().get_urls()]

    def request_view(self, request, number):
        flow = self.whole(request, number, secrets=True)
        if flow is None:
            return self.not_found(request)
        form = AnyPhoneForm(flow, request.POST or None)
        shown = _shown(flow, form.sample) if form.is_valid() or not form.is_bound else None
        title = _("Show the request: %(flow)s") % {"flow": flow}
        back = self.url("change", flow.pk)
        template = "admin/affiliate/flow/request.html"
        return self.page(request, template, title=title, form=form, shown=shown, back=back)


def _shown(flow: Flow, sample: dict[str, str]) -> dict:
    code = sample["country"]
    seen = preview(flow.network, parameters=parameters.values(flow, code), lead=Lead(oid=OID, **sample))
    return {
        "preview": seen,
        "requests": list(zip(readable(seen.exchanges), seen.curls, strict=True)),
        "country": countries.flagged(code, countries.with_name(code)),
        "missing": ", ".join(map(str, parameters.missing(flow, code))),
    }
