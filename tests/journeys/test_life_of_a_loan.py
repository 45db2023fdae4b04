"""One loan's whole life in a real browser: taken in, investigated, decided, paid out, overdue, barred, and the next application held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page, expect

from blacklist.models import BlacklistEntry
from blacklist.selectors import index
from core.models import BankState, Branch, User
from core.roles import Role
from loans.models import ApplicationHold, Loan
from monitoring.models import Alert
from risk.models import Decision, ModelVersion, PolicyVersion
from tests.browser.fixtures import PHONE, WIDE
from tests.browser.registry import tell_that_it_was_sent
from tests.journeys.desks import PAPER, close_by_button, investigate, look, pledge, take_in
from tests.monitoring.conftest import hear
from tests.risk.conftest import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
As = Callable[[User], Page]


@pytest.mark.parametrize("width", [WIDE, pytest.param(PHONE, marks=pytest.mark.long)])
def test_a_loan_from_the_first_word_to_the_barred_second_try(
    width: int,
    new_page: Callable[..., Page],
    sign_in_page: Callable[[Page, User], None],
    bank: BankState,
    branch: Branch,
    officer: User,
    investigator: User,
    second_investigator: User,
    approver: User,
    second_approver: User,
    risk_manager: User,
    product: None,
    model: ModelVersion,
    policy: PolicyVersion,
    nav_counts: None,
    settings: Any,
    tmp_path: Path,
) -> None:
    index.forget()
    settings.CREDENCE_BUREAU_URL, settings.CREDENCE_BUREAU_FOLDER = "", str(tmp_path)
    compliance = make_person("carl_compliance", branch, Role.COMPLIANCE)
    collector = make_person("carla_collector", branch, Role.COLLECTIONS)
    appraiser = make_person("anton_appraiser", branch, Role.APPRAISER)

    def as_(person: User) -> Page:
        page = new_page(width=width)
        sign_in_page(page, person)
        return page

    desk = as_(officer)
    application = take_in(desk, "Freya Lindqvist")
    hear()
    inquiry, review = as_(investigator), as_(second_investigator)
    investigate(inquiry, application, tmp_path)
    vehicle = pledge(application, desk, inquiry, as_(appraiser), review)

    review.goto(reverse("risk:investigation_panel", args=[application.pk]))
    review.get_by_role("button", name="Sign off").click()
    expect(review.get_by_text("signed off", exact=False).first).to_be_visible()
    application.refresh_from_db()
    assert application.state == "REVIEW"

    page, second = as_(approver), as_(second_approver)
    for one in (page, second):
        one.goto(reverse("loans:application_detail", args=[application.pk]))
    expect(page.get_by_role("button", name="Submit decision")).to_be_visible()
    look(page)
    page.get_by_role("radio", name="Approve", exact=True).check(force=True)
    page.get_by_label("Rationale").fill("Carries it with room, and the coach covers it.")
    page.get_by_role("button", name="Submit decision").click()
    expect(page.locator("#decision")).to_contain_text("Waits for a second person")
    assert not Decision.objects.exists()
    second.reload()
    second.get_by_role("button", name="Confirm decision").click()
    expect(second.locator("#decision")).to_contain_text("The decision is taken")
    decision = Decision.objects.get()
    assert (decision.decided_by, decision.second_by) == (approver, second_approver)

    desk.goto(reverse("loans:application_detail", args=[application.pk]))
    desk.get_by_role("button", name="Applicant accepts").click()
    desk.locator('a[href$="/contract/"]').first.click()
    look(desk)
    desk.get_by_role("button", name="Make contract").click()
    desk.get_by_label("What shows it").fill("Signed in the branch")
    desk.get_by_role("button", name="Record signature").click()
    loan = Loan.objects.get()
    desk.goto(reverse("loans:payout_new", args=[loan.public_id]))
    desk.get_by_label("Amount").fill("260,000.00")
    desk.locator("[name=payee_name]").fill("Freya Lindqvist")
    desk.locator("[name=payee_iban]").fill("DE89 3704 0044 0532 0130 00")
    desk.get_by_role("button", name="Request payout").click()
    chief = as_(risk_manager)
    chief.goto(reverse("loans:loan_detail", args=[loan.public_id]))
    chief.get_by_role("button", name="Confirm payout").click()
    expect(chief.get_by_text("Collateral registered in the bank's favour").first).to_be_visible()
    assert not loan.disbursements.filter(state="PAID").exists()
    tell_that_it_was_sent(desk, loan.application.pledges.get())
    look(desk)
    inquiry.goto(vehicle)
    inquiry.get_by_label("Registry reference").fill("REG 20/4711")
    inquiry.locator("[name=paper]").set_input_files({"name": "lien.pdf", "mimeType": "application/pdf", "buffer": PAPER})
    inquiry.get_by_role("button", name="Record registration").click()
    expect(inquiry.get_by_text("REG 20/4711").first).to_be_visible()
    look(inquiry)
    chief.goto(reverse("loans:loan_detail", args=[loan.public_id]))
    chief.get_by_role("button", name="Confirm payout").click()
    expect(chief.get_by_text("is confirmed and paid")).to_be_visible()

    desk.goto(reverse("loans:payment_new", args=[loan.public_id]))
    desk.get_by_label("Amount").fill("50.00")
    desk.get_by_role("button", name="Show what it pays").click()
    desk.get_by_role("button", name="Book 50.00 EUR").click()
    expect(desk.get_by_role("heading", name="Payment of 50.00 EUR")).to_be_visible()

    # Night after night through the real sweep: the first by the button, the others by the command, up to the day that makes it a default.
    close_by_button(chief)
    due = loan.instalments.get(number=1).due_date
    call_command("close_day", until=due + timedelta(days=92), stdout=StringIO())
    loan.refresh_from_db()
    assert loan.days_past_due == 91 and Alert.objects.filter(loan=loan, kind="DEFAULTED").exists()

    page = as_(collector)
    for name in ("monitoring:overdue_list", "monitoring:alert_list"):
        page.goto(reverse(name))
        look(page)
    page.goto(reverse("monitoring:overdue_list"))
    expect(page.locator("main")).to_contain_text("Freya Lindqvist")

    entry = BlacklistEntry.objects.get()
    page = as_(compliance)
    page.goto(reverse("blacklist:entry_detail", args=[entry.pk]))
    look(page)
    page.get_by_role("button", name="Confirm entry").click()
    entry.refresh_from_db()
    assert entry.state == "ACTIVE"
    hear()

    again = take_in(desk, "FREYA LINDQUIST")
    assert ApplicationHold.objects.filter(application=again, released_at=None).exists()
    desk.goto(reverse("loans:application_detail", args=[again.pk]))
    look(desk)
