"""Revolving facilities: drawing under a limit, and changing the limit under four eyes. What is repaid may be drawn again.

Each drawing is a loan of its own with a schedule, paid out by a second person like any other, and repaid early by a prepayment. The
database counts what is drawn and lets nothing go above the limit.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from blacklist.selectors.blocking import blocked_keys
from core import access, audit, four_eyes
from core.errors import DomainError
from core.events import publish
from core.models import Proposal, User
from core.money import MoneyError, check_amount, grouped
from core.roles import Role
from loans.domain.states import LoanState
from loans.events import LoanContracted
from loans.models import Disbursement, Facility, Loan, ProductVersion
from loans.selectors.holds import DECIDED_COVER
from loans.services import locks
from loans.services.changes import CONFIRMERS, PROPOSERS, people_of_application
from loans.services.contracts import contract_terms, drawing, plan_loan, write_loan
from loans.services.decisions import latest_outcome
from loans.services.holds import is_held, measure_again
from loans.services.states import advance

LIMIT = "facility_limit"
DRAWABLE = (Facility.State.COMMITTED, Facility.State.AVAILABLE)


# What is drawn stays owed on its own dates; nothing more is drawn.
EXPIRE = """
WITH ended AS (
    SELECT id, state FROM loans_facility
    WHERE revolving AND state IN ('COMMITTED', 'AVAILABLE', 'SUSPENDED') AND end_date <= %(day)s ORDER BY id FOR NO KEY UPDATE
), turned AS (
    UPDATE loans_facility f SET state = 'EXPIRED' FROM ended e WHERE f.id = e.id
)
INSERT INTO loans_statechange (target_type, target_id, old_state, new_state, actor_name, reason, business_date, at)
SELECT %(kind)s, id::text, state, 'EXPIRED', 'sweep', 'The facility has ended', %(day)s, now() FROM ended
"""


class UnableToDraw(DomainError):
    """Nothing can be drawn under this facility so."""

    title = "The drawing was not made"
    messages = {
        "not_entitled": "Only loan officers make drawings.",
        "not_revolving": "This is no revolving facility.",
        "not_available": "Nothing is drawn under this facility any more; it is {state}.",
        "expired": "This facility ended on {end}.",
        "past_end": "The last instalment would be due on {due}, after the facility ends on {end}.",
        "bad_amount": "{detail}",
        "bad_term": "The term is a whole number of months, at least one.",
        "limit_exceeded": "Only {available} {currency} of the limit are available.",
        "overdue": "{loan} is overdue; nothing more is drawn until it is paid.",
        "written_off": "{loan} was written off; nothing more is drawn.",
        "on_hold": "The application is on hold; what holds it has to be decided first.",
        "screening_hit": "A screening hit or blacklist entry stands against a party of this facility.",
    }


class UnableToTakeBackDrawing(DomainError):
    """The drawing stays."""

    title = "The drawing was not taken back"
    messages = {
        "not_entitled": "Only loan officers take drawings back.",
        "not_a_drawing": "This loan was not drawn under a revolving facility.",
        "under_way": "Its payout is asked for or made.",
    }


class UnableToChangeLimit(DomainError):
    """The limit cannot be changed so."""

    title = "The limit was not changed"
    messages = {
        "not_entitled": "Only loan officers, collections officers and risk managers propose this.",
        "not_revolving": "This is no revolving facility.",
        "reason_missing": "Write down why.",
        "bad_amount": "{detail}",
        "ended": "This limit has ended; it is {state}.",
        "same": "This is the limit already.",
        "below_drawn": "{drawn} {currency} are drawn; the limit cannot be lower.",
        "above_product": "The product lends at most {most} {currency}.",
        "above_decided": "{most} {currency} were decided. More than that takes a new application and a new decision.",
        "on_hold": "The application is on hold; what holds it has to be decided before the limit rises.",
        "less_cover": "For a limit of {limit} {currency} less stands in the registry than the decision counted on. More has to be pledged and "
        "registered first.",
    }


def draw(*, facility: Facility, amount: Decimal, term_months: int, actor: User, business_date: date) -> Loan:
    """A loan over part of the limit, signed and waiting for its payout. Amount in the facility's currency. What is found to hold the file
    by now is kept even when it stops the drawing. Raises UnableToDraw.
    """
    if not actor.has_role(Role.OFFICER):
        raise UnableToDraw("not_entitled")
    measure_again(facility.application, business_date=business_date)
    return _draw(facility, amount, term_months, actor, business_date)


@transaction.atomic
def _draw(facility: Facility, amount: Decimal, term_months: int, actor: User, business_date: date) -> Loan:
    held = locks.lock_facility(facility.pk)
    version = _check_drawable(held, business_date)
    _check_amount(held, amount)
    if isinstance(term_months, bool) or not isinstance(term_months, int) or not 1 <= term_months <= 600:
        raise UnableToDraw("bad_term")
    outcome = latest_outcome(held.application)
    assert outcome is not None and held.end_date is not None
    terms = contract_terms(
        version, drawing(version, outcome, amount, term_months, most=held.limit_amount), start_date=business_date, first_due_date=None
    )
    schedule = plan_loan(terms)
    # Named, so that a payout some days later moves no due date behind the facility's end.
    terms = {**terms, "first_due_date": schedule.instalments[0].due_date.isoformat()}
    last = schedule.instalments[-1].due_date
    if last > held.end_date:
        raise UnableToDraw("past_end", due=last, end=held.end_date)
    loan = write_loan(held, version, terms, plan_loan(terms), business_date)
    audit.record(
        "facility.drawn", actor=actor, target=loan, business_date=business_date, principal=amount, instalments=len(schedule.instalments)
    )
    audit.record(
        "facility.drawn", actor=actor, target=held, label=loan.reference, branch=held.branch_id, business_date=business_date, amount=amount
    )
    publish(LoanContracted(loan_id=loan.pk, application_id=str(held.application_id)))
    return loan


@transaction.atomic
def take_back_drawing(*, loan: Loan, actor: User, business_date: date) -> Loan:
    """Close a drawing whose money never was asked for; its part of the limit is available again. Raises UnableToTakeBackDrawing."""
    if not actor.has_role(Role.OFFICER):
        raise UnableToTakeBackDrawing("not_entitled")
    held = locks.lock_loan(loan.pk)
    if not held.facility.revolving:
        raise UnableToTakeBackDrawing("not_a_drawing")
    under_way = Disbursement.objects.filter(loan=held).exclude(state__in=["REJECTED", "CANCELLED"]).exists()
    if held.state != LoanState.SIGNED or under_way:
        raise UnableToTakeBackDrawing("under_way")
    advance(held, LoanState.CLOSED, actor=actor, business_date=business_date, reason="Drawing taken back", closed_date=business_date)
    audit.record("facility.drawing_taken_back", actor=actor, target=held, business_date=business_date, principal=held.principal)
    return held


@transaction.atomic
def expire_facilities(*, business_date: date) -> int:
    """End revolving facilities whose last day has come, set-based. Returns how many; run again it ends nothing."""
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"day": business_date, "kind": Facility._meta.label_lower})
        return int(cursor.rowcount)


@transaction.atomic
def propose_limit(*, facility: Facility, limit: Decimal, reason: str, actor: User, business_date: date) -> Proposal:
    """Ask for another limit, higher or lower. Raises UnableToChangeLimit, UnableToPropose `already_open`."""
    if not actor.has_role(*PROPOSERS):
        raise UnableToChangeLimit("not_entitled")
    if not reason.strip():
        raise UnableToChangeLimit("reason_missing")
    held = _hold(facility)
    _check_limit(held, limit, business_date)
    return four_eyes.propose(
        kind=LIMIT,
        target=held,
        title=f"Limit of {held.application.reference} from {grouped(held.limit_amount, held.currency)} to {grouped(limit, held.currency)} {held.currency}",
        roles=CONFIRMERS,
        actor=actor,
        content=_content(held, limit, reason.strip()),
        path=f"/facilities/{held.pk}/limit/",
        branch_id=held.branch_id,
    )


@transaction.atomic
def confirm_limit(*, facility: Facility, actor: User, business_date: date, seen: UUID | None = None) -> Facility:
    """Be the second pair of eyes, and the limit changes. `seen` is the proposal that was looked at; no other is confirmed.

    Raises UnableToConfirm, UnableToChangeLimit (more is drawn by now, or less covers it).
    """
    held = _hold(facility)
    proposal = four_eyes.seen_proposal(kind=LIMIT, target=held, seen=seen)
    limit, reason = Decimal(proposal.content["limit"]), proposal.content["reason"]
    four_eyes.confirm(proposal, actor=actor, content=_content(held, limit, reason), barred=people_of_application(held.application))
    _check_limit(held, limit, business_date)
    before, held.limit_amount = held.limit_amount, limit
    held.save(update_fields=["limit_amount"])
    audit.record(
        "facility.limit_changed",
        actor=actor,
        target=held,
        label=held.application.reference,
        branch=held.branch_id,
        business_date=business_date,
        before=before,
        after=limit,
        reason=reason,
    )
    return held


@transaction.atomic
def reject_limit(*, facility: Facility, reason: str, actor: User, seen: UUID | None = None) -> Proposal:
    """Refuse a proposed limit; who proposed it takes it back the same way. Raises UnableToConfirm."""
    return four_eyes.reject(four_eyes.seen_proposal(kind=LIMIT, target=facility, seen=seen), actor=actor, reason=reason)


def _check_drawable(facility: Facility, business_date: date) -> ProductVersion:
    """Whether anything may be drawn now; gives the product version of the facility."""
    if not facility.revolving or facility.end_date is None:
        raise UnableToDraw("not_revolving")
    if facility.state not in DRAWABLE:
        raise UnableToDraw("not_available", state=facility.get_state_display().lower())
    if facility.end_date <= business_date:
        raise UnableToDraw("expired", end=facility.end_date)
    for loan in facility.loans.order_by("pk"):
        if loan.written_off_date is not None:
            raise UnableToDraw("written_off", loan=loan.reference)
        if loan.days_past_due:
            raise UnableToDraw("overdue", loan=loan.reference)
    if is_held(facility.application):
        raise UnableToDraw("on_hold")
    if blocked_keys([party.borrower.subject_key for party in facility.application.parties.select_related("borrower")]):
        raise UnableToDraw("screening_hit")
    assert facility.application.product_version is not None
    return facility.application.product_version


def _check_amount(facility: Facility, amount: Decimal) -> None:
    try:
        check_amount(amount, facility.currency)
    except MoneyError as error:
        raise UnableToDraw("bad_amount", detail=str(error)) from error
    if amount > facility.available:
        raise UnableToDraw("limit_exceeded", available=grouped(facility.available, facility.currency), currency=facility.currency)


def obstacle_to_rise(facility: Facility, limit: Decimal, *, business_date: date) -> UnableToChangeLimit | None:
    """What would hold the file under a higher limit: it is set, measured as before any drawing, and taken back. None where nothing does, or
    the limit does not rise. What was committed once would be drawn, or claimed.
    """
    if limit <= facility.limit_amount:
        return None
    with transaction.atomic():
        _hold(facility)
        Facility.objects.filter(pk=facility.pk).update(limit_amount=limit)
        measure_again(facility.application, business_date=business_date)
        sources = set(facility.application.holds.filter(released_at=None).values_list("source", flat=True))
        transaction.set_rollback(True)
    if not sources:
        return None
    code = "less_cover" if sources == {DECIDED_COVER} else "on_hold"
    return UnableToChangeLimit(code, limit=grouped(limit, facility.currency), currency=facility.currency)


def _hold(facility: Facility) -> Facility:
    """The application first: what covers it is given back under the same lock."""
    locks.lock_application(facility.application)
    return locks.lock_facility(facility.pk)


def _check_limit(facility: Facility, limit: Decimal, business_date: date) -> None:
    if not facility.revolving:
        raise UnableToChangeLimit("not_revolving")
    if facility.state in (Facility.State.EXPIRED, Facility.State.CANCELLED):
        raise UnableToChangeLimit("ended", state=facility.get_state_display().lower())
    try:
        check_amount(limit, facility.currency)
    except MoneyError as error:
        raise UnableToChangeLimit("bad_amount", detail=str(error)) from error
    if limit == facility.limit_amount:
        raise UnableToChangeLimit("same")
    if limit < facility.drawn:
        raise UnableToChangeLimit("below_drawn", drawn=grouped(facility.drawn, facility.currency), currency=facility.currency)
    outcome, version = latest_outcome(facility.application), facility.application.product_version
    assert version is not None
    # What came from another system has no decision of this house.
    decided = outcome.amount if outcome is not None else None
    if limit > (decided or version.max_amount):
        code = "above_product" if decided is None else "above_decided"
        raise UnableToChangeLimit(code, most=grouped(decided or version.max_amount, facility.currency), currency=facility.currency)
    if obstacle := obstacle_to_rise(facility, limit, business_date=business_date):
        raise obstacle


def _content(facility: Facility, limit: Decimal, reason: str) -> dict[str, Any]:
    """What the second person confirms, with the limit it was proposed on."""
    return {"limit": f"{limit:.4f}", "before": f"{facility.limit_amount:.4f}", "reason": reason}


def access_limit_proposal(proposal_id: UUID) -> Proposal:
    """A proposed limit by its key, or NotFound. The caller reads the facility for its user."""
    return access.one(Proposal.objects.filter(kind=LIMIT, target_type=Facility._meta.label_lower), pk=proposal_id)
