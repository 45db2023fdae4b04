"""A revolving limit suspended at once by one person, opened again or cancelled by two."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Proposal, User
from loans.models import Facility, Loan, StateChange
from loans.selectors.audit import first_difference
from loans.selectors.borrowers import exposure_of
from loans.services.disbursement import UnableToConfirmDisbursement, confirm_disbursement
from loans.services.facilities import (
    UnableToChangeLimit,
    UnableToDraw,
    draw,
    expire_facilities,
    propose_limit,
)
from loans.services.facility_standing import (
    UnableToChangeStanding,
    decide_standing,
    propose_standing,
    suspend_facility,
)
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import ask
from tests.loans.servicing.lines_of_credit import facility, first_drawing, line_product

__all__ = ["facility", "first_drawing", "line_product"]

pytestmark = pytest.mark.django_db


def everything() -> dict[str, Any]:
    return snapshot() | {"facilities": list(Facility.objects.order_by("id").values()), "proposals": Proposal.objects.count()}


def state_of(facility: Facility) -> str:
    facility.refresh_from_db()
    return facility.state


def test_nothing_is_drawn_or_paid_out_until_two_people_open_it_again(
    facility: Facility, first_drawing: Loan, officer: User, collector: User, approver: User, today: date
) -> None:
    signed = draw(facility=facility, amount=Decimal(500), term_months=6, actor=officer, business_date=today)
    payout = ask(signed, officer, today)
    suspend_facility(facility=facility, reason="Payroll fell", actor=collector, business_date=today)
    assert state_of(facility) == "SUSPENDED" and exposure_of(facility.borrower) == 10_000
    assert AuditEntry.objects.get(action="facility.suspended").details["reason"] == "Payroll fell"
    before = everything()
    with pytest.raises(UnableToDraw, match="not_available"):
        draw(facility=facility, amount=Decimal(1), term_months=1, actor=officer, business_date=today)
    with pytest.raises(UnableToConfirmDisbursement, match="limit_closed"):
        confirm_disbursement(disbursement=payout, actor=approver, business_date=today)
    after = everything()
    assert {name: after[name] for name in after if name != "screenings"} == {name: before[name] for name in before if name != "screenings"}

    propose_standing(facility=facility, kind="resume", reason="Payroll is back", actor=collector, business_date=today)
    before = everything()
    with pytest.raises(UnableToConfirm, match="own_proposal"):
        decide_standing(facility=facility, confirm=True, actor=collector, business_date=today)
    with pytest.raises(UnableToConfirm, match="not_entitled"):
        decide_standing(facility=facility, confirm=True, actor=officer, business_date=today)
    assert everything() == before
    decide_standing(facility=facility, confirm=True, actor=approver, business_date=today)
    assert state_of(facility) == "AVAILABLE"
    confirm_disbursement(disbursement=payout, actor=approver, business_date=today)
    assert first_difference() is None


def test_what_was_never_drawn_on_opens_as_committed(facility: Facility, collector: User, approver: User, today: date) -> None:
    Facility.objects.filter(pk=facility.pk).update(state="COMMITTED")
    Loan.objects.filter(facility=facility).update(disbursed_date=None)
    suspend_facility(facility=facility, reason="Look first", actor=approver, business_date=today)
    propose_standing(facility=facility, kind="resume", reason="Looked", actor=collector, business_date=today)
    decide_standing(facility=facility, confirm=True, actor=approver, business_date=today)
    assert state_of(facility) == "COMMITTED"


def test_cancelled_it_is_the_end_and_what_is_drawn_stays_owed(
    facility: Facility, officer: User, collector: User, risk_manager: User, approver: User, today: date
) -> None:
    propose_standing(facility=facility, kind="cancel", reason="The customer asked", actor=officer, business_date=today)
    with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
        decide_standing(facility=facility, confirm=True, actor=risk_manager, business_date=today)
    decide_standing(facility=facility, confirm=True, actor=approver, business_date=today)
    step = StateChange.objects.get(new_state="CANCELLED")
    assert (state_of(facility), step.old_state, step.reason) == ("CANCELLED", "AVAILABLE", "The customer asked")
    assert exposure_of(facility.borrower) == 4000
    before = everything()
    for code, attempt in (
        ("not_open", lambda: suspend_facility(facility=facility, reason="x", actor=collector, business_date=today)),
        ("not_suspended", lambda: propose_standing(facility=facility, kind="resume", reason="x", actor=collector, business_date=today)),
        ("ended", lambda: propose_standing(facility=facility, kind="cancel", reason="x", actor=collector, business_date=today)),
    ):
        with pytest.raises(UnableToChangeStanding, match=code):
            attempt()
    with pytest.raises(UnableToChangeLimit, match="ended"):
        propose_limit(facility=facility, limit=Decimal(9000), reason="x", actor=collector, business_date=today)
    assert everything() == before


def test_refused_the_limit_stays_suspended_and_taken_back_too(facility: Facility, collector: User, approver: User, today: date) -> None:
    suspend_facility(facility=facility, reason="Payroll fell", actor=collector, business_date=today)
    for person in (approver, collector):
        propose_standing(facility=facility, kind="resume", reason="Back", actor=collector, business_date=today)
        decide_standing(facility=facility, confirm=False, reason="Not yet", actor=person, business_date=today)
        assert state_of(facility) == "SUSPENDED"


def test_a_proposal_to_cancel_does_not_outlive_a_suspension(facility: Facility, collector: User, approver: User, today: date) -> None:
    propose_standing(facility=facility, kind="cancel", reason="Asked", actor=collector, business_date=today)
    suspend_facility(facility=facility, reason="Payroll fell", actor=approver, business_date=today)
    with pytest.raises(UnableToConfirm, match="changed"):
        decide_standing(facility=facility, confirm=True, actor=approver, business_date=today)


def test_suspended_it_still_ends_on_its_day(facility: Facility, collector: User, approver: User, today: date) -> None:
    suspend_facility(facility=facility, reason="Payroll fell", actor=collector, business_date=today)
    propose_standing(facility=facility, kind="resume", reason="Back", actor=collector, business_date=today)
    end = facility.end_date
    assert end is not None
    with pytest.raises(UnableToChangeStanding, match="expired"):
        decide_standing(facility=facility, confirm=True, actor=approver, business_date=end)
    assert expire_facilities(business_date=end) == 1 and state_of(facility) == "EXPIRED"


def test_others_and_empty_reasons_are_refused(
    facility: Facility, loan: Loan, auditor: User, approver: User, collector: User, today: date
) -> None:
    before = everything()
    for of, actor, reason, code in (
        (facility, auditor, "x", "not_entitled"),
        (facility, collector, "  ", "reason_missing"),
        (loan.facility, collector, "x", "paid_out"),
    ):
        with pytest.raises(UnableToChangeStanding, match=code):
            suspend_facility(facility=of, reason=reason, actor=actor, business_date=today)
    for kind, actor, code in (("cancel", approver, "not_entitled"), ("widen", collector, "unknown_kind")):
        with pytest.raises(UnableToChangeStanding, match=code):
            propose_standing(facility=facility, kind=kind, reason="x", actor=actor, business_date=today)
    assert everything() == before
