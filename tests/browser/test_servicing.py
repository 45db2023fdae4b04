"""The pages of the loans room in a real browser: in both widths and themes, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from core.models import User
from loans.models import Application, Disbursement, Loan, Payment
from loans.services.contracts import make_contract
from loans.services.figures import refresh_loan
from loans.services.payments import post_payment
from loans.services.statements import LineDraft, add_statement, open_account
from tests.browser.fixtures import WIDE, assert_accessible
from tests.loans.servicing.conftest import (
    IBAN,
    accepted,
    active,
    approver,
    ask,
    branch,
    collector,
    officer,
    on,
    product,
    risk_manager,
    signed,
)

__all__ = ["accepted", "active", "approver", "branch", "collector", "officer", "on", "product", "risk_manager", "signed"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignInPage = Callable[[Page, User], None]
NOW = date(2026, 6, 10)


@pytest.fixture
def late(active: Callable[..., Loan], officer: User, on: Callable[[date], date]) -> Loan:
    """A loan of which one instalment is paid, one in part, and two are overdue; with an account and its statement."""
    loan = active(term_months=36)
    for day, amount in ((date(2026, 4, 2), "365.06"), (date(2026, 5, 4), "200.00")):
        on(day)
        post_payment(loan=loan, amount=Decimal(amount), currency="EUR", value_date=day, actor=officer, business_date=day)
    refresh_loan(loan, business_date=on(NOW))
    account = open_account(borrower=loan.borrower, iban=IBAN, bank_name="Harbour Bank", actor=officer)
    lines = [
        LineDraft(f"line{number}", date(2026, 5, number), Decimal(number * 100 - 700), "CARD", Decimal(number), f"Booking {number}")
        for number in range(1, 15)
    ]
    add_statement(account=account, lines=lines, currency="EUR", source="test", actor=officer)
    return loan


@pytest.fixture
def waiting(accepted: Callable[..., Application], late: Loan, officer: User) -> Disbursement:
    """A payout that waits for a second person while the contract is not signed."""
    loan = make_contract(application=accepted(), actor=officer, business_date=NOW)
    return ask(loan, officer, NOW)


class TestBookingAPayment:
    @pytest.mark.parametrize("scripts", [True, False], ids=["htmx", "no-js"])
    def test_shows_what_it_pays_and_then_books_it(
        self, new_page: Callable[..., Page], late: Loan, collector: User, sign_in_page: SignInPage, scripts: bool
    ) -> None:
        page = new_page(width=WIDE, java_script_enabled=scripts)
        sign_in_page(page, collector)
        page.goto(reverse("loans:payment_new", args=[late.public_id]))
        page.get_by_label("Amount").fill("0")
        page.get_by_role("button", name="Show what it pays").click()
        expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
        page.get_by_label("Amount").fill("900.00")
        page.get_by_role("button", name="Show what it pays").click()
        expect(page.get_by_role("heading", name="900.00 EUR would pay")).to_be_visible()
        assert Payment.objects.count() == 2
        if scripts:
            assert_accessible(page)
        page.get_by_role("button", name="Book 900.00 EUR").click()
        expect(page.get_by_role("heading", name="Payment of 900.00 EUR")).to_be_visible()
        assert Payment.objects.count() == 3


class TestConfirmingAPayout:
    def test_names_the_open_condition_and_pays_when_it_is_met(
        self, new_page: Callable[..., Page], waiting: Disbursement, approver: User, officer: User, sign_in_page: SignInPage
    ) -> None:
        second, first = new_page(width=WIDE), new_page(width=WIDE)
        sign_in_page(second, approver)
        sign_in_page(first, officer)
        address = reverse("loans:loan_detail", args=[waiting.loan.public_id])
        second.goto(address)
        second.get_by_role("button", name="Confirm payout").click()
        expect(second.get_by_text("These conditions are open: Contract signed by the borrower.")).to_be_visible()
        assert_accessible(second)
        first.goto(address)
        first.get_by_label("What shows it").fill("Signed in the branch")
        first.get_by_role("button", name="Record signature").click()
        expect(first.get_by_text("The signature is recorded.")).to_be_visible()
        second.get_by_role("button", name="Confirm payout").click()
        expect(second.get_by_text("is confirmed and paid")).to_be_visible()
        waiting.refresh_from_db()
        assert waiting.state == "PAID"
