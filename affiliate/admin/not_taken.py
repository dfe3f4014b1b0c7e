"""Leads that sources sent and the hub did not take, with the reasons: counted, never kept."""

from datetime import timedelta

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from affiliate.admin import looks
from affiliate.admin.filters import ChoicesDropdownFilter, DaysFilter, SourceFilter
from affiliate.admin.hub import ReadOnlyAdmin, link
from affiliate.models import NotTaken, Source

# What a source's page looks back on, today included, and how many reasons it shows.
DAYS, SHOWN = 7, 20


@admin.register(NotTaken)
class NotTakenAdmin(ReadOnlyAdmin):
    list_display = ("day", "source_link", "why", "about", "count", "last_moment", "message")
    list_filter = (SourceFilter, ("code", ChoicesDropdownFilter), ("last_at", DaysFilter))
    list_display_links = None
    sortable_by = ()
    ordering = ("-last_at",)
    fields = list_display
    readonly_fields = fields

    def has_change_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source")

    @display(description=_("source"))
    def source_link(self, row):
        return link(row.source)

    @display(description=_("reason"))
    def why(self, row):
        return looks.badge(row.get_code_display(), looks.CARE)

    @display(description=_("field"))
    def about(self, row):
        return format_html('<span class="hub-code hub-nowrap">{}</span>', row.field) if row.field else "—"

    @display(description=_("last one"))
    def last_moment(self, row):
        return looks.moment(row.last_at)


def lately(source: Source) -> list[dict]:
    """The reasons of the last days, the newest first, for a source's page."""
    found = {}
    for row in source.not_taken.filter(day__gt=timezone.localdate() - timedelta(days=DAYS)).order_by("-last_at"):
        line = found.setdefault((row.code, row.field), {"row": row, "count": 0})
        line["count"] += row.count
    return list(found.values())[:SHOWN]


def list_of(source: Source) -> str:
    """The address of the list of a source's."""
    return f"{reverse('admin:affiliate_nottaken_changelist')}?source={source.pk}"
