"""Networks: pick an integration, type its credentials, copy its postback URLs, see how it is doing."""

import inspect

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext, pgettext_lazy
from unfold.decorators import display

from affiliate.admin import condition, connection, counting, looks, postback_setup, steps
from affiliate.admin.cap_fields import CAPS, HOURS
from affiliate.admin.connection import ConnectionChecks
from affiliate.admin.declared import declared_form
from affiliate.admin.description_field import EXAMPLE
from affiliate.admin.draft import Drafts
from affiliate.admin.hub import HubAdmin
from affiliate.admin.network_forms import LIMITS, POSTBACKS, NetworkForm
from affiliate.admin.network_state import NetworkStates
from affiliate.admin.postback_setup import PostbackSetup
from affiliate.admin.try_protocol import TryProtocol
from affiliate.delivery import actions, check, record
from affiliate.integrations import description, registry
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential
from affiliate.integrations.platforms.template import Template
from affiliate.models import Network

WHAT_A_CHECK_SAW = ("base_url", "description")


@admin.register(Network)
class NetworkAdmin(NetworkStates, Drafts, ConnectionChecks, TryProtocol, PostbackSetup, HubAdmin):
    list_display = ("called", "integration_title", "state_words", "statuses_by", "flow_count", "enabled")
    list_filter = ("enabled",)
    search_fields = ("name", "integration")
    search_help_text = _("Name or integration")
    ordering = ("name",)
    change_form_template = "admin/affiliate/network/form.html"

    def get_urls(self):
        resume = self.admin_site.admin_view(self.resume_view)
        return [path("<int:number>/resume/", resume, name="affiliate_network_resume"), *super().get_urls()]

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("state")
        if request.resolver_match.url_name == "affiliate_network_changelist":
            rows = rows.defer("credentials", "postback_keys").annotate(flows_here=Count("flows"))
        return rows

    @display(description=_("integration"), ordering="integration")
    def integration_title(self, network):
        return network.get_integration_display()

    @display(description=_("state"))
    def state_words(self, network):
        if not network.enabled:
            return looks.badge(pgettext_lazy("network", "disabled"), looks.PLAIN)
        working = looks.badge(_("working"), looks.GOOD)
        return looks.state_badge(getattr(network, "state", None), timezone.now()) or working

    @display(description=_("statuses come by"))
    def statuses_by(self, network):
        integration = registry.integrations().get(network.integration)
        return ", ".join(str(way) for way in looks.ways_of_statuses(integration)) if integration else "—"

    @display(description=_("flows"), ordering="flows_here")
    def flow_count(self, network):
        return network.flows_here

    def has_delete_permission(self, request, obj=None):
        """A network that took leads is part of their history: disable it instead."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.leads.exists())

    def get_object(self, request, object_id, from_field=None):
        network = super().get_object(request, object_id, from_field)
        if network and network.integration not in registry.integrations():
            text = _("This version of the hub has no integration “%(slug)s”, which this network needs.")
            self.message_user(request, text % {"slug": network.integration}, messages.ERROR)
            return None
        return network

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.GET.get("integration") not in registry.integrations():
            title = _("Choose an integration")
            return self.page(
                request, "admin/affiliate/network/pick.html", title=title, groups=_groups(), other=Template.slug
            )
        return super().add_view(request, form_url, extra_context)

    def get_changeform_initial_data(self, request):
        """The integration's name is a good name for the first account there."""
        title = _integration_of(request, None).title
        return {} if Network.objects.filter(name=title).exists() else {"name": title}

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **kwargs | {"form": _form_of(request, obj)})

    def get_fieldsets(self, request, obj=None):
        needed = _integration_of(request, obj).described_push is not None
        folded = {"classes": ("collapse",)}
        return (
            (None, {"fields": ("name", *_form_of(request, obj).input_names(), "base_url", "enabled")}),
            (_("Protocol description"), {"fields": ("description", "description_file")} | ({} if needed else folded)),
            (_("Caps and working hours"), {"fields": (*CAPS, *HOURS)} | folded),
            (_("Limits"), {"fields": LIMITS} | folded),
            (_("Postbacks"), {"fields": POSTBACKS} | folded),
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        integration = _integration_of(request, obj)
        context |= {
            "guide": _card(integration),
            "instructions": integration.instructions,
            "notes": integration.notes,
            "example": EXAMPLE if integration.described_push is not None else "",
            "description_example": inspect.getdoc(description) if integration.described_push is not None else "",
            "show_save_and_add_another": False,
        }
        if add:
            context["title"] = _("Add a network: %(title)s") % {"title": integration.title}
        else:
            # The addresses hold the postback key: they are for those who set the network up.
            may_change = self.has_change_permission(request, obj)
            context |= {
                "connection": connection.context(obj, request.user),
                "postbacks": postback_setup.context(obj) if may_change else None,
                "condition": condition.context(obj),
            }
            context["steps"] = steps.of(obj, context) if may_change else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and "enabled" in form.changed_data and not obj.enabled:
            self._tell_what_waits(request, obj)
        if change and any(name in WHAT_A_CHECK_SAW or name in form.input_names() for name in form.changed_data):
            check.forget(obj)
        if change and "description" in form.changed_data:
            actions.start_polls(obj)

    def _tell_what_waits(self, request, network):
        if count := condition.queued(network):
            text = ngettext(
                "%(count)s lead stays in this network's queue until it is enabled again.",
                "%(count)s leads stay in this network's queue until it is enabled again.",
                count,
            )
            other = _("To let other flows take what waits, choose “Send again” in the list of its leads.")
            self.message_user(request, f"{text % {'count': counting.words(count)}} {other}", messages.WARNING)

    def response_post_save_add(self, request, obj):
        return HttpResponseRedirect(self.url("change", obj.pk))

    def back_to(self, request, row, message="", level=messages.SUCCESS):
        """Who came from the state of all networks goes back there."""
        if request.GET.get("back") != "state":
            return super().back_to(request, row, message, level)
        self.message_user(request, f"{row}: {message}", level)
        return HttpResponseRedirect(self.url("state"))

    def resume_view(self, request, number):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        network = self.changeable(request, number)
        if network is None:
            return self.not_found(request)
        actions.resume(network)
        record.note(network, gettext_noop("Resumed."))
        return self.back_to(request, network, _("The network works again; its leads are on their way."))


def _integration_of(request, obj) -> type[Integration]:
    return obj.integration_class if obj else registry.get(request.GET["integration"])


def _form_of(request, obj):
    integration = _integration_of(request, obj)
    stored = obj.credentials if obj else {}
    form = declared_form(NetworkForm, integration.declared(Credential), partial=False, stored=stored)
    form.integration = integration
    return form


def _groups() -> list[dict]:
    """The networks known by name, then what takes any network of a platform or of none."""
    every, named = registry.integrations(), registry.networks()
    general = [one for slug, one in every.items() if slug not in named]
    return [
        {"title": _("Networks"), "cards": _cards(named.values())},
        {"title": _("Platforms, and networks that are not in the list"), "cards": _cards(general)},
    ]


def _cards(integrations) -> list[dict]:
    return [_card(one) for one in sorted(integrations, key=lambda one: str(one.title).lower())]


def _card(integration: type[Integration]) -> dict:
    ways = [str(way) for way in looks.ways_of_statuses(integration)]
    return {
        "slug": integration.slug,
        "title": integration.title,
        "site": integration.site,
        "ways": ways,
        "evidence": looks.evidence_badge(integration),
        "described": integration.described_push is not None,
        "checks": integration.has_check(),
    }
