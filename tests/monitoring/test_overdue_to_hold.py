"""A loan falls behind: an alert, a proposal for the blacklist, its confirmation by another, and open applications are held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from blacklist.models import BlacklistEntry
from blacklist.selectors import index
from blacklist.services.entries import confirm_entry
from core.models import Branch, Proposal, User
from loans.models import Application, ApplicationHold, Loan, RetoldLine, StatementImport, StatementLine
from loans.services.direct_intake import intake_application
from loans.services.statements import LineDraft, add_statement, open_account
from monitoring.models import Alert, SweepRun
from tests.loans.servicing.conftest import IBAN
from tests.monitoring.conftest import FIRST_DUE, hear

Close = Callable[[date], SweepRun]


@pytest.fixture(autouse=True)
def forgotten_index() -> None:
    index.forget()


@pytest.fixture
def defaulted(loan: Loan, close: Close) -> Loan:
    for days in (1, 31, 91):
        close(FIRST_DUE + timedelta(days=days))
    loan.refresh_from_db()
    return loan


def apply_again(loan: Loan, branch: Branch, officer: User, day: date, name: str = "") -> Application:
    borrower = loan.borrower
    data: dict[str, Any] = {
        "product": "consumer",
        "amount": "3000.00",
        "currency": "EUR",
        "term_months": 12,
        "purpose": {"code": "equipment", "text": "Another lathe"},
        "applicant": {
            "kind": "person",
            "name": name or borrower.name,
            "birth_date": borrower.birth_date.isoformat() if borrower.birth_date else "",
            "national_id": "ID-90000001",
        },
    }
    return intake_application(data=data, branch=branch, actor=officer, business_date=day)


class TestAlerts:
    def test_grow_more_urgent(self, loan: Loan, close: Close) -> None:
        close(FIRST_DUE + timedelta(days=1))
        first = Alert.objects.get()
        assert (first.kind, first.level, first.subject) == ("OVERDUE", 1, f"loan:{loan.pk}")
        assert (first.branch, first.loan, first.borrower) == (loan.branch, loan, loan.borrower)
        assert loan.reference in first.title
        close(FIRST_DUE + timedelta(days=91))
        second = Alert.objects.get(kind="DEFAULTED")
        assert second.level == 3
        assert second.due_date == second.raised_date + timedelta(days=1)
        assert second.details["bucket"] == "91-180"

    def test_a_day_more_raises_no_other(self, loan: Loan, close: Close) -> None:
        for days in (1, 2, 3, 4):
            close(FIRST_DUE + timedelta(days=days))
        assert Alert.objects.count() == 1

    def test_a_loan_that_pays_raises_none(self, loan: Loan, close: Close, on: Callable[[date], date]) -> None:
        from loans.services.payments import post_payment

        first = loan.instalments.get(number=1)
        on(FIRST_DUE)
        post_payment(
            loan=loan,
            amount=first.principal + first.interest,
            currency="EUR",
            value_date=FIRST_DUE,
            external_reference="P-1",
            actor=None,
            business_date=FIRST_DUE,
        )
        close(FIRST_DUE + timedelta(days=1))
        assert not Alert.objects.exists()


class TestBlacklist:
    def test_is_proposed_by_rule_after_ninety_days_and_bars_nobody_yet(self, defaulted: Loan, branch: Branch, officer: User) -> None:
        entry = BlacklistEntry.objects.get()
        assert (entry.state, entry.reason_code, entry.source, entry.source_reference) == (
            "PROPOSED",
            "default",
            "rule",
            defaulted.reference,
        )
        assert f"Loan {defaulted.reference} is 91 days past due" in entry.evidence_text
        assert Proposal.objects.filter(state="OPEN").count() == 1
        again = apply_again(defaulted, branch, officer, FIRST_DUE + timedelta(days=92))
        assert not ApplicationHold.objects.filter(application=again).exists()

    def test_is_not_proposed_before(self, loan: Loan, close: Close) -> None:
        close(FIRST_DUE + timedelta(days=90))
        assert not BlacklistEntry.objects.exists()

    def test_a_confirmation_holds_open_applications_and_alerts_on_live_exposure(
        self, defaulted: Loan, branch: Branch, officer: User, compliance: User
    ) -> None:
        day = FIRST_DUE + timedelta(days=92)
        waiting = apply_again(defaulted, branch, officer, day)
        confirm_entry(entry=BlacklistEntry.objects.get(), actor=compliance, business_date=day)
        hear()
        hold = ApplicationHold.objects.get(application=waiting)
        assert (hold.reason, hold.released_at) == ("BLACKLIST", None)
        exposure = Alert.objects.get(kind="BLACKLISTED")
        assert (exposure.loan, exposure.level) == (defaulted, 3)

    def test_the_next_application_is_stopped_under_another_spelling(
        self, defaulted: Loan, other_branch: Branch, officer: User, compliance: User
    ) -> None:
        day = FIRST_DUE + timedelta(days=92)
        confirm_entry(entry=BlacklistEntry.objects.get(), actor=compliance, business_date=day)
        hear()
        spelled = defaulted.borrower.name.replace("o", "ó").upper()
        again = apply_again(defaulted, other_branch, officer, day, name=spelled)
        assert ApplicationHold.objects.filter(application=again, released_at=None).exists()

    def test_a_default_told_twice_proposes_once(self, defaulted: Loan, close: Close) -> None:
        Loan.objects.filter(pk=defaulted.pk).update(announced_days=31)
        close(FIRST_DUE + timedelta(days=93))
        assert BlacklistEntry.objects.count() == 1
        assert Alert.objects.filter(kind="DEFAULTED").count() == 1


class TestFundUse:
    @pytest.mark.parametrize(("share", "alerts"), [("0.45", 1), ("0.10", 0)])
    def test_money_that_went_elsewhere_raises_an_alert_once(self, share: str, alerts: int, loan: Loan, close: Close, today: date) -> None:
        account = open_account(borrower=loan.borrower, iban=IBAN, bank_name="Another bank", actor=None)
        lines = [
            LineDraft("1", today + timedelta(days=1), loan.principal, "TRANSFER_IN", text="Loan payout"),
            LineDraft("2", today + timedelta(days=2), -(loan.principal * Decimal(share)), "GAMBLING", text="Casino"),
        ]
        add_statement(account=account, lines=lines, currency="EUR", source="import", actor=None)
        for days in (5, 6):
            close(today + timedelta(days=days))
        assert Alert.objects.filter(kind="FUND_USE", loan=loan).count() == alerts

    def test_a_later_file_may_say_what_it_was_for(self, loan: Loan, close: Close, today: date) -> None:
        account = open_account(borrower=loan.borrower, iban=IBAN, bank_name="Another bank", actor=None)
        spent = LineDraft("1", today + timedelta(days=2), -loan.principal, "TRANSFER_OUT", text="Casino")
        add_statement(account=account, lines=[spent], currency="EUR", source="import", actor=None)
        close(today + timedelta(days=5))
        assert not Alert.objects.filter(kind="FUND_USE").exists()
        later = StatementImport.objects.create(application=loan.application, sha256="cd" * 32)
        RetoldLine.objects.create(line=StatementLine.objects.get(), statement=later, category="GAMBLING", coding="FULL")
        close(today + timedelta(days=6))
        assert "gambling" in Alert.objects.get(kind="FUND_USE", loan=loan).title

    def test_a_file_that_is_left_out_says_nothing_of_it(self, loan: Loan, close: Close, today: date) -> None:
        account = open_account(borrower=loan.borrower, iban=IBAN, bank_name="Another bank", actor=None)
        spent = LineDraft("1", today + timedelta(days=2), -loan.principal, "GAMBLING", text="Casino")
        add_statement(account=account, lines=[spent], currency="EUR", source="import", actor=None)
        sent = StatementImport.objects.create(
            application=loan.application, sha256="ab" * 32, aside="OUTWEIGHED", aside_at=timezone.now(), aside_by=loan.application.officer
        )
        StatementLine.objects.update(statement=sent)
        close(today + timedelta(days=5))
        assert not Alert.objects.filter(kind="FUND_USE").exists()
