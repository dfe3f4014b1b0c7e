"""Wrong passwords: after a few of them a login is locked for a while, and an administrator may end that sooner."""

import math

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext
from unfold.decorators import action, display

from affiliate.admin import looks
from affiliate.admin.hub import HubAdmin
from affiliate.delivery import addresses, record
from affiliate.models import FailedSignIn

TOO_MANY_REQUESTS = 429


def address_of(request) -> str | None:
    """For django-axes: whose X-Forwarded-For is believed is said by TRUSTED_PROXIES."""
    return addresses.of(request.META)


def locked_page(request, credentials):
    """For django-axes: what a locked person sees."""
    failed = AccessAttempt.objects.filter(username=credentials.get("username"), ip_address=address_of(request))
    newest = failed.order_by("-attempt_time").first()
    ends = _ends(newest) if newest else timezone.now() + settings.AXES_COOLOFF_TIME
    minutes = max(math.ceil((ends - timezone.now()).total_seconds() / 60), 1)
    text = ngettext("Try again in %(count)s minute.", "Try again in %(count)s minutes.", minutes) % {"count": minutes}
    context = admin.site.each_context(request) | {"title": _("Signing in is locked"), "when": text}
    return TemplateResponse(request, "admin/hub/locked.html", context, status=TOO_MANY_REQUESTS).render()


def _ends(failed: AccessAttempt):
    return failed.attempt_time + settings.AXES_COOLOFF_TIME


def _is_locked(failed: AccessAttempt) -> bool:
    return failed.failures_since_start >= settings.AXES_FAILURE_LIMIT and _ends(failed) > timezone.now()


@admin.register(FailedSignIn)
class FailedSignInAdmin(HubAdmin):
    list_display = ("time", "username", "ip_address", "failures_since_start", "state_words")
    list_display_links = None
    search_fields = ("username", "ip_address")
    search_help_text = _("Login or address")
    ordering = ("-attempt_time",)
    actions = ("unlock",)

    def has_add_permission(self, request):
        return False

    def has_view_permission(self, request, obj=None):
        return obj is None and super().has_view_permission(request)

    def has_change_permission(self, request, obj=None):
        return False

    @display(description=_("last time"), ordering="attempt_time")
    def time(self, failed):
        return looks.moment(failed.attempt_time)

    @display(description=_("state"))
    def state_words(self, failed):
        if _is_locked(failed):
            return looks.badge(
                _("locked until %(time)s") % {"time": f"{timezone.localtime(_ends(failed)):%H:%M}"}, looks.BAD
            )
        return looks.badge(_("not locked"), looks.PLAIN)

    @action(description=_("Unlock"), permissions=["delete"])
    def unlock(self, request, queryset):
        for failed in queryset:
            record.note(failed, gettext_noop("Unlocked."))
        count = len(queryset)
        AccessAttempt.objects.filter(pk__in=[failed.pk for failed in queryset]).delete()
        text = ngettext("%(count)s login is unlocked.", "%(count)s logins are unlocked.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
