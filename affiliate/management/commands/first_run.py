"""Makes what a fresh hub needs to be tried: an admin, and the sandbox network with a demo offer, flow and source."""

import os
import secrets

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

from affiliate.integrations.postback_urls import postback_urls, prefix
from affiliate.models import Flow, Network, Offer, SandboxAccount, Source
from affiliate.models.source import hash_key

KEY_FILE = "demo-key"


class Command(BaseCommand):
    help = "Make the first admin and, where the sandbox is on, a demo network, offers and source. Does nothing the second time."

    @transaction.atomic
    def handle(self, **options):
        self._admin()
        if settings.SANDBOX and not Network.objects.filter(integration="sandbox").exists():
            self._demo()
        self.stdout.write(f"Admin: {settings.SITE_URL}/admin/")

    def _admin(self):
        users = get_user_model().objects
        if users.filter(is_superuser=True).exists():
            return
        password = secrets.token_urlsafe(12)
        users.create_superuser("admin", password=password)
        self.stdout.write(f"First admin: login admin, password {password} (shown this once)")

    def _demo(self):
        offer = Offer.objects.create(title="Demo offer")
        polled = Offer.objects.create(title="Demo offer, statuses by poll")
        by_postback, token = self._account("Sandbox")
        account = SandboxAccount.objects.get(token_hash=hash_key(token))
        start = prefix(settings.SITE_URL, by_postback.pk, by_postback.postback_key)
        account.postback_url = postback_urls(by_postback.integration_class, start)[0].url
        account.save()
        by_poll, _token = self._account("Sandbox, polled")
        for one, network in ((offer, by_postback), (polled, by_poll)):
            Flow.objects.create(offer=one, network=network, parameters={"sandbox": "watch"})
        key = Source.objects.create(name="Demo landing page").issue_key()
        path = settings.DATA_DIR / KEY_FILE
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(key)
        self.stdout.write(
            f"Demo: offer {offer.pk} goes to the sandbox network and its status comes back by postback, "
            f"offer {polled.pk} by poll. The key of the demo source is in {path.relative_to(settings.BASE_DIR)}"
            if path.is_relative_to(settings.BASE_DIR)
            else f"Demo: offers {offer.pk} and {polled.pk}; the key of the demo source is in {path}"
        )

    def _account(self, name: str) -> tuple[Network, str]:
        token = secrets.token_hex(16)
        SandboxAccount.objects.create(name=name, token_hash=hash_key(token))
        network = Network.objects.create(
            name=name, integration="sandbox", base_url=f"{settings.SITE_URL}/sandbox", credentials={"api": token}
        )
        return network, token
