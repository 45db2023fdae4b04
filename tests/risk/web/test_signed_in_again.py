"""Signing out and in in another tab, in a real Chromium: a part of a page sends what was typed at once, a page gives it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from core.models import User
from risk.models import ChecklistItem, Investigation
from tests.browser.fixtures import assert_accessible, assert_no_sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignInPage = Callable[[Page, User], None]


def sign_in_again(page: Page, sign_in_page: SignInPage, person: User) -> None:
    """In another tab of the same browser: another session and another token."""
    page.context.clear_cookies()
    sign_in_page(page, person)
    tab = page.context.new_page()
    tab.goto(reverse("core:proposal_list"))
    tab.close()


def test_a_panel_sends_what_was_typed_at_the_first_press(
    browser_page: Page, in_work: Investigation, investigator: User, sign_in_page: SignInPage
) -> None:
    page, panel = browser_page, browser_page.locator("#panel-investigation")
    sign_in_page(page, investigator)
    page.goto(reverse("loans:application_detail", args=[in_work.application.pk]))
    panel.get_by_label("Summary").fill("Half a summary")
    check = panel.locator("li", has_text="Identity checked")
    check.locator("summary").click()
    check.get_by_role("radio", name="In order", exact=True).check(force=True)
    check.get_by_label("What was found").fill("Passport seen.")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    check.get_by_role("button", name="Save answer").click()
    expect(page.get_by_text("What you typed is still on this page.")).to_be_visible()
    page.get_by_role("button", name="Back to the page").click()
    sign_in_again(page, sign_in_page, investigator)
    check.get_by_role("button", name="Save answer").click()
    expect(panel).to_contain_text("1 of 3 checks answered")
    expect(panel.get_by_label("Summary")).to_have_value("Half a summary")
    assert ChecklistItem.objects.get(note="Passport seen.").investigation == in_work
    assert page.evaluate("JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken']"), (
        "what else is asked goes with the new token"
    )
    # And once more, as often as it happens.
    sign_in_again(page, sign_in_page, investigator)
    check = panel.locator("li", has_text="Income shown")
    check.locator("summary").click()
    check.get_by_role("radio", name="In order", exact=True).check(force=True)
    check.get_by_label("What was found").fill("Payslips seen.")
    check.get_by_role("button", name="Save answer").click()
    expect(panel).to_contain_text("2 of 3 checks answered")


def test_a_panel_tells_somebody_else_that_it_is_not_theirs(
    browser_page: Page, in_work: Investigation, investigator: User, second_investigator: User, sign_in_page: SignInPage
) -> None:
    page, panel = browser_page, browser_page.locator("#panel-investigation")
    sign_in_page(page, investigator)
    page.goto(reverse("loans:application_detail", args=[in_work.application.pk]))
    panel.get_by_label("Summary").fill("Half a summary")
    page.wait_for_load_state("networkidle")
    sign_in_again(page, sign_in_page, second_investigator)
    panel.get_by_role("button", name="Put up for sign-off").click()
    expect(panel.get_by_role("alert")).to_contain_text("Somebody else is signed in now, or this page is out of date")
    assert not Investigation.objects.exclude(submitted_at=None).exists()


def test_a_page_gives_back_what_was_typed(browser_page: Page, product: None, officer: User, sign_in_page: SignInPage) -> None:
    page = browser_page
    sign_in_page(page, officer)
    page.goto(f"{reverse('loans:application_new')}?product=personal")
    page.get_by_role("radio", name="Person", exact=True).check(force=True)
    page.locator("[name=name]").fill("Zoë Quandt")
    sign_in_again(page, sign_in_page, officer)
    page.get_by_role("button", name="Save draft").first.click()
    expect(page.get_by_role("heading", name="Not taken: this page was out of date")).to_be_visible()
    expect(page.locator("main dl.facts")).to_contain_text("Zoë Quandt")

    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("is saved.")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("Zoë Quandt")
