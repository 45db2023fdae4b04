"""Authority asked again before money leaves: whether those who approved carry the exposure to the group as it has become, and who does if
not.

Loans stops a payout by what is written there (`loans.services.exposures`); here it is worked out, on the day of the decision, when a payout
is asked for, at the moment at which it is confirmed, and when somebody signs for more.
"""

from __future__ import annotations

from datetime import date

from django.db import models, transaction

from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role
from loans.models import Application, Loan
from loans.services import locks
from loans.services.exposures import carry_exposure
from risk.models import ExposureSignature
from risk.selectors.conflicts import people_on_file
from risk.selectors.terms import DECIDERS
from risk.services.authority_standing import Standing, deciders_of, standing_of, who_decided

PROPOSAL = "payout_exposure"


class UnableToCarryExposure(DomainError):
    """The exposure was not signed for."""

    title = "The exposure was not carried"
    messages = {
        "not_entitled": "Only approvers and risk managers carry an exposure.",
        "conflict_of_interest": "You {what}. Somebody who did not work on the file has to carry the exposure.",
        "own_decision": "You decided the application or voted on it. Somebody else has to carry the exposure.",
        "not_needed": "The authority of those who approved carries the exposure; nobody has to sign.",
        "signed": "You signed for this exposure already.",
        "reason_missing": "Say why the exposure may be carried.",
    }


@transaction.atomic
def retest_payout_authority(*, loan: Loan, requested_by: User | None, business_date: date) -> Standing | None:
    """Work out anew what is carried, by today's matrix, grade, cover and roles, and put it before those who may carry more if it is too
    little.

    What was put up before ends when the authority is enough again.
    """
    locks.lock_application(loan.application)
    standing = standing_of(loan, business_date=business_date)
    if standing is None:
        return None
    write_down(loan.application, standing, business_date)
    if not standing.beyond:
        four_eyes.void(kind=PROPOSAL, target=loan, reason="The authority of those who approved is enough again.")
    elif four_eyes.open_proposal(kind=PROPOSAL, target=loan) is None:
        why = f": {standing.since}" if standing.since else ""
        four_eyes.propose(
            kind=PROPOSAL,
            target=loan,
            title=f"Exposure of {standing.exposure:,.0f} {loan.currency} before the payout of {loan.reference}{why}",
            roles=DECIDERS,
            actor=requested_by,
            content={"loan": loan.reference, "exposure": f"{standing.exposure:.2f}"},
            path=f"/loans/{loan.public_id}/authority/",
            branch_id=loan.branch_id,
        )
    return standing


@transaction.atomic
def carry_payout_exposure(*, loan: Loan, reason: str, actor: User, business_date: date) -> Standing:
    """Sign that money of a loan may leave at the exposure of today. Once enough people have signed, the payout may be confirmed.

    Raises UnableToCarryExposure: `not_entitled`, `conflict_of_interest`, `own_decision`, `not_needed`, `signed`, `reason_missing`.
    """
    locks.lock_application(loan.application)
    standing = standing_of(loan, business_date=business_date)
    if standing is None or not standing.beyond:
        raise UnableToCarryExposure("not_needed")
    sign_for(loan.application, standing, target=loan, reason=reason, actor=actor, business_date=business_date)
    after = standing_of(loan, business_date=business_date)
    assert after is not None
    write_down(loan.application, after, business_date)
    proposal = four_eyes.open_proposal(kind=PROPOSAL, target=loan)
    if proposal is not None and not after.beyond:
        four_eyes.confirm(proposal, actor=actor, reason=reason.strip())
    return after


def sign_for(
    application: Application, standing: Standing, *, target: models.Model, reason: str, actor: User, business_date: date
) -> ExposureSignature:
    """Keep somebody's word for the exposure as it stands and for what turned by now.

    Raises UnableToCarryExposure: `not_entitled`, `conflict_of_interest`, `own_decision`, `signed`, `reason_missing`.
    """
    if barred := why_barred(actor, application, standing):
        raise barred
    if not reason.strip():
        raise UnableToCarryExposure("reason_missing", faults=[Fault("reason", "required", "Say why the exposure may be carried.")])
    made = ExposureSignature.objects.create(
        application=application,
        exposure=standing.exposure,
        **standing.turned.kept,
        person=actor,
        person_name=actor.full_name,
        by_manager=actor.has_role(Role.RISK_MANAGER),
        reason=reason.strip()[:400],
        signed_date=business_date,
    )
    audit.record("exposure.signed", actor=actor, target=target, business_date=business_date, exposure=standing.exposure, reason=made.reason)
    return made


def write_down(application: Application, standing: Standing, business_date: date) -> None:
    """Tell loans what is carried by now."""
    carry_exposure(application=application, most=standing.most, carried_by=standing.names, business_date=business_date)


def why_barred(actor: User, application: Application, standing: Standing) -> UnableToCarryExposure | None:
    """Why this person may not sign, or nothing."""
    if not actor.is_active or not actor.has_role(*DECIDERS):
        return UnableToCarryExposure("not_entitled")
    # Of a larger exposure nobody voted, and the committee's members may. What turned is judged by none whose word it turned.
    deciders = who_decided(standing.decision) if standing.turned.happened else deciders_of(standing.decision)
    if actor.pk in {one.pk for one in deciders}:
        return UnableToCarryExposure("own_decision")
    if done := people_on_file(application).get(actor.pk):
        return UnableToCarryExposure("conflict_of_interest", what=done)
    if actor.pk in {one.person_id for one in standing.signatures}:
        return UnableToCarryExposure("signed")
    return None
