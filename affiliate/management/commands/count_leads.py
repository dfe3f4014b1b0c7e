"""`manage.py count_leads`: the overview's figures, all counted anew."""

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from affiliate.delivery import statistics
from affiliate.management.streams import print_utf8


class Command(BaseCommand):
    help = (
        "Counts all leads anew for the overview: after a backup was restored, or when the hub's time zone was changed. "
        "Workers go on meanwhile."
    )

    def handle(self, *args, **options):
        print_utf8()
        statistics.mark_all()
        hours = 0
        while counted := statistics.catch_up():
            hours += counted
            text = ngettext("%(count)s hour is counted.", "%(count)s hours are counted.", hours)
            self.stdout.write(text % {"count": hours})
