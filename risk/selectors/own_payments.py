"""What a person or company has to pay on loans with us, in any branch."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from core.row_security import whole_bank
from core.workdays import add_months
from loans.selectors.groups import SAME_PERSON
from loans.selectors.loans import LIVE

DUE = f"""
SELECT sum(i.principal + i.interest + i.fee) FROM loans_loan l JOIN loans_instalment i ON i.loan_id = l.id
WHERE l.borrower_id IN ({SAME_PERSON}) AND l.state = ANY (%(live)s) AND l.currency = %(currency)s
    AND i.due_date >= %(first)s AND i.due_date < %(end)s
"""


def own_payments(borrower_id: UUID, *, currency: str, day: date) -> Decimal | None:
    """What falls due within twelve months from the first of the month, as planned, on live loans in this currency; None where nothing does.

    From the first of the month, and as planned, so that neither a day nor a payment makes another figure. One query over the whole bank: what is
    told of other branches is a sum.
    """
    first = day.replace(day=1)
    asked: dict[str, Any] = {
        "borrower": borrower_id,
        "live": list(LIVE),
        "currency": currency,
        "first": first,
        "end": add_months(first, 12),
    }
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(DUE, asked)
        found: Decimal | None = cursor.fetchone()[0]
    return found
