"""Facts from our own books: what a borrower has to pay and owes on other loans with us."""

from __future__ import annotations

from datetime import date

from loans.models import Application
from loans.models.borrowers import BorrowerKind
from risk.selectors.own_loans import own_loans
from risk.services.request_facts import OWN, Found

BOOKS = "Our books"
OWN_SERVICE = "own_debt_service"


def facts_from_books(application: Application, *, business_date: date) -> Found:
    """What the borrower has to pay and owes on other loans with us: a company by the year, a person by the month. Two queries."""
    if application.borrower is None:
        return {}
    own = own_loans(application.borrower.pk, without=application.pk, currency=application.currency, day=business_date)
    if application.borrower.kind == BorrowerKind.COMPANY:
        return {OWN_SERVICE: (own.yearly, BOOKS, OWN)}
    return {"own_obligations": (own.monthly, BOOKS, OWN), "own_debt": (own.owed, BOOKS, OWN)}
