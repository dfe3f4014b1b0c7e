"""Addresses that trackers take statuses at, to begin a report address from."""

from dataclasses import dataclass

from affiliate.vocabulary import Status

_ALL = tuple(Status)


@dataclass(frozen=True)
class Tracker:
    """`url` has `TRACKER` for the tracker's host and `KEY` for its key, if it has one. `statuses` are those worth a call.

    `source` is where the wire is described: a page of the tracker's documentation, or our own code that serves it.
    """

    slug: str
    title: str
    url: str
    statuses: tuple[Status, ...]
    source: str


TRACKERS = (
    # A status of its own words: lead is revenue on hold, sale is paid, rejected takes it back.
    Tracker(
        "keitaro",
        "Keitaro",
        "https://TRACKER/KEY/postback?subid={subid}&status={status:lead|lead|sale|rejected|rejected}"
        "&payout={payout}&currency={currency}&tid={oid}",
        _ALL,
        "https://docs.keitaro.io/en/conversions/postback.html",
    ),
    # cnv_status takes any word; a click without a call yet has no conversion.
    Tracker(
        "binom",
        "Binom",
        "https://TRACKER/click.php?cnv_id={subid}&payout={payout}&cnv_currency={currency}&cnv_status={status}",
        _ALL,
        "https://docs.binom.org/postback-url.php",
    ),
    # Every call counts as a conversion, so only the one that brings money is made.
    Tracker(
        "voluum",
        "Voluum",
        "https://TRACKER/postback?cid={subid}&payout={payout}&currency={currency}&txid={oid}",
        (Status.APPROVE,),
        "https://doc.voluum.com/en/postback_parameters.html",
    ),
    Tracker(
        "altercpa-tracker",
        "AlterCPA Red",
        "https://TRACKER/api/tracker/postback.json?id=KEY&click={subid}&uid={oid}"
        "&status={status:new|hold|approve|cancel|trash}&price={payout}&currency={currency}",
        _ALL,
        "https://www.altercpa.red/en/api.html",
    ),
    # The same protocol that this hub takes statuses by; the sender's own id came to us as the idempotency key.
    Tracker(
        "altercpa",
        "AlterCPA",
        "https://TRACKER/api/sale/status.json?id=KEY&oid={uid}&eid={oid}&status={status}&pay={payout}&cc={currency}",
        _ALL,
        "affiliate/postbacks",
    ),
)
