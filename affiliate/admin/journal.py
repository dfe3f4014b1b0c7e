"""Journals: what was sent, what was asked, what came in. Nothing here is edited."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from affiliate.admin import looks, personal, said
from affiliate.admin.exchanges import readable
from affiliate.admin.filters import ChoicesDropdownFilter, DaysFilter, NetworkFilter
from affiliate.admin.hub import BigTableAdmin, link, secrets_of
from affiliate.admin.replay import Replay
from affiliate.models import Attempt, LeadLook, Postback, StatusPoll
from affiliate.postbacks import details


class JournalAdmin(BigTableAdmin):
    """`conversation(row, user)` gives the exchanges a page shows; None hides them. `row.hide` masks phones in a text."""

    change_form_template = "admin/hub/journal.html"

    def has_change_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("network").defer(*secrets_of("network"))

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        if row:
            row.hide = personal.text_filter(getattr(row, "lead", None), request.user)
        return row

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["exchanges"] = self.conversation(obj, request.user)
        if (lead := getattr(obj, "lead", None)) and personal.may_see(request.user):
            LeadLook.objects.create(lead=lead, person=request.user)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def conversation(self, row, user):
        return []

    @display(description=_("started"))
    def started(self, row):
        return looks.moment(row.started_at)

    @display(description=_("outcome"))
    def outcome_words(self, row):
        return looks.outcome_badge(row)

    @display(description=_("network"))
    def network_link(self, row):
        return link(row.network) if row.network else "—"

    @display(description=_("took, seconds"))
    def seconds(self, row):
        return round((row.finished_at - row.started_at).total_seconds(), 1) if row.finished_at else "—"


@admin.register(Attempt)
class AttemptAdmin(JournalAdmin):
    list_display = ("started", "lead_link", "network_link", "outcome_words", "reason_words", "seconds")
    list_filter = (("outcome", ChoicesDropdownFilter), NetworkFilter, ("started_at", DaysFilter))
    fields = (
        "lead_link",
        "network_link",
        "flow",
        "started_at",
        "seconds",
        "outcome_words",
        "reason_words",
        "eid",
        "commits",
    )
    readonly_fields = fields

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("lead", "flow__offer", "flow__network")
        rows = rows.defer(*secrets_of("network", "flow__network"))
        return rows.defer("exchanges") if request.resolver_match.url_name.endswith("_changelist") else rows

    def conversation(self, attempt, user):
        return readable(attempt.exchanges, attempt.hide)

    def get_list_display(self, request):
        reason = _reason_for(request.user)
        return [reason if name == "reason_words" else name for name in super().get_list_display(request)]

    @display(description=_("reason"))
    def reason_words(self, attempt):
        return attempt.hide(said.reason(attempt.reason))

    @display(description=_("lead"))
    def lead_link(self, attempt):
        return link(attempt.lead)


@admin.register(StatusPoll)
class StatusPollAdmin(JournalAdmin):
    list_display = (
        "started",
        "network_link",
        "outcome_words",
        "reason_words",
        "leads_asked",
        "leads_reported",
        "leads_changed",
        "seconds",
    )
    list_filter = (("outcome", ChoicesDropdownFilter), NetworkFilter, ("started_at", DaysFilter))
    fields = list_display
    readonly_fields = fields

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.defer("exchanges") if request.resolver_match.url_name.endswith("_changelist") else rows

    @display(description=_("reason"))
    def reason_words(self, poll):
        return said.reason(poll.reason)

    def conversation(self, poll, user):
        """Answers tell of many people at once, so they are shown whole or not at all."""
        return readable(poll.exchanges) if personal.may_see(user) else None


@admin.register(Postback)
class PostbackAdmin(Replay, JournalAdmin):
    list_display = ("received", "network_link", "verdict_words", "status_word", "lead_link", "detail_words", "ip")
    list_filter = (("verdict", ChoicesDropdownFilter), NetworkFilter, ("received_at", DaysFilter))
    fields = (
        "received_at",
        "network_link",
        "verdict_words",
        "detail_words",
        "lead_link",
        "status_word",
        "ip",
        "method",
        "query_words",
        "body_words",
        "old_key",
        "applied_at",
    )
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("lead")

    @display(description=_("received"))
    def received(self, postback):
        return looks.moment(postback.received_at)

    @display(description=_("verdict"))
    def verdict_words(self, postback):
        return looks.verdict_badge(postback)

    @display(description=_("network's word"))
    def status_word(self, postback):
        return postback.fields.get("status", "") if isinstance(postback.fields, dict) else ""

    @display(description=_("lead"))
    def lead_link(self, postback):
        return link(postback.lead) if postback.lead else "—"

    @display(description=_("detail"))
    def detail_words(self, postback):
        return details.words(postback.detail)

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        if row and row.lead is None:
            row.hide = personal.call_filter(request.user)
        return row

    @display(description=_("query"))
    def query_words(self, postback):
        return postback.hide(postback.query)

    @display(description=_("body"))
    def body_words(self, postback):
        return postback.hide(postback.body)


def _reason_for(user):
    """A list's column knows no reader: this one is made for him."""

    @display(description=_("reason"))
    def reason(attempt):
        return personal.text_filter(attempt.lead, user)(said.reason(attempt.reason))

    return reason
