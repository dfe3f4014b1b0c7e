"""Reports to sources: the addresses they go to, and the journal of what was sent."""

from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from affiliate.admin import hidden_parts, looks, personal, said
from affiliate.admin.bulk import Bulk, BulkMixin
from affiliate.admin.exchanges import readable
from affiliate.admin.filters import ChoicesDropdownFilter, DaysFilter, RowFilter, SourceFilter
from affiliate.admin.hub import BigTableAdmin, HubAdmin, link
from affiliate.delivery import reports
from affiliate.integrations.masking import mask
from affiliate.integrations.report_macros import MACROS
from affiliate.integrations.trackers import TRACKERS
from affiliate.models import Report, ReportAddress
from affiliate.models.report import EVENTS, Kind
from affiliate.vocabulary import Status


class AddressForm(forms.ModelForm):
    """Subclasses are made per kind and name it in `kind`."""

    kind: str
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Events"), choices=EVENTS, widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.kind = self.kind
        self.stored = {name: getattr(self.instance, name) or "" for name in ("url", "body")}
        self.keys = self.instance.masked if self.instance.pk else []
        if self.instance.pk:
            self.initial |= {name: hidden_parts.hide(text, self.keys) for name, text in self.stored.items()}

    def clean_url(self):
        return self._whole("url")

    def clean_body(self):
        return self._whole("body")

    def _whole(self, name: str) -> str:
        typed = self.cleaned_data[name] or ""
        whole = hidden_parts.restore(typed, self.stored[name], self.keys)
        if whole != typed and _host(self.cleaned_data.get("url", "")) != _host(self.stored["url"]):
            # Otherwise who may not read a key could have it sent to a host of his own.
            raise forms.ValidationError(_("The host has changed: type the keys again in place of the dots."))
        return whole

    class Meta:
        model = ReportAddress
        fields = ("source", "name", "url", "format", "body", "events", "offer", "enabled")
        widgets = {
            "url": UnfoldAdminTextInputWidget(attrs={"placeholder": "https://tracker.example/postback?id={sub1}"}),
            "body": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        }
        help_texts = {
            "url": gettext_lazy("For a tracker with macros: {sub1}, {status}, {payout}… Dots stand for stored keys."),
            "body": gettext_lazy("Of a POST: a={sub1}&b={status}, or JSON with macros inside of its quotation marks."),
            "offer": gettext_lazy("Leads of this offer only. Empty: of every offer."),
        }


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2].lower()


class AddressFilter(RowFilter):
    title, parameter_name = gettext_lazy("report address"), "address"
    rows = ReportAddress.objects.order_by("source__name", "name").values_list("pk", "name")


@admin.register(ReportAddress)
class ReportAddressAdmin(HubAdmin):
    form = AddressForm
    list_display = ("called", "source_link", "kind", "host", "event_words", "offer", "enabled")
    list_filter = ("enabled", SourceFilter, ("kind", ChoicesDropdownFilter))
    search_fields = ("name", "source__name", "host")
    list_select_related = ("source", "offer")
    autocomplete_fields = ("source", "offer")
    ordering = ("source__name", "name")
    change_form_template = "admin/affiliate/reportaddress/form.html"

    def get_urls(self):
        view = self.admin_site.admin_view(self.secret_view)
        return [path("<int:number>/secret/", view, name="affiliate_reportaddress_secret"), *super().get_urls()]

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        listing = request.resolver_match.url_name == "affiliate_reportaddress_changelist"
        return rows.defer("url", "body", "secrets") if listing else rows

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.kind = _kind(request, obj)
        return form

    def get_fields(self, request, obj=None):
        """An address holds a tracker's key: who may not change it does not read it either."""
        left_out = {"format", "body"} if _kind(request, obj) == Kind.WEBHOOK else set()
        if self.has_change_permission(request, obj):
            return [name for name in AddressForm.Meta.fields if name not in left_out]
        return ["source", "name", "masked_url", "event_words", "offer", "enabled"]

    def get_readonly_fields(self, request, obj=None):
        return ("masked_url", "event_words")

    def get_changeform_initial_data(self, request):
        """`?tracker=keitaro` begins with a tracker's address."""
        initial = super().get_changeform_initial_data(request)
        tracker = next((one for one in TRACKERS if one.slug == request.GET.get("tracker")), None)
        if tracker:
            events = [status.value for status in tracker.statuses]
            return initial | {"name": tracker.title, "url": tracker.url, "events": events}
        return initial | {"events": [status.value for status in Status]}

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        query = request.GET.copy()
        query.pop("tracker", None)
        query.pop("kind", None)
        context |= {
            "trackers": TRACKERS,
            "chosen": request.GET.get("tracker") or request.GET.get("kind"),
            "rest": query.urlencode(),
            "macros": _macros(),
            "is_webhook": _kind(request, obj) == Kind.WEBHOOK,
        }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        reports.refresh()

    def has_delete_permission(self, request, obj=None):
        """What an address was told is evidence: disable it instead."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.reports.exists())

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        reports.refresh()

    def response_add(self, request, obj, post_url_continue=None):
        if obj.kind == Kind.WEBHOOK:
            return self._show_secret(request, obj, obj.secrets[0])
        return super().response_add(request, obj, post_url_continue)

    def secret_view(self, request, number):
        address = self.changeable(request, number)
        if address is None or address.kind != Kind.WEBHOOK:
            return self.not_found(request)
        if request.method == "GET":
            context = {"address": address, "object": address, "days": reports.OVERLAP.days}
            title = _("A new secret")
            return self.page(request, "admin/affiliate/reportaddress/new_secret.html", title=title, **context)
        if request.method != "POST":
            return HttpResponseNotAllowed(["GET", "POST"])
        self.log_change(request, address, [{"changed": {"fields": [_("secret")]}}])
        return self._show_secret(request, address, reports.new_secret(address))

    def _show_secret(self, request, address, secret):
        """The secret goes into this answer and nowhere else."""
        samples = {name: render_to_string(f"code/webhook.{end}") for name, end in (("php", "php"), ("python", "py"))}
        context = {"address": address, "object": address, "secret": secret, **samples}
        title = _("The secret of the webhook")
        return self.page(request, "admin/affiliate/reportaddress/secret.html", title=title, **context)

    @display(description=gettext_lazy("source"), ordering="source__name")
    def source_link(self, address):
        return link(address.source)

    @display(description=gettext_lazy("events"))
    def event_words(self, address):
        words = dict(EVENTS)
        return ", ".join(str(words[event]) for event in address.events if event in words)

    @display(description=gettext_lazy("address"))
    def masked_url(self, address):
        return mask(address.url, address.masked)


def _kind(request, address: ReportAddress | None) -> str:
    """Chosen before the form is shown: a webhook's is another one."""
    asked = address.kind if address else request.GET.get("kind")
    return asked if asked in Kind.values else Kind.TRACKER.value


