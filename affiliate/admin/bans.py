"""The black list: phones and addresses whose leads are not taken; many are pasted at once."""

from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from affiliate.admin import looks
from affiliate.admin.filters import ChoicesDropdownFilter, SourceFilter
from affiliate.admin.hub import BigTableAdmin, link
from affiliate.intake import ban_lists
from affiliate.models import Ban, Source


class PasteForm(forms.Form):
    lines = forms.CharField(
        label=gettext_lazy("Phones, addresses and networks"),
        help_text=gettext_lazy(
            "One a line: +40712345678, 203.0.113.7, 198.51.100.0/24. A reason of its own follows a semicolon."
        ),
        max_length=1_000_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 10, "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The sender is told it."),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
    )
    days = forms.IntegerField(
        label=gettext_lazy("For days"),
        help_text=gettext_lazy("Empty: for ever."),
        required=False,
        min_value=1,
        max_value=3650,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    source = forms.ModelChoiceField(
        label=gettext_lazy("Source"),
        help_text=gettext_lazy("Whose leads it stops. Empty: everybody's."),
        queryset=Source.objects.all(),
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )

    def add(self) -> ban_lists.Added:
        told = self.cleaned_data
        until = timezone.now() + timedelta(days=told["days"]) if told["days"] else None
        return ban_lists.add(told["lines"], source=told["source"], reason=told["reason"], until=until)


@admin.register(Ban)
class BanAdmin(BigTableAdmin):
    list_display = ("value", "kind_words", "reason", "of_source", "ends", "created_at")
    list_filter = (("kind", ChoicesDropdownFilter), SourceFilter)
    search_fields = ("=value",)
    search_help_text = gettext_lazy("A whole phone, or an address as the list shows it.")
    fields = ("value", "source", "reason", "until")
    readonly_fields = ("value",)
    actions = ("lift",)

    def has_add_permission(self, request):
        return request.user.has_perm("affiliate.add_ban")

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("affiliate.delete_ban")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source")

    @display(description=gettext_lazy("kind"))
    def kind_words(self, ban):
        return ban.get_kind_display()

    @display(description=gettext_lazy("source"))
    def of_source(self, ban):
        return link(ban.source) if ban.source else _("all sources")

    @display(description=gettext_lazy("until"))
    def ends(self, ban):
        if ban.until is None:
            return _("for ever")
        moment = looks.moment(ban.until)
        return looks.badge(_("ended"), looks.PLAIN) if ban.until <= timezone.now() else moment

    def add_view(self, request, form_url="", extra_context=None):
        """Lines that cannot be read stay in the input; the others are on the list."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PasteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                added = form.add()
            except forms.ValidationError as error:
                form.add_error("lines", error)
            else:
                self._tell(request, added)
                if not added.wrong:
                    return HttpResponseRedirect(self.url("changelist"))
                left = "\n".join(one.line for one in added.wrong)
                form = PasteForm(initial={**form.cleaned_data, "lines": left})
        explanation = _("Leads with such a phone, or from such an address, are not taken.")
        context = {"explanation": explanation, "form": form, "back": self.url("changelist")}
        return self.page(request, "admin/hub/ask.html", title=_("Add to the black list"), **context)

    def _tell(self, request, added: ban_lists.Added) -> None:
        texts = [ngettext("%(count)s line added.", "%(count)s lines added.", added.new) % {"count": added.new}]
        if added.known:
            known = ngettext("%(count)s was there already.", "%(count)s were there already.", added.known)
            texts.append(known % {"count": added.known})
        self.message_user(request, " ".join(texts), messages.SUCCESS if added.new or added.known else messages.WARNING)
        for one in added.wrong[:20]:
            text = _("Line %(number)s, “%(line)s”: %(why)s")
            told = {"number": one.number, "line": one.line[:60], "why": one.why}
            self.message_user(request, text % told, messages.ERROR)

    @admin.action(description=gettext_lazy("Take off the list"), permissions=["delete"])
    def lift(self, request, queryset):
        count, _rows = queryset.delete()
        text = ngettext("%(count)s taken off the list.", "%(count)s taken off the list.", count)
        self.message_user(request, text % {"count": count})
