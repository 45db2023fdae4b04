"""Applying parts of a payment to instalments, and taking them off again. Call with the loan locked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from loans.domain.allocation import DEFAULT_ORDER, Due, Part, allocate
from loans.ledger import chart
from loans.models import Instalment, Loan, Payment, PaymentAllocation

SUSPENSE = PaymentAllocation.Component.SUSPENSE.value
_PAID = ("paid_fee", "paid_penalty", "paid_interest", "paid_principal")


def plan(
    loan: Loan,
    amount: Decimal,
    *,
    value_date: date,
    business_date: date,
    dues: list[Due] | None = None,
    dues_then: list[Due] | None = None,
) -> list[Part]:
    """What a payment would pay: first what was due on its value date, then what fell due since, the rest to suspense.

    `dues` are what is asked for now, `dues_then` what was asked for on the value date where that was less.
    """
    order = loan.product_version.allocation_order or DEFAULT_ORDER
    dues = list_dues(loan) if dues is None else dues
    parts = allocate(amount, dues if dues_then is None else dues_then, value_date=value_date, order=order)
    left = sum((part.amount for part in parts if part.component == SUSPENSE), Decimal(0))
    if left and value_date < business_date:
        parts = [part for part in parts if part.component != SUSPENSE]
        parts += allocate(left, _less(dues, parts), value_date=business_date, order=order)
    return _joined(parts)


def list_dues(loan: Loan) -> list[Due]:
    """What each instalment still asks for, in order."""
    return [
        Due(
            number=row.number,
            due_date=row.due_date,
            fee=row.fee - row.paid_fee,
            penalty=row.penalty - row.paid_penalty,
            interest=row.interest - row.paid_interest,
            principal=row.principal - row.paid_principal,
        )
        for row in Instalment.objects.filter(loan=loan).order_by("number")
    ]


def apply(payment: Payment, parts: Iterable[Part]) -> None:
    """Write the parts of a payment and add them to what the instalments show as paid. The database refuses more than is due."""
    chosen = list(parts)
    rows = _instalments(payment.loan_id, {part.instalment for part in chosen if part.instalment is not None})
    for part in chosen:
        if part.instalment is not None:
            _add(rows[part.instalment], part.component, part.amount)
    Instalment.objects.bulk_update(rows.values(), _PAID)
    PaymentAllocation.objects.bulk_create(
        [
            PaymentAllocation(
                payment=payment,
                instalment=rows[part.instalment] if part.instalment is not None else None,
                component=part.component,
                amount=part.amount,
            )
            for part in chosen
        ]
    )


def take_off(payment: Payment) -> None:
    """Open again what a payment had paid. Its allocation stays written down as what it was."""
    allocations = list(payment.allocations.exclude(instalment=None).exclude(component=PaymentAllocation.Component.RECOVERY))
    rows = {row.pk: row for row in Instalment.objects.filter(pk__in=[part.instalment_id for part in allocations])}
    for part in allocations:
        assert part.instalment_id is not None
        _add(rows[part.instalment_id], part.component, -part.amount)
    Instalment.objects.bulk_update(rows.values(), _PAID)


def lower(share: PaymentAllocation, taken: Decimal) -> None:
    """Take an amount off a part of a payment; a part of nothing goes."""
    if taken == share.amount:
        share.delete()
        return
    share.amount -= taken
    share.save(update_fields=["amount"])


def put_in_suspense(payment_id: UUID, amount: Decimal) -> None:
    """Let an amount of a payment wait in suspense, with what waits there already."""
    waiting = PaymentAllocation.objects.filter(payment_id=payment_id, component=SUSPENSE).first()
    if waiting is None:
        PaymentAllocation.objects.create(payment_id=payment_id, component=SUSPENSE, amount=amount)
        return
    waiting.amount += amount
    waiting.save(update_fields=["amount"])


def credit_lines(parts: Iterable[Part], currency: str) -> list[tuple[str, Decimal, str]]:
    """The ledger lines of parts: each component's receivable is credited, an overpayment goes to suspense."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for part in parts:
        sums[chart.RECEIVABLES[part.component]] += part.amount
    return [(code, -amount, currency) for code, amount in sorted(sums.items())]


def _instalments(loan_id: int, numbers: set[int]) -> dict[int, Instalment]:
    return {row.number: row for row in Instalment.objects.filter(loan_id=loan_id, number__in=numbers)}


def _add(row: Instalment, component: str, amount: Decimal) -> None:
    name = f"paid_{component}"
    setattr(row, name, getattr(row, name) + amount)


def _less(dues: list[Due], parts: list[Part]) -> list[Due]:
    taken: dict[tuple[int | None, str], Decimal] = defaultdict(Decimal)
    for part in parts:
        taken[part.instalment, part.component] += part.amount
    return [
        Due(
            number=due.number,
            due_date=due.due_date,
            fee=due.fee - taken[due.number, "fee"],
            penalty=due.penalty - taken[due.number, "penalty"],
            interest=due.interest - taken[due.number, "interest"],
            principal=due.principal - taken[due.number, "principal"],
        )
        for due in dues
    ]


def _joined(parts: list[Part]) -> list[Part]:
    """One part per instalment and component."""
    sums: dict[tuple[str, int | None], Decimal] = defaultdict(Decimal)
    for part in parts:
        sums[part.component, part.instalment] += part.amount
    return [Part(component, number, amount) for (component, number), amount in sums.items()]
