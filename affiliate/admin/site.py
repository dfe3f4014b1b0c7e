"""The sidebar, the style and the script; settings name these functions."""

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def stylesheet(request) -> str:
    return static("affiliate/hub.css")


def favicon(request) -> str:
    return static("affiliate/favicon.svg")


def script(request) -> str:
    return static("affiliate/hub.js")


def navigation(request) -> list[dict]:
    groups = [
        ("", [(_("Overview"), "space_dashboard", None)]),
        (
            _("Leads"),
            [
                (_("Leads"), "group", "affiliate.lead"),
                (pgettext("plural", "Sources"), "login", "affiliate.source"),
                (_("Leads not taken"), "person_off", "affiliate.nottaken"),
                (_("Black list"), "block", "affiliate.ban"),
                (_("Imports of leads"), "upload_file", "affiliate.leadimport"),
                (_("Report addresses"), "outgoing_mail", "affiliate.reportaddress"),
            ],
        ),
        (
            _("Where leads go"),
            [
                (_("Networks"), "hub", "affiliate.network"),
                (_("State of networks"), "monitor_heart", "affiliate.network", "state"),
                (_("Offers"), "sell", "affiliate.offer"),
                (_("Flows"), "alt_route", "affiliate.flow"),
            ],
        ),
        (
            _("Journals"),
            [
                (_("Attempts"), "send", "affiliate.attempt"),
                (_("Postbacks"), "call_received", "affiliate.postback"),
                (_("Status words"), "translate", "affiliate.statusword"),
                (_("Status polls"), "sync", "affiliate.statuspoll"),
                (_("Reports to sources"), "call_made", "affiliate.report"),
            ],
        ),
        (
            _("Alerts"),
            [
                (_("Incidents"), "crisis_alert", "affiliate.incident"),
                (_("Channels"), "notifications", "affiliate.alertchannel"),
                (_("Sent alerts"), "outgoing_mail", "affiliate.alert"),
                (_("Muted"), "notifications_off", "affiliate.alertmute"),
            ],
        ),
        (
            _("Hub"),
            [
                (_("Periodic tasks"), "schedule", "django_celery_beat.periodictask"),
                (_("People"), "person", "auth.user"),
                (_("Roles"), "groups", "auth.group"),
                (_("Failed sign-ins"), "lock", "affiliate.failedsignin"),
                (_("Changes of settings"), "history", "affiliate.settingchange"),
                (_("Who saw leads"), "visibility", "affiliate.leadlook"),
            ],
        ),
    ]
    if settings.SANDBOX:
        accounts = (_("Accounts"), "science", "affiliate.sandboxaccount")
        groups.append((_("Sandbox"), [accounts, (_("Orders"), "receipt_long", "affiliate.sandboxorder")]))
    shown = [(title, [_item(request, *item) for item in items]) for title, items in groups]
    # A heading over nothing would say that something is missing.
    return [{"title": title, "items": items} for title, items in shown if any(_allowed(item) for item in items)]


def _allowed(item: dict) -> bool:
    return "permission" not in item or item["permission"](None)


def _beside() -> set[str]:
    """Pages of a model that have a line of their own."""
    return {reverse("admin:affiliate_network_state")}


def _item(request, title: str, icon: str, model: str | None, page: str = "changelist") -> dict:
    """`page` is one of the model's that stands beside its list."""
    if model is None:
        return {"title": title, "icon": icon, "link": reverse("admin:index")}
    app, name = model.split(".")
    link = reverse(f"admin:{app}_{name}_{page}")
    allowed = any(request.user.has_perm(f"{app}.{right}_{name}") for right in ("view", "change"))
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "active": request.path.startswith(link) and (page != "changelist" or request.path not in _beside()),
        "permission": lambda _request: allowed,
    }
