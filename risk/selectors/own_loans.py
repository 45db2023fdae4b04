"""What a person or company has with us that has to be paid, alone or with others, in any branch: loans paid out or signed, what may still
be drawn under open limits, and what is granted and not signed yet. Whoever borrows with others answers for all of it.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from core.row_security import whole_bank
from core.workdays import add_months
from loans.selectors.granted import IN_FLIGHT, LIVE_LOANS
from loans.selectors.groups import FILES_OF_PERSON, LOANS_OF_PERSON
from loans.selectors.money_to_leave import ENDED_LIMITS
from risk.domain.own_loans import Ground, Promised, Running

# How many months lie between the month we are in and that of a day.
_MONTHS_TO = "(extract(year FROM age(date_trunc('month', {day}), %(first)s)) * 12 + extract(month FROM age(date_trunc('month', {day}), %(first)s)))::int"
RUNNING = f"""
SELECT l.public_id::text, sum(i.principal + i.interest + i.fee) FILTER (WHERE i.due_date < %(end)s), sum(i.principal + i.interest + i.fee),
    count(i.id), v.frequency_every, v.frequency_unit,
    coalesce({_MONTHS_TO.format(day="max(i.due_date)")} * (v.method = 'bullet')::int, 0),
    CASE WHEN l.state = 'SIGNED' THEN l.principal ELSE l.outstanding_principal + l.undrawn END,
    CASE WHEN l.restructured_from_id IS NULL THEN l.signed_date END
FROM loans_loan l JOIN loans_productversion v ON v.id = l.product_version_id
LEFT JOIN loans_instalment i ON i.loan_id = l.id AND i.due_date >= %(first)s
WHERE l.id IN ({LOANS_OF_PERSON}) AND l.state = ANY (%(live)s) AND l.currency = %(currency)s AND l.application_id <> %(without)s
GROUP BY l.id, v.id ORDER BY l.id
"""
DECIDED = """
LEFT JOIN LATERAL (
    SELECT o.amount, o.annual_rate, o.term_months, o.decided_date FROM loans_applicationoutcome o
    WHERE o.application_id = a.id AND o.amount IS NOT NULL ORDER BY o.id DESC LIMIT 1
) decided ON true
"""
# What is left of a limit may be drawn tomorrow, until it ends. One that came from another system without a decision costs what its product
# costs. It is as old as the first contract under it, with which it was signed.
PROMISED = f"""
SELECT y.id::text, y.limit_amount - y.drawn, coalesce(decided.annual_rate, v.annual_rate), greatest({_MONTHS_TO.format(day="y.end_date")}, 1),
    v.method, v.frequency_unit, v.frequency_every, v.fees, (SELECT min(l.signed_date) FROM loans_loan l WHERE l.facility_id = y.id), true
FROM loans_facility y JOIN loans_application a ON a.id = y.application_id JOIN loans_productversion v ON v.id = a.product_version_id {DECIDED}
WHERE a.id IN ({FILES_OF_PERSON}) AND y.revolving AND y.state <> ALL (%(ended)s) AND y.drawn < y.limit_amount
    AND y.currency = %(currency)s AND a.id <> %(without)s
UNION ALL
SELECT a.id::text, decided.amount, decided.annual_rate, decided.term_months, v.method, v.frequency_unit, v.frequency_every, v.fees,
    decided.decided_date, false
FROM loans_application a JOIN loans_productversion v ON v.id = a.product_version_id {DECIDED}
WHERE a.id IN ({FILES_OF_PERSON}) AND decided.amount IS NOT NULL AND a.state = ANY (%(in_flight)s)
    AND a.currency = %(currency)s AND a.id <> %(without)s
ORDER BY 1
"""


def own_loans(borrower_id: UUID, *, without: UUID, currency: str, day: date) -> Ground:
    """What the borrower has with us in this currency beside the application `without`, instalments as planned from the first of the month.

    From the first of the month, and as planned, so that neither a day nor a payment makes another figure. Two queries over the whole bank:
    who reads sums of it is told of other branches no more than these.
    """
    first = day.replace(day=1)
    asked: dict[str, Any] = {
        "borrower": borrower_id,
        "live": list(LIVE_LOANS),
        "in_flight": list(IN_FLIGHT),
        "ended": list(ENDED_LIMITS),
        "currency": currency,
        "without": without,
        "first": first,
        "end": add_months(first, 12),
    }
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(RUNNING, asked)
        running = [Running(*row) for row in cursor.fetchall()]
        cursor.execute(PROMISED, asked)
        promised = [(*row[:7], json.loads(row[7]), *row[8:]) for row in cursor.fetchall()]
        return [*running, *(Promised(*row) for row in promised)]
