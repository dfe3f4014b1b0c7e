"""No secret in the database's plain text, in attempts or in logs."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from affiliate.delivery import poll, push
from affiliate.models import Lead, Network, SandboxAccount, Source
from affiliate.models.encryption import CannotDecrypt
from tests.fixtures import TOKEN

pytestmark = pytest.mark.django_db(transaction=True)


def database_text() -> str:
    """Every value of every table, as the database holds it."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            parts += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(parts)


def test_a_known_credential_is_nowhere_in_the_clear(flow, make_lead, fake_network, caplog):
    caplog.set_level("DEBUG")
    fake_network.verdicts["Ion"] = (200, f'{{"verdict": "refused", "why": "bad key {TOKEN}"}}')
    lead = make_lead()
    accepted = make_lead(name="Ana")
    push.push_due(lead.network_id)
    Lead.objects.filter(pk=accepted.pk).update(next_poll_at=lead.created_at)
    poll.poll_due(lead.network_id)
    assert lead.attempts.exists() and fake_network.asked
    text = database_text()
    assert lead.oid in text, "the dump does hold values"
    assert TOKEN not in text
    assert TOKEN not in caplog.text
    assert lead.network.postback_key not in text


def test_credentials_come_back_as_they_were_typed(network):
    assert Network.objects.get(pk=network.pk).credentials == {"api": TOKEN}


def test_a_sources_key_is_kept_as_a_hash_only(db):
    source = Source.objects.create(name="Landing")
    key = source.issue_key()
    secret = key.split("-", 1)[1]
    held = source.keys.get()
    assert held.holds(secret)
    assert not held.holds("") and not held.holds(secret[:-1])
    assert secret not in database_text()


class TestRotation:
    OLD = "b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZCE="
    NEW = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldyE="

    @pytest.fixture
    def old_rows(self, settings, probes, fake_network):
        settings.ENCRYPTION_KEYS = [self.OLD]
        SandboxAccount.objects.create(name="A", token_hash="h", postback_url="http://hub/?id=1-k")
        return Network.objects.create(name="N", integration="probe", credentials={"api": TOKEN})

    def test_every_key_decrypts_and_the_first_encrypts(self, settings, old_rows):
        settings.ENCRYPTION_KEYS = [self.NEW, self.OLD]
        assert Network.objects.get().credentials == {"api": TOKEN}
        call_command("rotate_keys")
        settings.ENCRYPTION_KEYS = [self.NEW]
        assert Network.objects.get().credentials == {"api": TOKEN}
        assert SandboxAccount.objects.get().postback_url == "http://hub/?id=1-k"

    def test_a_lost_key_is_said_plainly(self, settings, old_rows):
        settings.ENCRYPTION_KEYS = [self.NEW]
        with pytest.raises(CannotDecrypt, match="ENCRYPTION_KEYS"):
            Network.objects.get()
        with pytest.raises(CommandError, match="ENCRYPTION_KEYS"):
            call_command("rotate_keys")


def test_a_new_key_can_be_used(capsys, settings):
    call_command("new_key")
    settings.ENCRYPTION_KEYS = [capsys.readouterr().out.strip()]
    assert Network.objects.create(name="N", integration="x", credentials={"a": "b"}).pk
