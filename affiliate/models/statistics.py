from django.db import models

from affiliate.vocabulary import Delivery, Status

TOTAL, NETWORK, OFFER, COUNTRY, SOURCE, TEST = "total", "network", "offer", "country", "source", "test"
SIDES = (TOTAL, NETWORK, OFFER, COUNTRY, SOURCE)
# A lead on its way is still counted as queued: it is so for seconds.
DELIVERIES = tuple(one.value for one in Delivery if one is not Delivery.SENDING)
STATUSES = tuple(one.value for one in Status)


class Counts(models.Model):
    """Leads counted by one side of them and the currency of their payouts.

    Each side counts all leads but test leads, which have a side of their own: sides are read apart and never summed.
    `key` is the number of the network, offer or source, the country's code, "" where a lead has none, for the total and
    for test leads. `currency` is "" for leads without a payout. Counted rows stay few: one for each combination of sides
    would be almost one a lead.
    """

    side = models.CharField(max_length=7)
    key = models.CharField(max_length=20, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    received = models.PositiveIntegerField(default=0)
    queued = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    unclear = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    wait = models.PositiveIntegerField(default=0)
    hold = models.PositiveIntegerField(default=0)
    approve = models.PositiveIntegerField(default=0)
    cancel = models.PositiveIntegerField(default=0)
    trash = models.PositiveIntegerField(default=0)
    payout = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    payout_on_hold = models.DecimalField(max_digits=20, decimal_places=4, default=0)

    class Meta:
        abstract = True


class HourCount(Counts):
    """Leads received in one hour."""

    hour = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["side", "hour", "key", "currency"], name="hour_count")]

    def __str__(self):
        return f"{self.hour:%Y-%m-%d %H:%M} {self.side} {self.key} {self.currency}".rstrip()


class DayCount(Counts):
    """Leads received in one day of the hub's time zone: the sum of its hours, without the side of test leads."""

    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "side", "key", "currency"], name="day_count")]

    def __str__(self):
        return f"{self.day} {self.side} {self.key} {self.currency}".rstrip()


class ChangedHours(models.Model):
    """Hours, as seconds of their starts, whose leads came or changed in one transaction and are to be counted anew."""

    hours = models.JSONField()

    def __str__(self):
        return str(self.hours)
