"""A second, plain book of one loan, kept by hand: what each instalment asks for, what each payment paid, what waits in suspense."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from loans.models import Loan

ZERO = Decimal(0)
CENT = Decimal("0.01")
COMPONENTS = ("fee", "penalty", "interest", "principal")
Part = tuple[int, str, Decimal]


@dataclass
class Row:
    """One instalment: what it asks for, what is paid of it, and its penalty before rounding."""

    due: date
    claim: dict[str, Decimal]
    paid: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(COMPONENTS, ZERO))
    exact: Decimal = ZERO

    def open(self, component: str) -> Decimal:
        return self.claim[component] - self.paid[component]


@dataclass
class Book:
    """The loan as a clerk would keep it. `rate` is the penalty rate a year."""

    rate: Decimal
    rows: dict[int, Row] = field(default_factory=dict)
    payments: dict[str, list[Part]] = field(default_factory=dict)
    suspense: dict[str, Decimal] = field(default_factory=dict)
    cash: Decimal = ZERO

    def read_plan(self, loan: Loan) -> None:
        """Take over what the schedule asks for; what was paid stays what this book says. Principal has to be whole."""
        fresh = {}
        for row in loan.instalments.order_by("number"):
            known = self.rows.get(row.number)
            claim = {
                "fee": row.fee,
                "interest": row.interest,
                "principal": row.principal,
                "penalty": known.claim["penalty"] if known else ZERO,
            }
            fresh[row.number] = Row(
                row.due_date, claim, known.paid if known else dict.fromkeys(COMPONENTS, ZERO), known.exact if known else ZERO
            )
        assert sum(row.claim["principal"] for row in fresh.values()) == loan.principal
        assert all(not any(row.paid.values()) for number, row in self.rows.items() if number not in fresh)
        self.rows = fresh

    def owed(self, day: date) -> Decimal:
        return sum((row.open(name) for row in self.rows.values() if row.due <= day for name in COMPONENTS), ZERO)

    def outstanding(self) -> Decimal:
        return sum((row.open("principal") for row in self.rows.values()), ZERO)

    def split(self, amount: Decimal, day: date) -> tuple[list[Part], Decimal]:
        """Fees, penalties, overdue interest, overdue principal, then what is due today; the oldest first; the rest is suspense."""
        parts: list[Part] = []
        due = [(number, row) for number, row in sorted(self.rows.items()) if row.due <= day]
        due.sort(key=lambda pair: (pair[1].due, pair[0]))
        late, today = [pair for pair in due if pair[1].due < day], [pair for pair in due if pair[1].due == day]
        for component, rows in (
            ("fee", due),
            ("penalty", due),
            ("interest", late),
            ("principal", late),
            ("interest", today),
            ("principal", today),
        ):
            for number, row in rows:
                taken = min(amount, row.open(component))
                if taken > 0:
                    parts.append((number, component, taken))
                    amount -= taken
        return parts, amount

    def pay(self, key: str, amount: Decimal, day: date) -> None:
        parts, rest = self.split(amount, day)
        self.note(key, parts, rest)

    def note(self, key: str, parts: list[Part], rest: Decimal) -> None:
        for number, component, amount in parts:
            self.rows[number].paid[component] += amount
        self.payments[key], self.suspense[key] = parts, rest
        self.cash += sum((part[2] for part in parts), rest)

    def take_back(self, key: str) -> None:
        for number, component, amount in self.payments[key]:
            self.rows[number].paid[component] -= amount
        self.cash -= sum((part[2] for part in self.payments.pop(key)), self.suspense.pop(key))

    def waive(self, component: str, amount: Decimal, day: date, *, newest: bool = False) -> None:
        for _, row in sorted(self.rows.items(), reverse=newest):
            if row.due <= day:
                taken = min(amount, row.open(component))
                row.paid[component] += taken
                amount -= taken
        assert amount == 0

    def close(self, day: date) -> None:
        """The evening: money in suspense pays what fell due, then a day of delay is charged on overdue principal."""
        for key in list(self.suspense):
            parts, self.suspense[key] = self.split(self.suspense[key], day)
            for number, component, amount in parts:
                self.rows[number].paid[component] += amount
            self.payments[key] += parts
        for row in self.rows.values():
            if row.due <= day and row.open("principal") > 0:
                before = row.exact.quantize(CENT, ROUND_HALF_UP)
                # The database keeps eight decimals.
                row.exact = (row.exact + row.open("principal") * self.rate / 365).quantize(Decimal("1e-8"), ROUND_HALF_UP)
                row.claim["penalty"] += row.exact.quantize(CENT, ROUND_HALF_UP) - before

    def paid_of(self, key: str) -> dict[tuple[int | None, str], Decimal]:
        sums: dict[tuple[int | None, str], Decimal] = defaultdict(Decimal)
        for number, component, amount in self.payments[key]:
            sums[number, component] += amount
        if self.suspense[key]:
            sums[None, "suspense"] = self.suspense[key]
        return dict(sums)
