"""Signed webhooks: HMAC-SHA256 with the address's secret over `<timestamp>.<body>`, as Stripe signs its own."""

import hashlib
import hmac
from collections.abc import Iterable

SIGNATURE, EVENT_ID = "Hub-Signature", "Hub-Event-Id"


def sign(secret: str, timestamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256).hexdigest()


def headers(secrets: Iterable[str], *, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """`Hub-Signature: t=1700000000,v1=<hex>`, with one `v1` for each secret that is valid now.

    The event id is the same however often the event is sent.
    """
    signatures = [f"v1={sign(secret, timestamp, body)}" for secret in secrets]
    return {SIGNATURE: ",".join([f"t={timestamp}", *signatures]), EVENT_ID: event_id}
