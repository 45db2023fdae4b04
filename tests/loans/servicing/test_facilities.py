"""Revolving facilities: drawn, repaid and drawn again within the limit, which two people change and nothing goes above."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, User
from core.uuids import uuid7
from loans.domain.product_terms import check_product_terms
from loans.models import Facility, Loan, ProductVersion, StateChange
from loans.selectors.audit import first_difference
from loans.selectors.borrowers import exposure_of
from loans.services.changes import UnableToChangeLoan, propose_change
from loans.services.contracts import UnableToMakeContract, make_contract
from loans.services.disbursement import confirm_disbursement
from loans.services.facilities import (
    UnableToChangeLimit,
    UnableToDraw,
    UnableToTakeBackDrawing,
    confirm_limit,
    draw,
    expire_facilities,
    propose_limit,
    take_back_drawing,
)
from loans.services.payments import UnableToReversePayment, reverse_payment
from loans.services.prepayments import prepay_loan
from loans.services.product_versions import terms_of
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import ask
from tests.loans.servicing.lines_of_credit import facility, first_drawing, line_product
from tests.loans.servicing.test_close_of_day import close

__all__ = ["facility", "first_drawing", "line_product"]

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]


def everything() -> dict[str, Any]:
    return snapshot() | {"facilities": list(Facility.objects.order_by("id").values())}


def stands(facility: Facility) -> tuple[Decimal, Decimal]:
    facility.refresh_from_db()
    return facility.drawn, facility.available


@pytest.fixture
def more(facility: Facility, officer: User, approver: User, today: date) -> Callable[..., Loan]:
    """Another drawing, paid out."""

    def make(amount: str, months: int = 6, day: date = today) -> Loan:
        loan = draw(facility=facility, amount=Decimal(amount), term_months=months, actor=officer, business_date=day)
        confirm_disbursement(disbursement=ask(loan, officer, day), actor=approver, business_date=day)
        loan.refresh_from_db()
        return loan

    return make


class TestDrawing:
    def test_goes_to_the_limit_and_what_is_repaid_may_be_drawn_again(
        self, facility: Facility, first_drawing: Loan, more: Callable[..., Loan], officer: User, on: Move, today: date
    ) -> None:
        assert (facility.limit_amount, facility.state, facility.end_date) == (Decimal(10_000), "AVAILABLE", date(2027, 3, 2))
        assert stands(facility) == (Decimal(4000), Decimal(6000))
        second = more("6000.00")
        assert (second.state, second.annual_rate, stands(facility)) == ("ACTIVE", Decimal("0.06"), (Decimal(10_000), Decimal(0)))
        before = everything()
        with pytest.raises(UnableToDraw, match="limit_exceeded"):
            draw(facility=facility, amount=Decimal("0.01"), term_months=1, actor=officer, business_date=today)
        assert everything() == before
        day = close(on, today, today + timedelta(days=10))
        prepay_loan(loan=second, amount=Decimal("2500.00"), mode="lower", value_date=day, actor=None, business_date=day)
        second.refresh_from_db()
        repaid = Decimal(6000) - second.outstanding_principal
        assert stands(facility) == (10_000 - repaid, repaid)
        more("2000.00", day=day)
        close(on, day, day + timedelta(days=30))
        assert first_difference() is None

    def test_bears_interest_day_by_day_on_what_is_drawn(self, first_drawing: Loan, on: Move, today: date) -> None:
        day = close(on, today, today + timedelta(days=10))
        payment = prepay_loan(loan=first_drawing, amount=Decimal("1000.00"), mode="lower", value_date=day, actor=None, business_date=day)
        early = payment.allocations.get(component="interest").amount
        left = Loan.objects.get(pk=first_drawing.pk).outstanding_principal
        first = first_drawing.instalments.filter(due_booked=False).order_by("number").first()
        assert first is not None
        by_hand = (Decimal(4000) * 10 + left * 21) * Decimal("0.06") / 365
        assert abs(early + first.interest - by_hand) <= Decimal("0.02")

    @pytest.mark.parametrize(
        ("amount", "months", "code"),
        [
            ("6000.01", 6, "limit_exceeded"),
            ("0", 6, "bad_amount"),
            ("-5", 6, "bad_amount"),
            ("0.005", 6, "bad_amount"),
            ("NaN", 6, "bad_amount"),
            ("1e30", 6, "bad_amount"),
            ("100", 13, "past_end"),
            ("100", 0, "bad_term"),
        ],
    )
    def test_is_refused_beyond_its_bounds(
        self, facility: Facility, officer: User, today: date, amount: str, months: int, code: str
    ) -> None:
        before = everything()
        with pytest.raises(UnableToDraw, match=code):
            draw(facility=facility, amount=Decimal(amount), term_months=months, actor=officer, business_date=today)
        assert everything() == before

    def test_is_refused_to_others_when_overdue_after_the_end_and_without_a_limit(
        self, facility: Facility, first_drawing: Loan, officer: User, collector: User, loan: Loan, today: date
    ) -> None:
        before = everything()
        end = facility.end_date
        assert end is not None
        for of, actor, day, code in (
            (facility, collector, today, "not_entitled"),
            (facility, officer, end, "expired"),
            (loan.facility, officer, today, "not_revolving"),
        ):
            with pytest.raises(UnableToDraw, match=code):
                draw(facility=of, amount=Decimal(100), term_months=1, actor=actor, business_date=day)
        assert everything() == before
        Loan.objects.filter(pk=first_drawing.pk).update(days_past_due=1)
        with pytest.raises(UnableToDraw, match="overdue"):
            draw(facility=facility, amount=Decimal(100), term_months=1, actor=officer, business_date=today)

    def test_is_taken_back_while_nobody_asked_for_its_money(self, facility: Facility, officer: User, approver: User, today: date) -> None:
        loan = draw(facility=facility, amount=Decimal(6000), term_months=6, actor=officer, business_date=today)
        assert stands(facility)[1] == 0
        with pytest.raises(UnableToTakeBackDrawing, match="not_entitled"):
            take_back_drawing(loan=loan, actor=approver, business_date=today)
        take_back_drawing(loan=loan, actor=officer, business_date=today)
        assert stands(facility)[1] == 6000
        other = draw(facility=facility, amount=Decimal(6000), term_months=6, actor=officer, business_date=today)
        ask(other, officer, today)
        with pytest.raises(UnableToTakeBackDrawing, match="under_way"):
            take_back_drawing(loan=other, actor=officer, business_date=today)
        assert first_difference() is None

    def test_first_of_all_stays_within_what_was_granted(
        self, line_product: ProductVersion, accepted: Any, officer: User, today: date
    ) -> None:
        application = accepted(amount="10000.00", product="line")
        before = everything()
        for amount, code in ((Decimal("10000.01"), "first_draw_above_limit"), (Decimal(0), "bad_first_draw")):
            with pytest.raises(UnableToMakeContract, match=code):
                make_contract(application=application, actor=officer, business_date=today, first_draw=amount)
        assert everything() == before


class TestTheDatabase:
    def test_lets_nothing_above_the_limit_whoever_writes(self, facility: Facility, first_drawing: Loan) -> None:
        rows = Loan.objects.filter(pk=first_drawing.pk)
        for attack in (
            lambda: rows.update(outstanding_principal=Decimal("10000.01")),
            lambda: Facility.objects.filter(pk=facility.pk).update(limit_amount=Decimal("3999.99")),
            lambda: Facility.objects.filter(pk=facility.pk).update(drawn=-1),
        ):
            with pytest.raises(IntegrityError, match="facility_drawn_within_limit"), transaction.atomic():
                attack()
        rows.update(state="SOLD")
        assert stands(facility)[0] == 0


class TestAReversal:
    def test_waits_for_room_under_the_limit(
        self, facility: Facility, first_drawing: Loan, more: Callable[..., Loan], collector: User, on: Move, today: date
    ) -> None:
        day = on(today + timedelta(days=1))
        payment = prepay_loan(loan=first_drawing, amount=Decimal("3000.00"), mode="lower", value_date=day, actor=None, business_date=day)
        again = more(f"{stands(facility)[1]:.2f}", day=day)
        before = everything()
        with pytest.raises(UnableToReversePayment, match="limit_drawn_again"):
            reverse_payment(payment=payment, reason="Bounced", actor=collector, business_date=day)
        assert everything() == before
        prepay_loan(loan=again, amount=Decimal("4000.00"), mode="lower", value_date=day, actor=None, business_date=day)
        reverse_payment(payment=payment, reason="Bounced", actor=collector, business_date=day)
        assert first_difference() is None


class TestTheLimit:
    def test_is_changed_by_two_people(
        self, facility: Facility, officer: User, collector: User, approver: User, risk_manager: User, more: Callable[..., Loan], today: date
    ) -> None:
        propose_limit(facility=facility, limit=Decimal(8_000), reason="Turnover fell", actor=collector, business_date=today)
        confirm_limit(facility=facility, actor=approver, business_date=today)
        assert stands(facility) == (Decimal(4000), Decimal(4000))
        before = everything()
        propose_limit(facility=facility, limit=Decimal(10_000), reason="Turnover grew", actor=collector, business_date=today)
        for actor, code in ((collector, "own_proposal"), (officer, "not_entitled"), (risk_manager, "conflict_of_interest")):
            with pytest.raises(UnableToConfirm, match=code):
                confirm_limit(facility=facility, actor=actor, business_date=today)
        assert everything() == before
        confirm_limit(facility=facility, actor=approver, business_date=today)
        assert stands(facility) == (Decimal(4000), Decimal(6000))
        details = AuditEntry.objects.filter(action="facility.limit_changed").latest("id").details
        assert (Decimal(details["before"]), Decimal(details["after"]), details["reason"]) == (8_000, 10_000, "Turnover grew")
        more("6000.00")
        assert first_difference() is None

    @pytest.mark.parametrize("how", ["put_up_by_id", "voters"])
    def test_is_confirmed_by_nobody_who_answered_for_the_decision(
        self, facility: Facility, collector: User, approver: User, today: date, how: str
    ) -> None:
        """Neither who put it up for another to confirm nor a member of the committee that voted on it."""
        answer = facility.application.outcomes.latest("id")
        answer.pk, answered = uuid7(), approver.pk if how == "put_up_by_id" else [approver.pk]
        setattr(answer, how, answered)
        answer.save(force_insert=True)
        propose_limit(facility=facility, limit=Decimal(8_000), reason="Turnover fell", actor=collector, business_date=today)
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            confirm_limit(facility=facility, actor=approver, business_date=today)

    def test_is_not_lowered_below_what_is_drawn_even_if_that_was_drawn_meanwhile(
        self, facility: Facility, collector: User, approver: User, more: Callable[..., Loan], today: date
    ) -> None:
        propose_limit(facility=facility, limit=Decimal(5000), reason="Risk", actor=collector, business_date=today)
        more("2000.00")
        before = everything()
        with pytest.raises(UnableToChangeLimit, match="below_drawn"):
            confirm_limit(facility=facility, actor=approver, business_date=today)
        assert everything() == before

    def test_is_refused_in_words(self, facility: Facility, collector: User, auditor: User, loan: Loan, today: date) -> None:
        before = everything()
        for of, limit, reason, actor, code in (
            (facility, "11000", "x", auditor, "not_entitled"),
            (facility, "11000", " ", collector, "reason_missing"),
            (facility, "10000", "x", collector, "same"),
            (facility, "3999.99", "x", collector, "below_drawn"),
            (facility, "10000.01", "x", collector, "above_decided"),
            (facility, "0.005", "x", collector, "bad_amount"),
            (loan.facility, "13000", "x", collector, "not_revolving"),
        ):
            with pytest.raises(UnableToChangeLimit, match=code):
                propose_limit(facility=of, limit=Decimal(limit), reason=reason, actor=actor, business_date=today)
        assert everything() == before


class TestTheEnd:
    def test_comes_with_the_night_and_lets_nothing_more_be_drawn(self, facility: Facility, officer: User) -> None:
        end = facility.end_date
        assert end is not None
        assert expire_facilities(business_date=end - timedelta(days=1)) == 0
        assert [expire_facilities(business_date=end) for _ in range(2)] == [1, 0]
        facility.refresh_from_db()
        step = StateChange.objects.get(new_state="EXPIRED")
        assert (facility.state, step.old_state, step.target_id) == ("EXPIRED", "AVAILABLE", str(facility.pk))
        with pytest.raises(UnableToDraw, match="not_available"):
            draw(facility=facility, amount=Decimal(1), term_months=1, actor=officer, business_date=end)

    def test_leaves_what_is_drawn_as_the_exposure(self, facility: Facility) -> None:
        assert exposure_of(facility.borrower) == 10_000
        expire_facilities(business_date=date(2030, 1, 1))
        assert exposure_of(facility.borrower) == 4000


def test_a_drawing_is_not_restructured(first_drawing: Loan, collector: User, today: date) -> None:
    values = {"annual_rate": "0.05", "instalments": 6, "first_due_date": "2026-05-01"}
    with pytest.raises(UnableToChangeLoan, match="under_limit"):
        propose_change(loan=first_drawing, kind="restructuring", values=values, reason="x", actor=collector, business_date=today)


def test_a_revolving_product_reckons_interest_daily(line_product: ProductVersion) -> None:
    terms = terms_of(ProductVersion.objects.get(pk=line_product.pk))
    assert check_product_terms(terms) == []
    faults = check_product_terms({**terms, "interest_period": "per_instalment", "method": "flat"})
    assert [(fault.field, fault.code) for fault in faults] == [("method", "not_revolving"), ("interest_period", "not_revolving")]
