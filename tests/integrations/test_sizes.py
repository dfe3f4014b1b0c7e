"""A network stays short: what several need belongs to the base or to a platform."""

import statistics
from pathlib import Path

from affiliate.integrations import networks

LENGTHS = {
    path.stem: len(path.read_text(encoding="utf-8").splitlines())
    for path in sorted(Path(networks.__path__[0]).glob("[a-z]*.py"))
}


def test_half_of_the_networks_take_no_more_than_sixty_lines():
    assert statistics.median(LENGTHS.values()) <= 60


def test_no_network_takes_more_than_a_hundred_and_forty_lines():
    assert {slug: lines for slug, lines in LENGTHS.items() if lines > 140} == {}
