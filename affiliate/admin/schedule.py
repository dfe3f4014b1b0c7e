"""Periodic tasks with plain names. Their periods come from the settings at each start; here they are switched on and off."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.decorators import display

from affiliate.admin.hub import HubAdmin

PLAIN_NAMES = {
    "affiliate.sweep": _("Find leads that are due to be sent or asked about"),
    "affiliate.apply_postbacks": _("Apply postbacks that came in"),
    "affiliate.check_connections": _("Ask paused networks whether they work again"),
    "affiliate.status_words": _("Count status words; apply what people said of them to earlier leads"),
    "affiliate.forget": _("Remove journal rows that are older than the settings keep"),
    "affiliate.sandbox_report": _("Sandbox network: report decisions"),
    "celery.backend_cleanup": _("Remove old task results"),
}

admin.site.unregister([PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule])


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(HubAdmin):
    list_display = ("plain_name", "when", "enabled", "last_run_at")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    fields = ("plain_name", "enabled", "when", "last_run_at")
    readonly_fields = ("plain_name", "when", "last_run_at")
    ordering = ("name",)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("what it does"))
    def plain_name(self, task):
        return PLAIN_NAMES.get(task.task, task.name)

    @display(description=_("when"))
    def when(self, task):
        return task.interval or task.crontab or task.solar or task.clocked or "—"
