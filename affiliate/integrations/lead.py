"""A lead as an integration sees it: frozen, already normalised, no model."""

import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Lead:
    """One person's order. Texts are "" when absent.

    `phone` is E.164 with the plus wherever it could be parsed, else as typed; `country` is ISO 3166-1 alpha-2 in upper case;
    `eid` is the network's id, known in polls; `sent_at` is when the network took the lead.
    """

    oid: str = ""
    eid: str = ""
    name: str = ""
    phone: str = ""
    country: str = ""
    ip: str = ""
    user_agent: str = ""
    referer: str = ""
    landing_url: str = ""
    email: str = ""
    comment: str = ""
    address: str = ""
    city: str = ""
    region: str = ""
    zip: str = ""
    sub1: str = ""
    sub2: str = ""
    sub3: str = ""
    sub4: str = ""
    sub5: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_content: str = ""
    utm_term: str = ""
    price: Decimal | None = None
    currency: str = ""
    quantity: int = 1
    language: str = ""
    timezone: str = ""
    created_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def phone_digits(self) -> str:
        return "".join(char for char in self.phone if char in "0123456789")

    @property
    def first_name(self) -> str:
        return self.name.split(maxsplit=1)[0] if self.name.strip() else ""

    @property
    def last_name(self) -> str:
        parts = self.name.split(maxsplit=1)
        return parts[1] if len(parts) > 1 else ""

    @property
    def landing_host(self) -> str:
        """The landing page's domain; "" when the address cannot be read."""
        try:
            return urlsplit(self.landing_url).hostname or ""
        except ValueError:
            return ""

    @property
    def utm(self) -> dict[str, str]:
        """The filled UTM marks by name."""
        names = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
        return filled({name: getattr(self, name) for name in names})

    @property
    def since(self) -> datetime:
        """When the network may have got the lead at the earliest; aware. For polls by date range."""
        moment = self.sent_at or self.created_at or datetime.now(UTC)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    @classmethod
    def from_mapping(cls, data: dict) -> "Lead":
        """Build a lead from JSON-like values. Raises ValueError naming the field that is wrong."""
        known = {field.name for field in fields(cls)}
        for name in data:
            if name not in known:
                raise ValueError(f"lead.{name}: unknown field; known fields: {', '.join(sorted(known))}")
        return cls(
            **{name: _PARSERS.get(name, _text)(name, value) for name, value in data.items() if value is not None}
        )


_MOST = 10**10


def filled(fields: dict) -> dict:
    """The entries that hold something: for fields a network takes but must not get empty."""
    return {name: value for name, value in fields.items() if value not in ("", None)}


def number_or_text(value: str) -> int | str:
    """An id as a JSON number where it is one: for networks whose clients send numbers."""
    return int(value) if re.fullmatch(r"[1-9][0-9]{0,17}", value) else value


def _text(name: str, value) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f"lead.{name}: expected text")
    return str(value)


def _moment(name: str, value) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        moment = None
    if moment is None or not 2000 <= moment.year < 2100:
        raise ValueError(f"lead.{name}: expected an ISO 8601 moment or unix seconds, between 2000 and 2099")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _price(name: str, value) -> Decimal:
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        price = None
    if price is None or not price.is_finite() or not 0 <= price < _MOST:
        raise ValueError(f"lead.{name}: expected a number from 0, such as 159.00")
    return price


def _quantity(name: str, value) -> int:
    try:
        quantity = int(str(value))
    except ValueError:
        quantity = 0
    if not 0 < quantity < _MOST:
        raise ValueError(f"lead.{name}: expected a whole number from 1")
    return quantity


_PARSERS = {"price": _price, "quantity": _quantity, "created_at": _moment, "sent_at": _moment}
