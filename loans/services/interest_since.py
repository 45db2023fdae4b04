"""Interest of days on which the money that settles a loan was there already: what fell due after that day is asked for up to it alone. Only
where all of the loan is settled out of what secured it. Loan locked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from core import audit
from core.models import User
from core.money import round_money
from loans.domain.allocation import Due
from loans.domain.prepayment import interest_within
from loans.domain.quote import QuoteRefused, parse_terms
from loans.ledger import chart
from loans.ledger.selectors import balance
from loans.ledger.services import EntryDraft, post
from loans.models import Instalment, Loan
from loans.services.due_items import book_due

ZERO = Decimal(0)


def without_interest_since(loan: Loan, dues: list[Due], day: date, business_date: date) -> list[Due]:
    """These dues without the interest of what fell due by today that ran up from a day on."""
    cuts = {row.number: cut for row, cut in _since(loan, day, business_date)}
    return [replace(due, interest=due.interest - cuts.get(due.number, ZERO)) for due in dues]


def take_back_interest_since(loan: Loan, day: date, *, cause: str, actor: User | None, business_date: date) -> Decimal:
    """Lower the instalments that fell due after a day by the interest that ran up from it on, and book that. Returns how much it was. What
    of an instalment was paid stays paid."""
    book_due(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
    taken = ZERO
    for row, cut in _since(loan, day, business_date):
        row.interest -= cut
        row.save(update_fields=["interest"])
        # What was never income is taken back from where it waits.
        waiting = max(ZERO, -balance(account=chart.UNRECOGNISED_INTEREST, currency=loan.currency, loan_id=loan.pk))
        unrecognised = min(waiting, cut - round_money(cut * loan.recognised_share, loan.currency))
        post(
            EntryDraft(
                booking_date=business_date,
                value_date=day,
                text=f"Interest of instalment {row.number} of {loan.reference} since {day:%-d %b %Y} taken back",
                source_type="instalment",
                source_id=str(row.pk),
                event=f"since:{cause}"[:30],
                loan_id=loan.pk,
                postings=[
                    (chart.INTEREST_INCOME, cut - unrecognised, loan.currency),
                    (chart.UNRECOGNISED_INTEREST, unrecognised, loan.currency),
                    (chart.INTEREST_RECEIVABLE, -cut, loan.currency),
                ],
            ),
            actor=actor,
        )
        taken += cut
    if taken:
        audit.record(
            "loan.interest_taken_back",
            actor=actor,
            target=loan,
            branch=loan.branch_id,
            business_date=business_date,
            amount=taken,
            since=day,
        )
    return taken


def _since(loan: Loan, day: date, business_date: date) -> list[tuple[Instalment, Decimal]]:
    """The instalments that fell due after a day, with what of their unpaid interest ran up from it on."""
    fell_due = Instalment.objects.filter(loan=loan, due_date__gt=day, due_date__lte=business_date, interest__gt=0)
    found = []
    for row in fell_due.order_by("number"):
        cut = min(row.interest - _until(loan, row, day), row.interest - row.paid_interest)
        if cut > 0:
            found.append((row, cut))
    return found


def _until(loan: Loan, row: Instalment, day: date) -> Decimal:
    """What of an instalment's interest ran up to a day: by the contract's own convention, else by days, as it accrues. All of one that has
    no period of its own, which a decision made due.
    """
    interest: Decimal = row.interest
    if row.period_start is None or row.period_start >= row.due_date:
        return interest
    if day <= row.period_start:
        return ZERO
    period = (row.period_start, row.due_date)
    try:
        terms = parse_terms(loan.terms)
    except QuoteRefused:
        gone = Decimal((day - row.period_start).days) / (row.due_date - row.period_start).days
        return round_money(interest * gone, loan.currency, "half_up")
    base = terms.principal if terms.method == "flat" else row.balance + row.principal
    return min(interest, interest_within(terms, period, base=base, on=day))
