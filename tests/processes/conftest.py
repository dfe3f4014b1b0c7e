import pytest

from tests.processes.hub import Hub


@pytest.fixture
def hub(tmp_path):
    started = []

    def start(**environment):
        started.append(Hub(tmp_path, **environment))
        return started[-1]

    yield start
    for one in started:
        one.stop()
