"""A payment booked today and worth from a day gone by: penalties charged since then on what it pays are taken back. Loan locked.

The penalty of a day is linear in what was overdue on it, so a payment of principal takes back its own share of each charged day
from its value date on; the plan of the payment and the penalties are found together. What had been paid of a penalty that falls
away waits in suspense.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from core.models import User
from core.money import round_money
from loans.domain.allocation import Due, Part
from loans.domain.charges import penalty
from loans.ledger import chart
from loans.ledger.services import EntryDraft, post
from loans.models import Instalment, Loan, PaymentAllocation
from loans.services import allocations

ZERO = Decimal(0)
EXACT = Decimal("1e-8")
ROUNDS = 12


def plan_from_value_date(
    loan: Loan, amount: Decimal, *, value_date: date, business_date: date, reference: str, actor: User | None
) -> list[Part]:
    """What the payment pays when it counts from its value date; books what that takes back of penalties."""
    rows = list(Instalment.objects.filter(loan=loan, penalty_exact__gt=0, penalty_date__gte=value_date).order_by("number"))
    if not rows:
        return allocations.plan(loan, amount, value_date=value_date, business_date=business_date)
    dues, then = allocations.list_dues(loan), dues_on(loan, value_date)
    parts: list[Part] = []
    exact = {row.number: row.penalty_exact for row in rows}
    for _ in range(ROUNDS):
        now = _with_penalties(dues, rows, exact, loan)
        again = allocations.plan(loan, amount, value_date=value_date, business_date=business_date, dues=now, dues_then=then)
        exact = {row.number: _exact(loan, row, again, value_date) for row in rows}
        if again == parts:
            break
        parts = again
    for row in rows:
        _lower(loan, row, exact[row.number], business_date=business_date, reference=reference, actor=actor)
    return parts


def dues_on(loan: Loan, value_date: date) -> list[Due]:
    """What each instalment asks for where all that is overdue is paid by money of a day gone by: no penalty of the days since."""
    rows = list(Instalment.objects.filter(loan=loan, penalty_exact__gt=0, penalty_date__gte=value_date))
    dues = allocations.list_dues(loan)
    everything = [Part(name, due.number, getattr(due, name)) for due in dues for name in ("principal", "interest")]
    return _with_penalties(dues, rows, {row.number: _exact(loan, row, everything, value_date) for row in rows}, loan)


def _with_penalties(dues: list[Due], rows: list[Instalment], exact: dict[int, Decimal], loan: Loan) -> list[Due]:
    """The dues with other penalties before rounding."""
    cuts = {row.number: _billed(exact[row.number], loan) - _billed(row.penalty_exact, loan) for row in rows}
    return [replace(due, penalty=max(ZERO, due.penalty + cuts.get(due.number, ZERO))) for due in dues]


def _exact(loan: Loan, row: Instalment, parts: list[Part], value_date: date) -> Decimal:
    """The penalty of an instalment before rounding, without the days on which these parts had already paid."""
    version = loan.product_version
    counted = ("principal", "interest") if version.penalty_base == "instalment" else ("principal",)
    paid = sum((part.amount for part in parts if part.instalment == row.number and part.component in counted), ZERO)
    assert row.penalty_date is not None
    first = max(value_date, row.due_date + timedelta(days=version.tolerance_days))
    pauses = [(pause.start_date, pause.end_date) for pause in loan.moratoria.all()]
    days = sum(
        not any(start <= first + timedelta(days=offset) < end for start, end in pauses)
        for offset in range(max(0, (row.penalty_date - first).days + 1))
    )
    back = penalty(paid, version.penalty_rate, days)
    return max(ZERO, row.penalty_exact - back).quantize(EXACT, ROUND_HALF_UP)


def _billed(exact: Decimal, loan: Loan) -> Decimal:
    return round_money(exact, loan.currency, "half_up")


def _lower(loan: Loan, row: Instalment, exact: Decimal, *, business_date: date, reference: str, actor: User | None) -> None:
    cut = _billed(row.penalty_exact, loan) - _billed(exact, loan)
    row.penalty_exact = exact
    if cut > row.penalty:
        cut = row.penalty  # part of it had been waived
    row.penalty -= cut
    if row.paid_penalty > row.penalty:
        kept = _give_back(loan, row, row.paid_penalty - row.penalty, business_date=business_date, reference=reference, actor=actor)
        row.penalty += kept
        cut -= kept
    row.save(update_fields=["penalty_exact", "penalty", "paid_penalty"])
    if cut:
        draft = _draft(loan, f"Penalty on instalment {row.number} of {loan.reference} taken back", business_date)
        lines = [(chart.PENALTY_INCOME, cut, loan.currency), (chart.PENALTY_RECEIVABLE, -cut, loan.currency)]
        post(replace(draft, source_type="instalment", source_id=str(row.pk), event=f"back:{reference}", postings=lines), actor=actor)


def _give_back(loan: Loan, row: Instalment, excess: Decimal, *, business_date: date, reference: str, actor: User | None) -> Decimal:
    """Move what was paid too much of a penalty to suspense, newest payment first. What was waived comes back to nobody and is returned."""
    shares = PaymentAllocation.objects.filter(
        instalment=row, component=PaymentAllocation.Component.PENALTY, payment__reversed_at=None
    ).order_by("-id")
    for share in shares.select_related("payment"):
        taken = min(share.amount, excess)
        if not taken:
            break
        excess -= taken
        row.paid_penalty -= taken
        allocations.put_in_suspense(share.payment_id, taken)
        allocations.lower(share, taken)
        draft = _draft(loan, f"Penalty paid by {share.payment.reference} given back to suspense", business_date)
        lines = [(chart.PENALTY_RECEIVABLE, taken, loan.currency), (chart.SUSPENSE, -taken, loan.currency)]
        post(
            replace(
                draft, source_type="payment", source_id=str(share.payment_id), event=f"back:{row.number}:{reference}"[:30], postings=lines
            ),
            actor=actor,
        )
    return excess


def _draft(loan: Loan, text: str, business_date: date) -> EntryDraft:
    return EntryDraft(
        booking_date=business_date,
        value_date=business_date,
        text=text,
        source_type="loan",
        source_id=str(loan.pk),
        event="back",
        postings=[],
        loan_id=loan.pk,
    )
