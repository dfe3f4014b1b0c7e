"""Filters of the lists: small tables by name, countries, days."""

from datetime import datetime, time, timedelta

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateFilter

from affiliate.admin import countries, lead_hours
from affiliate.models import Network, Offer, Source
from affiliate.models.statistics import DELIVERIES, STATUSES
from affiliate.vocabulary import Delivery

__all__ = [
    "ChoicesDropdownFilter",
    "CountryFilter",
    "DaysFilter",
    "NetworkFilter",
    "NetworkOrNoneFilter",
    "OfferFilter",
    "SourceFilter",
]


# Chooses the leads that have none: no network yet, no known country.
NONE = "none"


class RowFilter(DropdownFilter):
    """Reads only names: a network's other columns hold secrets that need not be opened for a list."""

    rows: models.QuerySet

    def lookups(self, request, model_admin):
        return [(str(pk), name) for pk, name in self.rows.all()]

    def queryset(self, request, queryset):
        value = self.value() or ""
        if value == NONE:
            return queryset.filter(**{f"{self.parameter_name}__isnull": True})
        known = value.isdecimal() and len(value) < 19
        return queryset.filter(**{f"{self.parameter_name}_id": int(value)}) if known else queryset


class NetworkFilter(RowFilter):
    title, parameter_name = _("network"), "network"
    rows = Network.objects.values_list("pk", "name").order_by("name")


class NetworkOrNoneFilter(NetworkFilter):
    def lookups(self, request, model_admin):
        return [*super().lookups(request, model_admin), (NONE, _("no flow takes them"))]


class OfferFilter(RowFilter):
    title, parameter_name = _("offer"), "offer"
    rows = Offer.objects.values_list("pk", "title").order_by("title")


class SourceFilter(RowFilter):
    title, parameter_name = _("source"), "source"
    rows = Source.objects.values_list("pk", "name").order_by("name")


class CountryFilter(DropdownFilter):
    title, parameter_name = _("country"), "country"

    def lookups(self, request, model_admin):
        return [*((code, countries.with_name(code)) for code in countries.names()), (NONE, _("unknown"))]

    def queryset(self, request, queryset):
        if value := self.value():
            return queryset.filter(country="" if value == NONE else value)
        return queryset


class TestFilter(DropdownFilter):
    title, parameter_name = _("test leads"), "test"

    def lookups(self, request, model_admin):
        return [("1", _("only test leads")), ("0", _("without test leads"))]

    def queryset(self, request, queryset):
        return queryset.filter(test=self.value() == "1") if self.value() in ("0", "1") else queryset


# Status and delivery by the column that counts them; what makes no sense is left out, as the filters do.
_COLUMNS = {name: name for name in (*DELIVERIES, *STATUSES)} | {Delivery.SENDING.value: Delivery.QUEUED.value}


def wanted(query) -> lead_hours.Wanted | None:
    """Where to look for the leads of the list's filters; None without any, since then the newest come first."""
    sides = {name: key for name in ("network", "offer", "source") if (key := _key(query.get(name, ""))) is not None}
    if country := query.get("country"):
        sides["country"] = "" if country == NONE else country
    columns = {_COLUMNS.get(query.get(f"{name}__exact")) for name in ("status", "delivery")} - {None}
    tests = {"0": False, "1": True}.get(query.get("test"))
    if not (sides or columns) and tests is None:
        return None
    first, last = (_day(query.get(f"created_at_{end}")) for end in ("from", "to"))
    return lead_hours.Wanted(sides, tuple(columns), tests, first, last and last + timedelta(days=1))


def _key(value: str) -> str | None:
    if value == NONE:
        return ""
    return str(int(value)) if value.isdecimal() and len(value) < 19 else None


def _day(text: str | None) -> datetime | None:
    try:
        day = forms.DateField(required=False).clean(text)
    except forms.ValidationError:
        return None
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


class DaysFilter(RangeDateFilter):
    """Both days included, in the reader's time zone."""

    def queryset(self, request, queryset):
        first, last = (_day(self.used_parameters.get(f"{self.parameter_name}_{end}")) for end in ("from", "to"))
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": first})
        if last:
            queryset = queryset.filter(**{f"{self.field_path}__lt": last + timedelta(days=1)})
        return queryset
