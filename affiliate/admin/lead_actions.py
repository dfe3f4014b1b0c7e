"""What people do to leads: the bulk actions of the list and the actions of a lead's page."""

from django import forms
from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from affiliate.admin.bulk import Bulk, ConfirmForm
from affiliate.delivery import actions, statuses
from affiliate.models import Lead, labels
from affiliate.vocabulary import ChangeSource, Status

# Leads of one transaction.
BATCH = 500


class StatusFields(forms.Form):
    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        choices=[("", gettext_lazy("Choose")), *labels.STATUS],
        widget=UnfoldAdminSelectWidget(),
    )
    comment = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("It stays in the history of each lead, with your name."),
    )


class ReasonFields(forms.Form):
    comment = StatusFields.base_fields["comment"]


class ReasonForm(ReasonFields, ConfirmForm):
    field_order = ["comment", "ids"]


class StatusForm(StatusFields, ConfirmForm):
    field_order = ["status", "comment", "ids"]


class ArrivedForm(forms.Form):
    eid = forms.CharField(
        label=gettext_lazy("The network's id of the lead"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def resend(request, leads, cleaned=None):
    chosen, count = _each(leads, lambda part: actions.resend(part, person=request.user))
    yield _done(count, ngettext("%(count)s lead is queued.", "%(count)s leads are queued.", count))
    yield from _rest(
        chosen - count,
        gettext_lazy("Left as they are, because they are delivered or being sent: %(count)s."),
    )


def poll(request, leads, cleaned=None):
    chosen, count = _each(leads, actions.poll_now)
    text = ngettext("%(count)s lead's status is asked for.", "The statuses of %(count)s leads are asked for.", count)
    yield _done(count, text)
    yield from _rest(
        chosen - count,
        gettext_lazy("Left out, because they are not delivered or their network has no status poll: %(count)s."),
    )


def cancel(request, leads, cleaned):
    run = lambda part: actions.cancel(part, reason=cleaned["comment"], person=request.user)  # noqa: E731
    chosen, count = _each(leads, run)
    yield _done(count, ngettext("%(count)s lead is cancelled.", "%(count)s leads are cancelled.", count))
    yield from _rest(
        chosen - count,
        gettext_lazy("Left as they are, because a network has them, refused them or is getting them: %(count)s."),
    )


def set_status(request, leads, cleaned):
    status, results = Status(cleaned["status"]), []

    def apply(part):
        reports = [statuses.Report(lead.pk, status, comment=cleaned["comment"]) for lead in part]
        results.extend(statuses.apply(reports, source=ChangeSource.PERSON, person=request.user))
        return 0

    _each(leads, apply)
    changed = sum(result.changed for result in results)
    ignored = sum(bool(result.ignored) for result in results)
    yield _done(changed, ngettext("%(count)s lead has a new status.", "%(count)s leads have a new status.", changed))
    yield from _rest(len(results) - changed - ignored, gettext_lazy("Had this status already: %(count)s."))
    yield from _rest(ignored, gettext_lazy("Left as they are, because a decision is not taken back: %(count)s."))


def _each(leads, run) -> tuple[int, int]:
    """Run a service on the leads, a batch in each transaction; how many leads there were, and the sum of what it tells."""
    rows = list(leads.order_by("pk").only("pk"))
    return len(rows), sum(run(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH))


def _done(count: int, text: str):
    return (messages.SUCCESS if count else messages.WARNING, text % {"count": count})


def _rest(count: int, text):
    if count:
        yield messages.WARNING, str(text) % {"count": count}


def _one(run):
    """A bulk action for the lead of a page."""
    return lambda request, lead, cleaned: run(request, Lead.objects.filter(pk=lead.pk), cleaned)


def arrived(request, lead, cleaned):
    try:
        actions.arrived(lead, eid=cleaned["eid"], person=request.user)
    except actions.NotPossible as state:
        return [_not_unclear(state)]
    return [(messages.SUCCESS, _("The lead is delivered; its statuses will be matched by the id you typed."))]


def give_up(request, lead, cleaned):
    try:
        actions.give_up(lead, person=request.user)
    except actions.NotPossible as state:
        return [_not_unclear(state)]
    return [(messages.SUCCESS, _("The lead is marked failed; it will not be sent by itself any more."))]


def _not_unclear(state):
    return messages.WARNING, _("Nothing was done: meanwhile the lead's delivery is “%(state)s”.") % {"state": state}


BULK = {
    "resend": Bulk(
        gettext_lazy("Send again"),
        gettext_lazy(
            "Leads that are queued, refused, unclear or failed are sent at once. An unclear lead may be at the network "
            "already: then it may get a second one."
        ),
        resend,
    ),
    "poll": Bulk(
        gettext_lazy("Ask for statuses now"),
        gettext_lazy("The networks are asked for the statuses of the delivered leads, without waiting for their turn."),
        poll,
    ),
    "status": Bulk(
        gettext_lazy("Set the status"),
        gettext_lazy("The status is set by hand. What the network tells later may change it again."),
        set_status,
        StatusForm,
    ),
    "cancel": Bulk(
        gettext_lazy("Cancel leads"),
        gettext_lazy(
            "Leads that are queued, unclear or failed are not sent any more and get the status “cancel”. An unclear one may "
            "be at its network already."
        ),
        cancel,
        ReasonForm,
    ),
}
# Actions of a lead's page: the form of each and what it does.
ONE = {
    "arrived": (ArrivedForm, arrived),
    "give-up": (forms.Form, give_up),
    "resend": (forms.Form, _one(resend)),
    "poll": (forms.Form, _one(poll)),
    "status": (StatusFields, _one(set_status)),
    "cancel": (ReasonFields, _one(cancel)),
}
