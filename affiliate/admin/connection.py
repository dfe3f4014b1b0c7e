"""Checking a network's connection: the button, what was found, with its request and answer."""

from django.contrib import messages
from django.http import HttpResponseNotAllowed
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from affiliate.admin import looks, personal, said
from affiliate.admin.exchanges import readable
from affiliate.delivery import check, record
from affiliate.models import ConnectionCheck, Network
from affiliate.vocabulary import CheckVerdict

WHAT_TO_DO = {
    CheckVerdict.REFUSED.value: _(
        "Compare the credentials with those in the network's account, save them and check again."
    ),
    CheckVerdict.UNREACHABLE.value: _(
        "The network is down, or its address is wrong. Try again in a few minutes; leads wait in the queue meanwhile."
    ),
    CheckVerdict.UNEXPECTED.value: _(
        "This proves nothing yet. Look at the answer below, and send a test lead to know for sure."
    ),
}


class ConnectionChecks:
    """Adds to the networks' admin: the check by hand."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.check_view)
        return [path("<int:number>/check/", view, name="affiliate_network_check"), *super().get_urls()]

    def check_view(self, request, number):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        network = self.changeable(request, number)
        if network is None:
            return self.not_found(request)
        try:
            outcome = check.check(network)
        except check.CannotCheck:
            text = _("No request of this network is known that changes nothing there: send a test lead instead.")
            return self.back_to(request, network, text, messages.WARNING)
        if outcome.resumed:
            record.note(network, gettext_noop("Resumed."))
            return self.back_to(
                request, network, _("The connection works; the network's leads are on their way again.")
            )
        works = outcome.found.verdict == CheckVerdict.WORKS
        level = messages.SUCCESS if works else messages.ERROR
        return self.back_to(request, network, summary(outcome.found), level)


def summary(found: ConnectionCheck) -> str:
    """The verdict as a sentence, with what the network said."""
    words = found.get_verdict_display()
    return f"{words[:1].upper()}{words[1:]}" + (f": {said.reason(found.reason)}" if found.reason else ".")


def context(network: Network, user) -> dict:
    """For the template `admin/affiliate/network/connection.html`."""
    found = ConnectionCheck.objects.filter(network=network).first()
    return {
        "possible": network.integrate().can_check(),
        "found": found,
        "badge": looks.check_badge(found) if found else "",
        "reason": said.reason(found.reason) if found else "",
        "advice": WHAT_TO_DO.get(found.verdict, "") if found else "",
        # A list that a network answers with may name people.
        "exchanges": readable(found.exchanges) if found and personal.may_see(user) else None,
    }
