"""What the JSON API takes in a query, and what it answers. Descriptions are translated when the schema is shown."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_noop as _
from ninja import Schema
from pydantic import Field

from affiliate.intake import feed
from affiliate.models import Lead
from affiliate.vocabulary import Delivery, Status


class LeadQuestion(Schema):
    ids: str = Field("", description=_("Our ids with commas."))
    changed_since: str | None = Field(
        None,
        description=_("A moment by ISO 8601; UTC when it names no zone."),
        json_schema_extra={"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
    )
    cursor: str = Field(
        "", description=_("`next` of the page before."), json_schema_extra={"pattern": f"^({feed.CURSOR.pattern})?$"}
    )
    limit: int = Field(100, ge=1, le=500)


class LeadAnswer(Schema):
    """A lead as its source may see it."""

    oid: str = Field(description=_("Our id of the lead."), examples=["01K5PLA1NPLA1NPLA1NPLA1NPL"])
    idempotency_key: str | None = Field(description=_("The key the lead came with."))
    offer: int
    phone: str = Field(description=_("In E.164."), examples=["+40712345678"])
    phone_kind: str = Field(description=_("mobile, landline, either, other, or invalid: not in the numbering plan."))
    country: str = Field(description=_("Two letters; empty where it was not sent and the phone does not tell."))
    sub1: str
    status: Status
    status_reason: str
    status_at: datetime | None = Field(description=_("When the status changed last."))
    delivery: Delivery = Field(description=_("How far the lead is on its way to a network."))
    delivered_at: datetime | None
    payout: str | None = Field(description=_("A decimal number."), examples=["12.5"])
    payout_currency: str
    test: bool = Field(description=_("Told by test: true, by the name or by the phone; not counted as a customer."))
    duplicate_of: str | None = Field(description=_("The oid of your lead that this one repeats."))
    created_at: datetime

    @classmethod
    def of(cls, lead: Lead) -> "LeadAnswer":
        return cls.model_construct(
            oid=lead.oid,
            idempotency_key=lead.idempotency_key,
            offer=lead.offer_id,
            phone=lead.phone,
            phone_kind=lead.phone_kind,
            country=lead.country,
            sub1=lead.sub1,
            status=Status(lead.status),
            status_reason=lead.status_reason,
            status_at=lead.status_at,
            delivery=Delivery(lead.delivery),
            delivered_at=lead.delivered_at,
            payout=plain(lead.payout),
            payout_currency=lead.payout_currency,
            test=lead.test,
            duplicate_of=_own(lead),
            created_at=lead.created_at,
        )


class LeadPage(Schema):
    leads: list[LeadAnswer]
    next: str | None = Field(
        None, description=_("Send it as `cursor`, now or later, to get what changes after this page.")
    )
    more: bool = Field(False, description=_("There is more already."))


class Verdict(Schema):
    """What became of one lead of a batch."""

    index: int = Field(description=_("Its place in `leads`, from 0."))
    status: int = Field(description=_("The code POST /api/leads would answer: 201, 200, 409 or 422."))
    lead: LeadAnswer | None = None
    problem: dict | None = Field(None, description=_("As POST /api/leads would answer it."))


class BatchAnswer(Schema):
    taken: int = Field(description=_("Leads stored now."))
    repeated: int = Field(description=_("Leads that had come before."))
    refused: int
    verdicts: list[Verdict]


class OfferAnswer(Schema):
    id: int
    title: str
    countries: list[str] = Field(description=_("Where its leads are taken; empty: everywhere."))


def _own(lead: Lead) -> str | None:
    repeated = lead.duplicate_of if lead.duplicate_of_id else None
    return repeated.oid if repeated and repeated.source_id == lead.source_id else None


def plain(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount.normalize(), "f")
