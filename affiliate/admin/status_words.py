"""Status words: what each network's words mean and why; another meaning, also for the leads that came with it before."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from affiliate.admin import looks
from affiliate.admin.filters import ChoicesDropdownFilter, NetworkFilter
from affiliate.admin.hub import ReadOnlyAdmin, link, secrets_of
from affiliate.delivery import words as seen
from affiliate.models import Lead, Network, StatusWord, WordChange, labels
from affiliate.postbacks import words
from affiliate.postbacks.recognition import Why
from affiliate.vocabulary import Status

WHY = dict(labels.WHY)
STATUS = dict(labels.STATUS)
# Earlier changes of a word that its page shows.
SHOWN = 5
UNKNOWN = "unknown"
SECRETS = ("credentials", "postback_keys")


class MeaningFilter(DropdownFilter):
    title, parameter_name = gettext_lazy("means"), "means"

    def lookups(self, request, model_admin):
        return [(UNKNOWN, gettext_lazy("not explained")), *labels.STATUS]

    def queryset(self, request, queryset):
        value = self.value()
        return queryset.filter(status="" if value == UNKNOWN else value) if value else queryset


class MeaningForm(forms.Form):
    status = forms.ChoiceField(
        label=gettext_lazy("Means from now on"),
        choices=[("", gettext_lazy("Choose")), *labels.STATUS],
        widget=UnfoldAdminSelectWidget,
        error_messages={"required": gettext_lazy("Choose what the word means.")},
    )


@admin.register(StatusWord)
class StatusWordAdmin(ReadOnlyAdmin):
    list_display = ("word", "network_link", "meaning_badge", "why_words", "count", "last_seen", "newest_lead")
    list_filter = (NetworkFilter, MeaningFilter, ("why", ChoicesDropdownFilter))
    search_fields = ("word",)
    search_help_text = gettext_lazy("Word")
    sortable_by = ("word", "count", "last_seen")
    # Unknown ones have no status.
    ordering = ("status", "-count", "pk")
    list_before_template = "admin/affiliate/statusword/list.html"

    def get_queryset(self, request):
        # Their description is read, their secrets are not.
        return super().get_queryset(request).select_related("network").defer(*secrets_of("network"))

    def changelist_view(self, request, extra_context=None):
        seen.add_up()
        return super().changelist_view(request, self._silent(request) | (extra_context or {}))

    def _silent(self, request) -> dict:
        """Of the one network that the list is about, the words that have not come yet."""
        number = request.GET.get("network", "")
        found = Network.objects.defer(*SECRETS).filter(pk=number).first() if number.isdecimal() else None
        if found is None:
            return {}
        rows = [{"word": word, "badge": _badge(status)} for word, status in words.silent(found).items()]
        return {"silent": rows, "silent_network": found}

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        if row is None:
            return self.not_found(request)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        form = MeaningForm(request.POST or None)
        found = None
        if request.method == "POST":
            if not self.may_explain(request):
                raise PermissionDenied
            if form.is_valid():
                status = Status(form.cleaned_data["status"])
                if "save" in request.POST:
                    return self._explain(request, row, status)
                found = words.preview(row.network, row.word, status)
        context = self._words_of(row) | {"form": form, "may": self.may_explain(request), "found": found}
        if found:
            context |= {
                "moves": _moves(found),
                "sentence": _would(found),
                "status": STATUS[form.cleaned_data["status"]],
            }
        return self.page(request, "admin/affiliate/statusword/meaning.html", title=row.word, row=row, **context)

    def may_explain(self, request) -> bool:
        """A word's meaning is a network's setting, and giving it one changes leads."""
        return self.has_change_permission(request) and request.user.has_perm("affiliate.change_network")

    def _explain(self, request, row: StatusWord, status: Status):
        again = request.POST["save"] == "again"
        change = words.explain(row.network, row.word, status, again=again, person=request.user)
        # Most are small enough to be done at once; the worker goes on with the others.
        if again and words.apply_batch(change.pk):
            words.apply_batch(change.pk)
        text = _("“%(word)s” means %(status)s from now on.") % {"word": row.word, "status": STATUS[status.value]}
        return self.back_to(request, row, text, messages.SUCCESS)

    def _words_of(self, row: StatusWord) -> dict:
        status, why = words.meaning(row)
        changes = WordChange.objects.filter(network=row.network_id, word=row.word).select_related("person")[:SHOWN]
        journal = reverse("admin:affiliate_postback_changelist")
        return {
            "badge": _badge(status),
            "why": WHY[why],
            "listed": why == Why.LIST,
            "network": link(row.network),
            "lead": self.newest_lead(row),
            "changes": [{"row": one, "badge": _badge(one.status), "words": _did(one)} for one in changes],
            "unfinished": any(one.finished_at is None for one in changes),
            "journal": f"{journal}?network={row.network_id}",
            "back": self.url("changelist"),
        }

    @display(description=gettext_lazy("network"), ordering="network__name")
    def network_link(self, row):
        return link(row.network)

    @display(description=gettext_lazy("means"))
    def meaning_badge(self, row):
        return _badge(words.meaning(row)[0])

    @display(description=gettext_lazy("why"))
    def why_words(self, row):
        return WHY[words.meaning(row)[1]]

    @display(description=gettext_lazy("newest lead"))
    def newest_lead(self, row):
        return link(Lead(pk=row.lead_id, oid=""), _("open")) if row.lead_id else "—"


def _badge(status: str):
    if not status:
        return looks.badge(_("not explained"), f"{looks.BAD} hub-nowrap")
    return looks.badge(STATUS[status], f"{looks.STATUS_COLOURS[status]} hub-nowrap")


def _moves(found: words.Preview) -> list[dict]:
    return [{"count": count, "old": _badge(old), "new": _badge(new)} for (old, new), count in found.moves.most_common()]


def _would(found: words.Preview) -> str:
    text = ngettext("%(count)s lead would change.", "%(count)s leads would change.", found.changed)
    return text % {"count": f"{found.changed}+" if found.more else found.changed}


def _did(change: WordChange) -> str:
    parts = []
    if change.postbacks:
        text = ngettext(
            "%(count)s postback that waited for it is applied.",
            "%(count)s postbacks that waited for it are applied.",
            change.postbacks,
        )
        parts.append(text % {"count": change.postbacks})
    text = ngettext("%(count)s earlier lead changed.", "%(count)s earlier leads changed.", change.changed)
    parts.append(text % {"count": change.changed})
    if change.finished_at is None:
        parts.append(_("Still looking through the leads."))
    return " ".join(parts)
