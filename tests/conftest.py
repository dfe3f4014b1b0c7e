import pytest
from django.core.cache import cache

pytest_plugins = ["tests.fixtures"]


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()
