"""What a payment pays: oldest first, in the order the product names, and the rest to suspense. Nothing disappears."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# fees, penalty, overdue interest, overdue principal, interest, principal (domain.md "Schedules and money").
DEFAULT_ORDER = ("fee", "penalty", "overdue_interest", "overdue_principal", "interest", "principal")


@dataclass(frozen=True)
class Due:
    """What one instalment still asks for, by component, in the loan's currency."""

    number: int
    due_date: date
    fee: Decimal = Decimal(0)
    penalty: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)
    principal: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.fee + self.penalty + self.interest + self.principal


@dataclass(frozen=True)
class Part:
    """A part of a payment. `instalment` is None for suspense."""

    component: str
    instalment: int | None
    amount: Decimal


def allocate(amount: Decimal, dues: Iterable[Due], *, value_date: date, order: Sequence[str] = DEFAULT_ORDER) -> list[Part]:
    """Spread `amount` over what is due on `value_date`; instalments not yet due are not touched, the rest goes to suspense.

    Σ parts = amount, and no part exceeds what its instalment asks for.
    """
    left = amount
    open_dues = sorted((due for due in dues if due.due_date <= value_date), key=lambda due: (due.due_date, due.number))
    parts: list[Part] = []
    for name in order:
        component = name.removeprefix("overdue_")
        for due in open_dues:
            if name in ("overdue_interest", "overdue_principal") and due.due_date >= value_date:
                continue
            if name in ("interest", "principal") and due.due_date < value_date and f"overdue_{name}" in order:
                continue
            taken = min(left, getattr(due, component))
            if taken > 0:
                parts.append(Part(component, due.number, taken))
                left -= taken
    if left > 0:
        parts.append(Part("suspense", None, left))
    return parts
