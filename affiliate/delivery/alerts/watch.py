"""Keeps incidents in step with what is wrong now, and queues what channels are told of it."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from affiliate.delivery import clock
from affiliate.delivery.alerts import conditions
from affiliate.delivery.alerts.conditions import Condition
from affiliate.models import Alert, AlertChannel, AlertMute, Incident
from affiliate.models.alert import AlertState, Phase


def watch() -> None:
    """Look once: incidents begin, go on or end. A condition that lasts is told once."""
    found = {(one.event.value, one.network_id): one for one in conditions.find()}
    still = {(one.event, one.network_id): one for one in Incident.objects.filter(ended_at=None)}
    for key, condition in found.items():
        if key not in still:
            _begin(condition)
        elif still[key].facts != condition.facts:
            Incident.objects.filter(pk=still[key].pk).update(facts=condition.facts)
    for key, incident in still.items():
        if key not in found:
            _end(incident)


def _begin(condition: Condition) -> None:
    try:
        with transaction.atomic():
            incident = Incident.objects.create(
                event=condition.event.value,
                network_id=condition.network_id,
                facts=condition.facts,
                begun_at=clock.now(),
            )
            _tell(incident, Phase.BEGUN, AlertChannel.objects.all())
    except IntegrityError:
        # Another worker looked at the same moment.
        return


def _end(incident: Incident) -> None:
    """Only who was told of its begin is told of its end."""
    with transaction.atomic():
        now = clock.now()
        if not Incident.objects.filter(pk=incident.pk, ended_at=None).update(ended_at=now):
            return
        told = Alert.objects.filter(incident=incident, phase=Phase.BEGUN).exclude(state=AlertState.MUTED)
        _tell(incident, Phase.ENDED, AlertChannel.objects.filter(pk__in=told.values("channel")))


def _tell(incident: Incident, phase: Phase, channels) -> None:
    now = clock.now()
    mutes = list(AlertMute.objects.filter(until__gt=now))
    alerts = []
    for channel in channels.order_by("pk"):
        if not channel.wants(incident.event):
            continue
        muted = any(
            one.covers(event=incident.event, channel_id=channel.pk, network_id=incident.network_id) for one in mutes
        )
        alerts.append(
            Alert(
                channel=channel,
                incident=incident,
                phase=phase,
                state=AlertState.MUTED if muted else AlertState.QUEUED,
                due_at=None if muted else _due(channel, now),
            )
        )
    Alert.objects.bulk_create(alerts)


def _due(channel: AlertChannel, now: datetime) -> datetime:
    """With the message that is being collected, if there is one."""
    collected = channel.alerts.filter(state=AlertState.QUEUED, tries=0).order_by("due_at").first()
    if channel.digest_minutes and collected:
        return collected.due_at
    return now + timedelta(minutes=channel.digest_minutes)
