"""The database goes away under load: whatever was answered 200 is in the journal, and the web process recovers by itself."""

import itertools
import threading
import time
from collections import Counter

import pytest
import requests

from tests.processes import services
from tests.processes.hub import wait_for

pytestmark = [pytest.mark.processes, pytest.mark.alike]

CALLERS = 8
AWAY = 10
KEPT = "SELECT fields->>'eid', count(*) FROM affiliate_postback GROUP BY 1"


class Callers:
    """Threads that send a postback each after another, no two alike; `answers` is the HTTP code of each, 0 for none."""

    def __init__(self, url: str):
        self.url, self.answers, self.numbers, self.stopped = url, {}, itertools.count(), threading.Event()
        self.threads = [threading.Thread(target=self._call) for _number in range(CALLERS)]
        for thread in self.threads:
            thread.start()

    def _call(self):
        with requests.Session() as session:
            while not self.stopped.is_set():
                eid = f"E{next(self.numbers)}"
                try:
                    code = session.get(f"{self.url}&eid={eid}&status=approve", timeout=30).status_code
                except requests.RequestException:
                    code = 0
                self.answers[eid] = code

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def codes_since(self, number: int) -> Counter:
        return Counter(list(self.answers.values())[number:])


@pytest.fixture
def postgres():
    with services.running(services.Postgres) as server:
        yield server


def test_every_call_answered_200_is_in_the_journal_after_an_outage(postgres, hub, record_property):
    hub = hub(DATABASE_URL=postgres.url, REDIS_URL="", POSTBACKS_PER_MINUTE="0")
    hub.web()
    pk, key = hub.ask("network = Network.objects.first(); answer = [network.pk, network.postback_key]")
    callers = Callers(f"{hub.url}/api/sale/status.json?id={pk}-{key}")
    try:
        wait_for(lambda: callers.codes_since(0)[200] > 200, "the load")
        postgres.crash()
        went = len(callers.answers)
        time.sleep(AWAY)
        away = callers.codes_since(went)
        postgres.start()
        came = len(callers.answers)
        wait_for(lambda: callers.codes_since(came)[200] > 200, "the recovery", seconds=30)
    finally:
        callers.stop()
    record_property("answers while away", dict(away))
    answered = {eid for eid, code in callers.answers.items() if code == 200}
    kept = dict(hub.rows(KEPT))
    assert answered <= kept.keys()
    assert set(kept.values()) == {1}
    assert away[503] > 0, "a call that cannot be kept is to come again"
    assert set(callers.codes_since(0)) == {200, 503}
