"""Looking once at each way of painting text finds what looking at every text finds."""

from __future__ import annotations

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser

from tests.browser.contrast import LONG, Contrast
from tests.browser.fixtures import find_faults

pytestmark = pytest.mark.browser
# Page by page, each with whether something on it is hard to read. What is good on one is bad on another ground, at another size, or half
# seen.
# A fault is told once: each has a colour of its own.
PAGES = [
    ("<table>" + "<tr><td>Plain words<td>More of them" * 30 + "</table>", False),
    ("<table>" + "<tr><td>Plain words<td>More of them" * 30 + "<tr><td style='color: #aaa'>Faint" + "</table>", True),
    ("<p style='color: #767676'>Grey enough</p>", False),
    ("<div style='background: #ccc'><p style='color: #767676'>Grey on grey</p></div>", True),
    ("<div style='background: #ccc'><div style='background: #fff'><p style='color: #767676'>Grey on a card</p></div></div>", False),
    ("<p style='color: #767676; opacity: 0.6'>Seen by half</p>", True),
    ("<p style='color: #8a8a8a; font-size: 32px'>Large</p>", False),
    ("<p style='color: #8a8a8a'>Small</p>", True),
    ("<button disabled style='color: #aaa; background: #fff'>Nothing to do</button>", False),
    ("<button style='color: #aaa; background: #fff'>Something to do</button>", True),
    ("<label style='color: #abb'><span>Switched off</span> <input disabled></label>", False),
    ("<label style='color: #abb'><span>Switched on</span> <input></label>", True),
    ("<input aria-label='Amount' value='12 345' style='color: #bbb; background: #fff'>", True),
    ("<p style='color: #aaa; display: none'>Not shown</p>", False),
    ("<p style='color: #bcd'>Shown</p>", True),
]


@pytest.mark.skipif(LONG, reason="the long series looks at every text")
def test_what_is_hard_to_read_is_found_wherever_it_is_met_first(chromium: Browser) -> None:
    page, contrast = chromium.new_page(), Contrast()
    try:
        for content, hard in PAGES:
            page.set_content(f"<!doctype html><html lang='en'><title>Words</title><body style='background: #fff'><main>{content}</main>")
            page.evaluate(AXE_SCRIPT)
            assert bool(contrast.find_faults(page)) is bool(find_faults(page, only="color-contrast")) is hard, content
        page.set_content(PAGES[0][0])
        page.evaluate(AXE_SCRIPT)
        assert not [way for way in contrast.tried if contrast.tried[way] > 2], "what was judged is not asked about again"
    finally:
        page.close()
