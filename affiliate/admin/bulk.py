"""Actions on many rows: pick, see the count, confirm, read what happened; what takes long goes on part by part."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# What a page can carry.
MOST = 50_000
# Rows of one part, and how long a call acts on parts before it tells how far it came, in seconds.
PART, LONGEST = 500, 10


class ConfirmForm(forms.Form):
    """Carries the ids that were counted, so that exactly those are acted on. Subclasses add what must be told."""

    ids = forms.CharField(widget=forms.HiddenInput)

    def clean_ids(self):
        numbers = self.cleaned_data["ids"].split(",")
        if not all(number.isdecimal() and len(number) < 19 for number in numbers) or len(numbers) > MOST:
            raise forms.ValidationError(_("Choose the rows again."))
        return [int(number) for number in numbers]


@dataclass(frozen=True)
class Bulk:
    """`run(request, rows, cleaned)` returns pairs (message level, sentence) that report what happened."""

    title: str
    explanation: str
    run: Callable
    form: type[ConfirmForm] = ConfirmForm

    def preview(self, rows, ids: list[int]) -> str:
        """What is to be known before of the rows with these ids. `rows` are all there are."""
        return ""

    def act(self, request, rows, ids: list[int], cleaned: dict) -> tuple[Iterable[tuple[int, str]], list[int]]:
        """What happened, and the ids that are left."""
        return self.run(request, rows.filter(pk__in=ids), cleaned), []


@dataclass(frozen=True, kw_only=True)
class InParts(Bulk):
    """`run` acts on the rows of one part, in a transaction of its own, and counts what became of them; `tell` puts such
    counts in words, as pairs like those of `Bulk`."""

    tell: Callable[[Counter], Iterable[tuple[int, str]]]

    def act(self, request, rows, ids, cleaned):
        done, left, until = Counter(), sorted(ids), time.monotonic() + LONGEST
        while left:
            part, left = left[:PART], left[PART:]
            done.update(self.run(request, rows.filter(pk__in=part), cleaned))
            if time.monotonic() > until:
                break
        return self.tell(done), left


class BulkMixin:
    bulk: dict[str, Bulk] = {}
    bulk_template = "admin/hub/confirm.html"

    def may_act(self, request) -> bool:
        return self.has_change_permission(request)

    def get_urls(self):
        view = self.admin_site.admin_view(self.bulk_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_bulk"
        return [path("bulk/<slug:name>/", view, name=name), *super().get_urls()]

    def get_actions(self, request):
        actions = super().get_actions(request)
        if self.may_act(request):
            for name, bulk in self.bulk.items():
                actions[name] = (_asker(name), name, bulk.title)
        return actions

    def ask(self, request, rows, name):
        ids = list(rows.order_by("-pk").values_list("pk", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            text = _("More than %(most)s rows are chosen: narrow the filter and go on in parts.")
            self.message_user(request, text % {"most": MOST}, messages.ERROR)
            return None
        form = self.bulk[name].form(initial={"ids": ",".join(map(str, ids))})
        preview = self.bulk[name].preview(self.model._default_manager, ids)
        return self._confirm(request, name, form, len(ids), preview=preview)

    def bulk_view(self, request, name):
        if name not in self.bulk:
            raise Http404
        if not self.may_act(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = self.bulk[name].form(request.POST)
        if not form.is_valid():
            return self._confirm(request, name, form, len(request.POST.get("ids", "").split(",")))
        cleaned = form.cleaned_data
        reports, left = self.bulk[name].act(request, self.model._default_manager, cleaned.pop("ids"), cleaned)
        for level, text in reports:
            self.message_user(request, text, level)
        if left:
            rest = {"ids": ",".join(map(str, left))}
            return self._confirm(request, name, self.bulk[name].form(initial=cleaned | rest), len(left), goes_on=True)
        return HttpResponseRedirect(f"{self.url('changelist')}?{request.GET.urlencode()}")

    def _confirm(self, request, name, form, count, *, preview="", goes_on=False):
        bulk = self.bulk[name]
        if goes_on:
            counted = ngettext(
                "%(count)s row is left: go on with it?", "%(count)s rows are left: go on with them?", count
            )
        else:
            counted = ngettext("%(count)s row is chosen.", "%(count)s rows are chosen.", count)
        back = request.GET.urlencode()
        context = {
            "bulk": bulk,
            "form": form,
            "counted": counted % {"count": count},
            "preview": preview,
            "goes_on": goes_on,
            "action": f"{self.url('bulk', name)}?{back}",
            "back": f"{self.url('changelist')}?{back}",
        }
        return self.page(request, self.bulk_template, title=bulk.title, **context)


def _asker(name: str):
    def ask(model_admin, request, rows):
        return model_admin.ask(request, rows, name)

    return ask
