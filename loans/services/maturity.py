"""Loans whose last due date has gone by with something still owed: MATURED_UNPAID, set-based, and the way back.

In a moratorium nothing is asked for, so a loan matures unpaid on the first night after it. A loan that was written off owes
nothing here any more.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from core.events import publish_all
from core.models import User
from loans.domain.states import LoanState
from loans.events import LoanMaturedUnpaid
from loans.models import Loan
from loans.services.states import advance

REASON = "Something is still owed after the last due date"

# Read from the measured figures, so that a night looks at overdue loans alone.
DUE_AND_OVER = """
    l.state = 'ACTIVE' AND l.oldest_due_date IS NOT NULL AND l.arrears > 0 AND l.written_off_date IS NULL
    AND NOT EXISTS (SELECT 1 FROM loans_instalment i WHERE i.loan_id = l.id AND i.due_date >= %(day)s)
    AND NOT EXISTS (SELECT 1 FROM loans_moratorium m WHERE m.loan_id = l.id AND m.start_date <= %(day)s AND m.end_date > %(day)s)
"""

# Loans first and in the order of ids, as everybody who writes to them does; then what was read is read again under the lock.
HOLD = f"SELECT l.id FROM loans_loan l WHERE l.id BETWEEN %(first)s AND %(last)s AND {DUE_AND_OVER} ORDER BY l.id FOR NO KEY UPDATE"

TURN = f"""
WITH turned AS (
    UPDATE loans_loan l SET state = 'MATURED_UNPAID' WHERE l.id = ANY(%(loans)s) AND {DUE_AND_OVER} RETURNING l.id
), history AS (
    INSERT INTO loans_statechange (target_type, target_id, old_state, new_state, actor_name, reason, business_date, at)
    SELECT %(kind)s, id::text, 'ACTIVE', 'MATURED_UNPAID', 'sweep', %(reason)s, %(day)s, now() FROM turned
)
SELECT id FROM turned ORDER BY id
"""


def turn_matured(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Move loans of a range (inclusive) that matured with something owed to MATURED_UNPAID, and tell the world. Returns how many.

    Call after their figures were measured for `business_date`. Run again it moves and tells nothing.
    """
    values: dict[str, Any] = {
        "day": business_date,
        "first": first_loan_id,
        "last": last_loan_id,
        "kind": Loan._meta.label_lower,
        "reason": REASON,
    }
    with connection.cursor() as cursor:
        cursor.execute(HOLD, values)
        held = [row[0] for row in cursor.fetchall()]
        if not held:
            return 0
        cursor.execute(TURN, {**values, "loans": held})
        turned = [row[0] for row in cursor.fetchall()]
    publish_all([LoanMaturedUnpaid(loan_id=loan_id, business_date=business_date.isoformat()) for loan_id in turned])
    return len(turned)


def return_when_due_later(loan: Loan, *, actor: User | None, business_date: date) -> None:
    """A loan that had matured unpaid and has instalments ahead again is active again. Call with the loan locked."""
    if loan.state == LoanState.MATURED_UNPAID and loan.instalments.filter(due_date__gte=business_date).exists():
        reason = "What is owed falls due later again"
        advance(loan, LoanState.ACTIVE, actor=actor, business_date=business_date, reason=reason)
