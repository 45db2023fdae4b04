"""A loan whose last due date goes by with something owed: turned once by the night, closed when paid, and back when it is due later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.models import OutboxEvent, User
from loans.models import Loan, Moratorium, StateChange
from loans.selectors.audit import first_difference
from loans.services import sweep
from loans.services.changes import confirm_change, propose_change
from loans.services.payments import reverse_payment
from loans.services.prepayments import prepay_loan
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.test_close_of_day import close
from tests.loans.servicing.test_payments import pay

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]
DAY = timedelta(days=1)
# Two instalments, on 2 April and 2 May 2026.
LAST_DUE = date(2026, 5, 2)


@pytest.fixture
def short(active: Callable[..., Loan], on: Move) -> Loan:
    """1,000.00 EUR over two months, paid out on 2 March 2026; the first instalment is paid, the last is near."""
    loan = active(amount="1000.00", term_months=2)
    first = loan.instalments.get(number=1)
    pay(loan, first.principal + first.interest, on(first.due_date))
    loan.refresh_from_db()
    return loan


def told() -> list[int]:
    return [event.payload["loan_id"] for event in OutboxEvent.objects.filter(name="LoanMaturedUnpaid")]


def test_turns_on_the_night_after_the_last_due_date_and_tells_once(short: Loan, on: Move) -> None:
    close(on, LAST_DUE - 3 * DAY, LAST_DUE + DAY)
    short.refresh_from_db()
    assert (short.state, told()) == ("ACTIVE", [])
    close(on, LAST_DUE + DAY, LAST_DUE + 2 * DAY)
    short.refresh_from_db()
    assert (short.state, short.days_past_due, told()) == ("MATURED_UNPAID", 1, [short.pk])
    step = StateChange.objects.get(new_state="MATURED_UNPAID")
    assert (step.target_id, step.old_state, step.actor_name, step.business_date) == (str(short.pk), "ACTIVE", "sweep", LAST_DUE + DAY)
    before = snapshot()
    assert sweep.mature(business_date=LAST_DUE + DAY, first_loan_id=1, last_loan_id=10**9) == 0
    assert (snapshot(), told()) == (before, [short.pk])


def test_goes_on_accruing_penalties_and_closes_when_all_is_paid_and_comes_back_when_that_is_reversed(
    short: Loan, on: Move, collector: User
) -> None:
    day = close(on, LAST_DUE - DAY, LAST_DUE + 5 * DAY)
    short.refresh_from_db()
    assert short.days_past_due == 4
    pay(short, "1.00", day)
    short.refresh_from_db()
    assert short.state == "MATURED_UNPAID"
    payment = pay(short, short.arrears, day)
    short.refresh_from_db()
    assert (short.state, short.closed_date, short.outstanding_principal) == ("CLOSED", day, 0)
    reverse_payment(payment=payment, reason="Bounced", actor=collector, business_date=day)
    close(on, day, day + DAY)
    short.refresh_from_db()
    assert (short.state, told()) == ("MATURED_UNPAID", [short.pk, short.pk])
    assert first_difference() is None


def test_a_longer_loan_and_one_in_a_moratorium_do_not_turn(short: Loan, active: Callable[..., Loan], on: Move, today: date) -> None:
    on(today)
    longer = active(amount="1000.00", term_months=6)
    pause = Moratorium.objects.create(
        loan=short, start_date=LAST_DUE, end_date=LAST_DUE + 4 * DAY, reason="Flood", granted_date=LAST_DUE - DAY
    )
    day = close(on, LAST_DUE - DAY, pause.end_date)
    assert {*Loan.objects.values_list("state", flat=True)} == {"ACTIVE"}
    close(on, day, day + DAY)
    short.refresh_from_db()
    longer.refresh_from_db()
    assert (short.state, longer.state) == ("MATURED_UNPAID", "ACTIVE")


def test_a_contract_that_runs_longer_again_is_active_again(loan: Loan, on: Move, today: date, collector: User) -> None:
    payment = prepay_loan(loan=loan, amount=Decimal("11000.00"), mode="shorten", value_date=today, actor=None, business_date=today)
    loan.refresh_from_db()
    last = loan.instalments.last()
    assert last is not None and last.due_date < date(2026, 6, 1)
    day = close(on, today, last.due_date + 2 * DAY)
    loan.refresh_from_db()
    assert loan.state == "MATURED_UNPAID"
    reverse_payment(payment=payment, reason="Bounced", actor=collector, business_date=day)
    loan.refresh_from_db()
    ahead = loan.instalments.filter(due_date__gte=day).exists()
    assert loan.state == ("ACTIVE" if ahead else "MATURED_UNPAID")
    assert first_difference() is None


def test_is_restructured_or_written_off_by_two_people(short: Loan, on: Move, collector: User, approver: User) -> None:
    day = close(on, LAST_DUE - DAY, LAST_DUE + 5 * DAY)
    values = {"annual_rate": "0.05", "instalments": 6, "first_due_date": (day + 30 * DAY).isoformat()}
    propose_change(loan=short, kind="restructuring", values=values, reason="Agreed", actor=collector, business_date=day)
    confirm_change(loan=short, kind="restructuring", actor=approver, business_date=day)
    short.refresh_from_db()
    assert (short.state, Loan.objects.get(restructured_from=short).state) == ("SETTLED", "ACTIVE")
    assert first_difference() is None
