"""Decisions by people: within one's own authority at once, above it with a second person; never by somebody who worked on the file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from core import audit, four_eyes
from core.audit import plain
from core.errors import Conflict, Fault
from core.events import publish
from core.four_eyes import UnableToConfirm, fingerprint
from core.models import User
from core.roles import Role
from loans.models import Application
from loans.services.applications import start_review
from loans.services.decisions import decide_application
from risk.events import DecisionMade, DecisionProposed
from risk.models import Decision, PolicyEvaluation, Recommendation
from risk.selectors.conflicts import people_on_file
from risk.selectors.terms import DECIDERS
from risk.services.assessment import current_assessment, is_overtaken
from risk.services.evidence import gather_evidence
from risk.services.file_work import DECISION, REFERRED, REVIEW
from risk.services.rules_of_decision import APPROVALS, Terms, UnableToDecide, check_terms, needed_authority


@transaction.atomic
def decide(
    *,
    application: Application,
    outcome: str,
    amount: Decimal | None,
    term_months: int | None,
    annual_rate: Decimal | None,
    conditions: Sequence[dict[str, str]],
    reasons: Sequence[dict[str, str]],
    rationale: str,
    override_code: str,
    actor: User,
    business_date: date,
) -> Decision | Recommendation:
    """Decide an application. `amount` in its currency, `annual_rate` a fraction per year; None takes the price of the grade.

    Returns the Decision when the actor's authority covers the exposure after it, else the Recommendation that waits for a second person.
    Raises UnableToDecide: `not_entitled`, `conflict_of_interest`, `waits_for_second`, `unsigned`, `stale_facts`, `override_missing`,
    `invalid` with faults; Conflict `decided_before` with who, when and what; UnableToDecideApplication `on_hold`.
    """
    locked = _lock(application)
    _may_decide(locked, actor)
    _end_outdated(locked, business_date)
    evaluation = current_assessment(application=locked, business_date=business_date)
    terms = check_terms(
        application=locked,
        evaluation=evaluation,
        outcome=outcome,
        amount=amount,
        term_months=term_months,
        annual_rate=annual_rate,
        conditions=conditions,
        reasons=reasons,
        rationale=rationale,
        override_code=override_code,
        business_date=business_date,
    )
    needed = needed_authority(application=locked, terms=terms, evaluation=evaluation, business_date=business_date)
    evidence = gather_evidence(locked, evaluation=evaluation, business_date=business_date)
    if needed.needs_second:
        return _recommend(locked, terms, evidence, actor, business_date, needed.exposure_after)
    return _write(locked, terms, evidence, evaluation, needed.level, needed.exposure_after, actor, None, business_date)


@transaction.atomic
def _confirm(application: Application, actor: User, business_date: date, reason: str) -> Decision:
    locked = _lock(application)
    proposal = four_eyes.open_proposal(kind=DECISION, target=locked)
    if proposal is None:
        raise UnableToConfirm("no_proposal")
    recommendation = Recommendation.objects.select_related("made_by").get(proposal=proposal)
    evaluation = current_assessment(application=locked, business_date=business_date, renew=False)
    evidence = gather_evidence(locked, evaluation=evaluation, business_date=business_date)
    if fingerprint(evidence) != recommendation.evidence_hash or is_overtaken(locked, evaluation, business_date):
        raise UnableToConfirm("changed")
    terms = Terms.from_content(recommendation.content)
    check_terms(application=locked, evaluation=evaluation, business_date=business_date, **terms.as_arguments())
    needed = needed_authority(application=locked, terms=terms, evaluation=evaluation, business_date=business_date)
    four_eyes.confirm(
        proposal,
        actor=actor,
        content=_content(locked, terms, recommendation.evidence_hash, Decimal(recommendation.content["exposure_after"])),
        barred=frozenset(people_on_file(locked)),
        reason=reason,
    )
    return _write(locked, terms, evidence, evaluation, needed.level, needed.exposure_after, recommendation.made_by, actor, business_date)


def confirm_decision(*, application: Application, actor: User, business_date: date, reason: str = "") -> Decision:
    """Be the second person to a decision that was put up. What it stands on must not have changed by a byte.

    Raises UnableToConfirm: `no_proposal`, `own_proposal`, `not_entitled`, `conflict_of_interest`, `changed` (the proposal is voided then);
    UnableToDecide: `stale_facts`, `unsigned`.
    """
    try:
        return _confirm(application, actor, business_date, reason)
    except UnableToConfirm as refusal:
        if refusal.code == "changed":
            four_eyes.void(kind=DECISION, target=application, reason="The file changed after the decision was put up.")
        raise


@transaction.atomic
def reject_decision(*, application: Application, reason: str, actor: User, business_date: date) -> None:
    """Refuse what was put up, or take one's own back. The file stays in review.

    Raises UnableToConfirm: `no_proposal`, `not_entitled`; UnableToDecide: `invalid` without a reason.
    """
    proposal = four_eyes.open_proposal(kind=DECISION, target=application)
    if proposal is None:
        raise UnableToConfirm("no_proposal")
    if proposal.proposed_by_id != actor.pk and not reason.strip():
        raise UnableToDecide("invalid", faults=[Fault("reason", "required", "Say why you refuse it.")])
    four_eyes.reject(proposal, actor=actor, reason=reason)
    audit.record("decision.refused", actor=actor, target=application, business_date=business_date, reason=reason)


def _lock(application: Application) -> Application:
    """The application's row, locked, still open for a decision. Raises Conflict `decided_before`."""
    rows = Application.objects.select_for_update(of=("self",)).select_related("product_version__product", "borrower", "branch")
    locked = rows.get(pk=application.pk)
    if locked.state not in (REVIEW, REFERRED):
        last = Decision.objects.filter(application=locked).first()
        if last is not None:
            raise AlreadyDecided(
                "decided_before", name=last.decided_by_name, at=f"{last.decided_at:%d %b %Y, %H:%M} UTC", outcome=words(last.outcome)
            )
        raise Conflict("already_advanced", state=words(locked.state))
    return locked


