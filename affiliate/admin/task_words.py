"""Periodic tasks in plain words."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Plain:
    """`words` say what is missing while it is switched off."""

    name: str
    words: str


TASKS = {
    "affiliate.sweep": Plain(
        _("Find leads that are due to be sent or asked about"),
        _("Switched off, leads wait whose message was lost, and no statuses are polled."),
    ),
    "affiliate.sweep_imports": Plain(
        _("Go on with imports of leads"), _("Switched off, an import that was broken off stays where it is.")
    ),
    "affiliate.sweep_reports": Plain(
        _("Find reports to sources that are due"), _("Switched off, reports that failed once are not tried again.")
    ),
    "affiliate.apply_postbacks": Plain(
        _("Apply postbacks that came in"), _("Switched off, postbacks that overtook their lead stay parked.")
    ),
    "affiliate.count_hours": Plain(
        _("Count leads for the overview"), _("Switched off, the figures of the overview stand still.")
    ),
    "affiliate.check_connections": Plain(
        _("Ask paused networks whether they work again"),
        _("Switched off, a paused network waits for a person."),
    ),
    "affiliate.alerts": Plain(_("Look for trouble and send alerts"), _("Switched off, nobody is told of anything.")),
    "affiliate.status_words": Plain(
        _("Count status words; apply what people said of them to earlier leads"),
        _("Switched off, the counts stand still and earlier leads keep their statuses."),
    ),
    "affiliate.forget": Plain(
        _("Remove journal rows that are older than the settings keep"),
        _("Switched off, the journals grow for ever."),
    ),
    "affiliate.sandbox_report": Plain(
        _("Sandbox network: report decisions"), _("Switched off, sandbox leads get no statuses by postback.")
    ),
    "celery.backend_cleanup": Plain(_("Remove old task results"), _("The hub keeps none; it costs nothing.")),
}
