"""What every request passes through."""

from functools import cache

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from affiliate.admin.second_factor import missing_step
from affiliate.delivery.acting import acting
from affiliate.models.encryption import CannotDecrypt


class ActingPerson:
    """Changes of settings are put down to who is signed in; nobody is looked up before something changes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with acting(request.user):
            return self.get_response(request)


class LostKeys:
    """A page that needs a secret which no key opens leads to the overview and says so."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        if not isinstance(error, CannotDecrypt) or not in_admin(request):
            return None
        text = _("A stored secret cannot be opened: add the key it was written with to ENCRYPTION_KEYS.")
        messages.error(request, text)
        return HttpResponseRedirect(reverse("admin:index"))


class SecondFactorGate:
    """No page of the admin opens before the second factor, where a person has one or must have one."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        step = self._step(request)
        if not step:
            return self.get_response(request)
        wanted = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return HttpResponseRedirect(f"{reverse(step)}?{wanted}")

    def _step(self, request) -> str:
        if not in_admin(request):
            return ""
        if request.path in {reverse(f"admin:{name}") for name in ("login", "logout", "jsi18n")}:
            return ""
        step = missing_step(request.user)
        return "" if step and request.path == reverse(step) else step


def in_admin(request) -> bool:
    return request.path.startswith(_index())


@cache
def _index() -> str:
    return reverse("admin:index")
