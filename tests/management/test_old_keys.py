"""The key that a source had in a column of its own is one of its keys after the migrations."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from affiliate.intake import keys
from affiliate.models import Source
from affiliate.models.source import hash_key

OLD, NOW = [("affiliate", "0008_intake")], [("affiliate", "0010_no_key_columns")]
SECRET = "a-secret-of-before"


def migrated(target):
    executor = MigrationExecutor(connection)
    executor.migrate(target)
    return executor.loader.project_state(target).apps


@pytest.mark.django_db(transaction=True)
def test_a_key_of_before_still_works_and_a_source_without_one_has_none():
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes("affiliate")
    try:
        source = migrated(OLD).get_model("affiliate", "Source")
        with_key = source.objects.create(name="Old", key_hash=hash_key(SECRET), key_hint=SECRET[-4:]).pk
        without = source.objects.create(name="None").pk
        migrated(NOW)
    finally:
        migrated(newest)
    found = keys.find(f"{with_key}-{SECRET}")
    assert (found.source_id, found.hint, found.can_send, found.can_read) == (with_key, "fore", True, True)
    assert keys.find(f"{with_key}-another") is None
    assert Source.objects.get(pk=without).keys.count() == 0
