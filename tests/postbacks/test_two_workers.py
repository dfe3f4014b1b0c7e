"""Drains of two workers at once, where the database can lock rows."""

import threading

import pytest
from django.db import connection, transaction

from affiliate.models import Network, Postback
from affiliate.postbacks import drain


@pytest.mark.django_db(transaction=True)
def test_a_drain_leaves_the_rows_of_another_alone():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite locks the whole file")
    network = Network.objects.create(name="First", integration="drcash")
    held, free = (
        Postback.objects.create(network=network, method="GET", fields={"eid": "1"}, due_at="2026-01-01T00:00Z")
        for _number in range(2)
    )
    handled = []

    def second_worker():
        try:
            handled.append(drain.apply_due())
        finally:
            connection.close()

    with transaction.atomic():
        Postback.objects.select_for_update().get(pk=held.pk)
        thread = threading.Thread(target=second_worker)
        thread.start()
        thread.join(10)
    held.refresh_from_db()
    free.refresh_from_db()
    assert handled == [1]
    assert (held.verdict, free.verdict) == ("pending", "macro")
