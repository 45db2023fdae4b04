"""Debts settled without money: parts of instalments written off, waived or moved. Call with the loan locked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from core import audit
from core.models import User
from loans.domain.allocation import Due, Part
from loans.ledger import chart
from loans.ledger.selectors import balance
from loans.ledger.services import EntryDraft, Line, post
from loans.models import Adjustment, AdjustmentPart, Instalment, Loan
from loans.services import allocations

ACCOUNTS = {
    Adjustment.Kind.WRITE_OFF: chart.WRITE_OFFS,
    Adjustment.Kind.WAIVER: chart.WAIVERS,
    Adjustment.Kind.TRANSFER: chart.RESTRUCTURING,
}
COMPONENTS = ("fee", "penalty", "interest", "principal")


def off_balance(amount: Decimal, currency: str) -> list[Line]:
    """The lines by which a claim is followed beside the balance sheet; negative when it has come in."""
    return [(chart.CLAIMS_WRITTEN_OFF, amount, currency), (chart.OFF_BALANCE, -amount, currency)]


def parts_of(dues: Iterable[Due], components: Iterable[str] = COMPONENTS, limit: Decimal | None = None) -> list[Part]:
    """Everything that is asked for of these components, oldest first, up to a limit."""
    wanted, left, parts = tuple(components), limit, []
    for due in dues:
        for component in wanted:
            amount = getattr(due, component)
            taken = amount if left is None else min(amount, left)
            if taken > 0:
                parts.append(Part(component, due.number, taken))
                left = None if left is None else left - taken
    return parts


def settle_without_money(
    loan: Loan,
    kind: Adjustment.Kind,
    parts: list[Part],
    *,
    reason: str,
    proposed_by: User | None,
    confirmed_by: User | None,
    business_date: date,
) -> Adjustment:
    """Settle parts of instalments against the account that the kind names, in one entry."""
    amount = sum((part.amount for part in parts), Decimal(0))
    adjustment = Adjustment.objects.create(
        loan=loan,
        kind=kind,
        amount=amount,
        booking_date=business_date,
        reason=reason[:200],
        proposed_by=proposed_by,
        confirmed_by=confirmed_by,
    )
    rows = {row.number: row for row in Instalment.objects.filter(loan=loan, number__in={part.instalment for part in parts})}
    for part in parts:
        assert part.instalment is not None
        row = rows[part.instalment]
        setattr(row, f"paid_{part.component}", getattr(row, f"paid_{part.component}") + part.amount)
    Instalment.objects.bulk_update(rows.values(), [f"paid_{component}" for component in COMPONENTS])
    AdjustmentPart.objects.bulk_create(
        [
            AdjustmentPart(adjustment=adjustment, instalment=rows[part.instalment], component=part.component, amount=part.amount)
            for part in parts
            if part.instalment is not None
        ]
    )
    post(
        EntryDraft(
            booking_date=business_date,
            value_date=business_date,
            text=f"{adjustment.get_kind_display()}: {loan.reference}",
            source_type="adjustment",
            source_id=str(adjustment.pk),
            event="made",
            loan_id=loan.pk,
            postings=[
                (ACCOUNTS[kind], amount, loan.currency),
                *allocations.credit_lines(parts, loan.currency),
                *(off_balance(amount, loan.currency) if kind == Adjustment.Kind.WRITE_OFF else []),
            ],
        ),
        actor=confirmed_by,
    )
    audit.record(
        f"loan.{kind.value.lower()}",
        actor=confirmed_by,
        target=loan,
        business_date=business_date,
        amount=amount,
        reason=reason,
        adjustment=adjustment.pk,
    )
    return adjustment


def drop_unrecognised(loan: Loan, adjustment: Adjustment, *, at_most: Decimal | None = None, actor: User | None) -> None:
    """Interest that was written off and never was income is no loss either: all that waits, or no more than what was written off."""
    waiting = -balance(account=chart.UNRECOGNISED_INTEREST, currency=loan.currency, loan_id=loan.pk)
    dropped = waiting if at_most is None else min(waiting, at_most)
    if dropped <= 0:
        return
    post(
        EntryDraft(
            booking_date=adjustment.booking_date,
            value_date=adjustment.booking_date,
            text=f"Unrecognised interest of {loan.reference} written off",
            source_type="adjustment",
            source_id=str(adjustment.pk),
            event="unrecognised_off",
            loan_id=loan.pk,
            postings=[(chart.UNRECOGNISED_INTEREST, dropped, loan.currency), (chart.WRITE_OFFS, -dropped, loan.currency)],
        ),
        actor=actor,
    )
