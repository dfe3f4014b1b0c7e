"""One hub of real processes and one Chromium for the whole folder.

Files marked `alike` are about what stands on pages and what scripts do there; the queries behind them run on each database in
`tests/admin`.
"""

import shutil

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import TIMEOUT, launched, visit, watch
from tests.browser.steps import admin_password, sign_in
from tests.needs import need
from tests.processes.hub import whole

expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="package")
def chromium():
    executable = shutil.which("chromium")
    need(executable, "Chromium")
    with launched(executable) as browser:
        yield browser


@pytest.fixture(scope="package")
def hub(chromium, tmp_path_factory):
    """Web, worker and beat over a database of their own, with the sandbox network and its demo offers."""
    with whole(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="package")
def admin_session(chromium, hub):
    context = visit(chromium, url=hub.url)
    sign_in(page := context.new_page(), "admin", admin_password(hub))
    expect(page).to_have_title("Integration hub")
    yield context.storage_state()
    context.close()


@pytest.fixture
def browse(chromium, hub, admin_session):
    """A function: a page for the admin, or with `signed_in=False` for a stranger; `language` and `width` of the window.

    After the test no window may have shown an error in its console or a request that failed.
    """
    contexts, troubles = [], []

    def open_page(*, signed_in: bool = True, **window) -> Page:
        context = visit(chromium, url=hub.url, state=admin_session if signed_in else None, **window)
        watch(context, troubles)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def page(browse):
    return browse()
