"""Alerts: channels with a test, what is wrong now, what was sent, and what is muted for a while."""

from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from affiliate.admin import looks
from affiliate.admin.declared import DeclaredValuesForm, declared_form
from affiliate.admin.filters import ChoicesDropdownFilter, NetworkFilter
from affiliate.admin.hub import BigTableAdmin, HubAdmin, link, secrets_of
from affiliate.delivery.alerts import kinds, outbox, texts
from affiliate.models import Alert, AlertChannel, AlertMute, Incident
from affiliate.models.alert import AlertState, Event, Via

SHOWN = 10
HOURS = (1, 4, 12, 24, 72, 168)
STATE_COLOURS = {
    AlertState.QUEUED.value: looks.NEWS,
    AlertState.SENT.value: looks.GOOD,
    AlertState.FAILED.value: looks.BAD,
    AlertState.MUTED.value: looks.PLAIN,
}
VIA_WORDS = {
    Via.TELEGRAM: _("A bot of yours writes into a chat or a channel."),
    Via.EMAIL: _("Letters through the mail server of the settings."),
    Via.WEBHOOK: _("JSON for a program of yours, signed."),
}


class ChannelForm(DeclaredValuesForm):
    values_column = "values"
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=Event,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("Nothing chosen: every event."),
    )

    class Meta:
        model = AlertChannel
        fields = ("name", "language", "events", "digest_minutes", "enabled")


@admin.register(AlertChannel)
class AlertChannelAdmin(HubAdmin):
    list_display = ("called", "via", "event_words", "digest_minutes", "last_words", "enabled")
    list_filter = (("via", ChoicesDropdownFilter), "enabled")
    search_fields = ("name",)
    ordering = ("name",)
    change_form_template = "admin/affiliate/alertchannel/form.html"

    def get_urls(self):
        test = self.admin_site.admin_view(self.test_view)
        return [path("<int:number>/test/", test, name="affiliate_alertchannel_test"), *super().get_urls()]

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if request.resolver_match.url_name != "affiliate_alertchannel_changelist":
            return rows
        newest = Alert.objects.filter(channel=OuterRef("pk")).order_by("-pk").values("state")[:1]
        return rows.defer("values").annotate(last_state=Subquery(newest))

    @display(description=_("events"))
    def event_words(self, channel):
        return ", ".join(str(Event(one).label) for one in channel.events) or _("every event")

    @display(description=_("last message"))
    def last_words(self, channel):
        return _state_badge(channel.last_state) if channel.last_state else "—"

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.GET.get("via") not in Via.values:
            cards = [{"via": via.value, "title": via.label, "words": VIA_WORDS[via]} for via in Via]
            template = "admin/affiliate/alertchannel/pick.html"
            return self.page(request, template, title=_("Where should alerts go?"), cards=cards)
        return super().add_view(request, form_url, extra_context)

    def get_changeform_initial_data(self, request):
        return {"language": get_language()[:2], "name": Via(request.GET["via"]).label}

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **kwargs | {"form": _form_of(request, obj)})

    def get_fieldsets(self, request, obj=None):
        declared = _form_of(request, obj).input_names() if self._may_set(request, obj) else []
        return (
            (None, {"fields": ("name", *declared)}),
            (_("What it tells"), {"fields": ("events", "language", "digest_minutes", "enabled")}),
        )

    def _may_set(self, request, obj) -> bool:
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        via = Via(obj.via if obj else request.GET["via"])
        context |= {"show_save_and_add_another": False, "via": via.label, "via_words": VIA_WORDS[via]}
        if add:
            context["title"] = _("Add an alert channel: %(title)s") % {"title": via.label}
        else:
            context["last"] = [
                _shown(one) for one in obj.alerts.select_related("incident__network").order_by("-pk")[:SHOWN]
            ]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.via = request.GET["via"]
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request, obj):
        """The next step: its test."""
        return HttpResponseRedirect(self.url("change", obj.pk))

    def get_deleted_objects(self, objs, request):
        """What a channel was told goes with it, though nobody deletes it by itself."""
        found, counts, needed, protected = super().get_deleted_objects(objs, request)
        return found, counts, needed - {Alert._meta.verbose_name}, protected

    def test_view(self, request, number):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        channel = self.changeable(request, number)
        if channel is None:
            return self.not_found(request)
        sent = outbox.send_test(channel)
        words = {"answer": sent.answer}
        if sent.ok:
            return self.back_to(request, channel, _("The test has left. The answer: %(answer)s") % words)
        return self.back_to(request, channel, _("The test did not arrive: %(answer)s") % words, messages.ERROR)


