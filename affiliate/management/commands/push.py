"""`manage.py push`: send a network's due leads now, or see what would be sent."""

import signal
from contextlib import contextmanager

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliate.delivery import clock, limits, push
from affiliate.delivery.dry_run import DryRun, look_ahead
from affiliate.integrations.registry import UnknownIntegration
from affiliate.management.streams import print_utf8
from affiliate.models import Network, labels
from affiliate.models.encryption import CannotDecrypt

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Sends the due leads of a network in this process, within its limits; Ctrl+C lets those on their way end. "
        "With --dry-run shows which leads would go and the first request, secrets masked; nothing is claimed or sent."
    )

    def add_arguments(self, parser):
        parser.add_argument("--network", required=True, metavar="NAME_OR_ID")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *, network, dry_run, **options):
        print_utf8()
        try:
            network = find(network)
            network.integrate()
        except (CannotDecrypt, UnknownIntegration) as error:
            raise CommandError(str(error)) from None
        if dry_run:
            self.stdout.write("\n".join(lines(network, look_ahead(network))))
            return
        ended = 0
        with stoppable():
            while count := push.push_due(network.pk):
                ended += count
        text = ngettext(
            "%(network)s: %(count)s conversation ended", "%(network)s: %(count)s conversations ended", ended
        )
        self.stdout.write(text % {"network": network, "count": ended})
        network.refresh_from_db()
        code, detail = limits.why_closed(network, limits.state_of(network), clock.now())
        if code:
            self.stdout.write(closed(code, detail))


def find(name_or_id: str) -> Network:
    """By name, else by number. Raises CommandError that lists the names."""
    networks = Network.objects.select_related("state")
    found = networks.filter(name=name_or_id).first()
    if found is None and name_or_id.isdecimal():
        found = networks.filter(pk=name_or_id).first()
    if found is None:
        names = ", ".join(Network.objects.values_list("name", flat=True)) or "–"
        text = _("--network: there is no network %(name)s. Networks: %(names)s")
        raise CommandError(text % {"name": name_or_id, "names": names})
    return found


def lines(network: Network, seen: DryRun):
    words = {"network": network, "due": seen.due, "count": len(seen.leads)}
    yield _("%(network)s: due %(due)s, would go now %(count)s") % words
    if seen.closed:
        yield closed(seen.closed, seen.closed_detail)
    for lead in seen.leads[:SHOWN]:
        since = _("due since %(time)s") % {"time": f"{lead.next_attempt_at:%Y-%m-%d %H:%M:%S} UTC"}
        yield f"  {lead.oid}  {lead.country or '--'}  {since}  {lead.flow}"
    if len(seen.leads) > SHOWN:
        yield "  " + _("and %(count)s more") % {"count": len(seen.leads) - SHOWN}
    if seen.request:
        yield f"\n{seen.request['method']} {seen.request['url']}"
        yield from (f"{name}: {value}" for name, value in seen.request["headers"].items())
        yield f"\n{seen.request['body'] or ''}"
    elif seen.reason:
        yield _("The first lead would not be sent: %(reason)s") % {"reason": seen.reason}


def closed(code: str, detail: str) -> str:
    words = str(dict(labels.CLOSED)[code])
    return _("It takes no leads now: %(reason)s") % {"reason": f"{words} ({detail})" if detail else words}


@contextmanager
def stoppable():
    """An interrupt stops the claims, not the leads on their way: what was broken off would be unclear."""
    before = signal.signal(signal.SIGINT, lambda *_signal: push.stopping.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        push.stopping.clear()
