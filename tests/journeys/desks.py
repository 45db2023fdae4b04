"""What people do at their desks on the way of a loan, each page looked at on the way."""

from __future__ import annotations

import json
from pathlib import Path

from django.urls import reverse
from playwright.sync_api import Page, expect

from collateral.models import Asset
from core.business_date import get_business_date
from loans.models import Application, Borrower
from monitoring.models import SweepRun
from monitoring.services.sweep import drain
from risk.models import Investigation
from risk.services.bureau import fetch_due
from tests.browser.contrast import Contrast
from tests.browser.fixtures import assert_no_sideways_scroll, find_faults, put_on
from tests.browser.registry import look_up_title
from tests.monitoring.conftest import hear
from tests.risk.files import BUREAU, GOOD_FACTS

PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


CONTRAST = Contrast()


def look(page: Page) -> None:
    """Nothing on the page is out of reach of anybody, in light and in dark."""
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    faults = find_faults(page, without=["color-contrast"])
    for scheme in ("light", "dark"):
        put_on(page, scheme)
        faults += CONTRAST.find_faults(page)
    assert not faults, "\n".join([page.url, *faults])
    put_on(page, "light")
    assert_no_sideways_scroll(page)


def take_in(page: Page, name: str) -> Application:
    """An officer types an application and hands it in."""
    before = set(Application.objects.values_list("pk", flat=True))
    page.goto(f"{reverse('loans:application_new')}?product=auto")
    look(page)
    typed = {
        "amount": "260,000.00",
        "term_months": "120",
        "purpose_text": "Coach of fifty seats",
        "name": name,
        "birth_date": "1986-05-04",
        "national_id": "L01X00T47",
        "monthly_income": "42,000.00",
        "monthly_obligations": "300.00",
        "outstanding_obligations": "9,000.00",
        "line1": "Lindenallee 12",
        "postcode": "20999",
        "city": "Nordersund",
        "country": "DE",
        "bureau_consent": "2026-03-01",
        "collateral_description": "Coach, fifty seats",
        "collateral_value": "400,000.00",
        "collateral_title": "WDBAZZ1KZAW004711",
    }
    page.locator("select[name=purpose_code]").select_option("car")
    page.locator("select[name=collateral_kind]").select_option("vehicle")
    for field, value in typed.items():
        page.locator(f"[name={field}]").fill(value)
    page.get_by_role("button", name="Submit application").click()
    expect(page.get_by_role("button", name="Submit application")).to_have_count(0)
    return Application.objects.exclude(pk__in=before).get()


def ask_bureau(page: Page, application: Application, folder: Path) -> None:
    """Record the consent that the officer wrote down, with the paper that shows it, and order a report on the applicant; the bureau puts it
    into its folder, and it comes in.
    """
    borrower = application.borrower
    assert borrower is not None
    answer = {
        "report": "SB-4711",
        "as_of": get_business_date().isoformat(),
        "subject": {"name": borrower.name, "birth_date": "1986-05-04", "address": _address_of(borrower)},
        "worst_dpd": 0,
        "enquiries_6m": 1,
        "accounts": [{"lender": "Other bank", "outstanding": "9000.00", "monthly_payment": "300.00", "dpd": 0}],
    }
    (folder / f"{borrower.reference}.json").write_text(json.dumps(answer))
    page.goto(reverse("risk:bureau_panel", args=[application.pk]))
    expect(page.get_by_text("no paper shows it", exact=False).first).to_be_visible()
    page.get_by_label("Who agreed").select_option(index=0)
    page.get_by_label("Agreed on").fill("2026-03-01")
    page.get_by_label("Document that shows it").select_option(index=1)
    page.get_by_role("button", name="Record consent").click()
    expect(page.get_by_text("is on file.", exact=False).first).to_be_visible()
    look(page)
    page.get_by_role("button", name="Order report").click()
    expect(page.get_by_text("The bureau is asked.", exact=False).first).to_be_visible()
    fetch_due(business_date=get_business_date())
    page.reload()
    page.get_by_role("link", name="report SB-4711").click()
    expect(page.get_by_text("Other bank").first).to_be_visible()


def _address_of(borrower: Borrower) -> dict[str, str]:
    """Where the bureau has somebody: where they say they are."""
    return {"line1": borrower.address_line, "postcode": borrower.postcode, "city": borrower.city, "country": borrower.country}


