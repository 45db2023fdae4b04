"""Every page of the house: without a fault that axe can find at both widths in light and dark,
and at the same cost however long its list is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from playwright.sync_api import Page, expect

from core.web import paging
from tests.browser.contrast import LONG, Contrast
from tests.browser.fixtures import PHONE, SMALLEST, WIDE, find_faults, measure_overflow, put_on
from tests.browser.house_pages import Found, bare_refusals, find, named_addresses, rows_of
from tests.browser.whole_bank import HALF_SIGNED_IN, SECOND_FACTOR, STRANGER, visitors, whole_bank

__all__ = ["whole_bank"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Addresses that show nobody a page of this house, each with its reason. Everything else is visited.
NO_PAGE = {
    "collateral:cover_run": "a part of the list of covers, to which it sends whoever opens it by itself",
    "core:home": "sends everybody to the page where their day starts",
    "account_set_password": "sends everybody with a password to the page that changes it, and nobody signs in without one",
}
# Lists too short here, or of a length of their own, and the test that says what a longer one costs.
ELSEWHERE = {
    "collateral:cover_list": "tests/collateral/test_covers.py",
    "collateral:flag_list": "tests/collateral/test_flags.py",
    "collateral:inspection_round_list": "tests/collateral/test_inspection_pages.py",
    "collateral:margin_call_list": "tests/collateral/test_covers.py",
    "collateral:receivable_list": "tests/collateral/test_receivable_files.py",
    "collateral:registry_list": "tests/collateral/test_registrations.py",
    "collateral:order_list": "tests/collateral/test_overdue_orders.py",
    "core:audit_list": "tests/core/web/test_pages.py",
    "core:user_list": "tests/core/web/test_pages.py",
    "loans:account_detail": "tests/loans/web/test_loan_pages.py",
    "risk:fraud_trial": "tests/risk/test_fraud_trials.py",
    "risk:model_list": "tests/risk/web/test_models.py",
    "risk:policy_run": "tests/risk/web/test_policy_runs.py",
    "monitoring:overdue_list": "tests/monitoring/test_pages.py",
    "monitoring:alert_list": "tests/monitoring/test_pages.py",
}
NO_PAGE_KINDS = ("form", "file")
ROOMS = ("blacklist", "loans", "collateral", "risk", "monitoring")


def see(page: Page, contrast: Contrast) -> list[str]:
    """Faults of the page that is open, at both widths, in light and dark, with panels filled; at the smallest width its targets."""
    faults = []
    try:
        # Not "networkidle", which waits half a second more on every page.
        expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=10_000)
    except AssertionError:
        faults.append("a part that was asked for never came")
    # Round the four, since each change of width or theme paints the page anew.
    for width, schemes in ((WIDE, ("light", "dark")), (PHONE, ("dark", "light"))):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in schemes:
            put_on(page, scheme)
            # A theme changes colours and nothing else. Targets are measured on the wide page and on the smallest phone.
            without = ["color-contrast"] if width == WIDE or LONG else ["color-contrast", "target-size"]
            rest = find_faults(page, without=without) if scheme == "light" else []
            found = [*rest, *contrast.find_faults(page), *measure_overflow(page)]
            faults += [f"{width} {scheme}: {fault}" for fault in found]
    # Where lines break, what stood side by side stands close together.
    page.set_viewport_size({"width": SMALLEST, "height": 900})
    return faults + [f"{SMALLEST}: {fault}" for fault in [*find_faults(page, only="target-size"), *measure_overflow(page)]]


def test_every_page_is_accessible_and_every_list_costs_the_same_however_long(
    whole_bank: date, new_page: Callable[..., Page], live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Walks the URLconf. A new address is visited by itself; one that gives no page has to say why in NO_PAGE.

    One test of two promises, since making the bank takes as long as walking it. ONLY_PAGES=collateral: in the environment looks at
    the pages of these names alone, while pages are being made.
    """
    clients = visitors()
    # Who may open what does not hang on the numbers in the navigation, which cost some queries for each of a dozen visitors.
    with override_settings(CREDENCE_NAV_COUNTS={}), bare_refusals():
        found = {address.name: find(address, clients, late=late_at(address.name)) for address in named_addresses()}
    unknown = {name: one.kind for name, one in found.items() if one.kind not in ("page", *NO_PAGE_KINDS) and name not in NO_PAGE}
    assert not unknown, f"Give them an object in whole_bank.py or MEANS, or a reason in NO_PAGE: {unknown}"
    assert not {name for name in NO_PAGE if name not in found or found[name].kind == "page"}
    pages = by_visitor(found)
    lists = [(name, one) for name, one in found.items() if one.kind == "page" and one.rows and is_asked_for(name)]
    faults = [*faults_of_pages(pages, clients, new_page, live_server), *faults_of_cost(lists, clients, monkeypatch)]
    assert not faults, "\n".join(faults)


