"""Sources: who hands us leads, each with a key that is shown once."""

import json

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from unfold.decorators import display

from affiliate.admin.hub import HubAdmin
from affiliate.delivery import record
from affiliate.models import Offer, Source

EXAMPLE_OFFER = 1


@admin.register(Source)
class SourceAdmin(HubAdmin):
    list_display = ("called", "key_end", "enabled", "created_at")
    list_filter = ("enabled",)
    search_fields = ("name",)
    fields = ("name", "enabled")
    ordering = ("name",)
    change_form_template = "admin/affiliate/source/form.html"

    def get_urls(self):
        new_key = self.admin_site.admin_view(self.new_key_view)
        return [path("<int:number>/key/", new_key, name="affiliate_source_key"), *super().get_urls()]

    @display(description=_("key ends with"))
    def key_end(self, source):
        return f"…{source.key_hint}" if source.key_hint else "—"

    def has_delete_permission(self, request, obj=None):
        """A source that sent leads is part of their history: disable it instead."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.leads.exists())

    def response_add(self, request, obj, post_url_continue=None):
        return self._show_key(request, obj)

    def new_key_view(self, request, number):
        if not self.has_change_permission(request):
            raise PermissionDenied
        source = Source.objects.filter(pk=number).first()
        if source is None:
            return self.not_found(request)
        if request.method == "POST":
            record.note(source, gettext_noop("New key issued."))
            return self._show_key(request, source)
        return self.page(
            request, "admin/affiliate/source/new_key.html", title=_("Issue a new key"), source=source, object=source
        )

    def _show_key(self, request, source):
        """The key goes into this answer and nowhere else: no session, no URL, no message keeps it."""
        offer = Offer.objects.filter(enabled=True).order_by("pk").values_list("pk", flat=True).first()
        key = source.issue_key()
        context = {
            "source": source,
            "object": source,
            "key": key,
            "has_offer": offer is not None,
            "curl": _curl(key, offer or EXAMPLE_OFFER),
        }
        return self.page(request, "admin/affiliate/source/key.html", title=_("The key of the source"), **context)


def _curl(key: str, offer: int) -> str:
    lead = json.dumps({"offer": offer, "name": "Ion Popescu", "phone": "+40712345678", "country": "RO"})
    lines = [
        f"curl -X POST {settings.SITE_URL}/api/leads",
        f'-H "Authorization: Bearer {key}"',
        '-H "Content-Type: application/json"',
        f"-d '{lead}'",
    ]
    return " \\\n  ".join(lines)
