"""The first page: what needs a person now, how today goes, and the next step of a new hub."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliate.admin import counting, looks
from affiliate.admin.hub import secrets_of
from affiliate.models import Flow, Lead, Network, NetworkState, Offer, Postback, Source
from affiliate.models.postback import Verdict
from affiliate.vocabulary import Delivery, Status


def dashboard(request, context: dict) -> dict:
    """Called by the theme for the index page."""
    user = request.user
    if user.has_perm("affiliate.view_lead"):
        context["today"] = _today()
    context["title"] = _("Overview")
    context["needs"] = [need for need in _needs(user) if need]
    context["steps"] = _steps(user)
    return context


def _today() -> dict:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    approved = Q(status__in=[Status.APPROVE.value, Status.HOLD.value])
    counts = Lead.objects.filter(created_at__gte=midnight).aggregate(
        received=Count("pk"),
        delivered=Count("pk", filter=Q(delivery=Delivery.DELIVERED.value)),
        approved=Count("pk", filter=approved),
        trash=Count("pk", filter=Q(status=Status.TRASH.value)),
    )
    worth = counts["received"] - counts["trash"]
    counts["approve_rate"] = round(100 * counts["approved"] / worth) if worth else None
    return counts


def _needs(user):
    """Each as a sentence with a link; None for what is in order."""
    if user.has_perm("affiliate.view_network"):
        yield from _networks()
    if user.has_perm("affiliate.view_lead"):
        leads = f"{reverse('admin:affiliate_lead_changelist')}?delivery__exact="
        troubled = Lead.objects.filter(delivery__in=[Delivery.UNCLEAR.value, Delivery.FAILED.value]).order_by()
        counts = dict(troubled.values_list("delivery").annotate(Count("pk")))
        if count := counts.get(Delivery.UNCLEAR.value):
            title = ngettext("lead: unclear whether it arrived", "leads: unclear whether they arrived", count)
            yield {"count": count, "title": title, "url": f"{leads}{Delivery.UNCLEAR.value}"}
        if count := counts.get(Delivery.FAILED.value):
            title = ngettext("lead failed", "leads failed", count)
            yield {"count": count, "title": title, "url": f"{leads}{Delivery.FAILED.value}"}
        yield _counted(
            Lead.objects.filter(delivery=Delivery.QUEUED.value, network__isnull=True),
            f"{leads}{Delivery.QUEUED.value}",
            lambda count: ngettext("lead that no flow takes", "leads that no flow takes", count),
        )
    if user.has_perm("affiliate.view_postback"):
        journal = reverse("admin:affiliate_postback_changelist")
        yield _counted(
            Postback.objects.filter(verdict=Verdict.UNKNOWN_WORD.value),
            f"{journal}?verdict__exact={Verdict.UNKNOWN_WORD.value}",
            lambda count: ngettext("postback with an unknown status", "postbacks with an unknown status", count),
        )
        yield _counted(
            Postback.objects.filter(verdict=Verdict.MACRO.value),
            f"{journal}?verdict__exact={Verdict.MACRO.value}",
            lambda count: ngettext("postback with an unreplaced macro", "postbacks with unreplaced macros", count),
        )


def _networks():
    now = timezone.now()
    troubled = NetworkState.objects.filter(Q(paused_at__isnull=False) | Q(open_until__gt=now), network__enabled=True)
    rows = troubled.select_related("network").order_by("network__name")
    for state in rows.defer(*secrets_of("network"))[:20]:
        yield {
            "count": "",
            "title": state.network.name,
            "badge": looks.state_badge(state, now),
            "detail": state.paused_reason,
            "url": reverse("admin:affiliate_network_change", args=[state.network_id]),
        }


def _counted(rows, url: str, title) -> dict | None:
    count = counting.count_up_to(rows)
    return {"count": counting.words(count), "title": title(count), "url": url} if count else None


def _steps(user) -> list[dict]:
    """What a new hub lacks before its first lead; empty once a lead is in, or for who may not set things up."""
    if not user.has_perm("affiliate.add_network") or Lead.objects.exists():
        return []
    steps = [
        (Network, _("Add a network"), _("Pick an integration and type the credentials from its account.")),
        (Offer, _("Add an offer"), _("What you sell.")),
        (Flow, _("Add a flow"), _("Which network gets the offer's leads, and with which parameters.")),
        (Source, _("Add a source"), _("Its key lets a landing page send leads; you get a ready cURL to try it.")),
    ]
    done = [model.objects.exists() for model, _title, _words in steps]
    next_one = done.index(False) if False in done else len(steps)
    return [
        {
            "title": title,
            "words": words,
            "done": done[number],
            "next": number == next_one,
            "url": reverse(f"admin:affiliate_{model._meta.model_name}_add"),
        }
        for number, (model, title, words) in enumerate(steps)
    ]