def late_at(name: str) -> tuple[str, ...]:
    """In the rooms an auditor sees what others do, an officer with a second factor what an officer sees, and a stranger nothing."""
    return ("auditor1", SECOND_FACTOR, HALF_SIGNED_IN, STRANGER) if name.partition(":")[0] in ROOMS else ()


def faults_of_pages(
    pages: dict[str, list[tuple[str, str]]], clients: dict[str, Client], new_page: Callable[..., Page], live_server: Any
) -> list[str]:
    """What axe and the browser find wrong, page by page."""
    faults, contrast = [], Contrast()
    for visitor, addresses in pages.items():
        page = new_page(width=WIDE)
        page.context.add_init_script(AXE_SCRIPT)
        session = clients[visitor].cookies.get(settings.SESSION_COOKIE_NAME)
        if session is not None:
            page.context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])
        for name, url in addresses:
            page.set_viewport_size({"width": WIDE, "height": 900})
            answer = page.goto(url)
            seen = see(page, contrast)
            if answer is None or answer.status != 200 or not page.url.endswith(url):
                seen.append(f"the browser met {answer and answer.status} at {page.url}")
            faults += [f"{name} {url} {line}" for line in seen]
    return faults


def by_visitor(found: dict[str, Found]) -> dict[str, list[tuple[str, str]]]:
    """Names and addresses of pages, by who visits them."""
    pages: dict[str, list[tuple[str, str]]] = {}
    for name, one in found.items():
        if one.kind == "page" and is_asked_for(name):
            pages.setdefault(one.visitor, []).append((name, one.url))
    return pages


def is_asked_for(name: str) -> bool:
    return name.startswith(os.environ.get("ONLY_PAGES", ""))


def faults_of_cost(lists: list[tuple[str, Found]], clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each page with a list is read twice, with as many rows as it has and with two:
    lists that cost more when longer, or too short to tell.
    """
    short, faults = {}, []
    for name, one in lists:
        client = clients[one.visitor]
        # What is read once and kept is no cost of the list.
        client.get(one.url)
        shown, long = listed(client, one.url)
        with monkeypatch.context() as patch:
            patch.setattr(paging.paginate, "__defaults__", (2, *(paging.paginate.__defaults__ or ())[1:]))
            few, brief = listed(client, one.url)
        if shown < 4 or few != 2:
            short[name] = shown
        elif long != brief:
            faults.append(f"{name} costs {brief} queries with two rows and {long} with {shown}")
    unmeasured = {name: shown for name, shown in short.items() if name not in ELSEWHERE}
    if unmeasured:
        faults.append(f"Give these lists four rows in whole_bank.py, or name in ELSEWHERE the test of their cost: {unmeasured}")
    return faults


def listed(client: Client, url: str) -> tuple[int, int]:
    """How many rows a page lists and how many queries it costs."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    return rows_of(answer), len(queries)
