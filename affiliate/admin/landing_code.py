"""Ready code for a source's landing pages: PHP, a form with JavaScript, cURL."""

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from affiliate.admin import countries
from affiliate.admin.source_keys import curl
from affiliate.models import Offer, Source

# Where the source's key goes: the hub keeps none that could be shown.
KEY = "SOURCE-KEY"


class CodeForm(forms.Form):
    offer = forms.ModelChoiceField(
        label=_("Offer"),
        queryset=Offer.objects.filter(enabled=True),
        empty_label=None,
        widget=UnfoldAdminSelectWidget(attrs={"onchange": "this.form.submit()"}),
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=lambda: [("", "—"), *((code, countries.with_name(code)) for code in countries.names())],
        required=False,
        widget=UnfoldAdminSelectWidget(attrs={"onchange": "this.form.submit()"}),
        help_text=_("Whose phones the page takes as people there dial them."),
    )


def samples(source: Source, offer: Offer, country: str) -> dict[str, str]:
    """Texts to copy, by language. The form has the public key, if there is one."""
    form_key = source.keys.filter(form=True, enabled=True, valid_until=None).first()
    common = {"site": settings.SITE_URL, "offer": offer.pk, "country": country}
    return {
        "php": render_to_string("code/landing.php.txt", common | {"key": KEY}),
        "form_sample": render_to_string("code/landing.html", common | {"key": form_key.text}) if form_key else "",
        "curl": curl(KEY, offer.pk),
    }


class LandingCode:
    """Adds to the sources' admin the page with the code."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.code_view)
        return [path("<int:number>/code/", view, name="affiliate_source_code"), *super().get_urls()]

    def code_view(self, request, number):
        if not self.has_view_permission(request):
            raise PermissionDenied
        source = Source.objects.filter(pk=number).first()
        if source is None:
            return self.not_found(request)
        offer = Offer.objects.filter(enabled=True).order_by("pk").first()
        form = CodeForm(request.GET if "offer" in request.GET else {"offer": offer and offer.pk, "country": ""})
        chosen = form.cleaned_data if form.is_valid() else {"offer": offer, "country": ""}
        context = {"source": source, "object": source, "form": form, "key": KEY}
        if chosen.get("offer") or offer:
            context |= samples(source, chosen.get("offer") or offer, chosen.get("country", ""))
        return self.page(request, "admin/affiliate/source/code.html", title=_("Code for a landing page"), **context)
