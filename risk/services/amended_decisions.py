"""Decided files of which no contract is made yet, when the record of one of their parties is amended: held at once, told to who decided
them, and let go when others with the authority say that the decision stands on the record as it is now.

What of it is paid out later is carried by the same signatures (`payout_authority`), unless something else turns meanwhile.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from core import four_eyes
from core.errors import DomainError
from core.events import publish
from core.models import User
from loans.models import Application
from loans.models.applications import ApplicationHold
from loans.selectors.granted import IN_FLIGHT
from loans.services import locks
from loans.services.holds import hold_application, release_holds
from risk.events import AmendedDecisionSettled, DecisionAmended
from risk.models import PolicyEvaluation
from risk.selectors.files import latest_evaluation
from risk.selectors.terms import DECIDERS
from risk.services.authority_standing import Standing, standing_before_contract
from risk.services.payout_authority import sign_for, write_down
from risk.services.turned import unjudged_amendments

PROPOSAL = "amended_decision"
SOURCE = "amended_record"


class UnableToCarryDecision(DomainError):
    """Nobody has said yet that the decision stands."""

    title = "The decision was not carried"
    messages = {
        "not_needed": "No record was amended since, or others carry the decision already.",
        "not_assessed": "The file is being assessed on the amended record. That is done within a minute; read it then.",
        "assessed_anew": "The file was assessed once more since this page was opened. Read it again; what you typed is kept.",
    }


@transaction.atomic
def measure_amended(application: Application, business_date: date) -> None:
    """Hold a decided file without a contract while a party's record says otherwise than when its facts were signed off and nobody with the
    authority has carried it since; put it before those who may, and tell who decided it.
    """
    if application.state not in IN_FLIGHT:
        return
    standing = standing_before_contract(application, business_date=business_date)
    if standing is None or not standing.turned.amended:
        return
    write_down(application, standing, business_date)
    if not standing.beyond:
        _settle(application, None, "The authority of those who carry it is enough.", business_date)
        return
    held = hold_application(
        application=application, reason=ApplicationHold.Reason.AMENDED, source=SOURCE, actor=None, business_date=business_date
    )
    if four_eyes.open_proposal(kind=PROPOSAL, target=application) is None:
        _put_before_others(application, standing)
    if held:
        publish(DecisionAmended(decision_id=str(standing.decision.pk), application_id=str(application.pk)))


def _put_before_others(application: Application, standing: Standing) -> None:
    four_eyes.propose(
        kind=PROPOSAL,
        target=application,
        title=f"Decision on {application.reference} before its contract: {standing.turned.words}",
        roles=DECIDERS,
        actor=None,
        content={"application": application.reference, "decision": str(standing.decision.pk)},
        path=f"/applications/{application.pk}/#decision",
    )


@transaction.atomic
def carry_amended_decision(*, application: Application, seen: UUID | None, reason: str, actor: User, business_date: date) -> Standing:
    """Say that a decision stands on the record as it is now, having read the assessment `seen`. Once enough people have, its offer may be
    accepted and its contract made.

    Raises UnableToCarryDecision: `not_needed`, `not_assessed`, `assessed_anew`; UnableToCarryExposure: `not_entitled`,
    `conflict_of_interest`, `own_decision`, `signed`, `reason_missing`.
    """
    locked = locks.lock_application(application)
    standing = standing_before_contract(locked, business_date=business_date) if locked.state in IN_FLIGHT else None
    if standing is None or not standing.turned.amended or not standing.beyond:
        raise UnableToCarryDecision("not_needed")
    evaluation = assessed_as_amended(locked, standing)
    if evaluation is None:
        raise UnableToCarryDecision("not_assessed")
    if evaluation.pk != seen:
        raise UnableToCarryDecision("assessed_anew")
    signed = sign_for(locked, standing, target=locked, reason=reason, actor=actor, business_date=business_date)
    after = standing_before_contract(locked, business_date=business_date)
    assert after is not None
    write_down(locked, after, business_date)
    if not after.beyond:
        _settle(locked, actor, signed.reason, business_date)
    return after


def assessed_as_amended(application: Application, standing: Standing) -> PolicyEvaluation | None:
    """The assessment that counts, where it is one of the record as it is now."""
    evaluation, amended = latest_evaluation(application), unjudged_amendments(application, decided_at=standing.decision.decided_at)
    moment = amended[-1].decided_at if amended else None
    return evaluation if evaluation is not None and (moment is None or evaluation.evaluated_at > moment) else None


@transaction.atomic
def end_amended(*, application: Application, business_date: date) -> None:
    """Nothing is to be carried of what is no longer on offer: it was refused, withdrawn or ran out."""
    if application.state not in IN_FLIGHT:
        _settle(application, None, "The offer has ended.", business_date)


def _settle(application: Application, actor: User | None, reason: str, business_date: date) -> None:
    proposal = four_eyes.open_proposal(kind=PROPOSAL, target=application)
    if proposal is not None and actor is not None:
        four_eyes.confirm(proposal, actor=actor, reason=reason)
    elif proposal is not None:
        four_eyes.void(kind=PROPOSAL, target=application, reason=reason)
    if release_holds(source=SOURCE, actor=actor, business_date=business_date, application=application):
        publish(AmendedDecisionSettled(application_id=str(application.pk)))
