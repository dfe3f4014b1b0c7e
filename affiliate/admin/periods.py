"""The period that figures are shown for, and the one before it to compare with."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONGEST = timedelta(days=366)
TODAY, YESTERDAY, WEEK, MONTH_LONG, MONTH, CUSTOM = "today", "yesterday", "7", "30", "month", "custom"
NAMES = {
    TODAY: _("Today"),
    YESTERDAY: _("Yesterday"),
    WEEK: _("7 days"),
    MONTH_LONG: _("30 days"),
    MONTH: _("This month"),
    CUSTOM: _("Other days"),
}
AGAINST = {
    TODAY: _("against yesterday until this hour"),
    YESTERDAY: _("against the day before"),
    WEEK: _("against the 7 days before"),
    MONTH_LONG: _("against the 30 days before"),
    MONTH: _("against the same days of the month before"),
    CUSTOM: _("against as many days before"),
}
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Period:
    """Whole days `first` to `last`. `span` ends with the running hour; `before` is as long, one period earlier."""

    name: str
    first: date
    last: date
    span: Span
    before: Span

    @property
    def hourly(self) -> bool:
        return self.last - self.first < 2 * DAY


def read(query) -> Period:
    """The period that `?period=…&from=…&to=…` asks for; today for one that makes no sense."""
    now = timezone.localtime()
    today = now.date()
    name = query.get("period", TODAY)
    firsts = {
        YESTERDAY: today - DAY,
        WEEK: today - 6 * DAY,
        MONTH_LONG: today - 29 * DAY,
        MONTH: today.replace(day=1),
    }
    first, last = firsts.get(name, today), today - DAY if name == YESTERDAY else today
    if name == CUSTOM:
        days = sorted(filter(None, (_day(query.get(end)) for end in ("from", "to"))))
        if days:
            first, last = max(days[0], days[-1] - LONGEST), days[-1]
        else:
            name = TODAY
    if name not in NAMES:
        name = TODAY
    until = min(now.replace(minute=0, second=0, microsecond=0) + HOUR, _midnight(last + DAY))
    span = (_midnight(first), max(until, _midnight(first)))
    return Period(name, first, last, span, _before(name, first, last, span))


def _before(name: str, first: date, last: date, span: Span) -> Span:
    """In days of the calendar, so that a change to summer time shifts nothing."""
    earlier = (first - DAY).replace(day=1) if name == MONTH else first - (last - first + DAY)
    until = _naive(span[1]) - (first - earlier)
    return _midnight(earlier), min(timezone.make_aware(until), span[0])


def _naive(moment: datetime) -> datetime:
    return timezone.make_naive(moment)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _day(text: str | None) -> date | None:
    try:
        return forms.DateField(required=False).clean(text)
    except forms.ValidationError:
        return None
