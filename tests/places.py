"""Redis databases that tests running side by side do not share."""

import os
from urllib.parse import urlsplit, urlunsplit

# Test processes at once, at most: Redis has sixteen databases.
MOST = 3
CACHE, HUB = range(2)


def redis_database(url: str, use: int) -> str:
    """The database after the given one that belongs to this test process for a use, CACHE or HUB."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    assert process < MOST, f"run at most {MOST} test processes"
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + 1 + use * MOST + process
    return urlunsplit(parts._replace(path=f"/{number}"))
