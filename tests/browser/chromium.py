"""Debian's Chromium, driven by Playwright."""

from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, sync_playwright

# It runs where there may be neither a display nor a user's namespaces, and must talk to nobody but the hub.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT = 15_000
LOCALES = {"en": "en-US", "ru": "ru-RU"}


@contextmanager
def launched(executable: str):
    """Yields a browser. While it runs, Django's database may not be used in this thread: Playwright keeps a loop in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


def visit(browser: Browser, *, url: str, language: str = "en", width: int = 1280, state=None) -> BrowserContext:
    """A person's own window on the site at `url`; `state` is what an earlier window of theirs kept."""
    context = browser.new_context(
        base_url=url,
        locale=LOCALES[language],
        viewport={"width": width, "height": 800},
        storage_state=state,
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(TIMEOUT)
    return context


def watch(context: BrowserContext, troubles: list[str]) -> None:
    """Add to `troubles` whatever goes wrong in the window. A request that the next page cut off is no trouble."""
    context.on("console", lambda said: troubles.append(f"console: {said.text}") if said.type == "error" else None)
    context.on("weberror", lambda error: troubles.append(f"script: {error.error}"))
    context.on(
        "requestfailed",
        lambda sent: troubles.append(f"{sent.url}: {sent.failure}") if sent.failure != "net::ERR_ABORTED" else None,
    )
    context.on("response", lambda got: troubles.append(f"{got.url}: HTTP {got.status}") if got.status >= 400 else None)