class AlreadyDecided(Conflict):
    """Somebody decided the application first."""

    messages = {"decided_before": "{name} decided this at {at}: {outcome}."}


def words(code: str) -> str:
    """An outcome or a state as people say it."""
    return code.replace("_", " ").lower()


def _may_decide(application: Application, actor: User) -> None:
    if not actor.is_active or not actor.has_role(*DECIDERS):
        raise UnableToDecide("not_entitled")
    if application.state == REFERRED and not actor.has_role(Role.RISK_MANAGER):
        raise UnableToDecide("referred")
    done = people_on_file(application).get(actor.pk)
    if done:
        raise UnableToDecide("conflict_of_interest", what=done)


def _end_outdated(application: Application, business_date: date) -> None:
    """An open proposal bars another one, unless what it stood on has changed: then it ends."""
    proposal = four_eyes.open_proposal(kind=DECISION, target=application)
    if proposal is None:
        return
    recommendation = Recommendation.objects.get(proposal=proposal)
    evaluation = current_assessment(application=application, business_date=business_date, renew=False)
    evidence = gather_evidence(application, evaluation=evaluation, business_date=business_date)
    if fingerprint(evidence) == recommendation.evidence_hash and not is_overtaken(application, evaluation, business_date):
        raise UnableToDecide("waits_for_second", name=recommendation.made_by.full_name)
    four_eyes.void(kind=DECISION, target=application, reason="The file changed after the decision was put up.")


def _content(application: Application, terms: Terms, evidence_hash: str, exposure_after: Decimal) -> dict[str, Any]:
    content: dict[str, Any] = plain(
        terms.as_content() | {"application": application.reference, "evidence_hash": evidence_hash, "exposure_after": exposure_after}
    )
    return content


def _recommend(
    application: Application, terms: Terms, evidence: dict[str, Any], actor: User, business_date: date, exposure_after: Decimal
) -> Recommendation:
    """Put the decision up: it takes effect when another entitled person confirms it over the same evidence."""
    evidence_hash = fingerprint(evidence)
    content = _content(application, terms, evidence_hash, exposure_after)
    proposal = four_eyes.propose(
        kind=DECISION,
        target=application,
        title=f"{application.reference}: {words(terms.outcome)}, {terms.amount or application.amount:,.0f} {application.currency}",
        roles=DECIDERS,
        actor=actor,
        content=content,
        path=f"/applications/{application.pk}/#decision",
    )
    recommendation = Recommendation.objects.create(
        application=application, proposal=proposal, content=content, evidence_hash=evidence_hash, made_by=actor
    )
    audit.record(
        "decision.recommended",
        actor=actor,
        target=application,
        business_date=business_date,
        outcome=terms.outcome,
        evidence_hash=evidence_hash,
    )
    publish(DecisionProposed(recommendation_id=str(recommendation.pk), application_id=str(application.pk)))
    return recommendation


def _write(
    application: Application,
    terms: Terms,
    evidence: dict[str, Any],
    evaluation: PolicyEvaluation,
    level: int,
    exposure_after: Decimal,
    decider: User,
    second: User | None,
    business_date: date,
) -> Decision:
    """Keep the decision with its evidence and tell loans, which moves the file and answers the applicant."""
    approves = terms.outcome in APPROVALS
    if application.state == REFERRED:
        start_review(application=application, actor=second or decider, business_date=business_date, reason="Taken up after referral.")
        application.refresh_from_db(fields=["state"])
    decision = Decision.objects.create(
        application=application,
        outcome=terms.outcome,
        amount=terms.amount if approves else None,
        term_months=terms.term_months if approves else None,
        annual_rate=terms.annual_rate if approves else None,
        conditions=list(terms.conditions),
        reasons=list(terms.reasons),
        rationale=terms.rationale,
        override_code=terms.override_code,
        system_recommendation=evaluation.outcome,
        authority_level=level,
        exposure_after=exposure_after,
        evidence=evidence,
        evidence_hash=fingerprint(evidence),
        decided_by=decider,
        decided_by_name=decider.full_name,
        second_by=second,
        decided_date=business_date,
    )
    decide_application(
        application=application,
        outcome=terms.outcome,
        amount=decision.amount,
        term_months=decision.term_months,
        annual_rate=decision.annual_rate,
        conditions=decision.conditions,
        reasons=decision.reasons,
        actor=second or decider,
        business_date=business_date,
    )
    audit.record(
        "decision.made",
        actor=second or decider,
        target=application,
        business_date=business_date,
        outcome=terms.outcome,
        amount=decision.amount,
        system=evaluation.outcome,
        override=terms.override_code,
        evidence_hash=decision.evidence_hash,
        first=decider.full_name,
    )
    publish(DecisionMade(decision_id=str(decision.pk), application_id=str(application.pk), outcome=terms.outcome))
    return decision
