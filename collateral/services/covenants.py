"""The coverage a contract asks for: set by rule when its liens are perfected, changed by one person's proposal and another's word."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from django.db import transaction

from collateral.domain.margin import agreed_at
from collateral.models import Covenant, DecidedCover
from collateral.selectors.coverage import coverage_of
from collateral.services.given_up_cover import GivenUp, is_carried
from collateral.services.margin_calls import review_covers
from collateral.services.to_cover import to_cover
from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.models import Proposal, User
from core.money import unit
from core.roles import Role
from loans.models import Application, Loan
from loans.selectors.applications import GRANTED
from loans.services import locks
from loans.services.changes import people_of

PROPOSERS = (Role.COLLECTIONS, Role.OFFICER, Role.RISK_MANAGER)
CONFIRMERS = (Role.APPROVER, Role.RISK_MANAGER)
KIND = "collateral.covenant"
ZERO = Decimal(0)


class UnableToChangeCovenant(DomainError):
    """The covenant stays as it is."""

    title = "The covenant was not changed"
    messages = {
        "not_entitled": "Only loan officers, collections officers and risk managers propose another covenant.",
        "reason_missing": "Say why; the reason goes into the audit trail.",
    }


def agree_at_perfection(*, application: Application, business_date: date) -> Covenant | None:
    """What the contract asks for from now on: the cover it was decided on, or what more it begins with by the day money leaves. Nothing
    before a decision; what people agreed on stays. Persons are not called for more: theirs is agreed by hand.
    """
    if application.borrower is None or application.borrower.kind != "COMPANY":
        return None
    kept = Covenant.objects.filter(application=application).first()
    if application.state not in GRANTED or (kept is not None and (kept.agreed_by_id is not None or _is_lent(application))):
        return kept
    decided = DecidedCover.objects.filter(application=application).first()
    begins = coverage_of(application, business_date=business_date).coverage or ZERO
    # What was decided on is asked for, even where less came of it.
    known = (begins, (decided.coverage if decided else None) or ZERO, kept.min_coverage if kept else ZERO)
    return _by_rule(application, agreed_at(max(known)), business_date)


def follow_decision(application: Application, *, business_date: date) -> None:
    """A file that is decided anew asks for what it is decided on now, as far as no money has left and nobody agreed on anything else.
    Decided with nothing pledged it asks for none: the covenant ends.
    """
    kept = Covenant.objects.filter(application=application, agreed_by=None).first()
    if kept is None or _is_lent(application):
        return
    decided = DecidedCover.objects.filter(application=application).first()
    if decided is not None:
        _by_rule(application, agreed_at(decided.coverage), business_date)
        return
    kept.delete()
    audit.record(
        "covenant.ended", actor=None, actor_name="rule", target=application, branch=application.branch_id, business_date=business_date,
        before=kept.min_coverage, reason="Decided anew with nothing pledged",
    )  # fmt: skip


def _is_lent(application: Application) -> bool:
    return Loan.objects.filter(application=application, disbursed_date__isnull=False).exists()


def _by_rule(application: Application, least: Decimal, business_date: date) -> Covenant:
    agreed = {"min_coverage": least, "agreed_date": business_date, "reason": "By the cover at perfection"}
    kept, created = Covenant.objects.get_or_create(application=application, defaults=agreed)
    if created or kept.min_coverage == least:
        return kept
    before, kept.min_coverage, kept.agreed_date = kept.min_coverage, least, business_date
    kept.save(update_fields=["min_coverage", "agreed_date"])
    audit.record(
        "covenant.followed", actor=None, actor_name="rule", target=application, branch=application.branch_id, business_date=business_date,
        before=before, min_coverage=least,
    )  # fmt: skip
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
    """Put the proposed covenant in force or refuse it; never by who originated or approved the loan. One that asks for less than all that
    is owed, and less than before, waits until as many have confirmed it as the exposure takes with that cover.

    Raises core's UnableToConfirm; what the room above raises of who gives cover up.
    """
    held = locks.lock_loan(loan.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return Covenant.objects.filter(application=held.application_id).first()
    four_eyes.check_second(proposal, actor=actor, barred=people_of(held))
    given = given_up(proposal, held, business_date)
    if given is not None and not is_carried(given, actor=actor, reason=reason.strip()):
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


def given_up(proposal: Proposal, loan: Loan, business_date: date) -> GivenUp | None:
    """What a proposed covenant gives up of the cover of a loan: None where it asks for all that is owed, or for no less than before."""
    least, agreed = Decimal(proposal.content["min_coverage"]), Covenant.objects.filter(application=loan.application_id).first()
    # Without a covenant a pledge is given back only while all that is owed stays covered.
    if least >= min(agreed.min_coverage if agreed else 1, 1):
        return None
    left = (least * to_cover(loan.application, business_date)).quantize(unit(loan.currency), ROUND_DOWN)
    return GivenUp(loan.application, left, business_date, proposal)
