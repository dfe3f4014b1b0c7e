"""Periodic tasks with plain names. Their periods come from the settings at each start; here they are switched on and off."""

from datetime import timedelta

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.decorators import display

from affiliate.admin import looks
from affiliate.admin.hub import HubAdmin
from affiliate.admin.task_words import TASKS
from affiliate.delivery import processes

# Beat writes the moments of its runs every few minutes.
LATE = timedelta(minutes=10)

admin.site.unregister([PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule])


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(HubAdmin):
    list_display = ("plain_name", "when", "last_words", "enabled")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    fields = ("plain_name", "what_for", "enabled", "when", "last_words")
    readonly_fields = ("plain_name", "what_for", "when", "last_words")
    ordering = ("name",)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        if processes.beat_stands_still():
            text = _("No task has run for more than ten minutes: the beat process seems to be down. Start it again.")
            self.message_user(request, text, messages.WARNING)
        return super().changelist_view(request, extra_context)

    def title_of(self, row):
        return str(self.plain_name(row))

    @display(description=_("what it does"))
    def plain_name(self, task):
        return TASKS[task.task].name if task.task in TASKS else task.name

    @display(description=_("what it is for"))
    def what_for(self, task):
        return TASKS[task.task].words if task.task in TASKS else "—"

    @display(description=_("when"))
    def when(self, task):
        if task.interval:
            return _every(task.interval.every, task.interval.period)
        if task.crontab and task.crontab.hour.isdecimal() and task.crontab.minute.isdecimal():
            words = {
                "time": f"{int(task.crontab.hour):02d}:{int(task.crontab.minute):02d}",
                "zone": task.crontab.timezone,
            }
            return _("every day at %(time)s %(zone)s") % words
        return task.crontab or task.solar or task.clocked or "—"

    @display(description=_("last run"), ordering="last_run_at")
    def last_words(self, task):
        if task.last_run_at is None:
            return looks.badge(_("not yet"), looks.PLAIN)
        if (
            task.enabled
            and task.interval
            and timezone.now() - task.last_run_at > LATE + 2 * task.interval.schedule.run_every
        ):
            return looks.badge(_("late, last at %(time)s") % {"time": _plain(task.last_run_at)}, looks.CARE)
        return looks.moment(task.last_run_at)


def _plain(moment) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def _every(count: int, period: str) -> str:
    """`every 15 seconds`; whole minutes, hours and days as such."""
    seconds = int(timedelta(**{period: count}).total_seconds()) if period != IntervalSchedule.MICROSECONDS else 1
    for size, one, several in _SIZES:
        if seconds % size == 0:
            count = seconds // size
            return one() if count == 1 else several(count) % {"count": count}
    return ""


_SIZES = (
    (
        86400,
        lambda: pgettext("period", "every day"),
        lambda count: ngettext("every %(count)s day", "every %(count)s days", count),
    ),
    (
        3600,
        lambda: pgettext("period", "every hour"),
        lambda count: ngettext("every %(count)s hour", "every %(count)s hours", count),
    ),
    (
        60,
        lambda: pgettext("period", "every minute"),
        lambda count: ngettext("every %(count)s minute", "every %(count)s minutes", count),
    ),
    (
        1,
        lambda: pgettext("period", "every second"),
        lambda count: ngettext("every %(count)s second", "every %(count)s seconds", count),
    ),
)
