"""What a person or company owes and has to pay on loans with us, alone or with others, in any branch: paid out, signed, and granted but not
signed yet. Whoever borrows with others answers for all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from core.row_security import whole_bank
from core.workdays import add_months
from loans.selectors.granted import IN_FLIGHT, LIVE_LOANS
from loans.selectors.groups import FILES_OF_PERSON, LOANS_OF_PERSON
from risk.domain.affordability import CENT, heaviest_payment

# A loan's month is all that is still planned over the months it is planned for, whatever the rhythm of its instalments: what is repaid at
# the end is taken as if it were repaid in equal instalments, as of a loan that is asked for (`affordability.heaviest_payment`).
RUNNING = f"""
SELECT sum(this_year), sum(planned / greatest(dues * rhythm, months, 1)), sum(owed), sum(this_year) FILTER (WHERE since > %(yearly)s::date),
    sum(planned / greatest(dues * rhythm, months, 1)) FILTER (WHERE since > %(monthly)s::date), sum(owed) FILTER (WHERE since > %(owed)s::date),
    sum(this_year) FILTER (WHERE since > %(bureau)s::date)
FROM (
    SELECT sum(i.principal + i.interest + i.fee) FILTER (WHERE i.due_date < %(end)s) AS this_year,
        sum(i.principal + i.interest + i.fee) AS planned, count(i.id) AS dues,
        v.frequency_every * CASE v.frequency_unit WHEN 'month' THEN 1 WHEN 'year' THEN 12 WHEN 'week' THEN 12 / 52.0 ELSE 12 / 365.0 END AS rhythm,
        (extract(year FROM age(date_trunc('month', max(i.due_date)), %(first)s)) * 12
            + extract(month FROM age(date_trunc('month', max(i.due_date)), %(first)s))) * (v.method = 'bullet')::int AS months,
        CASE WHEN l.restructured_from_id IS NULL THEN l.signed_date END AS since,
        CASE WHEN l.state = 'SIGNED' THEN l.principal ELSE l.outstanding_principal + l.undrawn END AS owed
    FROM loans_loan l JOIN loans_productversion v ON v.id = l.product_version_id
    LEFT JOIN loans_instalment i ON i.loan_id = l.id AND i.due_date >= %(first)s
    WHERE l.id IN ({LOANS_OF_PERSON}) AND l.state = ANY (%(live)s) AND l.currency = %(currency)s AND l.application_id <> %(without)s
    GROUP BY l.id, v.id
) loan
"""
GRANTED = f"""
SELECT DISTINCT ON (a.id) o.amount, o.annual_rate, o.term_months, v.method, o.decided_date
FROM loans_application a JOIN loans_applicationoutcome o ON o.application_id = a.id AND o.amount IS NOT NULL
JOIN loans_productversion v ON v.id = a.product_version_id
WHERE a.id IN ({FILES_OF_PERSON}) AND a.state = ANY (%(in_flight)s) AND a.currency = %(currency)s AND a.id <> %(without)s
ORDER BY a.id, o.id DESC
"""


@dataclass(frozen=True, slots=True)
class Since:
    """Of which day the figures are that somebody else shows of the same, `bureau` those of a report on a company; None where none."""

    yearly: date | None = None
    monthly: date | None = None
    owed: date | None = None
    bureau: date | None = None


ALL = Since()


@dataclass(frozen=True, slots=True)
class OwnLoans:
    """What falls due on them within twelve months, what a month of them asks, and what is owed or promised; None where there are none.

    The `later_` ones are what of it no figure of others can hold: loans signed after its day, and granted on it or after. A contract in the
    place of another is no new debt. `later_bureau` is of the twelve months what no bureau's report can hold. Amounts in the currency that
    was asked for.
    """

    yearly: Decimal | None = None
    monthly: Decimal | None = None
    owed: Decimal | None = None
    later_yearly: Decimal | None = None
    later_monthly: Decimal | None = None
    later_owed: Decimal | None = None
    later_bureau: Decimal | None = None

    def with_granted(self, amount: Decimal, annual_rate: Decimal, months: int, method: str, on: date, since: Since = ALL) -> OwnLoans:
        """With a loan that is granted and not signed: it asks what its dearest regular month does."""
        month = heaviest_payment(amount, annual_rate, months, method)
        asks = {"yearly": month * min(months, 12), "monthly": month, "owed": amount}
        more = {name: (getattr(self, name) or Decimal(0)) + value for name, value in asks.items()}
        for name, value in (asks | {"bureau": asks["yearly"]}).items():
            day: date | None = getattr(since, name)
            if day is not None and on >= day:
                more[f"later_{name}"] = (getattr(self, f"later_{name}") or Decimal(0)) + value
        return replace(self, **more)


def own_loans(borrower_id: UUID, *, without: UUID, currency: str, day: date, since: Since = ALL) -> OwnLoans:
    """What the borrower has with us in this currency beside the application `without`, instalments as planned from the first of the month.

    From the first of the month, and as planned, so that neither a day nor a payment makes another figure. Two queries over the whole bank:
    what is told of other branches is a sum.
    """
    first = day.replace(day=1)
    asked: dict[str, Any] = {
        "borrower": borrower_id,
        "live": list(LIVE_LOANS),
        "in_flight": list(IN_FLIGHT),
        "currency": currency,
        "without": without,
        "first": first,
        "end": add_months(first, 12),
        "yearly": since.yearly,
        "monthly": since.monthly,
        "owed": since.owed,
        "bureau": since.bureau,
    }
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(RUNNING, asked)
        found = OwnLoans(*(None if amount is None else amount.quantize(CENT) for amount in cursor.fetchone()))
        cursor.execute(GRANTED, asked)
        for amount, annual_rate, months, method, on in cursor.fetchall():
            found = found.with_granted(amount, annual_rate, months, method, on, since)
    return found
