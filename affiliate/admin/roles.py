"""Roles: those of the hub are fixed and explained; a team may add groups of its own."""

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import Count
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from affiliate.admin.hub import HubAdmin
from affiliate.models import roles

admin.site.unregister(Group)

VERBS = {
    "view": pgettext_lazy("right", "see"),
    "add": pgettext_lazy("right", "add"),
    "change": pgettext_lazy("right", "change"),
    "delete": pgettext_lazy("right", "delete"),
}


def name_of(group: Group) -> str:
    """In the reader's language for the hub's own roles, as typed for others."""
    return capfirst(roles.name_of(group.name))


def name_of_right(permission: Permission) -> str:
    """`Leads: change` in the reader's language; Django keeps these names in English."""
    verb, _under, model = permission.codename.partition("_")
    try:
        meta = apps.get_model(permission.content_type.app_label, model)._meta
    except LookupError:
        return _name_of_other(permission)
    return f"{capfirst(str(meta.verbose_name_plural))}: {VERBS[verb]}" if verb in VERBS else _name_of_other(permission)


def _name_of_other(permission: Permission) -> str:
    """One that a model declares for itself."""
    model = permission.content_type.model_class()
    return str(dict(model._meta.permissions)[permission.codename])


class RightsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, permission):
        return name_of_right(permission)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, HubAdmin):
    list_display = ("role", "words", "people")
    search_fields = ()
    ordering = ("name",)
    filter_horizontal = ("permissions",)
    change_form_template = "admin/hub/role.html"

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(people_here=Count("user", distinct=True))

    def title_of(self, row):
        return name_of(row)

    @display(description=_("role"), ordering="name")
    def role(self, group):
        return name_of(group)

    @display(description=_("what it may do"))
    def words(self, group):
        return roles.WORDS.get(group.name, _("Set up by your team."))

    @display(description=_("people"), ordering="people_here")
    def people(self, group):
        return group.people_here

    def has_change_permission(self, request, obj=None):
        """The hub's own roles are the same after each update; a copy under another name can be changed."""
        return super().has_change_permission(request, obj) and (obj is None or obj.name not in roles.ROLES)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or obj.name not in roles.ROLES)

    def get_fields(self, request, obj=None):
        return ("name", "permissions") if obj is None or obj.name not in roles.ROLES else ("role", "words", "people")

    def get_readonly_fields(self, request, obj=None):
        return () if obj is None or obj.name not in roles.ROLES else ("role", "words", "people")

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        if db_field.name == "permissions":
            kwargs |= {"form_class": RightsField, "queryset": _grantable()}
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.label, field.help_text = _("Rights"), ""
        return field

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context |= {"rights": _table(obj), "title": name_of(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)


def _grantable():
    shown = {model._meta.label_lower for model in admin.site._registry}
    models = {label.partition(".")[2] for label, verbs in roles.MODELS.items() if any(verbs) or label in shown}
    found = Permission.objects.filter(content_type__model__in=models).select_related("content_type")
    return found.order_by("content_type__model", "codename")


def _table(group: Group) -> dict:
    """For each kind of rows the verbs it grants, and the rights that no verb says."""
    granted = {
        f"{one.content_type.app_label}.{one.codename}": one
        for one in group.permissions.select_related("content_type").order_by("content_type__model")
    }
    rows = []
    for label in roles.MODELS:
        app, model = label.split(".")
        verbs = [granted.pop(f"{app}.{verb}_{model}", None) is not None for verb in VERBS]
        if any(verbs):
            rows.append({"title": capfirst(str(apps.get_model(label)._meta.verbose_name_plural)), "verbs": verbs})
    rows.sort(key=lambda row: row["title"])
    return {"verbs": list(VERBS.values()), "rows": rows, "others": [name_of_right(one) for one in granted.values()]}
