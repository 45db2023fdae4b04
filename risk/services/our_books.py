"""Facts from our own books: what a borrower has to pay and owes on other loans with us."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from loans.models import Application
from loans.models.borrowers import BorrowerKind
from risk.domain.own_loans import Since, as_kept, own_loans_of, read_kept
from risk.selectors.facts import KnownFact
from risk.selectors.own_loans import own_loans
from risk.selectors.traces import UNASKED, Traces
from risk.services.request_facts import OWN, Found

BOOKS = "Our books"
OWN_SERVICE = "own_debt_service"
SHOWN = {"yearly": "debt_service", "monthly": "monthly_obligations", "owed": "total_debt"}
"""What somebody recorded of the same as each of our sums."""


def books_of(
    application: Application,
    *,
    business_date: date,
    known: Mapping[str, KnownFact] | None = None,
    reported: date | None = None,
    traces: Traces = UNASKED,
) -> dict[str, Any]:
    """Each loan, limit and offer that the borrower has with us beside this application, and the days of what is `known` of the same and of
    the bureau's report on a company, `reported`: the parts that the facts follow from. Two queries, none of
    who never dealt with us.
    """
    if application.borrower is None:
        return {}
    days = {name: known[code].row.as_of_date for name, code in SHOWN.items() if code in known} if known else {}
    if not traces.dealings:
        return as_kept([], Since(**days, bureau=reported))
    ground = own_loans(application.borrower.pk, without=application.pk, currency=application.currency, day=business_date)
    return as_kept(ground, Since(**days, bureau=reported))


def facts_from_books(kept: Mapping[str, Any], borrower_kind: str, currency: str) -> Found:
    """What the borrower has to pay and owes on these: a company by the year, a person by the month; and how much of it is younger than what
    others show of the same. No query.
    """
    if not kept:
        return {}
    own = own_loans_of(*read_kept(kept), currency)
    if borrower_kind == BorrowerKind.COMPANY:
        return {
            OWN_SERVICE: (own.yearly, BOOKS, OWN),
            "later_debt_service": (own.later_yearly, BOOKS, OWN),
            "later_bureau_service": (own.later_bureau, BOOKS, OWN),
        }
    return {
        "own_obligations": (own.monthly, BOOKS, OWN),
        "own_debt": (own.owed, BOOKS, OWN),
        "later_obligations": (own.later_monthly, BOOKS, OWN),
        "later_debt": (own.later_owed, BOOKS, OWN),
    }


def facts_of_books(application: Application, *, business_date: date) -> Found:
    """The same as our books read now, held against no day. Two queries."""
    kind = application.borrower.kind if application.borrower else ""
    return facts_from_books(books_of(application, business_date=business_date), kind, application.currency)
