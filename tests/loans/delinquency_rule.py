"""Days past due and buckets in plain Python: what the SQL of the sweep is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from loans.domain.delinquency import BUCKETS, Bucket


def bucket_for(days: int, buckets: Sequence[Bucket] = BUCKETS) -> str:
    """The bucket's label for days past due. Raises ValueError when no bucket holds them."""
    for label, first, last in buckets:
        if days >= first and (last is None or days <= last):
            return label
    raise ValueError(f"days past due cannot be {days}")


def age_amounts(unpaid: Iterable[tuple[date, Decimal]], on: date, buckets: Sequence[Bucket] = BUCKETS) -> dict[str, Decimal]:
    """What is overdue on a day by the bucket of its own age, without tolerance or grace. `unpaid` are (due date, amount)."""
    aged: dict[str, Decimal] = {}
    for due_date, amount in unpaid:
        if due_date < on and amount > 0:
            label = bucket_for((on - due_date).days, buckets)
            aged[label] = aged.get(label, Decimal(0)) + amount
    return aged


def days_past_due(
    unpaid: Iterable[tuple[date, Decimal]],
    on: date,
    *,
    tolerance: Decimal = Decimal(0),
    grace_days: int = 0,
    frozen: Iterable[tuple[date, date]] = (),
) -> int:
    """Business date − due date of the oldest unpaid amount, when what is due altogether exceeds the tolerance.

    `unpaid` are (due date, amount); `frozen` are moratoria, start inclusive and end exclusive, whose days do not count.
    """
    due = [(day, amount) for day, amount in unpaid if day < on and amount > 0]
    if sum((amount for _, amount in due), Decimal(0)) <= tolerance or not due:
        return 0
    oldest = min(day for day, _ in due)
    paused = sum(max(0, (min(end, on) - max(start, oldest)).days) for start, end in frozen)
    return max(0, (on - oldest).days - grace_days - paused)
