"""What a channel is told, in its language."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliate.models import Alert, AlertChannel
from affiliate.models.alert import Event, Phase


def message(alerts: list[Alert], channel: AlertChannel) -> str:
    """One text of one or several alerts."""
    with translation.override(channel.language):
        lines = [line(alert) for alert in alerts]
        if len(lines) > 1:
            head = ngettext("%(count)s alert of the hub", "%(count)s alerts of the hub", len(lines))
            lines.insert(0, head % {"count": len(lines)})
        return "\n\n".join([*lines, f"{settings.SITE_URL}/admin/"])


def line(alert: Alert) -> str:
    if alert.phase == Phase.TEST:
        return _("Test: alerts of the hub arrive here.")
    incident = alert.incident
    where = incident.network.name if incident.network else _("The hub")
    what = str(incident.get_event_display())
    if alert.phase == Phase.ENDED:
        return _("%(where)s: over again: %(what)s.") % {"where": where, "what": what}
    told = details(incident.event, incident.facts)
    text = _("%(where)s: %(what)s.") % {"where": where, "what": what}
    return f"{text} {told}".strip()


def details(event: str, facts: dict) -> str:
    """The numbers behind an incident as a sentence; "" where there are none."""
    count = facts.get("count") or 0
    if event in (Event.PAUSED, Event.REFUSED):
        return _("The network said: %(reason)s") % {"reason": facts["reason"]} if facts.get("reason") else ""
    if event == Event.UNCLEAR:
        return ngettext("%(count)s lead.", "%(count)s leads.", count) % {"count": count}
    if event == Event.SILENCE:
        words = ngettext("%(count)s lead has waited", "%(count)s leads have waited", count) % {"count": count}
        waits = _("%(leads)s for more than %(hours)s h for a first status.") % {"leads": words, "hours": facts["hours"]}
        never = _("None ever came: check the postback URL in its account.") if facts.get("never") else ""
        return f"{waits} {never}".strip()
    if event == Event.RATE:
        return _("%(rate)s %% of %(count)s decided leads of three days; usual are %(usual)s %%.") % facts
    if event == Event.REPORTS:
        words = ngettext("%(count)s address takes none", "%(count)s addresses take none", count) % {"count": count}
        return _("%(addresses)s: %(names)s. They are tried again by themselves.") % {
            "addresses": words,
            "names": facts["names"],
        }
    if event == Event.QUEUE:
        words = ngettext("%(count)s lead waits", "%(count)s leads wait", count) % {"count": count}
        return _("%(leads)s, the oldest one for %(minutes)s min.") % {"leads": words, "minutes": facts["minutes"]}
    return ""


def data(alerts: list[Alert]) -> dict:
    """The same for a program; events and phases are those of `Event` and `Phase`."""
    return {"alerts": [_row(alert) for alert in alerts]}


def _row(alert: Alert) -> dict:
    incident = alert.incident
    if incident is None:
        return {"phase": alert.phase}
    return {
        "phase": alert.phase,
        "event": incident.event,
        "network": {"id": incident.network_id, "name": incident.network.name} if incident.network else None,
        "facts": incident.facts,
        "begun_at": incident.begun_at.isoformat(),
        "ended_at": incident.ended_at and incident.ended_at.isoformat(),
    }
