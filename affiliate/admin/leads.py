"""Leads: a list that never counts, and a page that explains one lead."""

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from affiliate.admin import countries, filters, lead_actions, lead_export, lead_page, lead_search, looks, personal
from affiliate.admin.bulk import BulkMixin
from affiliate.admin.filters import (
    ChoicesDropdownFilter,
    CountryFilter,
    DaysFilter,
    NetworkOrNoneFilter,
    OfferFilter,
    SourceFilter,
    TestFilter,
)
from affiliate.admin.hub import BigTableAdmin, secrets_of
from affiliate.models import Lead, LeadLook

# What the list shows; a network's secrets are not opened for it.
COLUMNS = (
    "oid", "name", "phone", "country", "created_at", "delivery", "attempts_made", "status", "payout", "payout_currency", "test",
    "offer__title", "network__name", "network__state__paused_at", "network__state__open_until",
)  # fmt: skip


@admin.register(Lead)
class LeadAdmin(BulkMixin, BigTableAdmin):
    list_display = (
        "received",
        "oid_end",
        "name_words",
        "phone",
        "country_words",
        "offer",
        "network",
        "delivery_words",
        "status_words",
        "payout_words",
    )
    list_display_links = ("received", "oid_end")
    list_filter = (
        ("delivery", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        NetworkOrNoneFilter,
        OfferFilter,
        CountryFilter,
        SourceFilter,
        ("created_at", DaysFilter),
        TestFilter,
    )
    # The index of the moment of receipt: days in the past are found at once.
    ordering = ("-created_at", "-id")
    search_fields = ("oid",)
    search_help_text = _("oid, eid, phone, or name among the newest leads")
    bulk = lead_actions.BULK
    list_before_template = "admin/affiliate/lead/export.html"

    def get_urls(self):
        act, export = (self.admin_site.admin_view(view) for view in (self.action_view, self.export_view))
        return [
            path("<int:number>/do/<slug:name>/", act, name="affiliate_lead_do"),
            path("export/", export, name="affiliate_lead_export"),
            *super().get_urls(),
        ]

    # The list.

    def changelist_view(self, request, extra_context=None):
        page = super().changelist_view(request, extra_context)
        shown = (getattr(page, "context_data", None) or {}).get("cl")
        if shown and personal.may_see(request.user):
            rows, query = len(shown.result_list), request.GET.urlencode()
            LeadLook.objects.create(person=request.user, query=query, rows=rows, listed=True)
        elif shown:
            shown.search_help_text = _("oid or eid")
        return page

    def get_queryset(self, request):
        leads = super().get_queryset(request)
        if request.resolver_match.url_name != "affiliate_lead_changelist":
            return leads
        return leads.select_related("offer", "network__state").only(*COLUMNS)

    def get_paginator(self, request, queryset, per_page, **kwargs):
        wanted = None if request.GET.get("q", "").strip() else filters.wanted(request.GET)
        return self.paginator(queryset, per_page, query=request.GET, wanted=wanted)

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        found = lead_search.find(search_term, by_person=personal.may_see(request.user))
        return queryset.filter(pk__in=found), False

    def get_list_display(self, request):
        columns = super().get_list_display(request)
        if personal.may_see(request.user):
            return columns
        masked = {"name_words": "masked_name", "phone": "masked_phone"}
        return [masked.get(name, name) for name in columns]

    @display(description=_("received"))
    def received(self, lead):
        moment = looks.moment(lead.created_at)
        return format_html("{} {}", moment, looks.badge(_("test"), looks.PLAIN)) if lead.test else moment

    @display(description="oid")
    def oid_end(self, lead):
        """The end tells leads apart; the beginning is the time."""
        return format_html('<span class="hub-code hub-nowrap" title="{}">…{}</span>', lead.oid, lead.oid[-6:])

    @display(description=pgettext_lazy("person", "name"))
    def name_words(self, lead):
        return lead.name

    @display(description=pgettext_lazy("person", "name"))
    def masked_name(self, lead):
        return personal.masked_name(lead.name)

    @display(description=_("phone"))
    def masked_phone(self, lead):
        return personal.masked_phone(lead.phone)

    @display(description=_("country"))
    def country_words(self, lead):
        return countries.flagged(lead.country) if lead.country else ""

    @display(description=_("delivery"))
    def delivery_words(self, lead):
        return looks.delivery_badge(lead, timezone.now())

    @display(description=_("status"))
    def status_words(self, lead):
        return looks.status_badge(lead)

    @display(description=_("payout"), empty_value="")
    def payout_words(self, lead):
        return looks.money(lead.payout, lead.payout_currency)

    def export_view(self, request):
        """The list's filter as a file, streamed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        request.GET = request.GET.copy()
        request.GET.pop("p", None)
        try:
            leads = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect(self.url("changelist"))
        lines = lead_export.lines(leads, user=request.user, query=request.GET.urlencode())
        name = f"leads-{timezone.localdate():%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(lines, "text/csv; charset=utf-8", headers=headers)

    # One lead.

    def change_view(self, request, object_id, form_url="", extra_context=None):
        lead = self._lead(object_id)
        if lead is None:
            return self.not_found(request)
        if not self.has_view_permission(request, lead):
            raise PermissionDenied
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        context = lead_page.context(lead, request.user) | {
            "original": lead,
            "may_act": self.has_change_permission(request, lead),
            "status_form": lead_actions.StatusFields(),
            "arrived_form": lead_actions.ArrivedForm(),
            "reason_form": lead_actions.ReasonFields(),
            "reports": lead_page.reports_of(lead, request.user)
            if request.user.has_perm("affiliate.view_report")
            else [],
            "looks": lead_page.looks_at(lead) if request.user.has_perm("affiliate.view_leadlook") else None,
        }
        if personal.may_see(request.user):
            LeadLook.objects.create(lead=lead, person=request.user)
        return self.page(request, "admin/affiliate/lead/page.html", title=lead.oid, **context)

    def action_view(self, request, number, name):
        if name not in lead_actions.ONE:
            raise Http404
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lead = self._lead(number)
        if lead is None:
            return self.not_found(request)
        form_class, run = lead_actions.ONE[name]
        form = form_class(request.POST)
        if form.is_valid():
            reports = run(request, lead, form.cleaned_data)
        else:
            told = [f"{form[field].label}: {error}" for field, errors in form.errors.items() for error in errors]
            reports = [(messages.ERROR, text) for text in told]
        for level, text in reports:
            self.message_user(request, text, level)
        return self.back_to(request, lead)

    def _lead(self, number) -> Lead | None:
        if not str(number).isdecimal() or len(str(number)) > 18:
            return None
        related = ("source", "offer", "flow__offer", "flow__network", "network__state")
        secrets = secrets_of("network", "flow__network")
        return Lead.objects.select_related(*related).defer(*secrets).filter(pk=number).first()
