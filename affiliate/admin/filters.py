"""Filters of the lists: small tables by name, countries, days."""

from datetime import datetime, time, timedelta

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateFilter

from affiliate.admin import countries
from affiliate.models import Network, Offer, Source

__all__ = ["ChoicesDropdownFilter", "CountryFilter", "DaysFilter", "NetworkFilter", "OfferFilter", "SourceFilter"]


class RowFilter(DropdownFilter):
    """Reads only names: a network's other columns hold secrets that need not be opened for a list."""

    rows: models.QuerySet

    def lookups(self, request, model_admin):
        return [(str(pk), name) for pk, name in self.rows.all()]

    def queryset(self, request, queryset):
        value = self.value() or ""
        known = value.isdecimal() and len(value) < 19
        return queryset.filter(**{f"{self.parameter_name}_id": int(value)}) if known else queryset


class NetworkFilter(RowFilter):
    title, parameter_name = _("network"), "network"
    rows = Network.objects.values_list("pk", "name").order_by("name")


class OfferFilter(RowFilter):
    title, parameter_name = _("offer"), "offer"
    rows = Offer.objects.values_list("pk", "title").order_by("title")


class SourceFilter(RowFilter):
    title, parameter_name = _("source"), "source"
    rows = Source.objects.values_list("pk", "name").order_by("name")


class CountryFilter(DropdownFilter):
    title, parameter_name = _("country"), "country"

    def lookups(self, request, model_admin):
        return [(code, countries.with_name(code)) for code in countries.names()]

    def queryset(self, request, queryset):
        return queryset.filter(country=self.value()) if self.value() else queryset


class DaysFilter(RangeDateFilter):
    """Both days included, in the reader's time zone."""

    def queryset(self, request, queryset):
        first, last = (self._day(end) for end in ("from", "to"))
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": first})
        if last:
            queryset = queryset.filter(**{f"{self.field_path}__lt": last + timedelta(days=1)})
        return queryset

    def _day(self, end: str) -> datetime | None:
        try:
            day = forms.DateField(required=False).clean(self.used_parameters.get(f"{self.parameter_name}_{end}"))
        except forms.ValidationError:
            return None
        return timezone.make_aware(datetime.combine(day, time.min)) if day else None
