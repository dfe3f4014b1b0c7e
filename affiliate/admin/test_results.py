"""What became of a test lead, in a sentence that says what it means and what to do."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from affiliate.delivery import limits
from affiliate.models import Lead, labels
from affiliate.vocabulary import Delivery

_WAITING = (Delivery.QUEUED, Delivery.SENDING)


def done(lead: Lead) -> bool:
    return lead.delivery not in _WAITING


def words(lead: Lead, now: datetime) -> str:
    network = {"network": lead.network, "eid": lead.eid}
    if lead.delivery == Delivery.DELIVERED:
        if lead.eid:
            return _("%(network)s has the lead under the id %(eid)s. Its status is still to come.") % network
        return _("%(network)s has the lead, but gave it no id: its status can only come with our own id.") % network
    if lead.delivery == Delivery.REFUSED:
        return _("%(network)s does not take this lead. Its answer below says why.") % network
    if lead.delivery == Delivery.UNCLEAR:
        return _("Nobody knows whether %(network)s has the lead: look for it in the account there.") % network
    if lead.delivery == Delivery.FAILED:
        return _("The lead did not get through to %(network)s within the network's deadline.") % network
    closed = limits.closed_because(lead.network, limits.state_of(lead.network), now)
    if closed:
        reason = dict(labels.CLOSED)[closed]
        return _("The lead waits: %(reason)s.") % {"reason": reason}
    if lead.attempts_made and lead.next_attempt_at:
        text = _("%(network)s did not take it yet. The next try is at %(time)s.")
        return text % (network | {"time": date_format(timezone.localtime(lead.next_attempt_at), "H:i:s")})
    return _("The lead is on its way to %(network)s.") % network
