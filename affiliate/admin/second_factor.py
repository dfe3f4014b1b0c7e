"""The second step of signing in, and the page where a person sets it up."""

import qrcode
import qrcode.image.svg
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy
from django_otp import login as otp_login
from unfold.widgets import UnfoldAdminTextInputWidget

from affiliate.delivery import record
from affiliate.models import SecondFactor, roles

WRONG = _("This code is wrong, or has been used already. Type the one that the application shows now.")
WAIT = _("Too many wrong codes: wait a little, then type a new one.")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=pgettext_lazy("second factor", "Code"),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def __init__(self, *args, user, **kwargs):
        self.user, self.factor = user, None
        super().__init__(*args, **kwargs)

    def clean_code(self):
        # A wrong code is counted: no transaction may take that back.
        with transaction.atomic():
            factor = SecondFactor.objects.select_for_update().filter(user=self.user).first()
            allowed = factor is not None and factor.verify_is_allowed()[0]
            passed = allowed and factor.verify_token(self.cleaned_data["code"])
        if not passed:
            raise forms.ValidationError(WRONG if allowed else WAIT)
        self.factor = factor
        return self.cleaned_data["code"]


def is_required(user) -> bool:
    """By REQUIRE_SECOND_FACTOR: of all, or of those who have one of the roles it names; owners count as administrators."""
    wanted = set(settings.REQUIRE_SECOND_FACTOR)
    if not wanted or "all" in wanted:
        return bool(wanted)
    return (user.is_superuser and roles.ADMIN in wanted) or user.groups.filter(name__in=wanted).exists()


def missing_step(user) -> str:
    """The name of the page somebody must pass before any other; "" once nothing is missing."""
    if not user.is_authenticated or user.is_verified():
        return ""
    if SecondFactor.objects.filter(user=user, confirmed=True).exists():
        return "second_factor"
    return "second_factor_setup" if is_required(user) else ""


def ask(request):
    """After the password, before anything else."""
    after = _next(request)
    if request.user.is_verified() or not SecondFactor.objects.filter(user=request.user, confirmed=True).exists():
        return HttpResponseRedirect(after)
    form = CodeForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        request.session.cycle_key()
        otp_login(request, form.factor)
        return HttpResponseRedirect(after)
    context = admin.site.each_context(request) | {"title": _("Second factor"), "form": form, "next": after}
    return TemplateResponse(request, "admin/hub/second_factor.html", context)


def account(request):
    factor = SecondFactor.objects.filter(user=request.user, confirmed=True).first()
    context = {
        "factor": factor,
        "left": len(factor.codes) if factor else 0,
        "required": is_required(request.user),
        "roles": ", ".join(roles.name_of(group.name) for group in request.user.groups.all()),
        "form": CodeForm(user=request.user),
    }
    return _page(request, "admin/hub/account.html", _("My account"), **context)


def set_up(request):
    factor, _made = SecondFactor.objects.get_or_create(user=request.user, defaults={"confirmed": False})
    if factor.confirmed:
        return HttpResponseRedirect(reverse("account"))
    form = CodeForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        form.factor.confirmed = True
        otp_login(request, form.factor)
        record.note(request.user, gettext_noop("Second factor set up."))
        return _show_codes(request, form.factor)
    title = admin.site.each_context(request)["site_title"]
    context = {"form": form, "secret": factor.secret, "qr": _qr(factor.address(str(title)))}
    return _page(request, "admin/hub/second_factor_setup.html", _("Set up the second factor"), **context)


def new_codes(request):
    return _with_code(request, lambda form: _show_codes(request, form.factor))


def turn_off(request):
    def off(form):
        form.factor.delete()
        record.note(request.user, gettext_noop("Second factor turned off."))
        messages.success(request, _("The second factor is off: the password alone lets you in."))
        return HttpResponseRedirect(reverse("account"))

    return _with_code(request, off)


def _with_code(request, then):
    form = CodeForm(request.POST, user=request.user) if request.method == "POST" else None
    if form is not None and form.is_valid():
        return then(form)
    if form is not None:
        messages.error(request, " ".join(text for texts in form.errors.values() for text in texts))
    return HttpResponseRedirect(reverse("account"))


def _show_codes(request, factor: SecondFactor):
    codes = factor.new_codes()
    factor.save()
    return _page(request, "admin/hub/backup_codes.html", _("Backup codes"), codes=codes)


def _page(request, template: str, title, **context):
    return TemplateResponse(request, template, admin.site.each_context(request) | {"title": title} | context)


def _next(request) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("admin:index")


def _qr(text: str) -> str:
    image = qrcode.make(text, image_factory=qrcode.image.svg.SvgPathImage, border=2)
    return mark_safe(image.to_string(encoding="unicode"))
