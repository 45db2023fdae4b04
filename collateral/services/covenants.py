"""The coverage a contract asks for: set by rule when its liens are perfected, changed by one person's proposal and another's word."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from collateral.domain.margin import agreed_at
from collateral.models import Covenant, DecidedCover
from collateral.selectors.coverage import coverage_of
from collateral.services.margin_calls import review_covers
from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.models import Proposal, User
from core.roles import Role
from loans.models import Application, Loan
from loans.services import locks
from loans.services.changes import people_of

PROPOSERS = (Role.COLLECTIONS, Role.OFFICER, Role.RISK_MANAGER)
CONFIRMERS = (Role.APPROVER, Role.RISK_MANAGER)
KIND = "collateral.covenant"


class UnableToChangeCovenant(DomainError):
    """The covenant stays as it is."""

    title = "The covenant was not changed"
    messages = {
        "not_entitled": "Only loan officers, collections officers and risk managers propose another covenant.",
        "reason_missing": "Say why; the reason goes into the audit trail.",
    }


def agree_at_perfection(*, application: Application, business_date: date) -> Covenant | None:
    """What the contract asks for from now on, by the cover it was decided on or begins with. Persons are not called for more: theirs is agreed by hand."""
    if application.borrower is None or application.borrower.kind != "COMPANY":
        return None
    decided = DecidedCover.objects.filter(application=application).first()
    begins = coverage_of(application, business_date=business_date).coverage or Decimal(0)
    # What was decided on is asked for, even where less came of it.
    least = agreed_at(max(begins, decided.coverage or Decimal(0)) if decided else begins)
    kept, _ = Covenant.objects.get_or_create(
        application=application,
        defaults={"min_coverage": least, "agreed_date": business_date, "reason": "By the cover at perfection"},
    )
    return kept


@transaction.atomic
def propose_covenant(*, loan: Loan, min_coverage: Decimal, reason: str, actor: User, business_date: date, path: str = "") -> Proposal:
    """Ask for another least coverage, a fraction of what is owed. Raises UnableToChangeCovenant; core's UnableToPropose."""
    if not actor.has_role(*PROPOSERS):
        raise UnableToChangeCovenant("not_entitled")
    if not min_coverage.is_finite() or not 0 <= min_coverage <= 2:
        fault = Fault("min_coverage", "out_of_bounds", "The coverage asked for lies between 0 and 200 per cent.")
        raise UnableToChangeCovenant("invalid", faults=[fault])
    if not reason.strip():
        raise UnableToChangeCovenant("reason_missing")
    return four_eyes.propose(
        kind=KIND,
        target=loan,
        title=f"Ask for a coverage of {min_coverage:.0%} on {loan.reference}",
        roles=CONFIRMERS,
        actor=actor,
        content={"min_coverage": f"{min_coverage:.4f}", "reason": reason.strip()},
        path=path,
        branch_id=loan.branch_id,
    )


@transaction.atomic
def decide_covenant(
    *, loan: Loan, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> Covenant | None:
    """Put the proposed covenant in force or refuse it; never by who originated or approved the loan.

    Raises core's UnableToConfirm.
    """
    held = locks.lock_loan(loan.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return Covenant.objects.filter(application=held.application_id).first()
    four_eyes.confirm(proposal, actor=actor, barred=people_of(held), reason=reason.strip())
    agreed = {
        "min_coverage": Decimal(proposal.content["min_coverage"]),
        "agreed_date": business_date,
        "reason": proposal.content["reason"],
        "agreed_by": actor,
    }
    kept, _ = Covenant.objects.update_or_create(application=held.application, defaults=agreed)
    audit.record(
        "covenant.agreed", actor=actor, target=held, branch=held.branch_id, business_date=business_date, min_coverage=kept.min_coverage
    )
    review_covers(held.application_id, business_date=business_date)
    return kept
