"""People who sign in, and the roles that say what they may."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from affiliate.admin import looks
from affiliate.admin.hub import HubAdmin
from affiliate.admin.roles import name_of
from affiliate.delivery import record

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
    change_form_template = "admin/hub/person.html"
    list_display = ("username", "full_name", "roles", "state_words", "factor_words", "last_login")
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

    def get_urls(self):
        off = self.admin_site.admin_view(self.factor_off_view)
        return [path("<int:number>/second-factor/", off, name="auth_user_factor_off"), *super().get_urls()]

    def get_queryset(self, request):
        users = super().get_queryset(request).select_related("second_factor").prefetch_related("groups")
        return users.defer("second_factor__secret", "second_factor__codes")

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

    @display(description=_("second factor"))
    def factor_words(self, user):
        if has_factor(user):
            return looks.badge(pgettext_lazy("second factor", "on"), looks.GOOD)
        return looks.badge(pgettext_lazy("second factor", "off"), looks.PLAIN)

    def factor_off_view(self, request, number):
        """For somebody who has lost the phone and the backup codes."""
        user = User.objects.filter(pk=number).first()
        if user is None or not has_factor(user):
            return self.not_found(request)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method == "POST":
            user.second_factor.delete()
            record.note(user, gettext_noop("Second factor turned off."))
            return self.back_to(request, user, _("The second factor is off."))
        return self.page(
            request,
            "admin/hub/ask.html",
            title=_("Turn off the second factor"),
            object=user,
            explanation=_("The password alone lets the person in until a new second factor is set up."),
            back=self.url("change", user.pk),
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["factor_off"] = self.url("factor_off", obj.pk) if obj and has_factor(obj) else ""
        return super().render_change_form(request, context, add, change, form_url, obj)

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


def has_factor(user: User) -> bool:
    return hasattr(user, "second_factor") and user.second_factor.confirmed


def _within_reach(request, user: User | None) -> bool:
    return user is None or request.user.is_superuser or not user.is_superuser
