"""The room in a real Chromium: the workspace with its panels, deciding by keyboard, what a second person sees, pages without faults."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from core.models import Branch, User
from loans.models import Application
from risk.models import Decision, Investigation, ModelVersion, PolicyVersion
from tests.browser.fixtures import WIDE, assert_accessible, assert_no_sideways_scroll
from tests.risk.deciding import put_another_scorecard_in_force
from tests.risk.files import make_stranger

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Make = Callable[..., Any]
NewPage = Callable[..., Page]
SignInPage = Callable[[Page, User], None]


COUNT = """
const add = name => sessionStorage.setItem(name, +(sessionStorage.getItem(name) || 0) + 1);
addEventListener("pointerdown", () => add("clicks"), true);
addEventListener("keydown", event => {
  const written = event.target.tagName === "TEXTAREA" && event.key.length === 1 && !event.ctrlKey;
  if (!written && !["Control", "Shift"].includes(event.key)) add("keys");
}, true);
"""
"""Counts what a person presses, but for the words of the rationale."""


def workspace(application: Application) -> str:
    return reverse("loans:application_detail", args=[application.pk])


def open_workspace(page: Page, application: Application) -> None:
    """Go there and wait until htmx has filled the panels."""
    page.goto(workspace(application))
    for panel in ("facts-against-policy", "score", "investigation", "decision"):
        expect(page.locator(f"#panel-{panel} section.card").first).to_be_visible()


def draw_larger(page: Page, area: Locator) -> None:
    """Draw a text area larger by its lower right corner."""
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] - 4, box["y"] + box["height"] - 4
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 60)
    page.mouse.up()


class TestDeciding:
    def test_says_what_is_missing_and_puts_the_focus_there(
        self, browser_page: Page, reviewed: Make, approver: User, sign_in_page: SignInPage
    ) -> None:
        application = reviewed(facts={"bureau_worst_dpd": "45"})
        sign_in_page(browser_page, approver)
        open_workspace(browser_page, application)
        browser_page.get_by_role("button", name="Submit decision").click()
        expect(browser_page.locator("#decision .problem")).to_be_focused()
        assert_accessible(browser_page)
        assert_no_sideways_scroll(browser_page)

    def test_refused_logs_nothing_of_styles_that_the_browser_set_itself(
        self, new_page: NewPage, reviewed: Make, approver: User, sign_in_page: SignInPage
    ) -> None:
        """Whoever draws a text area larger has the browser write its height on it: nothing carries that on to the one that comes with the
        refusal, which the policy of the page would block, and `new_page` tells of.
        """
        page = new_page(width=WIDE)
        sign_in_page(page, approver)
        open_workspace(page, reviewed(facts={"bureau_worst_dpd": "45"}))
        page.keyboard.press("1")
        rationale = page.get_by_label("Rationale")
        rationale.fill("Late once, and long ago.")
        draw_larger(page, rationale)
        assert "height" in str(rationale.get_attribute("style"))
        for _ in range(2):
            with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
                page.get_by_role("button", name="Submit decision").click()
            assert answer.value.status == 422
            expect(page.locator("#decision .problem")).to_be_focused()
            expect(rationale).to_have_value("Late once, and long ago.")

    def test_goes_by_keyboard_and_moves_on_to_the_next(
        self, new_page: NewPage, reviewed: Make, approver: User, sign_in_page: SignInPage
    ) -> None:
        application, other = reviewed(), reviewed(number="L01X00T48")
        make_stranger(other)
        page = new_page(width=WIDE)
        sign_in_page(page, approver)
        open_workspace(page, application)
        page.keyboard.press("1")
        expect(page.get_by_role("radio", name="Approve", exact=True)).to_be_checked()
        expect(page.get_by_label("Amount, EUR")).to_be_visible()
        expect(page.get_by_label("Affordability")).to_be_hidden()
        page.get_by_label("Rationale").fill("Carries it with room.")
        page.keyboard.press("Control+Enter")
        following = page.get_by_role("button", name=re.compile("Next application"))
        expect(following).to_be_focused()
        expect(page.locator("#decision")).to_contain_text("The decision is taken")
        expect(page.locator("#file-tag")).to_contain_text("Offered")
        assert_accessible(page)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(str(other.pk)))
        assert Decision.objects.get().decided_by == approver

    def test_is_reached_and_chosen_by_the_keys_that_the_help_names(
        self, browser_page: Page, in_review: Application, approver: User, sign_in_page: SignInPage
    ) -> None:
        page = browser_page
        sign_in_page(page, approver)
        open_workspace(page, in_review)
        page.keyboard.press("d")
        expect(page.locator("#decision")).to_be_focused()
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_contain_text("1 to 6")
        page.locator("#keys").get_by_role("button", name="Close").click()
        tiles = page.locator("#decision .tile input")
        expect(tiles).to_have_count(6)
        for number in range(1, 7):
            page.keyboard.press(str(number))
            expect(tiles.nth(number - 1)).to_be_checked()
        page.keyboard.press("1")
        page.keyboard.press("r")
        expect(page.get_by_label("Rationale")).to_be_focused()
        expect(page.get_by_label("Another condition")).to_be_hidden()
        assert_accessible(page)
        assert_no_sideways_scroll(page)

    def test_takes_four_clicks_or_six_keystrokes_beside_the_rationale(
        self, new_page: NewPage, reviewed: Make, approver: User, sign_in_page: SignInPage
    ) -> None:
        reviewed()
        make_stranger(reviewed(number="L01X00T48"))
        page = new_page(width=WIDE)
        page.add_init_script(COUNT)
        sign_in_page(page, approver)
        page.goto(reverse("risk:work"))
        page.evaluate("sessionStorage.clear()")
        page.get_by_role("button", name="Start next").click()
        page.locator("#decision label", has_text=re.compile("^Approve$|^Approve *1$")).first.click()
        page.get_by_label("Rationale").click()
        page.keyboard.type("Carries it with room.")
        page.get_by_role("button", name="Submit decision").click()
        expect(page.locator("#decision")).to_contain_text("The decision is taken")
        assert page.evaluate("[+sessionStorage.clicks, +(sessionStorage.keys || 0)]") == [4, 0]
        page.evaluate("sessionStorage.clear()")
        decided = page.url
        expect(page.get_by_role("button", name=re.compile("Next application"))).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).not_to_have_url(decided)
        expect(page.locator("#decision label", has_text="Approve").first).to_be_visible()
        page.keyboard.press("1")
        expect(page.get_by_role("radio", name="Approve", exact=True)).to_be_checked()
        rationale = page.get_by_label("Rationale")
        expect(rationale).to_be_visible()
        page.keyboard.press("r")
        expect(rationale).to_be_focused()
        page.keyboard.type("Carries it with room.")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#decision")).to_contain_text("The decision is taken")
        clicks, keys = page.evaluate("[+(sessionStorage.clicks || 0), +sessionStorage.keys]")
        assert clicks == 0 and keys <= 6, keys
        assert Decision.objects.count() == 2

    def test_shows_what_other_terms_mean_while_they_are_typed(
        self, new_page: NewPage, reviewed: Make, approver: User, sign_in_page: SignInPage
    ) -> None:
        application = reviewed(term="60")
        page = new_page(width=WIDE)
        sign_in_page(page, approver)
        open_workspace(page, application)
        page.locator("#decision label", has_text="Counter-offer").first.click()
        page.get_by_label("Term, months").fill("6")
        said = page.locator("#decision-said")
        expect(said).to_contain_text("was pass, now fail")
        expect(page.locator("#decision-authority")).to_contain_text("a second person")
        expect(page.get_by_label("Term, months")).to_be_focused()
        assert_accessible(page)
        page.get_by_label("Term, months").fill("60")
        expect(said).to_contain_text("No check turns")
        expect(page.locator("#decision-authority")).to_contain_text("takes effect at once")
        page.set_viewport_size({"width": 320, "height": 800})
        assert_no_sideways_scroll(page)
        assert not Decision.objects.exists()

    def test_keeps_the_rationale_when_somebody_was_first(
        self, new_page: NewPage, in_review: Application, approver: User, second_approver: User, sign_in_page: SignInPage
    ) -> None:
        pages = []
        for person in (approver, second_approver):
            page = new_page(width=WIDE)
            sign_in_page(page, person)
            open_workspace(page, in_review)
            page.get_by_role("radio", name="Approve", exact=True).check(force=True)
            page.get_by_label("Rationale").fill(f"So says {person.full_name}.")
            pages.append(page)
        pages[0].get_by_role("button", name="Submit decision").click()
        expect(pages[0].locator("#decision")).to_contain_text("The decision is taken")
        pages[1].get_by_role("button", name="Submit decision").click()
        expect(pages[1].get_by_role("alert")).to_contain_text("Anna Approver was first")
        expect(pages[1].get_by_label("What you wrote, to copy")).to_have_value("So says Alex Approver.")
        assert_accessible(pages[1])
        assert Decision.objects.count() == 1

    def test_shows_what_was_assessed_anew_and_keeps_what_was_typed(
        self,
        new_page: NewPage,
        in_review: Application,
        approver: User,
        model: ModelVersion,
        learnt: dict[str, Any],
        sign_in_page: SignInPage,
    ) -> None:
        page = new_page(width=WIDE)
        sign_in_page(page, approver)
        open_workspace(page, in_review)
        page.keyboard.press("1")
        page.get_by_label("Rationale").fill("Carries it with room.")
        letter = "C" if in_review.grade != "C" else "B"
        grades = [one | {"letter": letter} for one in learnt["definition"]["grades"]["grades"]]
        put_another_scorecard_in_force(model, learnt, grades=grades)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#decision")).to_contain_text(f"the grade became {letter} instead of {in_review.grade}")
        expect(page.locator("#panel-score")).to_contain_text(f"grade {letter}")
        expect(page.get_by_label("Rationale")).to_have_value("Carries it with room.")
        expect(page.get_by_role("radio", name="Approve", exact=True)).to_be_checked()
        assert_accessible(page)
        assert not Decision.objects.exists()
        page.keyboard.press("Control+Enter")
        expect(page.locator("#decision")).to_contain_text("The decision is taken")

    def test_works_without_scripts(self, new_page: NewPage, in_review: Application, approver: User, sign_in_page: SignInPage) -> None:
        page = new_page(width=WIDE, java_script_enabled=False)
        sign_in_page(page, approver)
        page.goto(workspace(in_review))
        page.get_by_role("link", name="Open decision").click()
        page.get_by_role("radio", name="Approve", exact=True).check(force=True)
        page.get_by_label("Rationale").fill("Carries it with room.")
        page.get_by_role("button", name="Submit decision").click()
        expect(page.get_by_text("The decision is taken.")).to_be_visible()
        assert Decision.objects.count() == 1


class TestInvestigating:
    def test_is_signed_off_in_the_workspace_and_moves_the_file(
        self,
        new_page: NewPage,
        to_sign_off: Investigation,
        second_investigator: User,
        model: ModelVersion,
        policy: PolicyVersion,
        branch: Branch,
        sign_in_page: SignInPage,
    ) -> None:
        application = to_sign_off.application
        page = new_page(width=WIDE)
        sign_in_page(page, second_investigator)
        open_workspace(page, application)
        page.get_by_role("button", name="Sign off").click()
        expect(page.locator("#file-tag")).to_contain_text("In review")
        expect(page.get_by_text("The investigation is signed off.", exact=False)).to_be_visible()
        expect(page.locator("#panel-facts-against-policy")).to_contain_text("checks pass")
        assert Investigation.objects.get().signed_by == second_investigator

    def test_saving_one_check_keeps_what_was_typed_elsewhere(
        self, new_page: NewPage, in_work: Investigation, investigator: User, sign_in_page: SignInPage
    ) -> None:
        page = new_page(width=WIDE)
        sign_in_page(page, investigator)
        page.goto(workspace(in_work.application))
        panel = page.locator("#panel-investigation")
        panel.get_by_label("Summary").fill("Half a summary")
        panel.get_by_label("Source").fill("Half a source")
        check = panel.locator("li", has_text="Identity checked")
        check.locator("summary").click()
        check.get_by_role("radio", name="In order", exact=True).check()
        check.get_by_label("What was found").fill("Passport seen.")
        check.get_by_role("button", name="Save answer").click()
        expect(panel).to_contain_text("1 of 3 checks answered")
        expect(panel.get_by_label("Summary")).to_have_value("Half a summary")
        expect(panel.get_by_label("Source")).to_have_value("Half a source")
        assert panel.locator("details[open]").count() == 0
