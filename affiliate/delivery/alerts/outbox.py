"""Sends queued alerts: what one channel is due goes in one message. A message may arrive twice, and is never lost."""

from datetime import timedelta

from django.db import transaction

from affiliate.delivery import bulk, clock
from affiliate.delivery.alerts import kinds, texts
from affiliate.delivery.alerts.kinds import Sent
from affiliate.models import Alert, AlertChannel
from affiliate.models.alert import AlertState, Phase

# Seconds until the next try.
RETRIES = [60, 300, 900, 3600, 3 * 3600, 12 * 3600]
# How long a worker may take for one message before another takes it up.
LEASE = timedelta(minutes=3)
MOST = 50


def send_due() -> int:
    """Returns how many messages left."""
    due = Alert.objects.filter(due_at__lte=clock.now()).order_by().values_list("channel", flat=True).distinct()
    return sum(_send(channel) for channel in AlertChannel.objects.filter(pk__in=list(due)).order_by("pk"))


def send_test(channel: AlertChannel) -> Sent:
    """At once, whatever is muted; it is kept in the journal too."""
    alert = Alert(channel=channel, phase=Phase.TEST, tries=1)
    alert.text = texts.message([alert], channel)
    sent = kinds.send(channel.via, channel.values, text=alert.text, data=texts.data([alert]))
    alert.state = AlertState.SENT if sent.ok else AlertState.FAILED
    alert.answer, alert.sent_at = sent.answer[:300], clock.now() if sent.ok else None
    alert.save()
    return sent


def _send(channel: AlertChannel) -> bool:
    alerts = _taken(channel)
    if not alerts:
        return False
    text = texts.message(alerts, channel)
    sent = kinds.send(channel.via, channel.values, text=text, data=texts.data(alerts))
    _settle(alerts, sent, text)
    return sent.ok


def _taken(channel: AlertChannel) -> list[Alert]:
    with transaction.atomic():
        now = clock.now()
        rows = bulk.skip_locked(channel.alerts.filter(due_at__lte=now).order_by("pk"))
        alerts = list(rows[:MOST])
        Alert.objects.filter(pk__in=[one.pk for one in alerts]).update(due_at=now + LEASE)
    found = Alert.objects.filter(pk__in=[one.pk for one in alerts]).select_related("incident__network").order_by("pk")
    return list(found.defer("incident__network__credentials", "incident__network__postback_keys"))


def _settle(alerts: list[Alert], sent: Sent, text: str) -> None:
    now = clock.now()
    for alert in alerts:
        alert.tries += 1
        alert.text, alert.answer = text, sent.answer[:300]
        if sent.ok:
            alert.state, alert.due_at, alert.sent_at = AlertState.SENT, None, now
        elif alert.tries > len(RETRIES):
            alert.state, alert.due_at = AlertState.FAILED, None
        else:
            alert.due_at = now + timedelta(seconds=RETRIES[alert.tries - 1])
    Alert.objects.bulk_update(alerts, ["tries", "text", "answer", "state", "due_at", "sent_at"])
