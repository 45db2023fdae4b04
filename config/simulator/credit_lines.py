"""Revolving limits of companies: drawn, repaid early and drawn again;
on the last day one stands suspended and another waits to be widened.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from config.simulator.bank import House
from config.simulator.investigation import is_cleared
from config.simulator.people import Invented
from core.models import User
from loans.models import Application, Facility, Loan
from loans.services.disbursement import confirm_disbursement, request_disbursement
from loans.services.facilities import draw, propose_limit
from loans.services.facility_standing import propose_standing, suspend_facility
from loans.services.prepayments import prepay_loan

PRODUCT = "credit-line"
MONTHS = 12
# Days after the first drawing on which half of it comes back, and on which something more is needed.
REPAID, DRAWN_AGAIN = 48, 61


def first_draw(application: Application) -> Decimal | None:
    """Two fifths of a limit are drawn at once; other loans know no such thing."""
    version = application.product_version
    if version is None or not version.revolving:
        return None
    part: Decimal = application.amount * Decimal("0.4")
    return part.quantize(Decimal(1))


def repay_half(loan: Loan, day: date) -> None:
    """Half of what is outstanding comes back before it is due, unless the loan is late by then."""
    loan.refresh_from_db()
    half = (loan.outstanding_principal / 2).quantize(Decimal(1))
    if loan.state == "ACTIVE" and not loan.days_past_due and half:
        prepay_loan(loan=loan, amount=half, mode="lower", value_date=day, actor=None, business_date=day)


def draw_again(house: House, loan: Loan, person: Invented, day: date) -> Loan | None:
    """A fifth of the limit is drawn again, if all that was drawn is paid on time; gives the new loan."""
    facility = Facility.objects.get(pk=loan.facility_id)
    assert facility.end_date is not None
    left = (facility.end_date.year - day.year) * 12 + facility.end_date.month - day.month - 1
    if left < 1 or facility.loans.filter(days_past_due__gt=0).exists():
        return None
    officer = _officer(house, facility)
    drawing = draw(
        facility=facility,
        amount=(facility.limit_amount / 5).quantize(Decimal(1)),
        term_months=min(3, left),
        actor=officer,
        business_date=day,
    )
    payout = request_disbursement(
        loan=drawing, amount=drawing.principal, payee_name=person.name, payee_iban=person.iban, actor=officer, business_date=day
    )
    if not is_cleared(house, facility.application, day):
        return None
    confirm_disbursement(disbursement=payout, actor=house.people["approver2"], business_date=day)
    drawing.refresh_from_db()
    return drawing


def leave_limits(house: House, day: date) -> None:
    """What stands on the last day: one limit suspended, with its opening proposed, and another to be lowered by a second person."""
    facilities = list(Facility.objects.filter(revolving=True, state="AVAILABLE").select_related("application").order_by("pk")[:2])
    if not facilities:
        return
    collector = house.people["collections1"]
    suspended, *others = facilities
    suspend_facility(facility=suspended, reason="Turnover fell; the accounts are awaited", actor=collector, business_date=day)
    propose_standing(facility=suspended, kind="resume", reason="The accounts have come and carry it", actor=collector, business_date=day)
    for other in others:
        limit = max(other.drawn, other.limit_amount * Decimal("0.9"))
        propose_limit(facility=other, limit=limit, reason="Less stock to carry after the season", actor=collector, business_date=day)


def _officer(house: House, facility: Facility) -> User:
    return facility.application.officer or house.people["officer2"]
