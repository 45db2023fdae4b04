"""A false appraisal, click by click: caught by red flags, looked at, valued again by a third party with their own sign-in, and refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from collateral.models import Asset, Pledge, Valuation
from core.models import Branch, User
from core.roles import Role
from core.services.staff import hire_user
from loans.models import Application, ConditionPrecedent
from tests.browser.fixtures import PHONE, WIDE, assert_accessible, assert_no_sideways_scroll
from tests.collateral.conftest import application, approver, branch, investigator, officer, product, risk_manager

__all__ = ["application", "approver", "branch", "investigator", "officer", "product", "risk_manager"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "many-Lathes-4711"
PDF = b"%PDF-1.7\nWhat the lathe is worth, and why.\n%%EOF"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def appraisers(branch: Branch) -> list[User]:
    """Two who may be drawn; whichever is not drawn first is the third party."""
    return [
        hire_user(username=name, full_name=full_name, roles=[Role.APPRAISER], branches=[branch], password=PASSWORD, actor=None)
        for name, full_name in (("anton", "Anton Ahorn"), ("berta", "Berta Buche"))
    ]


@pytest.fixture
def as_(new_page: Callable[..., Page], sign_in_page: Callable[[Page, User], None]) -> Callable[..., Page]:
    """A page of a person who is signed in; one each."""
    pages: dict[int, Page] = {}

    def make(person: User, width: int = WIDE) -> Page:
        if person.pk not in pages:
            pages[person.pk] = new_page(width=width)
            sign_in_page(pages[person.pk], person)
        return pages[person.pk]

    return make


def fill(page: Page, **values: str) -> None:
    """Type into fields by their names."""
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)


def sign_in_by_form(page: Page, person: User) -> Page:
    """As somebody from outside does: with a name and a password of their own."""
    page.goto(reverse("account_login"))
    page.get_by_label("User name").fill(person.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your orders")).to_be_visible()
    return page


def hand_in(page: Page, value: str, *, report: bool = False) -> None:
    """Fill in the value of the lathe, with what two of its kind cost."""
    page.get_by_label("Market value").fill(value)
    page.get_by_label("First comparable").fill("Lathe in Graz")
    page.get_by_label("Its price").nth(0).fill("212,000")
    page.get_by_label("Second comparable").fill("Lathe in Brno")
    page.get_by_label("Its price").nth(1).fill("208,000")
    page.get_by_label("I have no interest").check()
    if report:
        page.locator("[name=report]").set_input_files({"name": "lathe.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_role("button", name="Submit valuation").click()


def choose(page: Page, card: str, outcome: str, reason: str) -> None:
    """Decide in one of the forms of the rail."""
    form = page.locator("form", has=page.get_by_role("button", name=card)).first
    form.get_by_role("radio", name=outcome).check(force=True)
    form.get_by_label("Reason").fill(reason)
    form.get_by_role("button", name=card).click()


def test_a_false_appraisal_is_caught_valued_by_a_third_party_and_refused(
    as_: Callable[..., Page],
    new_page: Callable[..., Page],
    application: Application,
    officer: User,
    investigator: User,
    approver: User,
    risk_manager: User,
    appraisers: list[User],
) -> None:
    condition = ConditionPrecedent.objects.create(application=application, code="collateral_perfected", title="Collateral perfected")

    # The officer registers what the borrower offers.
    desk = as_(officer)
    desk.goto(reverse("loans:application_detail", args=[application.pk]))
    desk.get_by_role("link", name="Register an asset").click()
    desk.get_by_role("link", name="Machinery").click()
    fill(
        desk,
        description="Lathe, five axes",
        stated_value="210,000",
        make="Hansa",
        model="T-400",
        serial_number="4711-A",
        built_year="2021",
        title_number="SN 4711-A",
        insured_until="2027-01-01",
    )
    desk.locator("[name=condition]").select_option("IN_USE")
    desk.get_by_role("button", name="Register asset").click()
    expect(desk.get_by_text(re.compile(r"^CO-\d+ is registered"))).to_be_visible()
    asset = Asset.objects.get()
    page_of_asset = reverse("collateral:asset_detail", args=[asset.pk])

    # The investigator orders a value; the lot says from whom. Its value stands on nothing.
    inquiry = as_(investigator)
    inquiry.goto(page_of_asset)
    inquiry.get_by_role("button", name="Order a valuation").click()
    expect(inquiry.get_by_text("drawn by lot").first).to_be_visible()
    false = Valuation.objects.get()
    first = next(person for person in appraisers if person.pk == false.appraiser_id)
    third = next(person for person in appraisers if person.pk != false.appraiser_id)
    inside = sign_in_by_form(new_page(width=PHONE), first)
    inside.get_by_role("region", name="Your orders").get_by_role("link").click()
    assert_no_sideways_scroll(inside)
    hand_in(inside, "330,000")
    expect(inside.get_by_text("The valuation is submitted.")).to_be_visible()

    # Rules have caught it: it can neither be accepted nor stand in the registry.
    chief = as_(approver)
    chief.goto(page_of_asset)
    expect(chief.get_by_text("57% above the median of its comparables").first).to_be_visible()
    choose(chief, "Submit judgement", "Accept", "It will be fine.")
    expect(chief.get_by_text("Red flags are open")).to_be_visible()
    inquiry.goto(page_of_asset)
    expect(inquiry.get_by_text("No accepted valuation is in force").first).to_be_visible()
    expect(inquiry.get_by_role("button", name="Record registration")).to_have_count(0)

    # Risk knows an appraiser of another firm; the investigator has the lathe valued once more, by a third party.
    risk = as_(risk_manager)
    risk.goto(reverse("collateral:appraisers"))
    risk.get_by_role("link", name=third.full_name).click()
    risk.get_by_label("Firm").fill("Elbe Valuations")
    risk.get_by_role("button", name="Keep").click()
    expect(risk.get_by_text("The firm is kept.")).to_be_visible()
    inquiry.goto(page_of_asset)
    inquiry.get_by_label("Why another one").fill("Far above its own comparables.")
    inquiry.locator("form", has=inquiry.get_by_role("button", name="Order another valuation")).get_by_label("another firm").check()
    inquiry.get_by_role("button", name="Order another valuation").click()
    expect(inquiry.get_by_text("does not see the other values")).to_be_visible()

    # The third party signs in, sees their order and nobody's figure, and is not believed without a report.
    outside = sign_in_by_form(new_page(width=WIDE), third)
    outside.get_by_role("region", name="Your orders").get_by_role("link").click()
    for hidden in ("330,000", "210,000", "100,000", first.full_name, "Red flags"):
        assert hidden not in outside.inner_text("main")
    hand_in(outside, "205,000")
    expect(outside.get_by_text("hands in the report").first).to_be_visible()
    hand_in(outside, "205,000", report=True)
    expect(outside.get_by_text("The valuation is submitted.")).to_be_visible()
    true = Valuation.objects.exclude(pk=false.pk).get()

    # Both values beside each other, with the report; the flags are upheld by somebody who had no part in it.
    risk.goto(page_of_asset)
    risk.get_by_role("link", name="Set the valuations side by side").click()
    expect(risk.get_by_text("Too far apart")).to_be_visible()
    expect(risk.get_by_text("61.0% apart")).to_be_visible()
    assert_accessible(risk)
    with risk.expect_download() as download:
        risk.get_by_role("link", name="lathe.pdf").click()
    assert download.value.path().read_bytes() == PDF
    risk.goto(page_of_asset)
    for left in range(asset.flags.filter(state="OPEN").count(), 0, -1):
        choose(risk, "Decide red flag", "Uphold", "Nothing carries this value.")
        expect(risk.locator("ul.list .tag", has_text="Open")).to_have_count(left - 1)

    # The false value is refused, the true one counts, and the lien may stand.
    chief.goto(page_of_asset)
    for one, outcome, reason in ((false, "Reject", "Above all evidence."), (true, "Accept", "Its comparables carry it.")):
        form = chief.locator(f"form[action='{reverse('collateral:valuation_judge', args=[one.pk])}']")
        form.get_by_role("radio", name=outcome).check(force=True)
        if outcome == "Accept":
            form.get_by_label("Accepted without comparable evidence").select_option("ONE_OF_KIND")
        form.get_by_label("Reason").fill(reason)
        form.get_by_role("button", name="Submit judgement").click()
        expect(chief.get_by_text("Your judgement is on file.")).to_be_visible()
    assert_accessible(chief)
    inquiry.goto(page_of_asset)
    inquiry.get_by_label("Registry reference").fill("REG-1")
    inquiry.locator("[name=paper]").set_input_files({"name": "lien.pdf", "mimeType": "application/pdf", "buffer": PDF})
    inquiry.get_by_role("button", name="Record registration").click()
    expect(inquiry.get_by_text("The pledge is perfected.")).to_be_visible()
    condition.refresh_from_db()
    states = Valuation.objects.in_bulk([false.pk, true.pk])
    assert (states[false.pk].state, states[true.pk].state) == ("REJECTED", "ACCEPTED")
    assert (Pledge.objects.get().state, condition.state) == ("PERFECTED", "SATISFIED")
