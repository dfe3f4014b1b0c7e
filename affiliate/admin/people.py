"""People who sign in, and the roles that say what they may."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from affiliate.admin import looks
from affiliate.admin.hub import HubAdmin
from affiliate.admin.roles import name_of

admin.site.unregister(User)


class RoleFilter(DropdownFilter):
    title, parameter_name = _("role"), "role"

    def lookups(self, request, model_admin):
        return [(str(group.pk), name_of(group)) for group in Group.objects.order_by("name")]

    def queryset(self, request, queryset):
        chosen = self.value() or ""
        return queryset.filter(groups=int(chosen)) if chosen.isdecimal() and len(chosen) < 10 else queryset


class RolesField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, group):
        return name_of(group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, HubAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "roles", "state_words", "last_login")
    list_filter = ("is_active", RoleFilter)
    list_filter_submit = True
    search_fields = ("username", "first_name", "last_name", "email")
    search_help_text = _("Login, name or e-mail")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active")}),
        (_("What the person may do"), {"fields": ("groups", "is_superuser")}),
        (_("Who it is"), {"fields": ("first_name", "last_name", "email")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("username", "password1", "password2", "groups")}),)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    @display(description=pgettext_lazy("person", "name"))
    def full_name(self, user):
        return user.get_full_name() or "—"

    @display(description=_("roles"))
    def roles(self, user):
        names = [str(_("owner"))] if user.is_superuser else []
        return ", ".join(names + [name_of(group) for group in user.groups.all()]) or "—"

    @display(description=_("state"))
    def state_words(self, user):
        if user.is_active:
            return looks.badge(pgettext_lazy("person", "active"), looks.GOOD)
        return looks.badge(pgettext_lazy("person", "switched off"), looks.PLAIN)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name != "groups":
            return field
        return RolesField(
            Group.objects.order_by("name"),
            label=_("Roles"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("The rights of several roles add up. Without a role a person sees an empty hub."),
        )

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if owner := form.base_fields.get("is_superuser"):
            owner.label = _("Owner of the hub")
            owner.help_text = _("May do everything, and is the only one who can change other owners.")
        return form

    def get_readonly_fields(self, request, obj=None):
        return () if request.user.is_superuser else ("is_superuser",)

    def save_model(self, request, obj, form, change):
        """Whoever has a login here has it for this admin: there is no other door."""
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    # Otherwise an administrator could make himself an owner by an owner's password.

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and _within_reach(request, obj)

    def has_delete_permission(self, request, obj=None):
        himself = obj is not None and obj.pk == request.user.pk
        return super().has_delete_permission(request, obj) and _within_reach(request, obj) and not himself


def _within_reach(request, user: User | None) -> bool:
    return user is None or request.user.is_superuser or not user.is_superuser