@admin.register(Incident)
class IncidentAdmin(BigTableAdmin):
    list_display = ("began", "event_words", "network_link", "details", "state_words", "mute_link")
    list_display_links = None
    list_filter = (("event", ChoicesDropdownFilter), NetworkFilter)
    fields = readonly_fields = ("began", "event_words", "network_link", "details", "state_words")

    def has_change_permission(self, request, obj=None):
        return False

    def get_list_display(self, request):
        may_mute = request.user.has_perm("affiliate.add_alertmute")
        return [name for name in super().get_list_display(request) if name != "mute_link" or may_mute]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("network").defer(*secrets_of("network"))

    @display(description=_("began"))
    def began(self, incident):
        return looks.moment(incident.begun_at)

    @display(description=_("event"))
    def event_words(self, incident):
        return incident.get_event_display()

    @display(description=_("network"))
    def network_link(self, incident):
        return link(incident.network) if incident.network else _("the hub")

    @display(description=_("details"))
    def details(self, incident):
        return texts.details(incident.event, incident.facts)

    @display(description=_("state"))
    def state_words(self, incident):
        if incident.ended_at is None:
            return looks.badge(_("goes on"), looks.BAD)
        over = _("over, took %(time)s") % {"time": _long(incident.ended_at - incident.begun_at)}
        return looks.badge(over, looks.PLAIN)

    @display(description="")
    def mute_link(self, incident):
        if incident.ended_at is not None:
            return ""
        query = urlencode({"event": incident.event, "network": incident.network_id or ""})
        return format_html(
            '<a class="hub-link" href="{}?{}">{}</a>', reverse("admin:affiliate_alertmute_add"), query, _("Mute")
        )


class MuteForm(forms.ModelForm):
    hours = forms.TypedChoiceField(label=_("For how long"), coerce=int, widget=UnfoldAdminSelectWidget())

    class Meta:
        model = AlertMute
        fields = ("event", "network", "channel")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "hours" in self.fields:
            self.fields["hours"].choices = [(hours, _long(timedelta(hours=hours))) for hours in HOURS]

    def clean(self):
        if hours := self.cleaned_data.get("hours"):
            self.instance.until = timezone.now() + timedelta(hours=hours)
        return super().clean()


@admin.register(AlertMute)
class AlertMuteAdmin(HubAdmin):
    form = MuteForm
    list_display = ("what", "network_words", "channel_words", "until_words")
    list_select_related = ("channel", "network")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("channel__values", *secrets_of("network"))

    def has_change_permission(self, request, obj=None):
        """A mute is ended by deleting it, and made anew."""
        return obj is None and super().has_change_permission(request)

    def get_fields(self, request, obj=None):
        return ("event", "network", "channel", "until_words" if obj else "hours")

    def get_readonly_fields(self, request, obj=None):
        return ("until_words",)

    @display(description=_("event"))
    def what(self, mute):
        return mute.get_event_display() or _("every event")

    @display(description=_("network"))
    def network_words(self, mute):
        return mute.network or _("all of them")

    @display(description=_("channel"))
    def channel_words(self, mute):
        return mute.channel or _("all of them")

    @display(description=_("until"))
    def until_words(self, mute):
        if mute.until > timezone.now():
            return looks.moment(mute.until)
        return looks.badge(_("over"), looks.PLAIN)


@admin.register(Alert)
class AlertAdmin(BigTableAdmin):
    list_display = ("made", "channel", "phase", "about", "state_words", "answer")
    list_filter = (("state", ChoicesDropdownFilter),)
    fields = readonly_fields = (
        "made",
        "channel",
        "phase",
        "about",
        "state_words",
        "tries",
        "sent_at",
        "answer",
        "text",
    )

    def has_change_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("channel", "incident__network")
        return rows.defer("channel__values", *secrets_of("incident__network"))

    @display(description=_("created"))
    def made(self, alert):
        return looks.moment(alert.created_at)

    @display(description=_("incident"))
    def about(self, alert):
        return alert.incident or "—"

    @display(description=_("state"))
    def state_words(self, alert):
        return _state_badge(alert.state)


def _form_of(request, channel: AlertChannel | None) -> type[ChannelForm]:
    stored = channel.values if channel else {}
    via = channel.via if channel else request.GET["via"]
    return declared_form(ChannelForm, kinds.DECLARED[via], partial=False, stored=stored)


def _shown(alert: Alert) -> dict:
    about = str(alert.incident) if alert.incident else ""
    return {"row": alert, "badge": _state_badge(alert.state), "phase": alert.get_phase_display(), "about": about}


def _state_badge(state: str):
    return looks.badge(AlertState(state).label, STATE_COLOURS[state])


def _long(time: timedelta) -> str:
    minutes = max(int(time.total_seconds() // 60), 1)
    if minutes < 60:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    if hours < 24:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return ngettext("%(count)s day", "%(count)s days", hours // 24) % {"count": hours // 24}
