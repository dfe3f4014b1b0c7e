"""What every page of the hub shares."""

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from affiliate.admin import empty
from affiliate.admin.history import History
from affiliate.admin.paging import InfinitePaginator


class HubAdmin(History, ModelAdmin):
    """Facets count whole tables and bulk deletion collects them: neither is offered."""

    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_filter_submit = True
    list_fullwidth = True

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_changelist_instance(self, request):
        """The template of the rows sees nothing but this."""
        found = super().get_changelist_instance(request)
        found.nothing_yet = empty.of(self.opts.label_lower, request.user)
        return found

    # A person's name and a network's are two words in other languages.
    @display(description=pgettext_lazy("title", "name"), ordering="name")
    def called(self, row):
        return row.name

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "name" and field:
            field.label = capfirst(pgettext("title", "name"))
        return field

    def page(self, request, template: str, *, title, **context):
        """A page of this model that is neither its list nor its form."""
        request.current_app = self.admin_site.name
        shared = self.admin_site.each_context(request) | {"opts": self.opts, "title": title}
        return TemplateResponse(request, template, shared | context)

    def url(self, name: str, *args) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def back_to(self, request, row, message="", level=messages.SUCCESS):
        if message:
            self.message_user(request, message, level)
        return HttpResponseRedirect(self.url("change", row.pk))

    def changeable(self, request, number: int):
        """The row under a number, for who may change it; None where there is none any more."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self.model._default_manager.filter(pk=number).first()

    def not_found(self, request):
        self.message_user(request, _("There is nothing under this number; it may have been deleted."), messages.WARNING)
        return HttpResponseRedirect(self.url("changelist"))


class ReadOnlyAdmin(HubAdmin):
    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class BigTableAdmin(ReadOnlyAdmin):
    """Rows that come in by themselves: newest first, never counted, sorted by nothing that has no index."""

    paginator = InfinitePaginator
    show_full_result_count = False
    sortable_by = ()
    ordering = ("-id",)

    def changelist_view(self, request, extra_context=None):
        everything = {"selection_note_all": _("Everything the filter finds is selected")}
        return super().changelist_view(request, everything | (extra_context or {}))


def secrets_of(*ways: str) -> list[str]:
    """Columns to defer wherever a network is read for its name: its secrets need not be opened."""
    return [f"{way}__{column}" for way in ways for column in ("credentials", "postback_keys")]


def link(row, text=None):
    """A link to a row's page."""
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a class="hub-link" href="{}">{}</a>', url, text or row)
