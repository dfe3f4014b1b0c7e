"""Who may call the lead APIs: the key, its rights, from where, how often."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from affiliate.delivery import addresses
from affiliate.delivery.per_minute import Minute, neighbourhood, seconds_left
from affiliate.intake import keys, normalise, text
from affiliate.models import SourceKey
from affiliate.models.fields import split_addresses
from affiliate.models.source import split_sites

SEND, READ, LIST_OFFERS = "can_send", "can_read", "can_list_offers"
_sources, _browsers = Minute("calls of source"), Minute("form calls from")


class Denied(Exception):
    """`code`: `key`, `disabled`, `address`, `site`, `right` or `limit`."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Rate:
    """Calls a minute, how many of them are left, and seconds until the next minute."""

    most: int
    left: int
    reset: int


def admit(request: HttpRequest, said: str, right: str) -> SourceKey:
    """The key that a request carries, if it may do what `right` names; otherwise raises Denied.

    Each call counts; `request.rate` is what answers tell of the limit.
    """
    key = keys.find(said)
    if key is None:
        raise Denied("key")
    if not key.source.enabled:
        raise Denied("disabled")
    caller = addresses.of(request.META)
    if key.form:
        if origin(request) not in split_sites(key.source.sites):
            raise Denied("site")
    elif key.source.ips and not addresses.allowed(caller, " ".join(split_addresses(key.source.ips))):
        raise Denied("address")
    if not getattr(key, right):
        raise Denied("right")
    if key.form:
        _count(request, _browsers, neighbourhood(caller), settings.FORM_LEADS_PER_MINUTE)
    most = settings.LEADS_PER_MINUTE if key.source.per_minute is None else key.source.per_minute
    _count(request, _sources, str(key.source_id), most)
    return key


def browser(request: HttpRequest, key: SourceKey) -> dict[str, str]:
    """What a form's call tells of the customer by itself; a server's call tells only of the server."""
    if not key.form:
        return {}
    told = {"user_agent": request.headers.get("User-Agent", ""), "landing_url": request.headers.get("Referer", "")}
    read = {name: text.read_cut(name, value, normalise.limit(name)) for name, value in told.items()}
    return read | {"ip": addresses.of(request.META)}


def origin(request: HttpRequest) -> str:
    """The site whose page calls; "" where none does."""
    return request.headers.get("Origin", "").lower()


def _count(request: HttpRequest, minute: Minute, caller: str, most: int) -> None:
    full = minute.is_full(caller, most)
    if most:
        request.rate = Rate(most, minute.left(caller, most), seconds_left())
    if full:
        raise Denied("limit")
