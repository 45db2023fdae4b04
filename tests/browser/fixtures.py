"""A real Chromium for tests: pages in two widths and two themes, signed in as anybody, checked by axe.

`tests/conftest.py` gives these fixtures to every package.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from core.models import User

__all__ = ["browser_page", "chromium", "new_page", "sign_in_page"]

WIDE, PHONE, SMALLEST = 1440, 390, 320
# The two that differ in everything; `test_every_page` looks at every page in all four.
VARIANTS = [(WIDE, "light"), (PHONE, "dark")]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """The system's Chromium or Chrome; CHROMIUM names another."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run. Without one the tests say so; in CI that is a failure."""
    path = find_chromium()
    if path is None:
        words = "NO CHROMIUM ON THIS MACHINE: pages were not tested in a browser. Install chromium or set CHROMIUM to its path."
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(words)
        pytest.skip(words)
    # Playwright keeps an event loop in this thread; Django would refuse the test's own queries because of it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def new_page(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Make pages: `new_page(width=390, scheme="dark")`. Scripts that fail, and anything the policy blocks, fail the
    test.
    """
    contexts, faults = [], []

    def make(width: int = WIDE, scheme: str = "light", height: int = 900, **options: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            base_url=live_server.url,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None,
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.fixture(params=VARIANTS, ids=[f"{width}-{scheme}" for width, scheme in VARIANTS])
def browser_page(request: pytest.FixtureRequest, new_page: Callable[..., Page]) -> Page:
    """A page at 1440 px in light and one at 390 px in dark: the test runs twice."""
    width, scheme = request.param
    return new_page(width=width, scheme=scheme)


@pytest.fixture
def sign_in_page(live_server: Any) -> Callable[[Page, User], None]:
    """Sign a page in as a person without the form: `sign_in_page(page, user)`."""

    def sign_in(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])

    return sign_in


def find_faults(page: Page, *, only: str = "", without: Collection[str] = ()) -> list[str]:
    """What axe finds against WCAG 2.0 to 2.2 A and AA and best practice, a line for each node. `only` looks at one rule alone:
    contrast for a theme of a page that was looked at whole in the other, for a theme changes nothing else; targets for another width.
    `without` leaves some out.
    """
    rules: Any = {"type": "rule", "values": [only]} if only else _RULES
    options = {"runOnly": rules, "resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in without}}
    page.wait_for_load_state("load")
    # Half a megabyte of script: once a page is enough, however often it is looked at.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return worded(page.evaluate("async options => (await axe.run(options)).violations", options))


def worded(violations: list[dict[str, Any]]) -> list[str]:
    """What axe tells of each rule, a line for each of the first nodes."""
    return [f"{fault['id']}: {fault['help']}\n    {node['html'][:200]}" for fault in violations for node in fault["nodes"][:5]]


def find_overflow(page: Page) -> list[str]:
    """A line when the page is wider than its window (WCAG 1.4.10)."""
    # A page that a click just left has no document for a moment.
    page.wait_for_load_state("load")
    page.locator("body").wait_for(state="attached")
    return measure_overflow(page)


def measure_overflow(page: Page) -> list[str]:
    """The same of a page that stands: looked at again in another width or theme, it needs no waiting for."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return [f"{wide} px wide in a window of {window}"] if wide > window else []


def put_on(page: Page, scheme: str) -> None:
    """Show a loaded page in light or dark, as the switch of themes does."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate("scheme => { document.documentElement.dataset.theme = scheme }", scheme)


def assert_accessible(page: Page) -> None:
    """Zero axe violations of WCAG 2.0 to 2.2 A and AA and of best practice."""
    from tests.browser.contrast import Contrast

    faults = [*find_faults(page, without=["color-contrast"]), *Contrast().find_faults(page)]
    assert not faults, "\n".join([page.url, *faults])


def assert_no_sideways_scroll(page: Page) -> None:
    """The page is no wider than its window (WCAG 1.4.10)."""
    faults = find_overflow(page)
    assert not faults, f"{page.url} is {faults[0]}"
