from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from affiliate.models import labels
from affiliate.models.fields import new_oid
from affiliate.models.network import Network
from affiliate.models.offer import Flow, Offer
from affiliate.models.source import Source
from affiliate.vocabulary import Delivery, Status


class PhoneKind(models.TextChoices):
    """What the numbering plan says of a phone. `INVALID`: of a possible length, but no number of the plan we know."""

    MOBILE = "mobile", _("mobile")
    LANDLINE = "landline", _("landline")
    EITHER = "either", _("mobile or landline")
    OTHER = "other", _("service number")
    INVALID = "invalid", _("not in the numbering plan")


def _text(verbose_name, length=255):
    return models.CharField(verbose_name, max_length=length, blank=True, default="")


class Lead(models.Model):
    """One person's order, and the outbox row that takes it to a network.

    A lead is due while `delivery` is queued and `next_attempt_at` is past; a worker that holds it marks it sending with a
    lease. Only `delivery/` changes the columns below the personal data.
    """

    oid = models.CharField("oid", max_length=26, unique=True, default=new_oid, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"), related_name="leads")
    offer = models.ForeignKey(Offer, models.PROTECT, verbose_name=_("offer"), related_name="leads")

    name = _text(_("name"))
    phone = _text(_("phone"), 32)
    phone_typed = _text(_("phone as typed"), 64)
    phone_kind = models.CharField(_("kind of phone"), max_length=8, choices=PhoneKind, blank=True, default="")
    country = _text(_("country"), 2)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    user_agent = _text(_("browser"), 500)
    referer = _text(_("referrer"), 1000)
    landing_url = _text(_("landing page"), 1000)
    email = _text(_("e-mail"))
    comment = _text(_("comment"), 1000)
    address = _text(_("address"), 500)
    city = _text(_("city"))
    region = _text(_("region"))
    zip = _text(_("postcode"), 20)
    sub1 = _text("sub1")
    sub2 = _text("sub2")
    sub3 = _text("sub3")
    sub4 = _text("sub4")
    sub5 = _text("sub5")
    utm_source = _text("utm_source")
    utm_medium = _text("utm_medium")
    utm_campaign = _text("utm_campaign")
    utm_content = _text("utm_content")
    utm_term = _text("utm_term")
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = _text(_("currency"), 3)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    language = _text(_("language"), 10)
    timezone = _text(_("time zone"), 40)
    extra = models.JSONField(_("other fields"), default=dict, blank=True)
    idempotency_key = models.CharField(max_length=100, null=True, blank=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, default="", editable=False)
    test = models.BooleanField(
        _("test lead"), default=False, help_text=_("Not a customer: it is kept apart from statistics.")
    )
    sandbox_only = models.BooleanField(
        _("only for the sandbox"), default=False, help_text=_("A test that no real network may get.")
    )
    duplicate_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("duplicate of"),
        related_name="duplicates",
        db_index=False,
    )
    created_at = models.DateTimeField(_("received"), auto_now_add=True)

    flow = models.ForeignKey(Flow, models.SET_NULL, null=True, blank=True, verbose_name=_("flow"), related_name="leads")
    network = models.ForeignKey(
        Network, models.PROTECT, null=True, blank=True, verbose_name=_("network"), related_name="leads"
    )
    routing = models.JSONField(_("routing"), default=list, blank=True)

    delivery = models.CharField(_("delivery"), max_length=10, choices=labels.DELIVERY, default=Delivery.QUEUED.value)
    delivery_reason = _text(_("reason"), 300)
    attempts_made = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    deadline_at = models.DateTimeField(_("deadline"), null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    unclear_since = models.DateTimeField(_("unclear since"), null=True, blank=True)
    eid = _text("eid", 100)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    status = models.CharField(_("status"), max_length=10, choices=labels.STATUS, default=Status.WAIT.value)
    status_reason = _text(_("status reason"), 500)
    status_at = models.DateTimeField(_("status since"), null=True, blank=True)
    payout = models.DecimalField(_("payout"), max_digits=14, decimal_places=4, null=True, blank=True)
    payout_currency = _text(_("payout currency"), 3)
    next_poll_at = models.DateTimeField(_("next status poll"), null=True, blank=True)
    # Which of the poll's queues the lead stands in, see `poll_schedule.Queue`: an index that named the status would have to
    # be written to with each change of it.
    poll_queue = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    polled_at = models.DateTimeField(_("last status poll"), null=True, blank=True)

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering = ["-id"]
        permissions = [("view_personal_data", _("Can see phones and names in full"))]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="lead_idempotency",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]), name="lead_status_known"
            ),
            models.CheckConstraint(
                condition=Q(delivery__in=[delivery.value for delivery in Delivery]), name="lead_delivery_known"
            ),
            models.CheckConstraint(
                condition=~Q(delivery=Delivery.SENDING.value) | Q(lease__isnull=False, lease_until__isnull=False),
                name="lead_sending_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(delivery=Delivery.QUEUED.value) | Q(next_attempt_at__isnull=False),
                name="lead_queued_is_scheduled",
            ),
        ]
        indexes = [
            models.Index(fields=["network", "next_attempt_at"], condition=Q(delivery="queued"), name="lead_due"),
            models.Index(fields=["network", "lease_until"], condition=Q(delivery="sending"), name="lead_leased"),
            models.Index(
                fields=["network", "delivered_at", "country"],
                condition=Q(delivered_at__isnull=False),
                name="lead_network_taken",
            ),
            models.Index(
                fields=["flow", "delivered_at", "country"],
                condition=Q(delivered_at__isnull=False),
                name="lead_flow_taken",
            ),
            models.Index(fields=["flow", "country"], condition=Q(delivery="queued"), name="lead_flow_queued"),
            models.Index(fields=["network", "country"], condition=Q(delivery="unclear"), name="lead_network_unclear"),
            models.Index(fields=["flow", "country"], condition=Q(delivery="unclear"), name="lead_flow_unclear"),
            models.Index(fields=["lease"], condition=Q(delivery="sending"), name="lead_by_lease"),
            models.Index(
                fields=["network", "poll_queue", "next_poll_at"],
                condition=Q(next_poll_at__isnull=False),
                name="lead_poll_due",
            ),
            models.Index(fields=["network", "eid"], condition=~Q(eid=""), name="lead_eid"),
            models.Index(fields=["source", "fingerprint", "-created_at"], name="lead_fingerprint"),
            models.Index(
                fields=["delivery", "-id"], condition=Q(delivery__in=["unclear", "failed"]), name="lead_for_people"
            ),
            models.Index(fields=["phone"], name="lead_phone"),
            models.Index(fields=["email"], condition=~Q(email=""), name="lead_email"),
            models.Index(fields=["duplicate_of"], condition=Q(duplicate_of__isnull=False), name="lead_duplicate_of"),
            models.Index(fields=["-created_at"], name="lead_created"),
        ]

    def __str__(self):
        return self.oid

    @property
    def refused_by(self) -> list[int]:
        """The flows whose networks refused the lead, as its routing keeps them."""
        return [line["flow"] for line in self.routing if line["reason"] == "refused"]


