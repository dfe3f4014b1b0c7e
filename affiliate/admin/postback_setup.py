"""What a network's account needs to send postbacks: addresses with their last calls, keys, a test."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseNotAllowed
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext

from affiliate.admin import looks
from affiliate.delivery import record
from affiliate.integrations import postback_urls
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Tail
from affiliate.models import Network, Postback
from affiliate.postbacks import events, keys, self_test

LOOKED_THROUGH = 1000


class PostbackSetup:
    """Adds to the networks' admin: a new postback key, the end of the old ones, the test of the address."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:number>/new-key/", view(self.new_key_view), name="affiliate_network_new_key"),
            path("<int:number>/old-keys/", view(self.old_keys_view), name="affiliate_network_old_keys"),
            path("<int:number>/self-test/", view(self.self_test_view), name="affiliate_network_self_test"),
            *super().get_urls(),
        ]

    def new_key_view(self, request, number):
        network = self.changeable(request, number)
        if network is None:
            return self.not_found(request)
        if request.method == "POST":
            keys.rotate(network)
            record.note(network, gettext_noop("New postback key."))
            text = _("The postback addresses have a new key; those with the old one still work.")
            return self.back_to(request, network, text)
        return self._ask(
            request,
            network,
            title=_("New postback key"),
            explanation=_(
                "Use it when somebody may know the present one. Every address gets the new key and has to be typed once more "
                "in the network's account. Addresses with the old key go on working until you end it."
            ),
        )

    def old_keys_view(self, request, number):
        network = self.changeable(request, number)
        if network is None:
            return self.not_found(request)
        if request.method == "POST":
            count = keys.remove_old(network)
            record.note(network, gettext_noop("Old postback keys ended."))
            text = ngettext("%(count)s old key has ended.", "%(count)s old keys have ended.", count)
            return self.back_to(request, network, text % {"count": count})
        return self._ask(
            request,
            network,
            title=_("End the old keys"),
            explanation=_("Calls with an old key are refused a few seconds later, and their statuses are lost."),
            last=_with_old_key(_newest(network)),
        )

    def self_test_view(self, request, number):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        network = self.changeable(request, number)
        if network is None:
            return self.not_found(request)
        found = self_test.run(network)
        return self.back_to(request, network, found.text, messages.SUCCESS if found.ok else messages.ERROR)

    def _ask(self, request, network, *, title, explanation, **context):
        template = "admin/affiliate/network/postback_key.html"
        back = self.url("change", network.pk)
        return self.page(request, template, title=title, network=network, explanation=explanation, back=back, **context)


def context(network: Network) -> dict:
    """For the template `admin/affiliate/network/postbacks.html`."""
    integration = network.integration_class
    start = postback_urls.prefix(settings.SITE_URL, network.pk, network.postback_key)
    calls = events.from_networks(_newest(network))
    hits = events.newest_hits(integration.tails, calls)
    addresses = postback_urls.postback_urls(integration, start)
    return {
        "intro": integration.tails_intro if integration.tails else "",
        "urls": [{"address": one, "hit": _shown(hit)} for one, hit in zip(addresses, hits, strict=True)],
        "start": start,
        "fields": postback_urls.postback_fields(
            integration,
            domain=urlsplit(settings.SITE_URL).netloc,
            identity=f"{network.pk}-{network.postback_key}",
        ),
        "by_word": _by_word(integration, calls) if integration.postback_fields else [],
        "last": _shown(next(iter(calls), None)),
        "old_keys": len(network.postback_keys) - 1,
        "with_old_key": _with_old_key(calls),
        "looked_through": LOOKED_THROUGH,
        "remembered": f"{settings.REMEMBER_SECONDS:g}",
    }


def _by_word(integration: type[Integration], calls: list[Postback]) -> list[dict]:
    """Where values are typed one by one, each event has a postback with a status of its own."""
    tails = [Tail(word, f"&status={word}") for word in integration.statuses]
    hits = events.newest_hits(tails, calls)
    return [{"word": tail.event, "hit": _shown(hit)} for tail, hit in zip(tails, hits, strict=True)]


def _newest(network: Network) -> list[Postback]:
    columns = ("received_at", "fields", "verdict", "old_key")
    return list(network.postbacks.only(*columns).order_by("-pk")[:LOOKED_THROUGH])


def _with_old_key(calls: list[Postback]) -> dict | None:
    return _shown(next((call for call in calls if call.old_key), None))


def _shown(call: Postback | None) -> dict | None:
    return {"row": call, "badge": looks.verdict_badge(call)} if call else None
