"""What people do to leads: the bulk actions of the list and the actions of a lead's page."""

from collections import Counter
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from affiliate.admin.bulk import ConfirmForm, InParts
from affiliate.delivery import actions, statuses
from affiliate.models import Lead, labels
from affiliate.vocabulary import ChangeSource, Delivery, Status

DONE = "done"
# Leads that are counted by one statement.
COUNTED = 10_000


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


def resend(request, leads, cleaned) -> Counter:
    return _counted(actions.resend(leads.only("pk"), person=request.user))


def poll(request, leads, cleaned) -> Counter:
    return _counted(actions.poll_now(leads.only("pk")))


def cancel(request, leads, cleaned) -> Counter:
    return _counted(actions.cancel(leads.only("pk"), reason=cleaned["comment"], person=request.user))


def set_status(request, leads, cleaned) -> Counter:
    status, comment = Status(cleaned["status"]), cleaned["comment"]
    reports = [statuses.Report(pk, status, comment=comment) for pk in leads.values_list("pk", flat=True)]
    results = statuses.apply(reports, source=ChangeSource.PERSON, person=request.user)
    return Counter(DONE if result.changed else "ignored" if result.ignored else "same" for result in results)


def _counted(acted: actions.Acted) -> Counter:
    return Counter({DONE: acted.done}) + acted.left


def tell_resent(counts: Counter):
    yield _done(counts, ngettext("%(count)s lead is queued.", "%(count)s leads are queued.", counts[DONE]))
    yield from _left(counts)


def tell_polled(counts: Counter):
    text = ngettext(
        "%(count)s lead's status is asked for.", "The statuses of %(count)s leads are asked for.", counts[DONE]
    )
    yield _done(counts, text)
    yield from _left(counts, {Delivery.DELIVERED.value: _("at networks without a status poll")})


def tell_cancelled(counts: Counter):
    yield _done(counts, ngettext("%(count)s lead is cancelled.", "%(count)s leads are cancelled.", counts[DONE]))
    yield from _left(counts)


def tell_statuses(counts: Counter):
    yield _done(
        counts, ngettext("%(count)s lead has a new status.", "%(count)s leads have a new status.", counts[DONE])
    )
    if same := counts["same"]:
        yield messages.WARNING, _("Had this status already: %(count)s.") % {"count": same}
    if ignored := counts["ignored"]:
        text = _("Left as they are, because a decision is not taken back: %(count)s.")
        yield messages.WARNING, text % {"count": ignored}


def _done(counts: Counter, text: str):
    return (messages.SUCCESS if counts[DONE] else messages.WARNING, text % {"count": counts[DONE]})


def _left(counts: Counter, words=()):
    if states := _states(counts, words):
        yield messages.WARNING, _("Left as they are: %(states)s.") % {"states": states}


def _states(counts: Counter, words=()) -> str:
    """Deliveries with their counts, in words; `words` has other ones for some."""
    words = {**dict(labels.DELIVERY), **dict(words)}
    return ", ".join(f"{words[state]} – {counts[state]}" for state in words if counts[state])


@dataclass(frozen=True, kw_only=True)
class LeadBulk(InParts):
    """`acts_on`: leads with other deliveries are left alone."""

    acts_on: tuple[Delivery, ...] = tuple(Delivery)

    def preview(self, rows, ids) -> str:
        counts, wanted = Counter(), {one.value for one in self.acts_on}
        for start in range(0, len(ids), COUNTED):
            leads = rows.filter(pk__among=ids[start : start + COUNTED]).order_by()
            counts.update(dict(leads.values_list("delivery").annotate(Count("pk"))))
        will = Counter({state: count for state, count in counts.items() if state in wanted})
        told = _("Acted on are: %(states)s.") if will else _("None of them can be acted on.")
        return " ".join([told % {"states": _states(will)}, *(text for _level, text in _left(counts - will))])


def _one(name):
    """A bulk action for the lead of a page."""
    return lambda request, lead, cleaned: BULK[name].act(request, Lead.objects, [lead.pk], cleaned)[0]


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
    "resend": LeadBulk(
        gettext_lazy("Send again"),
        gettext_lazy(
            "Leads that are queued, refused, unclear or failed are sent at once. An unclear lead may be at the network "
            "already: then it may get a second one."
        ),
        resend,
        tell=tell_resent,
        acts_on=actions.RESENDABLE,
    ),
    "poll": LeadBulk(
        gettext_lazy("Ask for statuses now"),
        gettext_lazy("The networks are asked for the statuses of the delivered leads, without waiting for their turn."),
        poll,
        tell=tell_polled,
        acts_on=(Delivery.DELIVERED,),
    ),
    "status": LeadBulk(
        gettext_lazy("Set the status"),
        gettext_lazy("The status is set by hand. What the network tells later may change it again."),
        set_status,
        StatusForm,
        tell=tell_statuses,
    ),
    "cancel": LeadBulk(
        gettext_lazy("Cancel leads"),
        gettext_lazy(
            "Leads that are queued, unclear or failed are not sent any more and get the status “cancel”. An unclear one may "
            "be at its network already."
        ),
        cancel,
        ReasonForm,
        tell=tell_cancelled,
        acts_on=actions.CANCELLABLE,
    ),
}
# Actions of a lead's page: the form of each and what it does.
ONE = {
    "arrived": (ArrivedForm, arrived),
    "give-up": (forms.Form, give_up),
    "resend": (forms.Form, _one("resend")),
    "poll": (forms.Form, _one("poll")),
    "status": (StatusFields, _one("status")),
    "cancel": (ReasonFields, _one("cancel")),
}
