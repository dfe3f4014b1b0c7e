"""The web process is killed under load: whatever was answered ok is in the database and is delivered, once."""

import itertools
import threading
from collections import Counter

import pytest
import requests

from tests.processes.hub import wait_for

pytestmark = pytest.mark.processes

POSTERS = 4
KILLS = 3
BETWEEN = 25
LEADS = "SELECT sub1, delivery FROM affiliate_lead"


class Posters:
    """Threads that send a lead each after another, no two alike, by two doors; `taken` names those answered ok."""

    def __init__(self, hub):
        self.hub, self.taken, self.numbers, self.stopped = hub, set(), itertools.count(1), threading.Event()
        self.threads = [threading.Thread(target=self._post, args=(number % 2,)) for number in range(POSTERS)]
        for thread in self.threads:
            thread.start()

    def _post(self, old: bool):
        while not self.stopped.is_set():
            number = next(self.numbers)
            lead = {
                "offer": 1,
                "phone": f"+40731{100000 + number}",
                "name": "Ion",
                "country": "RO",
                "sub1": f"L{number}",
            }
            try:
                if self._by_webmaster(lead) if old else self._by_json(lead):
                    self.taken.add(lead["sub1"])
            except (requests.RequestException, ValueError):
                # Nobody is there, or the answer broke off: a landing page would send it again.
                self.stopped.wait(0.05)

    def _by_json(self, lead) -> bool:
        headers = {"Authorization": f"Bearer {self.hub.demo_key}"}
        return requests.post(f"{self.hub.url}/api/leads", json=lead, headers=headers, timeout=30).status_code == 201

    def _by_webmaster(self, lead) -> bool:
        url = f"{self.hub.url}/api/wm/push.json?id={self.hub.demo_key}"
        return requests.post(url, data=lead, timeout=30).json()["status"] == "ok"

    def more(self, count: int) -> None:
        wanted = len(self.taken) + count
        wait_for(lambda: len(self.taken) >= wanted, f"{count} more leads")

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def test_every_lead_answered_ok_is_kept_and_delivered(hub):
    hub = hub(SWEEP_SECONDS="1")
    web = hub.web()
    posters = Posters(hub)
    try:
        for _kill in range(KILLS):
            posters.more(BETWEEN)
            hub.kill(web)
            web = hub.web()
        posters.more(BETWEEN)
    finally:
        posters.stop()
    kept = Counter(sub1 for sub1, _delivery in hub.rows(LEADS))
    assert posters.taken <= kept.keys()
    assert set(kept.values()) == {1}
    hub.worker()
    hub.beat()
    wait_for(lambda: {delivery for _sub1, delivery in hub.rows(LEADS)} == {"delivered"}, "the delivery of all")
