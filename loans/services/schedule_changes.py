"""Instalments ahead made anew in the middle of a contract; what stood before is kept. Call with the loan locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max

from core import audit
from core.models import User
from loans.domain.prepayment import plan_rest
from loans.domain.quote import QuoteRefused, parse_terms
from loans.domain.schedule import Schedule, Terms
from loans.ledger import chart
from loans.ledger.selectors import standing_entries
from loans.ledger.services import EntryDraft, post, reverse
from loans.models import Instalment, Loan, Payment, ScheduleChange
from loans.services.accrual import align_accrual
from loans.services.contracts import period_starts

ZERO = Decimal(0)
_KEPT = ("due_date", "period_start", "principal", "interest", "fee", "balance")


@dataclass(frozen=True)
class Ahead:
    """What lies ahead of a loan: terms, the instalments not yet due, their principal, and the period that is running."""

    terms: Terms
    rows: tuple[Instalment, ...]
    done: int

    @property
    def balance(self) -> Decimal:
        return sum((row.principal for row in self.rows), ZERO)

    @property
    def dates(self) -> list[date]:
        return [row.due_date for row in self.rows]

    @property
    def start(self) -> date:
        return self.rows[0].period_start or self.terms.start_date

    @property
    def period(self) -> tuple[date, date]:
        """The period whose interest is running. Interest that is put off runs until the first instalment that asks for some."""
        paying = next((row for row in self.rows if row.interest), self.rows[0])
        return (paying.period_start or self.start, paying.due_date)


def look_ahead(loan: Loan) -> Ahead | None:
    """What is not due yet, or None when everything is due or the contract's terms are not known (imported loans)."""
    rows = tuple(Instalment.objects.filter(loan=loan, due_booked=False).order_by("number"))
    try:
        terms = parse_terms(loan.terms)
    except QuoteRefused:
        return None
    return Ahead(terms, rows, loan.instalments.filter(due_booked=True).count()) if rows else None


def due_now(
    loan: Loan, *, on: date, principal: Decimal, interest: Decimal, fee: Decimal, balance: Decimal, actor: User | None, day: date
) -> Instalment:
    """An instalment of its own for what becomes due by a decision, worth from `on`, booked on the business date `day`."""
    last = loan.instalments.filter(due_booked=True).aggregate(number=Max("number"))["number"] or 0
    row = Instalment.objects.create(
        loan=loan,
        number=last + 1,
        due_date=on,
        period_start=on,
        principal=principal,
        interest=interest,
        fee=fee,
        balance=balance,
        due_booked=True,
    )
    if interest or fee:
        post(
            EntryDraft(
                booking_date=day,
                value_date=on,
                text=f"Due before its time on {loan.reference}",
                source_type="instalment",
                source_id=str(row.pk),
                event="due",
                loan_id=loan.pk,
                postings=[
                    (chart.INTEREST_RECEIVABLE, interest, loan.currency),
                    (chart.INTEREST_INCOME, -interest, loan.currency),
                    (chart.FEES_RECEIVABLE, fee, loan.currency),
                    (chart.FEE_INCOME, -fee, loan.currency),
                ],
            ),
            actor=actor,
        )
    return row


def take_away_ahead(ahead: Ahead) -> list[dict[str, Any]]:
    """Remove the instalments ahead and give what stood in them, as JSON."""
    kept = [{name: audit.plain(getattr(row, name)) for name in _KEPT} for row in ahead.rows]
    Instalment.objects.filter(pk__in=[row.pk for row in ahead.rows]).delete()
    return kept


def write_ahead(loan: Loan, lines: Sequence[dict[str, Any]]) -> None:
    """Write instalments ahead, numbered on from what is due."""
    last = loan.instalments.aggregate(number=Max("number"))["number"] or 0
    Instalment.objects.bulk_create([Instalment(loan=loan, number=last + offset, **line) for offset, line in enumerate(lines, start=1)])
    if lines:
        loan.maturity_date = lines[-1]["due_date"]
        loan.save(update_fields=["maturity_date"])


def lines_of(schedule: Schedule) -> list[dict[str, Any]]:
    """The lines of a planned schedule as fields of instalments."""
    return [
        {
            "due_date": line.due_date,
            "period_start": start,
            "principal": line.principal,
            "interest": line.interest,
            "fee": line.fees,
            "balance": line.balance,
        }
        for start, line in zip(period_starts(schedule), schedule.instalments, strict=True)
    ]


def record_change(
    loan: Loan, kind: str, *, replaced: Any, business_date: date, reason: str, actor: User | None, payment: Payment | None = None
) -> ScheduleChange:
    """Keep what stood before, and bring the accrued interest to the new schedule."""
    change = ScheduleChange.objects.create(
        loan=loan, kind=kind, payment=payment, business_date=business_date, reason=reason[:200], replaced=replaced
    )
    align_accrual(loan, business_date=business_date, cause=f"change {change.pk}", actor=actor)
    return change


def draw_together(
    loan: Loan,
    ahead: Ahead,
    kind: str,
    interest: Decimal,
    *,
    reason: str,
    actor: User | None,
    business_date: date,
    principal: Decimal | None = None,
) -> None:
    """Everything ahead becomes one instalment due today: the principal (all of it, or so much), and interest as far as it has run."""
    kept = take_away_ahead(ahead)
    owed = ahead.balance if principal is None else principal
    due_now(loan, on=business_date, principal=owed, interest=interest, fee=ZERO, balance=ZERO, actor=actor, day=business_date)
    record_change(loan, kind, replaced=kept, business_date=business_date, reason=reason, actor=actor)


def undo_prepayment(loan: Loan, payment: Payment, *, actor: User | None, business_date: date) -> None:
    """The payment was taken back: what it had paid early is owed again, on the old dates where they still lie ahead."""
    change = ScheduleChange.objects.filter(payment=payment, kind=ScheduleChange.Kind.PREPAYMENT).first()
    if change is None:
        return
    line = Instalment.objects.get(pk=change.replaced["line"])
    old = [_revived(row) for row in change.replaced["rows"]]
    ahead = look_ahead(loan)
    untouched = not loan.schedule_changes.filter(pk__gt=change.pk).exists() and old[0]["due_date"] > business_date
    if not untouched and ahead is None:
        return  # everything is due by now: what was paid early stays due on its own line
    for entry in standing_entries("instalment", line.pk, events=["due"]):
        reverse(entry, booking_date=business_date, actor=actor, text=f"Prepayment of {loan.reference} taken back")
    kept = take_away_ahead(ahead) if ahead is not None else []
    owed = line.principal
    line.principal = line.interest = line.fee = ZERO
    line.save(update_fields=["principal", "interest", "fee"])
    if untouched:
        write_ahead(loan, old)
    else:
        assert ahead is not None
        write_ahead(
            loan, lines_of(plan_rest(ahead.terms, balance=ahead.balance + owed, start=ahead.start, dates=ahead.dates, done=ahead.done))
        )
    if loan.state == "CLOSED":
        loan.closed_date = None
    record_change(loan, ScheduleChange.Kind.UNDONE, replaced=kept, business_date=business_date, reason=payment.reference, actor=actor)


def _revived(row: dict[str, Any]) -> dict[str, Any]:
    dates = {name: date.fromisoformat(row[name]) if row[name] else None for name in ("due_date", "period_start")}
    return {**{name: Decimal(row[name]) for name in _KEPT if name not in dates}, **dates}