def investigate(page: Page, application: Application, folder: Path) -> None:
    """Take the file, hand in a paper, answer each required check, ask the bureau, record what was found, put it up."""
    page.goto(reverse("loans:application_detail", args=[application.pk]))
    page.wait_for_load_state("networkidle")
    page.get_by_label("File", exact=True).set_input_files({"name": "payslip.pdf", "mimeType": "application/pdf", "buffer": PAPER})
    page.get_by_role("button", name="Upload file").click()
    panel = reverse("risk:investigation_panel", args=[application.pk])
    page.goto(panel)
    page.get_by_role("button", name="Take this investigation").click()
    expect(page.get_by_role("button", name="Put up for sign-off")).to_be_visible()
    look(page)
    for item in Investigation.objects.get(application=application).items.filter(required=True):
        entry = page.locator("li", has_text=item.title)
        entry.locator("summary").click()
        entry.locator("label", has_text="In order").first.click()
        expect(entry.locator("input[value=yes]")).to_be_checked()
        entry.locator("textarea").fill("Seen the papers.")
        entry.locator("select").select_option(index=1)
        entry.get_by_role("button", name="Save answer").click()
        expect(page.locator("li", has_text=item.title).locator("summary")).to_contain_text("Change the answer")
    ask_bureau(page, application, folder)
    page.goto(panel)
    facts = Investigation.objects.get(application=application).application.facts
    for code, value in (GOOD_FACTS | {"monthly_income": "42000"}).items():
        if code in BUREAU:
            continue
        known = facts.count()
        page.locator("select[name=fact-code]").select_option(code)
        page.locator("[name=fact-value]").fill(value)
        page.locator("[name=fact-source]").fill("Payslips and contracts")
        page.locator("select[name=fact-authenticity]").select_option("DOCUMENT")
        page.locator("select[name=fact-evidence]").select_option(index=1)
        page.get_by_role("button", name="Record fact").click()
        expect(page.locator("[name=fact-value]")).to_have_value("")
        assert facts.count() > known
    page.locator("[name=submit-summary]").fill("Sound, and shown on paper.")
    page.get_by_role("button", name="Put up for sign-off").click()
    expect(page.get_by_text("waits for another person", exact=False).first).to_be_visible()


def pledge(application: Application, officer: Page, investigator: Page, appraiser: Page, second_investigator: Page) -> str:
    """Register the vehicle, have it valued by somebody drawn by lot, and the value accepted by another. Gives the asset's address."""
    officer.goto(reverse("collateral:asset_new", args=[application.pk]))
    expect(officer.get_by_label("Description")).to_have_value("Coach, fifty seats")
    expect(officer.locator("[name=vin]")).to_have_value("WDBAZZ1KZAW004711")
    of_the_coach = {
        "make": "Nordwagen",
        "model": "Reise",
        "first_registration": "2024-05-04",
        "mileage": "48000",
        "insured_until": "2027-12-31",
    }
    for field, value in of_the_coach.items():
        officer.locator(f"[name={field}]").fill(value)
    officer.locator("select[name=condition]").select_option("IN_USE")
    officer.locator("[name=title_holders]").fill(application.borrower.name if application.borrower else "")
    look(officer)
    officer.get_by_role("button", name="Register asset").click()
    expect(officer.get_by_text("is registered")).to_be_visible()
    asset = Asset.objects.get(pledges__application=application)
    url = reverse("collateral:asset_detail", args=[asset.pk])
    look_up_title(second_investigator, asset)
    investigator.goto(url)
    investigator.get_by_role("button", name="Order a valuation").click()
    expect(investigator.get_by_text("so there was no lot").first).to_be_visible()
    appraiser.goto(url)
    typed = {"market_value": "410,000.00", "comparable_1": "Coach in Graz", "price_1": "405,000.00", "comparable_2": "Coach in Brno"}
    for field, value in (typed | {"price_2": "415,000.00"}).items():
        appraiser.locator(f"[name={field}]").fill(value)
    appraiser.locator("[name=independence_declared]").check()
    look(appraiser)
    appraiser.get_by_role("button", name="Submit valuation").click()
    expect(appraiser.get_by_text("The valuation is submitted.")).to_be_visible()
    second_investigator.goto(url)
    second_investigator.get_by_role("radio", name="Accept", exact=True).check(force=True)
    second_investigator.locator("[name=no_evidence]").select_option("NO_NEW_PRICE")
    look(second_investigator)
    second_investigator.get_by_role("button", name="Submit judgement").click()
    expect(second_investigator.get_by_text("Your judgement is on file.")).to_be_visible()
    assert asset.valuations.get().state == "ACCEPTED"
    return url


def close_by_button(page: Page) -> None:
    """A risk manager closes the day; the test does the workers' part."""
    page.goto(reverse("monitoring:sweep_list"))
    page.get_by_role("button", name="Close").first.click()
    expect(page.get_by_text("has begun")).to_be_visible()
    drain(SweepRun.objects.latest("business_date").pk)
    hear()
    page.reload()
    expect(page.get_by_text("1 of 1 shards")).to_be_visible()
    look(page)
