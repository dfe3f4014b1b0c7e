"""The first page: how a period goes against the one before, what needs a person, and the next step of a new hub."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from affiliate.admin import countries, needs, periods
from affiliate.admin.filters import NONE
from affiliate.delivery import figures, statistics
from affiliate.delivery.figures import Figures
from affiliate.models import Flow, Lead, Network, Offer, Source

MOST_ROWS = 10
# Counted before the page is shown; a worker counts the rest.
HOURS_AT_ONCE = 24
SIDES = {
    "network": (gettext_lazy("Networks"), gettext_lazy("No flow takes them")),
    "offer": (gettext_lazy("Offers"), ""),
    "country": (gettext_lazy("Countries"), gettext_lazy("Country unknown")),
    "source": (pgettext_lazy("plural", "Sources"), ""),
}


def dashboard(request, context: dict) -> dict:
    """Called by the theme for the index page."""
    user = request.user
    context["title"] = _("Overview")
    if user.has_perm("affiliate.view_lead"):
        context |= _period(periods.read(request.GET))
    context["needs"] = needs.of(user)
    context["steps"] = _steps(user)
    return context


def _period(period: periods.Period) -> dict:
    whole = statistics.up_to_date(limit=HOURS_AT_ONCE)
    if period.hourly:
        before, now = figures.by_hour(period.before, period.span)
    else:
        before, now = figures.by_day(*period.before), figures.by_day(*period.span)
    return {
        "period": period,
        "whole": whole,
        "periods": [
            {"title": title, "link": f"?period={name}", "active": name == period.name}
            for name, title in periods.NAMES.items()
            if name != periods.CUSTOM
        ],
        "against": periods.AGAINST[period.name],
        "cards": _cards(figures.together(now.values()), figures.together(before.values())),
        "chart": json.dumps(_chart(period, now, before)),
        "chart_options": json.dumps(CHART_OPTIONS),
        "tables": [_table(period, side, rows) for side, rows in figures.by_side(*period.span).items() if side in SIDES],
    }


# Numbers.


def _cards(now: Figures, before: Figures) -> list[dict]:
    titles = {
        "received": pgettext("today", "received"),
        "delivered": pgettext("today", "delivered"),
        "refused": pgettext("today", "refused"),
        "unclear": pgettext("today", "unclear"),
    }
    cards = [
        {
            "title": title,
            "value": _whole(getattr(now, name)),
            "change": _change(getattr(now, name), getattr(before, name)),
        }
        for name, title in titles.items()
    ]
    rates = [one.approve_rate for one in (now, before)]
    cards.append({"title": _("approve rate"), "value": _percent(rates[0]), "change": _points(*rates)})
    for currency in sorted({*now.money, *before.money}):
        (paid, on_hold), (paid_before, _held) = now.money.get(currency, (0, 0)), before.money.get(currency, (0, 0))
        note = _("and %(money)s on hold") % {"money": _money(on_hold, currency)} if on_hold else ""
        title = _("payout of approved leads")
        cards.append(
            {"title": title, "value": _money(paid, currency), "change": _change(paid, paid_before), "note": note}
        )
    return cards


def _whole(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)


def _change(now, before) -> str:
    """`+12 %`; "" where there was nothing to compare with."""
    if not before:
        return ""
    percent = round(100 * (now - before) / before)
    return f"{percent:+d} %".replace("-", "−") if percent else "0 %"


def _points(now: float | None, before: float | None) -> str:
    if now is None or before is None:
        return ""
    change = round(now - before, 1)
    sign = "+" if change >= 0 else "−"
    return _("%(points)s points") % {"points": sign + number_format(abs(change), 1, use_l10n=True)}


def _percent(rate: float | None) -> str:
    return "—" if rate is None else f"{number_format(rate, 1, use_l10n=True)} %"


def _money(amount, currency: str) -> str:
    return f"{number_format(amount, 2, use_l10n=True, force_grouping=True)} {currency}".strip()


# The chart.

CHART_OPTIONS = {
    "animation": False,
    "responsive": True,
    "maintainAspectRatio": False,
    "interaction": {"mode": "index", "intersect": False},
    "elements": {"point": {"radius": 0, "hitRadius": 8, "hoverRadius": 4}},
    "plugins": {"legend": {"align": "start", "labels": {"color": "#9ca3af", "boxWidth": 12, "boxHeight": 2}}},
    "scales": {
        "x": {"ticks": {"color": "#9ca3af", "maxTicksLimit": 12, "maxRotation": 0}, "grid": {"display": False}},
        "y": {"beginAtZero": True, "ticks": {"color": "#9ca3af", "precision": 0, "maxTicksLimit": 6}, "grid": {}},
    },
}


def _chart(period: periods.Period, now: dict, before: dict) -> dict:
    steps = list(_steps_of(period))
    shown, earlier = ([*_sums(hours, period, span)] for hours, span in ((now, period.span), (before, period.before)))
    lines = [
        (pgettext("today", "received"), "var(--color-primary-600)", [one.received for one in shown], []),
        (pgettext("today", "delivered"), "#10b981", [one.delivered for one in shown], []),
        (pgettext("today", "approved"), "#f59e0b", [one.approved for one in shown], []),
        (_("received before"), "#9ca3af", [one.received for one in earlier], [4, 4]),
    ]
    return {
        "labels": steps,
        "datasets": [
            {"label": label, "borderColor": colour, "backgroundColor": colour, "data": data, "borderDash": dash,
             "borderWidth": 2, "cubicInterpolationMode": "monotone"}
            for label, colour, data, dash in lines
        ],
    }  # fmt: skip


def _steps_of(period: periods.Period) -> Iterable[str]:
    days = (period.last - period.first).days + 1
    for number in range(days):
        day = period.first + timedelta(days=number)
        words = date_format(day, "j M")
        if period.hourly:
            yield from (f"{words}, {hour:02}:00" if days > 1 else f"{hour:02}:00" for hour in range(24))
        else:
            yield words


def _sums(found: dict[date, Figures], period: periods.Period, span: periods.Span) -> Iterable[Figures]:
    """The figures of each step that has begun, whether leads came in it or not; `found` is by hour or by day."""
    steps: dict[int, list[Figures]] = {}
    first = timezone.localtime(span[0]).date()
    for moment, one in found.items():
        if period.hourly:
            local = timezone.localtime(moment)
            step = (local.date() - first).days * 24 + local.hour
        else:
            step = (moment - first).days
        steps.setdefault(step, []).append(one)
    last = timezone.localtime(span[1] - timedelta(hours=1))
    days = (last.date() - first).days
    for step in range(days * 24 + last.hour + 1 if period.hourly else days + 1):
        yield figures.together(steps.get(step, ()))


# The tables.


def _table(period: periods.Period, side: str, rows: dict[str, Figures]) -> dict:
    title, none = SIDES[side]
    ordered = sorted(rows.items(), key=lambda row: -row[1].received)
    names = _names(side, [key for key, _figures in ordered[:MOST_ROWS]])
    days = {"created_at_from": period.first.isoformat(), "created_at_to": period.last.isoformat()}
    leads = reverse("admin:affiliate_lead_changelist")
    return {
        "title": title,
        "rows": [
            {
                "name": names.get(key, key) if key else none,
                "url": f"{leads}?{urlencode({side: key or NONE} | days)}",
                "counts": [_whole(count) for count in (one.received, one.delivered, one.refused)],
                "rate": _percent(one.approve_rate),
                "money": [_money(paid, currency) for currency, (paid, _held) in sorted(one.money.items()) if paid],
            }
            for key, one in ordered[:MOST_ROWS]
        ],
        "more": max(len(ordered) - MOST_ROWS, 0),
    }


def _names(side: str, keys: list[str]) -> dict[str, str]:
    if side == "country":
        return {key: countries.flagged(key, countries.name(key) or key) for key in keys}
    model, name = {"network": (Network, "name"), "offer": (Offer, "title"), "source": (Source, "name")}[side]
    rows = model.objects.filter(pk__in=[int(key) for key in keys if key])
    return {str(pk): words for pk, words in rows.values_list("pk", name)}


# A new hub.


def _steps(user) -> list[dict]:
    """What a new hub lacks before its first lead; empty once a lead is in, or for who may not set things up."""
    if not user.has_perm("affiliate.add_network") or Lead.objects.exists():
        return []
    steps = [
        (Network, _("Add a network"), _("Pick an integration and type the credentials from its account.")),
        (Offer, _("Add an offer"), _("What you sell.")),
        (Flow, _("Add a flow"), _("Which network gets the offer's leads, and with which parameters.")),
        (Source, _("Add a source"), _("Its key lets a landing page send leads; you get a ready cURL to try it.")),
    ]
    done = [model.objects.exists() for model, _title, _words in steps]
    next_one = done.index(False) if False in done else len(steps)
    return [
        {
            "title": title,
            "words": words,
            "done": done[number],
            "next": number == next_one,
            "url": reverse(f"admin:affiliate_{model._meta.model_name}_add"),
        }
        for number, (model, title, words) in enumerate(steps)
    ]
