"""Five years of a secured loan, click by click: values by index, a shortfall, the call, another house in its place, and what comes back.

Only time passes in the test itself, by the same steps that close a day; everything people do they do on pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from collateral.models import Asset, MarginCall, Pledge, Valuation
from collateral.services.proceeds import settles
from core.models import BankState, Branch, User
from loans.models import Loan, ProductVersion
from loans.selectors.audit import first_difference
from tests.browser.fixtures import WIDE, assert_accessible
from tests.browser.registry import look_up_title, tell_that_it_was_sent
from tests.browser.test_false_appraisal import PDF, fill
from tests.journeys.test_five_years import PRICES, Bank, after, branch, lend, night, on, product, value_of

__all__ = ["branch", "on", "product"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Move = Callable[[date], date]


@pytest.fixture(autouse=True)
def no_step_up(settings: pytest.FixtureRequest) -> None:
    settings.CREDENCE_REQUIRE_STEP_UP = False  # type: ignore[attr-defined]


@pytest.fixture
def people(branch: Branch) -> Bank:
    return Bank(branch)


@pytest.fixture
def as_(new_page: Callable[..., Page], sign_in_page: Callable[[Page, User], None], people: Bank) -> Callable[[str], Page]:
    """The page of a person by name; one each."""
    pages: dict[str, Page] = {}

    def make(name: str) -> Page:
        if name not in pages:
            pages[name] = new_page(width=WIDE)
            sign_in_page(pages[name], people.people[name])
        return pages[name]

    return make


def take_in_prices(page: Page, until: int) -> None:
    """The investigator takes in the table of house prices as it is published by then."""
    rows = "".join(f"{year}-12-31,DE,Germany,{value}\n" for year, value in PRICES.items() if year <= until)
    page.goto(reverse("collateral:indices"))
    page.get_by_label("The file holds").select_option("NOMINAL")
    page.locator("[name=file]").set_input_files(
        {"name": "prices.csv", "mimeType": "text/csv", "buffer": f"date,country_code,country,price\n{rows}".encode()}
    )
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_text("values new")).to_be_visible()


def secure(as_: Callable[[str], Page], loan: Loan, description: str, worth: str, until: date) -> Pledge:
    """From the call to a registered lien on another house: registered, valued, accepted, perfected."""
    desk = as_("officer")
    desk.goto(reverse("collateral:asset_new", args=[loan.application_id]))
    fill(
        desk,
        description=description,
        stated_value=worth,
        floor_area="210",
        plot_area="900",
        built_year="1998",
        title_number="B 77/12",
        insured_until=until.isoformat(),
        address_line="Seestrasse 12",
        city="Ratzeburg",
    )
    desk.locator("[name=use]").select_option("HOME")
    desk.locator("[name=occupancy]").select_option("OWNER")
    desk.locator("[name=title_holders]").fill(loan.borrower.name)
    desk.get_by_role("button", name="Register asset").click()
    expect(desk.get_by_text(re.compile(r"^CO-\d+ is registered"))).to_be_visible()
    asset = Asset.objects.get(description=description)
    desk.goto(reverse("collateral:records", args=[asset.pk]))
    policy = desk.locator("form", has=desk.get_by_role("button", name="Keep the policy"))
    for name, typed in {"insurer": "Nordstern", "policy_number": "NS-2", "sum_insured": "960,000"}.items():
        policy.locator(f"[name={name}]").fill(typed)
    policy.locator("[name=from_date]").fill(asset.registered_date.isoformat())
    policy.locator("[name=until_date]").fill(until.isoformat())
    policy.locator("[name=names_bank]").check()
    policy.locator("[name=paper]").set_input_files({"name": "policy.pdf", "mimeType": "application/pdf", "buffer": PDF})
    policy.get_by_role("button", name="Keep the policy").click()
    expect(desk.get_by_text("The policy is kept.")).to_be_visible()
    page_of_asset = reverse("collateral:asset_detail", args=[asset.pk])
    inquiry = as_("investigator")
    look_up_title(as_("second_investigator"), asset)
    inquiry.goto(page_of_asset)
    inquiry.get_by_role("button", name="Order a valuation").click()
    expect(inquiry.get_by_text("so there was no lot").first).to_be_visible()
    appraiser = as_("appraiser")
    appraiser.goto(reverse("collateral:asset_list"))
    appraiser.get_by_role("region", name="Your orders").get_by_role("link", name=description).click()
    appraiser.get_by_label("Market value").fill(worth)
    appraiser.get_by_label("Area that it is of").fill("210")
    appraiser.get_by_label("First comparable").fill("Next door")
    appraiser.get_by_label("Its price").nth(0).fill(worth)
    appraiser.get_by_label("Second comparable").fill("Across the street")
    appraiser.get_by_label("Its price").nth(1).fill(worth)
    appraiser.get_by_label("I have no interest").check()
    appraiser.get_by_role("button", name="Submit valuation").click()
    expect(appraiser.get_by_text("The valuation is submitted.")).to_be_visible()
    second = as_("second_investigator")
    second.goto(page_of_asset)
    second.get_by_role("radio", name="Accept").check(force=True)
    second.locator("[name=no_evidence]").select_option("NO_MARKET")
    second.get_by_role("button", name="Submit judgement").click()
    expect(second.get_by_text("Your judgement is on file.")).to_be_visible()
    # Who sends it to the registry does not perfect it.
    tell_that_it_was_sent(desk, asset.pledges.get())
    inquiry.goto(page_of_asset)
    inquiry.get_by_label("Registry reference").fill("B-77-12")
    inquiry.locator("[name=paper]").set_input_files({"name": "lien.pdf", "mimeType": "application/pdf", "buffer": PDF})
    inquiry.get_by_role("button", name="Record registration").click()
    expect(inquiry.get_by_text("The pledge is perfected.")).to_be_visible()
    return asset.pledges.get()


def give_back(page: Page, pledge: Pledge, kind: str, *, amount: Decimal | None = None, replacement: str = "", reason: str) -> None:
    """Propose what a pledge gives way to."""
    page.goto(reverse("collateral:pledge_release", args=[pledge.pk]))
    page.get_by_role("radio", name=kind, exact=True).check(force=True)
    if amount is not None:
        page.get_by_label("Stays registered").fill(f"{amount:,.2f}")
    if replacement:
        page.get_by_label("In its place").select_option(label=replacement)
    page.locator("form", has=page.get_by_role("button", name="Propose")).get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Propose").click()


def confirm(page: Page, pledge: Pledge) -> None:
    """The second person's word."""
    page.goto(reverse("collateral:pledge_release", args=[pledge.pk]))
    expect(page.get_by_text("Enough is left")).to_be_visible()
    page.get_by_role("radio", name="Confirm").check(force=True)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Your decision is recorded.")).to_be_visible()


