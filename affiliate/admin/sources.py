"""Sources: who hands us leads, with their keys and what may come how."""

from django import forms
from django.contrib import admin
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from affiliate.admin import lead_rules, not_taken, source_keys
from affiliate.admin.hub import HubAdmin
from affiliate.admin.landing_code import LandingCode
from affiliate.admin.source_keys import SourceKeys
from affiliate.models import Source


class SourceForm(forms.ModelForm):
    duplicate_statuses = lead_rules.statuses_field(Source)

    class Meta:
        model = Source
        fields = ("name", "enabled", "ips", "sites", "per_minute", *lead_rules.DUPLICATES)
        widgets = dict.fromkeys(("ips", "sites"), UnfoldAdminTextareaWidget(attrs={"rows": 2, "spellcheck": "false"}))


@admin.register(Source)
class SourceAdmin(LandingCode, SourceKeys, HubAdmin):
    form = SourceForm
    list_display = ("called", "key_ends", "enabled", "not_taken_today", "created_at")
    list_filter = ("enabled",)
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "enabled")}),
        (
            _("Where leads may come from"),
            {
                "fields": ("ips", "sites", "per_minute"),
                "description": _("Changes take effect within a few seconds, without a restart."),
            },
        ),
        lead_rules.duplicates_fieldset(
            _("The settings below the first one hold when the source has rules of its own.")
        ),
    )
    ordering = ("name",)
    change_form_template = "admin/affiliate/source/form.html"

    def get_queryset(self, request):
        today = Sum("not_taken__count", filter=Q(not_taken__day=timezone.localdate()), default=0)
        return super().get_queryset(request).prefetch_related("keys").annotate(lost=today)

    @display(description=_("not taken today"))
    def not_taken_today(self, source):
        """Leads that were sent and not taken, with the way to their reasons."""
        return format_html('<a class="hub-link" href="{}">{}</a>', not_taken.list_of(source), source.lost or "—")

    @display(description=_("keys end with"))
    def key_ends(self, source):
        now = timezone.now()
        good = [key for key in source.keys.all() if source_keys.is_good(key, now)]
        return format_html_join(" ", '<span class="hub-nowrap">…{}</span>', ((key.hint,) for key in good)) or "—"

    def has_delete_permission(self, request, obj=None):
        """A source that sent leads is part of their history: disable it instead."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.leads.exists())

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            lines = source_keys.lines(obj)
            has_form_key = any(line["row"].form and line["good"] for line in lines)
            context |= {"keys": lines, "has_form_key": has_form_key, "not_taken": not_taken.lately(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_add(self, request, obj, post_url_continue=None):
        return self.show_key(request, obj, obj.issue_key())
