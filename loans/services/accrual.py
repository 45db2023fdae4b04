"""Interest of each day, to the cent per loan: what has run up of the current instalment, set-based; and who it is income for.

What has run up by the end of a day is the instalment's interest times the days gone over the days of its period, rounded; a day
books the difference to the day before, so that on the due date exactly the instalment's interest stands accrued. Of a loan in
stage 3 or non-accrual only `recognised_share` is income; the rest waits until it is paid.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import connection

from core import audit
from core.models import User
from core.money import round_money
from loans.ledger import chart
from loans.ledger.selectors import balance
from loans.ledger.services import EntryDraft, post
from loans.models import Instalment, Loan
from loans.services.due_items import LIVE
from loans.services.minor_units import minor_units_json

ACCRUE = """
WITH amounts AS (
    SELECT l.id, l.reference, l.currency, l.recognised_share AS share, m.units,
           round(i.interest * (%(day)s + 1 - i.period_start) / (i.due_date - i.period_start), m.units)
           - round(i.interest * (%(day)s - i.period_start) / (i.due_date - i.period_start), m.units) AS amount
    FROM loans_instalment i
    JOIN loans_loan l ON l.id = i.loan_id
    CROSS JOIN LATERAL (SELECT coalesce((%(units)s::jsonb ->> l.currency)::int, 2) AS units) m
    WHERE i.loan_id BETWEEN %(first)s AND %(last)s AND i.period_start <= %(day)s AND i.due_date > %(day)s
      AND i.interest > 0 AND NOT i.due_booked AND l.state = ANY(%(live)s)
), entries AS (
    INSERT INTO ledger_entry (booking_date, value_date, text, source_type, source_id, event, loan_id, created_at)
    SELECT %(day)s, %(day)s, 'Interest of ' || reference || ' for the day', 'loan', id::text, 'accrued', id, now()
    FROM amounts WHERE amount <> 0
    ON CONFLICT (source_type, source_id, event, booking_date) DO NOTHING
    RETURNING id, loan_id
), postings AS (
    INSERT INTO ledger_posting (entry_id, account_id, amount, currency, loan_id)
    SELECT e.id, a.id, line.amount, x.currency, x.id
    FROM entries e
    JOIN amounts x ON x.id = e.loan_id
    CROSS JOIN LATERAL (VALUES (%(accrued)s, x.amount), (%(income)s, -round(x.amount * x.share, x.units)),
                               (%(unrecognised)s, round(x.amount * x.share, x.units) - x.amount)) AS line(code, amount)
    JOIN ledger_account a ON a.code = line.code
    WHERE line.amount <> 0
)
SELECT count(*) FROM entries
"""

# Non-accrual by the product's days past due, both ways.
RECOGNISE = """
UPDATE loans_loan t SET recognised_share = x.share
FROM (
    SELECT l.id, CASE WHEN l.days_past_due >= v.non_accrual_days THEN 0 ELSE 1 END AS share
    FROM loans_loan l JOIN loans_productversion v ON v.id = l.product_version_id
    WHERE l.id BETWEEN %(first)s AND %(last)s AND v.non_accrual_days > 0 AND l.state = ANY(%(live)s)
      AND (l.days_past_due >= v.non_accrual_days AND l.recognised_share <> 0 OR l.days_past_due = 0 AND l.recognised_share = 0)
) x
WHERE t.id = x.id
"""


def accrue_interest(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Book the interest of one day for a loan-id range (inclusive). Returns how many loans. Run again it books nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            ACCRUE,
            {
                "day": business_date,
                "first": first_loan_id,
                "last": last_loan_id,
                "live": list(LIVE),
                "units": minor_units_json(),
                "accrued": chart.ACCRUED_INTEREST,
                "income": chart.INTEREST_INCOME,
                "unrecognised": chart.UNRECOGNISED_INTEREST,
            },
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def apply_non_accrual(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Stop recognising interest of loans that reached their product's days past due, and begin again once they are cured."""
    with connection.cursor() as cursor:
        cursor.execute(RECOGNISE, {"first": first_loan_id, "last": last_loan_id, "live": list(LIVE)})
        return int(cursor.rowcount)


def set_recognised_share(*, loan: Loan, share: Decimal, reason: str, actor: User | None, business_date: date) -> None:
    """What share of accruing interest is income from now on (stage 3: the net amount's share of the gross). Fraction from 0 to 1."""
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    Loan.objects.filter(pk=loan.pk).update(recognised_share=share)
    loan.recognised_share = share
    audit.record("loan.recognised_share", actor=actor, target=loan, business_date=business_date, share=share, reason=reason)


def accrued_target(loan: Loan, before: date) -> Decimal:
    """What should stand accrued of the loan's current instalment by the end of the day before `before`."""
    if loan.state not in LIVE:
        return Decimal(0)
    row = Instalment.objects.filter(
        loan=loan, due_booked=False, period_start__lt=before, due_date__gte=before, interest__gt=0
    ).first()  # ordered by number
    if row is None or row.period_start is None:
        return Decimal(0)
    share = Decimal((before - row.period_start).days) / (row.due_date - row.period_start).days
    return round_money(row.interest * share, loan.currency, "half_up")


def align_accrual(loan: Loan, *, business_date: date, cause: str, actor: User | None) -> Decimal:
    """After the schedule changed: bring the accrued interest to what the new one says. Returns the difference booked."""
    standing = balance(account=chart.ACCRUED_INTEREST, currency=loan.currency, loan_id=loan.pk)
    difference = accrued_target(loan, business_date) - standing
    if not difference:
        return difference
    recognised = round_money(difference * loan.recognised_share, loan.currency)
    post(
        EntryDraft(
            booking_date=business_date,
            value_date=business_date,
            text=f"Accrued interest of {loan.reference} after a change of its schedule",
            source_type="loan",
            source_id=str(loan.pk),
            event=f"aligned:{cause}"[:30],
            loan_id=loan.pk,
            postings=[
                (chart.ACCRUED_INTEREST, difference, loan.currency),
                (chart.INTEREST_INCOME, -recognised, loan.currency),
                (chart.UNRECOGNISED_INTEREST, recognised - difference, loan.currency),
            ],
        ),
        actor=actor,
    )
    return difference


def recognise_paid(loan: Loan, interest: Decimal, *, source: EntryDraft, actor: User | None) -> None:
    """Interest that was paid is income at last: what waits unrecognised is released up to the amount paid."""
    waiting = -balance(account=chart.UNRECOGNISED_INTEREST, currency=loan.currency, loan_id=loan.pk)
    released = min(waiting, interest)
    if released > 0:
        post(
            EntryDraft(
                booking_date=source.booking_date,
                value_date=source.value_date,
                text=f"Interest of {loan.reference} recognised when paid",
                source_type=source.source_type,
                source_id=source.source_id,
                event=f"{source.event}:income"[:30],
                loan_id=loan.pk,
                postings=[(chart.UNRECOGNISED_INTEREST, released, loan.currency), (chart.INTEREST_INCOME, -released, loan.currency)],
            ),
            actor=actor,
        )
