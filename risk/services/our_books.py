"""Facts from our own books: what a borrower has to pay and owes on other loans with us."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from loans.models import Application
from loans.models.borrowers import BorrowerKind
from risk.domain.own_loans import Since, own_loans_of
from risk.selectors.facts import KnownFact
from risk.selectors.own_loans import own_loans
from risk.services.request_facts import OWN, Found

BOOKS = "Our books"
OWN_SERVICE = "own_debt_service"
RECORDED = ("debt_service", "monthly_obligations", "total_debt")


def facts_from_books(
    application: Application, *, business_date: date, known: Mapping[str, KnownFact] | None = None, reported: date | None = None
) -> Found:
    """What the borrower has to pay and owes on other loans with us: a company by the year, a person by the month; and how much of it is
    younger than what is `known` of the same, and of a company than the bureau's report of the day `reported`. Two queries.
    """
    if application.borrower is None:
        return {}
    told = {code: known[code].row.as_of_date for code in RECORDED if code in known} if known else {}
    since = Since(yearly=told.get("debt_service"), monthly=told.get("monthly_obligations"), owed=told.get("total_debt"), bureau=reported)
    ground = own_loans(application.borrower.pk, without=application.pk, currency=application.currency, day=business_date)
    own = own_loans_of(ground, since)
    if application.borrower.kind == BorrowerKind.COMPANY:
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