def _macros() -> list[tuple[str, str]]:
    """Each description once, with the macros it is of."""
    grouped = {}
    for name, words in MACROS.items():
        grouped.setdefault(str(words), []).append(f"{{{name}}}")
    return [(" ".join(names), words) for words, names in grouped.items()]


def _resend(request, rows, cleaned):
    count = reports.resend(rows)
    text = ngettext("%(count)s report is queued again.", "%(count)s reports are queued again.", count)
    told = [(messages.SUCCESS if count else messages.WARNING, text % {"count": count})]
    if older := rows.count() - count:
        text = ngettext(
            "%(count)s was left out: the address has been told something newer of its lead.",
            "%(count)s were left out: the address has been told something newer of their leads.",
            older,
        )
        told.append((messages.INFO, text % {"count": older}))
    return told


@admin.register(Report)
class ReportAdmin(BulkMixin, BigTableAdmin):
    list_display = (
        "happened",
        "address_link",
        "lead_link",
        "event_badge",
        "state_badge",
        "attempts_made",
        "reason_words",
    )
    list_filter = (
        ("state", ChoicesDropdownFilter),
        AddressFilter,
        ("event", ChoicesDropdownFilter),
        ("created_at", DaysFilter),
    )
    fields = (
        "happened",
        "address_link",
        "lead_link",
        "event_badge",
        "money",
        "state_badge",
        "reason_words",
        "attempts_made",
        "next_attempt_at",
        "finished_at",
        "uid",
    )
    readonly_fields = fields
    change_form_template = "admin/hub/journal.html"
    bulk = {
        "resend": Bulk(
            gettext_lazy("Send again"),
            gettext_lazy(
                "Reports are sent at once, also those that were sent already. Of each lead only its newest report goes "
                "to an address: an older one would tell what is no longer so."
            ),
            _resend,
        )
    }

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("address__source", "lead")
        rows = rows.defer("address__url", "address__body", "address__secrets")
        return rows.defer("exchanges") if request.resolver_match.url_name.endswith("_changelist") else rows

    def may_act(self, request) -> bool:
        return request.user.has_perm("affiliate.change_report")

    def has_change_permission(self, request, obj=None):
        """Nothing of a report is edited; those who may change it may send it again."""
        return False

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["exchanges"] = readable(obj.exchanges, personal.text_filter(obj.lead, request.user))
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @display(description=gettext_lazy("happened"))
    def happened(self, report):
        return looks.moment(report.created_at)

    @display(description=gettext_lazy("report address"))
    def address_link(self, report):
        return link(report.address)

    @display(description=gettext_lazy("lead"))
    def lead_link(self, report):
        return link(report.lead)

    @display(description=gettext_lazy("event"))
    def event_badge(self, report):
        return looks.event_badge(report)

    @display(description=gettext_lazy("state"))
    def state_badge(self, report):
        return looks.report_badge(report)

    @display(description=gettext_lazy("reason"))
    def reason_words(self, report):
        return said.reason(report.reason)

    @display(description=gettext_lazy("payout"))
    def money(self, report):
        return looks.money(report.payout, report.payout_currency)
