"""Who saw leads with their phones and names, and who took them away in a file."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from affiliate.admin import looks
from affiliate.admin.filters import DaysFilter
from affiliate.admin.hub import BigTableAdmin, link
from affiliate.models import LeadLook


@admin.register(LeadLook)
class LeadLookAdmin(BigTableAdmin):
    list_display = ("seen", "person", "what", "rows")
    list_display_links = None
    list_filter = (("created_at", DaysFilter),)

    def has_change_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("lead", "person")

    @display(description=_("time"))
    def seen(self, look):
        return looks.moment(look.created_at)

    @display(description=_("what was seen"))
    def what(self, look):
        if look.lead:
            return link(look.lead)
        words = _("a page of the list") if look.listed else _("a file with the leads of this filter")
        url = f"{reverse('admin:affiliate_lead_changelist')}?{look.query}"
        return format_html('<a class="hub-link" href="{}">{}</a>', url, words)
