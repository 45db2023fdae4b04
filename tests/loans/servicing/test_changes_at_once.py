"""Changes and prepayments from many clients at once: each has one effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.models import User
from loans.ledger import chart, selectors
from loans.models import Adjustment, Facility, Loan, Payment, ScheduleChange
from loans.selectors.audit import first_difference
from loans.services.changes import confirm_change, propose_change
from loans.services.facilities import draw
from loans.services.prepayments import prepay_loan
from tests.loans.servicing.lines_of_credit import facility, first_drawing, line_product
from tests.loans.servicing.test_disbursement import at_once

__all__ = ["facility", "first_drawing", "line_product"]

pytestmark = pytest.mark.django_db(transaction=True)
Move = Callable[[date], date]


def test_a_write_off_confirmed_from_twenty_clients_is_booked_once(
    loan: Loan, collector: User, approver: User, second_approver: User, on: Move, today: date
) -> None:
    day = on(today + timedelta(days=40))
    propose_change(loan=loan, kind="write_off", values={}, reason="Insolvent", actor=collector, business_date=day)
    actors = [approver, second_approver] * 10
    results = at_once(
        *[lambda actor=actor: confirm_change(loan=loan, kind="write_off", actor=actor, business_date=day) for actor in actors]
    )
    assert results.count("ok") == 1 and set(results) <= {"ok", "no_proposal", "already_decided"}
    assert Adjustment.objects.count() == 1
    assert selectors.balances_of_loan(loan.pk)[chart.WRITE_OFFS] == Decimal("12060.00")
    assert first_difference() is None


def test_one_prepayment_sent_twenty_times_pays_once(loan: Loan, on: Move, today: date) -> None:
    day = on(today + timedelta(days=10))
    results = at_once(
        *[
            lambda: prepay_loan(
                loan=loan, amount=Decimal("3000.00"), mode="lower", value_date=day, actor=None, business_date=day, external_reference="P1"
            )
        ]
        * 20
    )
    assert results == ["ok"] * 20
    assert Payment.objects.count() == ScheduleChange.objects.count() == 1
    assert selectors.balances_of_loan(loan.pk)[chart.CASH] == Decimal(3000) - 12_000
    assert first_difference() is None


def test_the_last_of_a_limit_drawn_from_twenty_clients_is_drawn_once(facility: Facility, officer: User, today: date) -> None:
    results = at_once(*[lambda: draw(facility=facility, amount=Decimal("6000.00"), term_months=6, actor=officer, business_date=today)] * 20)
    assert (results.count("ok"), set(results)) == (1, {"ok", "limit_exceeded"})
    facility.refresh_from_db()
    assert (facility.drawn, facility.loans.count()) == (facility.limit_amount, 2)
    assert first_difference() is None
