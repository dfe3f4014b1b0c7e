"""What a test needs from the machine beyond Python packages."""

import os

import pytest


def need(found: object, what: str) -> None:
    """Skip the test when something is not there; in CI, where REQUIRE_BROWSER is set, that is a failure."""
    if found:
        return
    said = f"{what} is not installed"
    if os.environ.get("REQUIRE_BROWSER"):
        pytest.fail(said)
    pytest.skip(said)
