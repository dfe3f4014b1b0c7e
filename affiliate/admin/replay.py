"""Postbacks applied again: what was picked, or everything the filter finds, after a look at what would change."""

from collections import Counter

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from affiliate.admin import counting, looks
from affiliate.admin.bulk import ConfirmForm
from affiliate.models import Postback
from affiliate.models.postback import Verdict
from affiliate.postbacks import details, drain

# Rows that a preview reads, and rows that are counted one by one.
PREVIEWED, COUNTED = 500, 100_000


class ReplayForm(ConfirmForm):
    """Either the ids that were picked, or the newest row of those that the filter found."""

    ids = forms.CharField(widget=forms.HiddenInput, required=False)
    newest = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def clean_ids(self):
        return super().clean_ids() if self.cleaned_data["ids"] else []


class Replay:
    """Adds to the postbacks' admin the action “Apply again”."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.replay_view)
        return [path("replay/", view, name="affiliate_postback_replay"), *super().get_urls()]

    def get_actions(self, request):
        actions = super().get_actions(request)
        if self.may_replay(request):
            actions["replay"] = (_ask, "replay", gettext_lazy("Apply again"))
        return actions

    def may_replay(self, request) -> bool:
        return request.user.has_perm("affiliate.change_postback")

    def ask(self, request, rows):
        ids = list(rows.order_by("-pk").values_list("pk", flat=True)[: COUNTED + 1])
        whole = request.POST.get("select_across") == "1"
        initial = {"newest": ids[0]} if whole else {"ids": ",".join(map(str, ids))}
        counted = ngettext("%(count)s row is chosen.", "%(count)s rows are chosen.", len(ids))
        previewed = drain.preview(rows, limit=PREVIEWED)
        query = request.GET.urlencode()
        return self.page(
            request,
            "admin/affiliate/postback/replay.html",
            title=_("Apply again"),
            form=ReplayForm(initial=initial),
            counted=counted % {"count": counting.words(len(ids), COUNTED)},
            previewed=len(previewed) if len(previewed) < len(ids) else 0,
            lines=_summed(previewed),
            action=f"{self.url('replay')}?{query}",
            back=f"{self.url('changelist')}?{query}",
        )

    def replay_view(self, request):
        if not self.may_replay(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = ReplayForm(request.POST)
        if form.is_valid():
            count = drain.replay(self._chosen(request, **form.cleaned_data))
            text = ngettext("%(count)s postback is applied again.", "%(count)s postbacks are applied again.", count)
            self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)
        else:
            self.message_user(request, _("Choose the rows again."), messages.ERROR)
        return HttpResponseRedirect(f"{self.url('changelist')}?{request.GET.urlencode()}")

    def _chosen(self, request, *, ids: list[int], newest: int | None):
        """What came in after the question was asked is left out."""
        if newest is None:
            return Postback.objects.filter(pk__in=ids)
        found = self.get_changelist_instance(request).get_queryset(request)
        return Postback.objects.filter(pk__in=found.filter(pk__lte=newest).order_by().values("pk"))


def _ask(model_admin, request, rows):
    return model_admin.ask(request, rows)


def _summed(calls: list[drain.Call]) -> list[dict]:
    """How many calls end how; of those that change something, what."""
    counted = Counter(
        (call.verdict, details.words(call.detail[:1]) if call.verdict is Verdict.APPLIED else "") for call in calls
    )
    return [
        {"count": count, "badge": looks.badge(verdict.label, looks.VERDICT_COLOURS[verdict.value]), "words": words}
        for (verdict, words), count in counted.most_common()
    ]
