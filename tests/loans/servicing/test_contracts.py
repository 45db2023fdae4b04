"""From an accepted offer to a signed contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.models import OutboxEvent, User
from loans.models import Application, ApplicationHold, Facility, Loan
from loans.services.conditions import list_open_conditions
from loans.services.contracts import (
    UnableToMakeContract,
    UnableToRecordSignature,
    count_instalments,
    make_contract,
    record_signature,
)
from loans.services.holds import hold_application
from tests.loans.servicing.books import snapshot

pytestmark = pytest.mark.django_db
MakeApplication = Callable[..., Application]


class TestMakeContract:
    def test_makes_facility_loan_and_schedule(self, accepted: MakeApplication, officer: User, today: date) -> None:
        application = accepted()
        loan = make_contract(application=application, actor=officer, business_date=today)
        rows = list(loan.instalments.all())
        assert application.state == "CONTRACTED"
        assert loan.state == "SIGNED"
        assert loan.undrawn == loan.principal == Decimal(12_000)
        assert loan.outstanding_principal == 0
        assert loan.facility.state == Facility.State.COMMITTED
        assert [row.number for row in rows] == list(range(1, 13))
        assert rows[0].due_date == date(2026, 4, 2)
        assert rows[0].principal + rows[0].interest == Decimal("1032.80")
        assert rows[-1].balance == 0
        assert loan.maturity_date == rows[-1].due_date
        assert loan.effective_annual_rate is not None and Decimal("0.061") < loan.effective_annual_rate < Decimal("0.062")
        assert OutboxEvent.objects.filter(name="LoanContracted", payload__loan_id=loan.pk).count() == 1

    @pytest.mark.parametrize(("amount", "term", "rate"), [("500.00", 1, "0"), ("7777.77", 7, "0.0999"), ("123456.78", 120, "0.1234")])
    def test_schedules_exactly_the_principal(
        self, accepted: MakeApplication, officer: User, today: date, amount: str, term: int, rate: str
    ) -> None:
        loan = make_contract(application=accepted(amount=amount, term_months=term, rate=rate), actor=officer, business_date=today)
        rows = list(loan.instalments.all())
        assert sum(row.principal for row in rows) == Decimal(amount)
        assert min(min(row.principal, row.interest) for row in rows) >= 0
        assert rows[-1].balance == 0

    @pytest.mark.parametrize(
        ("dates", "code"),
        [
            ({"first_due_date": date(2026, 5, 4)}, "first_due_late"),
            ({"first_due_date": date(2045, 1, 1)}, "first_due_late"),
            ({"start_date": date(2026, 6, 3)}, "payout_far"),
        ],
    )
    def test_begins_when_the_decision_meant_it_to(
        self, accepted: MakeApplication, officer: User, today: date, dates: dict[str, date], code: str
    ) -> None:
        """The term was decided: nobody puts what is owed years ahead."""
        application, before = accepted(), Loan.objects.count()
        with pytest.raises(UnableToMakeContract, match=code):
            make_contract(application=application, actor=officer, business_date=today, **dates)
        assert Loan.objects.count() == before and application.state == "ACCEPTED"
        latest = (
            {name: day - timedelta(days=1) for name, day in dates.items()} if code == "payout_far" else {"first_due_date": date(2026, 5, 3)}
        )
        assert make_contract(application=application, actor=officer, business_date=today, **latest).state == "SIGNED"

    def test_takes_an_agreed_first_due_date(self, accepted: MakeApplication, officer: User, today: date) -> None:
        loan = make_contract(application=accepted(), actor=officer, business_date=today, first_due_date=date(2026, 4, 15))
        assert loan.first_due_date == date(2026, 4, 15)

    def test_refuses_a_second_contract(self, accepted: MakeApplication, officer: User, today: date) -> None:
        application = accepted()
        make_contract(application=application, actor=officer, business_date=today)
        before = snapshot()
        with pytest.raises(UnableToMakeContract, match="not_accepted"):
            make_contract(application=application, actor=officer, business_date=today)
        assert snapshot() == before

    def test_refuses_an_application_on_hold(self, accepted: MakeApplication, officer: User, today: date) -> None:
        application = accepted()
        hold_application(application=application, reason=ApplicationHold.Reason.FRAUD, source="test", actor=None, business_date=today)
        with pytest.raises(UnableToMakeContract, match="on_hold"):
            make_contract(application=application, actor=officer, business_date=today)
        assert not Loan.objects.exists()

    def test_refuses_everybody_but_officers(self, accepted: MakeApplication, approver: User, today: date) -> None:
        with pytest.raises(UnableToMakeContract, match="not_entitled"):
            make_contract(application=accepted(), actor=approver, business_date=today)
        assert not Loan.objects.exists()

    @pytest.mark.parametrize(
        ("months", "unit", "every", "count"),
        [
            (12, "month", 1, 12),
            (12, "month", 3, 4),
            (13, "month", 3, 5),
            (24, "year", 1, 2),
            (12, "week", 1, 52),
            (12, "week", 2, 26),
            (1, "day", 10, 3),
        ],
    )
    def test_counts_instalments_of_every_frequency(self, months: int, unit: str, every: int, count: int) -> None:
        assert count_instalments(months, unit, every) == count


class TestRecordSignature:
    def test_meets_the_condition_once(self, accepted: MakeApplication, officer: User, today: date) -> None:
        application = accepted()
        make_contract(application=application, actor=officer, business_date=today)
        assert [condition.code for condition in list_open_conditions(application)] == ["contract_signed"]
        record_signature(application=application, actor=officer, business_date=today)
        assert list_open_conditions(application) == []
        with pytest.raises(UnableToRecordSignature, match="already_signed"):
            record_signature(application=application, actor=officer, business_date=today)

    def test_needs_a_contract_and_an_officer(self, accepted: MakeApplication, officer: User, approver: User, today: date) -> None:
        application = accepted()
        with pytest.raises(UnableToRecordSignature, match="no_contract"):
            record_signature(application=application, actor=officer, business_date=today)
        make_contract(application=application, actor=officer, business_date=today + timedelta(days=0))
        with pytest.raises(UnableToRecordSignature, match="not_entitled"):
            record_signature(application=application, actor=approver, business_date=today)
        assert len(list_open_conditions(application)) == 1
