"""The Redis transport, whose worker outlives a loss of Redis.

In Celery and kombu 5.7 a worker that lost its connection gives back the messages it had, and acknowledges them when their
tasks end, through the channel that is gone; that raises AttributeError, which ends the process. Messages only wake:
neither is needed, the sweep finds what they were about.
"""

from kombu import transport
from kombu.transport import redis


class Channel(redis.Channel):
    do_restore = False

    def basic_ack(self, delivery_tag, multiple=False):
        if self.connection is not None and self.connection.client is not None:
            super().basic_ack(delivery_tag, multiple=multiple)


class Transport(redis.Transport):
    Channel = Channel


def install() -> None:
    """Let Redis addresses mean this transport."""
    for scheme in ("redis", "rediss"):
        transport.TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