def test_a_shortfall_is_called_and_met_by_another_house(
    nav_counts: None,
    bank: BankState,
    branch: Branch,
    product: ProductVersion,
    people: Bank,
    as_: Callable[[str], Page],
    today: date,
    on: Move,
) -> None:
    loan, pledge = lend(people, branch, today)
    cashier = people.people["collector"]

    def live(years: int) -> date:
        """A year goes by: prices are published, the borrower pays, the night does its work."""
        on(today.replace(year=today.year + years) + timedelta(days=1))
        take_in_prices(as_("investigator"), today.year + years - 1)
        return after(years, loan, cashier, today, on)

    take_in_prices(as_("investigator"), today.year - 1)
    risk = as_("risk_manager")
    risk.goto(reverse("collateral:indices"))
    risk.get_by_role("link", name="Germany").click()
    risk.get_by_role("button", name="Propose that values follow it").click()
    expect(risk.get_by_role("link", name="See what waits")).to_be_visible()
    second = as_("second_risk_manager")
    second.goto(reverse("collateral:price_changes"))
    second.get_by_role("radio", name="Let it hold").check(force=True)
    second.get_by_role("button", name="Decide").click()
    expect(second.get_by_text("Nothing waits")).to_be_visible()

    # The first year: prices rise, the value is capped at what it was when the money was lent. Nothing waits in the navigation.
    live(1)
    risk.goto(reverse("collateral:asset_detail", args=[pledge.asset_id]))
    expect(risk.get_by_text("capped, 515,000 EUR without")).to_be_visible()
    calls = risk.get_by_role("navigation").get_by_role("link", name="Margin calls")
    expect(calls).to_have_text("Margin calls")

    # The second: prices fall by a third, and the night calls for more.
    live(2)
    risk.goto(reverse("collateral:asset_detail", args=[pledge.asset_id]))
    expect(risk.get_by_text("350,000 EUR").first).to_be_visible()
    expect(calls).to_contain_text("1")
    calls.click()
    risk.get_by_role("link", name="Alder Workshop").click()
    expect(risk.get_by_text("What would meet it").first).to_be_visible()
    assert_accessible(risk)

    # Nobody answers in time.
    call = MarginCall.objects.exclude(state="MET").get()
    day = on(call.due_date + timedelta(days=1))
    night(loan, day)
    risk.reload()
    expect(risk.get_by_text("Not answered in time").first).to_be_visible()

    # The house cannot simply go; another one takes its place, on a second person's word.
    collector = as_("collector")
    give_back(collector, pledge, "Release", reason="The borrower asks for it")
    expect(collector.get_by_text("have to be covered").first).to_be_visible()
    other = secure(as_, loan, "Villa on the lake", "480,000", day + timedelta(days=1800))
    give_back(
        collector,
        pledge,
        "Substitute",
        replacement=f"{other.asset.reference} Villa on the lake",
        reason="The borrower offers another house",
    )
    expect(collector.get_by_text("It is proposed.")).to_be_visible()
    confirm(as_("approver"), pledge)
    risk.reload()
    expect(risk.get_by_text("another asset for one before")).to_be_visible()
    expect(calls).to_have_text("Margin calls")
    call.refresh_from_db()
    assert (call.state, call.answer) == ("MET", "SUBSTITUTION")

    # The years after: the other house follows the index too, and carries the loan.
    for year in (3, 4, 5):
        day = live(year)
    risk.goto(reverse("collateral:asset_detail", args=[other.asset_id]))
    worth, method = value_of(other.asset)
    expect(risk.get_by_text(f"{worth:,.0f} EUR").first).to_be_visible()
    assert method == "INDEX" and Valuation.objects.filter(asset=other.asset, method="INDEX").count() == 2
    assert not MarginCall.objects.filter(state__in=MarginCall.WAITING).exists()

    # What is not needed any more comes back, and not a cent more.
    loan.refresh_from_db()
    left = settles(loan, day)
    desk = as_("officer")
    give_back(desk, other, "Release in part", amount=left - Decimal("0.01"), reason="Paid down")
    expect(desk.get_by_text("have to be covered").first).to_be_visible()
    give_back(desk, other, "Release in part", amount=left, reason="Paid down")
    expect(desk.get_by_text("It is proposed.")).to_be_visible()
    confirm(as_("approver"), other)
    other.refresh_from_db()
    assert (other.state, other.amount) == ("PARTLY_RELEASED", left) and first_difference() is None
