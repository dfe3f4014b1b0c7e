"""`manage.py count_leads`: the figures of the overview, all anew."""

import pytest
from django.core.management import call_command

from affiliate.models import HourCount

pytestmark = pytest.mark.django_db


def test_everything_is_counted_and_told(flow, make_lead, capsys):
    lead = make_lead()
    HourCount.objects.create(hour=lead.created_at, side="total", received=77)
    call_command("count_leads")
    assert capsys.readouterr().out == "1 hour is counted.\n"
    assert HourCount.objects.get(side="total").received == 1


def test_a_hub_without_leads_has_nothing_to_count(db, capsys):
    call_command("count_leads")
    assert capsys.readouterr().out == ""
