"""Every component on one page, in a real browser."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route, expect

from core.models import BankState, User
from core.roles import Role
from core.services.staff import hire_user
from tests.browser.fixtures import SMALLEST, WIDE, assert_accessible, assert_no_sideways_scroll
from tests.core.web.gallery import TEMPLATES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.core.web.urls")]
STATIC = Path(__file__).resolve().parents[2] / "static"


@pytest.fixture(autouse=True)
def gallery_templates(settings: Any) -> None:
    first = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**first, "DIRS": [*first["DIRS"], TEMPLATES]}]


@pytest.fixture
def officer(transactional_db: None) -> User:
    BankState.objects.create(id=1, name="Test Bank", currency="EUR", business_date="2026-11-23")
    return hire_user(username="officer1", full_name="Maja Kovac", roles=(Role.OFFICER,), branches=[], password=None, actor=None)


def never_answer(_: Route) -> None:
    """A part that is asked for and never comes."""


class TestTheGallery:
    def test_has_no_fault_that_axe_can_find(self, browser_page: Page, officer: User, sign_in_page: Callable[[Page, User], None]) -> None:
        sign_in_page(browser_page, officer)
        for address in ("/gallery/", "/gallery/?wrong=1"):
            browser_page.goto(address)
            assert_accessible(browser_page)
            assert_no_sideways_scroll(browser_page)

    def test_can_be_read_while_a_part_is_awaited(
        self, browser_page: Page, officer: User, sign_in_page: Callable[[Page, User], None]
    ) -> None:
        sign_in_page(browser_page, officer)
        browser_page.route("**/nowhere/", never_answer)
        browser_page.goto("/gallery/")
        region = browser_page.locator("#panel-hotline")
        expect(region).to_have_attribute("aria-busy", "true")
        expect(region.get_by_role("link", name="Open hotline")).to_be_visible()
        assert_accessible(browser_page)
        # Once filled, a part that is asked for again is dimmed, but not before 150 ms.
        region.evaluate("region => { region.innerHTML = '<div class=card></div>' }")
        expect(region).to_have_css("opacity", "0.6")

    def test_fits_the_smallest_phone(
        self, new_page: Callable[..., Page], officer: User, sign_in_page: Callable[[Page, User], None]
    ) -> None:
        for width in (SMALLEST, 1024):
            page = new_page(width=width)
            sign_in_page(page, officer)
            page.goto("/gallery/?wrong=1")
            assert_no_sideways_scroll(page)
            expect(page.get_by_role("button", name="Submit decision")).to_be_visible()

    def test_answers_to_the_keyboard(
        self, new_page: Callable[..., Page], officer: User, sign_in_page: Callable[[Page, User], None]
    ) -> None:
        page = new_page(width=WIDE)
        sign_in_page(page, officer)
        page.goto("/gallery/")
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="Noah Duarte")).to_be_focused()
        page.keyboard.press("x")
        expect(page.get_by_label("Select Noah Duarte")).to_be_checked()
        page.keyboard.press("2")
        expect(page.get_by_label("Approve with conditions")).to_be_checked()
        page.keyboard.press("/")
        expect(page.get_by_label("Filter by name or reference")).to_be_focused()
        page.keyboard.type("jk")
        expect(page.get_by_label("Filter by name or reference")).to_have_value("jk")
        page.keyboard.press("Control+k")
        expect(page.get_by_label("Search name, reference or loan number")).to_be_focused()

    def test_lets_single_keys_be_switched_off(
        self, new_page: Callable[..., Page], officer: User, sign_in_page: Callable[[Page, User], None]
    ) -> None:
        page = new_page(width=WIDE)
        sign_in_page(page, officer)
        page.goto("/gallery/")
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keyboard")
        expect(dialog).to_be_visible()
        assert_accessible(page)
        dialog.get_by_label("Single-key shortcuts are on").uncheck()
        dialog.get_by_role("button", name="Close").click()
        page.keyboard.press("2")
        expect(page.get_by_label("Approve with conditions")).not_to_be_checked()

    def test_puts_the_focus_on_what_is_wrong(
        self, new_page: Callable[..., Page], officer: User, sign_in_page: Callable[[Page, User], None]
    ) -> None:
        page = new_page(width=WIDE)
        sign_in_page(page, officer)
        page.goto("/gallery/?wrong=1")
        expect(page.locator(".problem")).to_be_focused()
        page.get_by_role("link", name="Write a short rationale").click()
        expect(page.get_by_label("Rationale")).to_be_focused()
        assert page.title().startswith("Error:")

    def test_says_in_the_region_that_a_part_failed(
        self, new_page: Callable[..., Page], officer: User, sign_in_page: Callable[[Page, User], None]
    ) -> None:
        page = new_page(width=WIDE)
        sign_in_page(page, officer)
        page.goto("/gallery/")
        expect(page.locator("#panel-hotline").get_by_role("button", name="Try again")).to_be_visible()

    def test_keeps_the_theme_of_the_person(
        self, new_page: Callable[..., Page], officer: User, sign_in_page: Callable[[Page, User], None]
    ) -> None:
        page = new_page(width=WIDE, scheme="light")
        sign_in_page(page, officer)
        page.goto("/gallery/")
        with page.expect_response("**/theme/"):
            page.get_by_role("button", name="Switch between light and dark").click()
        page.reload()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"

    def test_opens_the_menu_on_a_phone(
        self, new_page: Callable[..., Page], officer: User, sign_in_page: Callable[[Page, User], None]
    ) -> None:
        page = new_page(width=390)
        sign_in_page(page, officer)
        page.goto("/gallery/")
        expect(page.get_by_role("link", name="Audit trail")).to_be_hidden()
        page.get_by_role("button", name="Menu").click()
        expect(page.get_by_role("link", name="Audit trail")).to_be_visible()
        assert_accessible(page)


class TestTheSignInPage:
    def test_has_no_fault_that_axe_can_find(self, browser_page: Page, officer: User) -> None:
        browser_page.goto("/account/login/")
        assert_accessible(browser_page)
        browser_page.get_by_role("button", name="Sign in").click()
        expect(browser_page.locator(".problem")).to_be_focused()
        assert_accessible(browser_page)


class TestTheBudgets:
    def test_of_style_and_script_are_kept(self) -> None:
        style = (STATIC / "css/credence.css").read_bytes()
        scripts = {path.name: path.read_bytes() for path in (STATIC / "js").glob("*.js")}
        # The worker of an inspector's pages is made by a view, for it has to lie beside them.
        scripts["worker"] = render_to_string("collateral/inspection_worker.js").encode()
        sizes = {name: len(gzip.compress(content, 9)) for name, content in scripts.items()}
        assert len(gzip.compress(style, 9)) <= 10_000
        assert len(sizes) > 3 and sum(sizes.values()) <= 6_000, sizes
