"""Where a lead would go now: every flow of an offer with its reason, and nothing is sent."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from affiliate.admin import countries, looks, personal
from affiliate.admin.sample import add_errors
from affiliate.delivery import routing
from affiliate.intake import phones
from affiliate.intake.errors import Invalid
from affiliate.models import Lead, Offer

CHOSEN = {routing.TAKEN, routing.STICKY, routing.WAITS}
OPEN = {routing.PRIORITY, routing.WEIGHT, routing.PHONE}


class WhereForm(forms.Form):
    offer = forms.ModelChoiceField(
        Offer.objects.order_by("title"), label=_("Offer"), empty_label=_("Choose"), widget=UnfoldAdminSelectWidget()
    )
    country = forms.ChoiceField(label=_("Country"), widget=UnfoldAdminSelectWidget())
    phone = forms.CharField(
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": _("may stay empty")}),
    )

    def __init__(self, data=None, *, lead: Lead | None = None, **kwargs):
        super().__init__(data, **kwargs)
        self.lead = lead
        self.fields["phone"].label = capfirst(Lead._meta.get_field("phone").verbose_name)
        self.fields["country"].choices = countries.choices()

    def clean(self):
        told = super().clean()
        if told.get("phone") and told.get("country"):
            try:
                told["phone"] = phones.normalise(told["phone"], told["country"]).e164
            except Invalid as wrong:
                add_errors(self, wrong)
        return told


class WhereWouldItGo:
    """Adds to the offers' admin: the page, with a button above the list."""

    actions_list = ("by_country", "where")

    @action(description=_("Where would a lead go?"), url_path="where", permissions=["view"])
    def where(self, request):
        """A phone is posted, so that it stands in no address; a link names an offer and a country, or a lead."""
        lead = self._lead(request)
        if request.method == "POST":
            form = WhereForm(request.POST)
        elif lead:
            form = WhereForm({"offer": lead.offer_id, "country": lead.country})
        elif {"offer", "country"} <= request.GET.keys():
            form = WhereForm(request.GET)
        else:
            form = WhereForm(initial=request.GET.dict())
        context = {"form": form, "lead": lead, "back": self.url("changelist")}
        if form.is_bound and form.is_valid():
            context |= self._found(form.cleaned_data, lead)
        if lead:
            context["phone"] = personal.phone_of(lead, request.user)
        return self.page(request, "admin/affiliate/offer/where.html", title=_("Where would a lead go?"), **context)

    def _lead(self, request) -> Lead | None:
        number = request.GET.get("lead", "")
        if not number.isdecimal() or request.method == "POST" or not request.user.has_perm("affiliate.view_lead"):
            return None
        return Lead.objects.filter(pk=number[:18]).select_related("offer").first()

    def _found(self, told: dict, lead: Lead | None) -> dict:
        phone = lead.phone if lead else told["phone"]
        lines = [_line(one) for one in routing.explain(told["offer"], told["country"], phone)]
        return {
            "asked": True,
            "offer": told["offer"],
            "place": countries.flagged(told["country"], countries.with_name(told["country"])),
            "chosen": next((line for line in lines if line["chosen"]), None),
            "lines": sorted(lines, key=lambda line: not line["chosen"]),
            "waits": any(line["reason"] == routing.WAITS for line in lines),
            "drawn": any(line["reason"] == routing.WEIGHT for line in lines),
        }


def _line(line: dict) -> dict:
    reason = line["reason"]
    colour = looks.GOOD if reason in CHOSEN else looks.NEWS if reason in OPEN else looks.PLAIN
    words = looks.ROUTING_REASONS.get(reason, reason)
    return line | {"chosen": reason in CHOSEN, "badge": looks.badge(words, f"{colour} hub-words")}
