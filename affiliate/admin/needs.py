"""What needs a person now: each a sentence with a link."""

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliate.admin import counting, looks
from affiliate.admin.filters import NONE
from affiliate.admin.hub import secrets_of
from affiliate.delivery import processes, reports
from affiliate.delivery.alerts import texts
from affiliate.models import Incident, Lead, NetworkState, Postback, StatusWord
from affiliate.models.alert import Event
from affiliate.models.postback import Verdict
from affiliate.vocabulary import Delivery


def of(user) -> list[dict]:
    """For the template `admin/index.html`; what is in order is left out."""
    found = _processes(user)
    if user.has_perm("affiliate.view_network"):
        found += _networks()
    if user.has_perm("affiliate.view_lead"):
        found += _leads()
    if user.has_perm("affiliate.view_postback"):
        found += _postbacks()
    if user.has_perm("affiliate.view_statusword"):
        found += _words()
    if user.has_perm("affiliate.view_network"):
        found += _silent()
    if user.has_perm("affiliate.view_reportaddress"):
        found += _report_addresses()
    return [need for need in found if need]


def _processes(user) -> list[dict]:
    """Of a beat that is down alone: without it workers are given little to do."""
    badge = looks.badge(_("down"), looks.BAD)
    if processes.beat_stands_still():
        beat = {
            "count": "",
            "title": _("The beat process"),
            "badge": badge,
            "detail": _("No periodic task has run for more than ten minutes: start it again."),
            "url": reverse("admin:django_celery_beat_periodictask_changelist"),
        }
        return [beat] if user.has_perm("django_celery_beat.view_periodictask") else []
    since = processes.workers_silent_since() if user.has_perm("affiliate.view_lead") else None
    if since is None:
        return []
    leads = reverse("admin:affiliate_lead_changelist")
    told = _("No worker has reported for %(time)s, so nothing is sent: start one again. Leads wait in the queue.")
    workers = {
        "count": "",
        "title": _("The workers"),
        "badge": badge,
        "detail": told % {"time": timesince(since, depth=1)},
        "url": f"{leads}?delivery__exact={Delivery.QUEUED.value}",
    }
    return [workers]


def _networks() -> list[dict]:
    now = timezone.now()
    troubled = NetworkState.objects.filter(Q(paused_at__isnull=False) | Q(open_until__gt=now), network__enabled=True)
    rows = troubled.select_related("network").order_by("network__name")
    return [
        {
            "count": "",
            "title": state.network.name,
            "badge": looks.state_badge(state, now),
            "detail": state.paused_reason,
            "url": reverse("admin:affiliate_network_change", args=[state.network_id]),
        }
        for state in rows.defer(*secrets_of("network"))[:20]
    ]


def _silent() -> list[dict]:
    incidents = Incident.objects.filter(event=Event.SILENCE, ended_at=None, network__enabled=True)
    return [
        {
            "count": "",
            "title": incident.network.name,
            "badge": looks.badge(_("silent"), looks.CARE),
            "detail": texts.details(incident.event, incident.facts),
            "url": f"{reverse('admin:affiliate_postback_changelist')}?network={incident.network_id}",
        }
        for incident in incidents.select_related("network").defer(*secrets_of("network")).order_by("network__name")
    ]


def _report_addresses() -> list[dict]:
    return [
        {
            "count": "",
            "title": str(address),
            "badge": looks.badge(_("does not take reports"), looks.BAD),
            "detail": _("They are tried again by themselves; the address's page says what it answers."),
            "url": reverse("admin:affiliate_reportaddress_change", args=[address.pk]),
        }
        for address in reports.failing()
    ]


def _leads() -> list[dict | None]:
    leads = reverse("admin:affiliate_lead_changelist")
    unclear, failed, queued = (one.value for one in (Delivery.UNCLEAR, Delivery.FAILED, Delivery.QUEUED))
    return [
        _counted(
            Lead.objects.filter(delivery=unclear),
            f"{leads}?delivery__exact={unclear}",
            lambda count: ngettext("lead: unclear whether it arrived", "leads: unclear whether they arrived", count),
        ),
        _counted(
            Lead.objects.filter(delivery=failed),
            f"{leads}?delivery__exact={failed}",
            lambda count: ngettext("lead failed", "leads failed", count),
        ),
        _counted(
            Lead.objects.filter(delivery=queued, network__isnull=True),
            f"{leads}?delivery__exact={queued}&network={NONE}",
            lambda count: ngettext("lead that no flow takes", "leads that no flow takes", count),
        ),
    ]


def _postbacks() -> list[dict | None]:
    words = {
        Verdict.MACRO: lambda count: ngettext(
            "postback with an unreplaced macro", "postbacks with unreplaced macros", count
        ),
        Verdict.NO_LEAD: lambda count: ngettext(
            "postback about a lead that is not here", "postbacks about leads that are not here", count
        ),
        Verdict.NO_ID: lambda count: ngettext("postback without an id", "postbacks without an id", count),
    }
    journal = reverse("admin:affiliate_postback_changelist")
    return [
        _counted(Postback.objects.filter(verdict=verdict.value), f"{journal}?verdict__exact={verdict.value}", title)
        for verdict, title in words.items()
    ]


def _words() -> list[dict | None]:
    return [
        _counted(
            StatusWord.objects.filter(status=""),
            f"{reverse('admin:affiliate_statusword_changelist')}?means=unknown",
            lambda count: ngettext(
                "status word that nobody has explained", "status words that nobody has explained", count
            ),
        )
    ]


def _counted(rows, url: str, title) -> dict | None:
    count = counting.count_up_to(rows)
    return {"count": counting.words(count), "title": title(count), "url": url} if count else None
