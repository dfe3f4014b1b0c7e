"""The sandbox network's own cabinet: accounts and the orders it got."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from affiliate.admin import personal
from affiliate.admin.hub import BigTableAdmin, HubAdmin
from affiliate.models import SandboxAccount, SandboxOrder


class AccountForm(forms.ModelForm):
    """The URL is one encrypted JSON text in its row, and plain text for people."""

    url = forms.URLField(
        label=_("Postback URL"),
        required=False,
        assume_scheme="https",
        help_text=SandboxAccount._meta.get_field("postback_url").help_text,
        widget=UnfoldAdminTextInputWidget(),
    )

    class Meta:
        model = SandboxAccount
        fields = ("name",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "url" in self.fields:
            self.initial["url"] = self.instance.postback_url

    def clean(self):
        if "url" in self.cleaned_data:
            self.instance.postback_url = self.cleaned_data["url"]
        return super().clean()


class SandboxAccountAdmin(HubAdmin):
    form = AccountForm
    list_display = ("called",)
    fields = ("name", "url")

    def has_add_permission(self, request):
        """An account's token is made together with the account, by the command that sets the sandbox up."""
        return False


class SandboxOrderAdmin(BigTableAdmin):
    list_display = (
        "created_at",
        "number",
        "account",
        "masked_name",
        "masked_phone",
        "decision",
        "report_at",
        "reported_at",
    )
    list_display_links = ("number",)
    list_select_related = ("account",)
    list_filter = ("account",)
    fields = (
        "number",
        "account_name",
        "sub1",
        "masked_name",
        "masked_phone",
        "offer",
        "decision",
        "report_at",
        "reported_at",
    )
    readonly_fields = fields

    def has_change_permission(self, request, obj=None):
        return False

    @display(description=_("account"))
    def account_name(self, order):
        return order.account.name

    @display(description=pgettext_lazy("person", "name"))
    def masked_name(self, order):
        return personal.masked_name(order.name)

    @display(description=_("phone"))
    def masked_phone(self, order):
        return personal.masked_phone(order.phone)


if settings.SANDBOX:
    admin.site.register(SandboxAccount, SandboxAccountAdmin)
    admin.site.register(SandboxOrder, SandboxOrderAdmin)
