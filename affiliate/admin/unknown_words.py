"""The page of status words that nobody has explained: each gets a meaning, and its postbacks are applied."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from affiliate.models import Network, labels
from affiliate.postbacks import words
from affiliate.vocabulary import Status

SHOWN = 200


class MeaningForm(forms.Form):
    network = forms.ModelChoiceField(Network.objects.only("name"), widget=forms.HiddenInput)
    word = forms.CharField(max_length=100, widget=forms.HiddenInput, strip=False)
    status = forms.ChoiceField(
        choices=[("", gettext_lazy("Choose")), *labels.STATUS],
        widget=UnfoldAdminSelectWidget(attrs={"aria-label": gettext_lazy("Status")}),
    )


class UnknownWords:
    """Adds the page to the postbacks' admin, with a button above the list."""

    actions_list = ("words",)

    @action(description=gettext_lazy("Unknown status words"), url_path="words", permissions=["view"])
    def words(self, request):
        may = request.user.has_perm("affiliate.change_network") and self.may_replay(request)
        if request.method == "POST":
            if not may:
                raise PermissionDenied
            self._explain(request, MeaningForm(request.POST))
            return HttpResponseRedirect(self.url("words"))
        title, back = _("Unknown status words"), self.url("changelist")
        template = "admin/affiliate/postback/words.html"
        return self.page(request, template, title=title, rows=self._rows(may), back=back)

    def _explain(self, request, form: MeaningForm) -> None:
        if not form.is_valid():
            self.message_user(request, _("Choose what the word means."), messages.ERROR)
            return
        told = form.cleaned_data
        count = words.explain(told["network"], told["word"], Status(told["status"]))
        text = ngettext(
            "“%(word)s” is known now; %(count)s postback is applied again.",
            "“%(word)s” is known now; %(count)s postbacks are applied again.",
            count,
        )
        self.message_user(request, text % {"word": told["word"], "count": count})

    def _rows(self, may: bool) -> list[dict]:
        found = list(words.unknown())[:SHOWN]
        names = dict(Network.objects.values_list("pk", "name"))
        return [
            {
                "network": names[one.network_id],
                "known": one,
                "example": self.url("change", one.example),
                "form": MeaningForm(initial={"network": one.network_id, "word": one.word}, auto_id=False)
                if may
                else None,
            }
            for one in found
        ]
