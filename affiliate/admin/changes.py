"""Every change of settings on one page: by whom, of what, when."""

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from affiliate.admin import looks
from affiliate.admin.change_words import kind_of_settings, title_of
from affiliate.admin.filters import DaysFilter, RowFilter
from affiliate.admin.history import COLOURS, shown
from affiliate.admin.hub import BigTableAdmin
from affiliate.delivery import acting, record
from affiliate.models import SettingChange
from affiliate.models.change import Kind


class PersonFilter(RowFilter):
    title, parameter_name = _("person"), "person"
    rows = User.objects.values_list("pk", "username").order_by("username")


class SettingsFilter(DropdownFilter):
    title, parameter_name = _("kind of settings"), "model"

    def lookups(self, request, model_admin):
        return sorted(((label, kind_of_settings(label)) for label in record.RECORDED), key=lambda pair: pair[1])

    def queryset(self, request, queryset):
        return queryset.filter(model=self.value()) if self.value() else queryset


@admin.register(SettingChange)
class SettingChangeAdmin(BigTableAdmin):
    list_display = ("time", "who", "what", "kind_words", "values")
    list_display_links = None
    list_filter = (PersonFilter, SettingsFilter, ("at", DaysFilter))
    search_fields = ("title",)
    search_help_text = _("Name of what was changed")
    fields = readonly_fields = ("time", "who", "what", "kind_words", "values")

    def has_change_permission(self, request, obj=None):
        return False

    @display(description=_("time"))
    def time(self, change):
        return looks.moment(change.at)

    @display(description=_("person"))
    def who(self, change):
        return change.person_name or _("the hub itself")

    @display(description=_("what was changed"))
    def what(self, change):
        words = format_html('<span class="hub-faint">{}</span>', kind_of_settings(change.model))
        url = _history_of(change)
        title = title_of(change)
        title = format_html('<a class="hub-link" href="{}">{}</a>', url, title) if url else title
        return format_html("{}<br>{}", title, words)

    @display(description=_("what happened"))
    def kind_words(self, change):
        return looks.badge(change.get_kind_display(), COLOURS[change.kind])

    @display(description=_("values"))
    def values(self, change):
        return render_to_string("admin/hub/change_lines.html", shown(change))


def _history_of(change: SettingChange) -> str:
    """Where the row's own history is; "" once it is gone, and for who may not read it."""
    label, _colon, pk = change.page.partition(":")
    if change.kind == Kind.DELETED and label == change.model:
        return ""
    try:
        meta = apps.get_model(label)._meta
        reader = acting.person()
        if reader and not reader.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
            return ""
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[pk])
    except (LookupError, NoReverseMatch):
        return ""
