"""Waiver, write-off, moratorium, rate, rescheduling, restructuring: proposed by one, confirmed by another, booked once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.four_eyes import UnableToConfirm, UnableToPropose
from core.models import User
from loans.ledger import chart, selectors
from loans.models import Adjustment, Loan, ProductVersion, ScheduleChange
from loans.selectors.audit import first_difference
from loans.services.changes import UnableToChangeLoan, UnableToProposeChange, confirm_change, propose_change, reject_change
from loans.services.payments import UnableToPostPayment
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import move
from tests.loans.servicing.test_close_of_day import close
from tests.loans.servicing.test_payments import pay
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]
FIRST_DUE = date(2026, 4, 2)
LATE = FIRST_DUE + timedelta(days=10)


@shared
def late(loan: Loan, today: date) -> date:
    """Ten days after the first instalment fell due and was not paid; penalties at 12%."""
    ProductVersion.objects.update(penalty_rate=Decimal("0.12"))
    return close(move, today, LATE)


@pytest.fixture
def change(loan: Loan, collector: User, approver: User) -> Callable[..., Loan]:
    def make(kind: str, values: dict[str, Any], day: date) -> Loan:
        propose_change(loan=loan, kind=kind, values=values, reason="Agreed at the branch", actor=collector, business_date=day)
        return confirm_change(loan=loan, kind=kind, actor=approver, business_date=day)

    return make


class TestFourEyes:
    values = {"component": "penalty", "amount": "1.00"}

    def propose(self, loan: Loan, actor: User, day: date) -> None:
        propose_change(loan=loan, kind="waiver", values=self.values, reason="Illness", actor=actor, business_date=day)

    def test_nothing_happens_before_another_person_confirms(self, loan: Loan, late: date, collector: User) -> None:
        before = snapshot()
        self.propose(loan, collector, late)
        assert snapshot() == before
        with pytest.raises(UnableToPropose, match="already_open"):
            self.propose(loan, collector, late)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            confirm_change(loan=loan, kind="waiver", actor=collector, business_date=late)
        assert snapshot() == before

    def test_who_approved_or_originated_the_loan_never_confirms(
        self, loan: Loan, late: date, collector: User, risk_manager: User, officer: User
    ) -> None:
        self.propose(loan, collector, late)
        before = snapshot()
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            confirm_change(loan=loan, kind="waiver", actor=risk_manager, business_date=late)
        with pytest.raises(UnableToConfirm, match="not_entitled"):
            confirm_change(loan=loan, kind="waiver", actor=officer, business_date=late)
        assert snapshot() == before

    def test_a_loan_that_moved_meanwhile_is_proposed_again(self, loan: Loan, late: date, collector: User, approver: User) -> None:
        self.propose(loan, collector, late)
        pay(loan, "500.00", late)
        before = snapshot()
        with pytest.raises(UnableToConfirm, match="changed"):
            confirm_change(loan=loan, kind="waiver", actor=approver, business_date=late)
        assert snapshot() == before

    def test_takes_effect_once(self, loan: Loan, late: date, collector: User, approver: User) -> None:
        self.propose(loan, collector, late)
        confirm_change(loan=loan, kind="waiver", actor=approver, business_date=late)
        before = snapshot()
        with pytest.raises(UnableToConfirm, match="no_proposal"):
            confirm_change(loan=loan, kind="waiver", actor=approver, business_date=late)
        assert snapshot() == before

    def test_can_be_refused(self, loan: Loan, late: date, collector: User, approver: User) -> None:
        self.propose(loan, collector, late)
        reject_change(loan=loan, kind="waiver", reason="No", actor=approver)
        with pytest.raises(UnableToConfirm, match="no_proposal"):
            confirm_change(loan=loan, kind="waiver", actor=approver, business_date=late)

    def test_asks_for_a_reason_and_a_known_change_of_a_live_loan(
        self, loan: Loan, late: date, collector: User, auditor: User, signed: Callable[..., Loan]
    ) -> None:
        for actor, kind, reason, code in (
            (auditor, "waiver", "x", "not_entitled"),
            (collector, "gift", "x", "unknown_kind"),
            (collector, "waiver", " ", "reason_missing"),
        ):
            with pytest.raises(UnableToProposeChange, match=code):
                propose_change(loan=loan, kind=kind, values=self.values, reason=reason, actor=actor, business_date=late)


class TestAWaiver:
    def test_gives_up_a_penalty(self, loan: Loan, late: date, change: Callable[..., Loan]) -> None:
        charged = loan.instalments.get(number=1).penalty
        assert charged == Decimal("3.20")
        change("waiver", {"component": "penalty", "amount": f"{charged:.2f}"}, late)
        row = loan.instalments.get(number=1)
        found = selectors.balances_of_loan(loan.pk)
        assert row.paid_penalty == charged and chart.PENALTY_RECEIVABLE not in found
        assert found[chart.WAIVERS] == charged
        assert first_difference() is None

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"component": "penalty", "amount": "3.21"}, "nothing_to_waive"),
            ({"component": "principal", "amount": "1.00"}, "bad_value"),
            ({"component": "penalty", "amount": "0.005"}, "bad_value"),
            ({"component": "penalty"}, "bad_value"),
        ],
    )
    def test_gives_up_no_more_than_is_owed(self, loan: Loan, late: date, change: Callable[..., Loan], values: Any, code: str) -> None:
        before = snapshot()
        with pytest.raises(UnableToChangeLoan, match=code):
            change("waiver", values, late)
        assert snapshot() == before


class TestAMoratorium:
    def test_freezes_days_past_due_until_its_end(self, loan: Loan, late: date, change: Callable[..., Loan], on: Move) -> None:
        end = late + timedelta(days=12)
        change("moratorium", {"start_date": late.isoformat(), "end_date": end.isoformat()}, late)
        close(on, late, end)
        loan.refresh_from_db()
        assert loan.days_past_due == 10
        close(on, end, end + timedelta(days=3))
        loan.refresh_from_db()
        assert loan.days_past_due == 12

    def test_begins_today_at_the_earliest(self, loan: Loan, late: date, change: Callable[..., Loan]) -> None:
        with pytest.raises(UnableToChangeLoan, match="in_the_past"):
            change("moratorium", {"start_date": "2026-01-01", "end_date": "2026-09-01"}, late)
        with pytest.raises(UnableToChangeLoan, match="bad_value"):
            change("moratorium", {"start_date": late.isoformat(), "end_date": "soon"}, late)


class TestARateChange:
    def test_splits_the_running_period_and_makes_the_instalments_anew(self, loan: Loan, late: date, change: Callable[..., Loan]) -> None:
        asked = {"date": date(2026, 4, 17).isoformat(), "annual_rate": "0.12"}
        with pytest.raises(UnableToChangeLoan, match="bad_value") as refusal:
            change("rate_change", asked, late)
        assert "The product costs at most 6.00% a year" in refusal.value.detail
        ProductVersion.objects.filter(pk=loan.product_version_id).update(rate_by_grade={"E": "0.12"})
        loan.refresh_from_db()
        change("rate_change", asked, late)
        second = loan.instalments.get(number=2)
        # Half of the period at 6% and half at 12% on 11,027.20: 27.57 and 55.14, each rounded on its own.
        assert second.interest == Decimal("82.71")
        assert sum(row.principal for row in loan.instalments.all()) == loan.principal
        assert Decimal(ScheduleChange.objects.get(loan=loan).replaced[0]["interest"]) == Decimal("55.14")
        assert first_difference() is None


class TestARescheduling:
    def test_moves_and_stretches_what_lies_ahead(self, loan: Loan, late: date, change: Callable[..., Loan], on: Move) -> None:
        change("rescheduling", {"first_due_date": "2026-05-20", "instalments": 18}, late)
        rows = list(loan.instalments.filter(due_booked=False))
        assert (len(rows), rows[0].due_date, rows[-1].due_date) == (18, date(2026, 5, 20), date(2027, 10, 20))
        assert sum(row.principal for row in loan.instalments.all()) == loan.principal
        close(on, late, date(2026, 5, 21))
        assert first_difference() is None

    def test_keeps_the_old_schedule(self, loan: Loan, late: date, change: Callable[..., Loan]) -> None:
        old = [(str(row.due_date), row.principal) for row in loan.instalments.filter(due_booked=False)]
        change("rescheduling", {"first_due_date": "2026-05-20", "instalments": 18}, late)
        kept = ScheduleChange.objects.get(loan=loan).replaced
        assert [(row["due_date"], Decimal(row["principal"])) for row in kept] == old


class TestARestructuring:
    def test_keeps_the_old_contract_and_opens_a_new_one_over_all_that_is_owed(
        self, loan: Loan, late: date, change: Callable[..., Loan], on: Move
    ) -> None:
        change("restructuring", {"annual_rate": "0.05", "instalments": 24, "first_due_date": "2026-05-12"}, late)
        loan.refresh_from_db()
        successor = Loan.objects.get(restructured_from=loan)
        moved = Adjustment.objects.get(loan=loan, kind="TRANSFER")
        # 12,000.00 principal, 60.00 interest due, 3.20 penalty, and 10 of 30 days on 11,027.20: 18.38.
        assert moved.amount == successor.principal == Decimal("12081.58")
        assert (loan.state, loan.outstanding_principal) == ("SETTLED", 0)
        assert (successor.state, successor.outstanding_principal, successor.instalments.count()) == ("ACTIVE", Decimal("12081.58"), 24)
        assert selectors.balance(account=chart.RESTRUCTURING, currency="EUR") == 0
        assert first_difference() is None
        with pytest.raises(UnableToPostPayment, match="not_active"):
            pay(loan, "10.00", late)
        close(on, late, date(2026, 5, 13))
        pay(successor, "100.00", date(2026, 5, 13))
        assert first_difference() is None

    def test_is_refused_where_the_new_terms_contradict_themselves(self, loan: Loan, late: date, change: Callable[..., Loan]) -> None:
        before = snapshot()
        with pytest.raises(UnableToChangeLoan, match="terms_refused"):
            change("restructuring", {"annual_rate": 5, "instalments": 24, "first_due_date": "2026-05-12"}, late)
        assert snapshot() == before
