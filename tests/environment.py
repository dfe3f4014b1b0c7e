"""Gives each test process a data folder and a Redis database of its own; loaded before the settings are."""

import atexit
import os
import shutil
import tempfile
from urllib.parse import urlsplit, urlunsplit

worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
if "PYTEST_XDIST_WORKER" in os.environ or "HUB_TEST_DATA" not in os.environ:
    os.environ["DATA_DIR"] = os.environ["HUB_TEST_DATA"] = tempfile.mkdtemp(prefix="hub-test-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
if redis := os.environ.get("REDIS_URL"):
    parts = urlsplit(redis)
    os.environ["REDIS_URL"] = urlunsplit(parts._replace(path=f"/{int(parts.path.strip('/') or 0) + 1 + worker}"))
