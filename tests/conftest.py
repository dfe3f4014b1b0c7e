import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

from tests import places

pytest_plugins = ["tests.fixtures"]

_folder = Path(tempfile.mkdtemp(prefix="hub-test-"))


def pytest_configure():
    """Each test process has a cache of its own and a data folder of its own, and sends no messages."""
    settings.DATA_DIR = _folder
    # Nothing is remembered from one test to the next.
    settings.REMEMBER_SECONDS = 0
    settings.CELERY_BROKER_URL = "memory://"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    place = settings.CACHES["default"]
    if "redis" in place["BACKEND"]:
        place["LOCATION"] = places.redis_database(place["LOCATION"], places.CACHE)
    else:
        place["LOCATION"] = _folder / "cache"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """A test that is not let near a database, its process's or a hub's, is the same on every one."""
    for item in items:
        if not (item.get_closest_marker("django_db") or {"db", "transactional_db", "hub"} & set(item.fixturenames)):
            item.add_marker(pytest.mark.alike)


def pytest_terminal_summary(terminalreporter):
    """What tests record of themselves, a seed for instance, also when they pass and in other processes."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, value in report.user_properties if report.when == "call" else ():
            terminalreporter.write_line(f"{report.nodeid}: {name}={value}")


def pytest_unconfigure():
    shutil.rmtree(_folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()