class LeadChange(models.Model):
    """A line of the feed that tells sources whose status, delivery or money changed. Written by `delivery/changes.py`.

    A table of its own: an index on a column of the lead would make every change rewrite the lead's other indexes.
    """

    source = models.ForeignKey(Source, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    lead = models.ForeignKey(Lead, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["source", "at", "id"], name="lead_change_feed")]

    def __str__(self):
        return f"{self.lead_id} {self.at}"


class StatusChange(models.Model):
    """One line of a lead's history. `ignored` says why a report changed nothing; such lines are kept as evidence."""

    lead = models.ForeignKey(Lead, models.CASCADE, verbose_name=_("lead"), related_name="status_changes")
    old = models.CharField(_("from"), max_length=10, choices=labels.STATUS)
    new = models.CharField(_("to"), max_length=10, choices=labels.STATUS, blank=True)
    source = models.CharField(_("reported by"), max_length=10, choices=labels.SOURCE)
    raw_status = _text(_("network's word"), 100)
    comment = _text(_("comment"), 500)
    payout = models.DecimalField(_("payout"), max_digits=14, decimal_places=4, null=True, blank=True)
    payout_currency = _text(_("payout currency"), 3)
    ignored = models.CharField(_("ignored because"), max_length=20, choices=labels.IGNORED, blank=True, default="")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("person"), related_name="+"
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        ordering = ["id"]

    def __str__(self):
        return f"{self.old} → {self.new or self.raw_status}"
