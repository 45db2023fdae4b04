"""Decisions by people: within one's own authority at once, above it with a second person or the committee;
never by somebody who worked on the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from core import audit, four_eyes
from core.errors import Fault
from core.events import publish
from core.four_eyes import UnableToConfirm
from core.models import Proposal, User
from core.roles import Role
from loans.models import Application
from loans.services.worklist import assign_application
from risk.domain.customer_words import written_amount
from risk.domain.states import APPROVALS
from risk.events import DecisionProposed
from risk.models import Decision, Recommendation
from risk.selectors.conflicts import people_on_file
from risk.selectors.terms import DECIDERS, NeededAuthority
from risk.services.assessment import current_assessment, is_overtaken
from risk.services.decision_steps import (
    CHANGED,
    STALE,
    check_statements,
    content_of,
    end_what_lost_its_ground,
    ground_of,
    kept_content,
    lock_open,
    look_once_more,
    present_ground,
    put_up,
    words,
    write_decision,
)
from risk.services.evidence import FORMAT, Gathered, gather_evidence
from risk.services.file_work import DECISION, REFERRED
from risk.services.freshness import stale_facts
from risk.services.other_terms import told_on_terms
from risk.services.rules_of_decision import Terms, UnableToDecide, check_terms, needed_authority
from risk.services.seen_assessment import AssessedAnew, assessment_as_seen


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
    price_code: str = "",
    seen: UUID | None = None,
) -> Decision | Recommendation:
    """Decide an application; what is granted is held against all other files first. `amount` in its currency, `annual_rate` a fraction per
    year; None takes the price of the grade. `seen` is the assessment that was looked at: a file that reads otherwise by now is not decided,
    and is kept as it reads, to be looked at.

    Returns the Decision when the actor's authority covers the exposure after it, else the Recommendation that waits for a second person or
    the committee.
    Raises UnableToDecide: `not_entitled`, `conflict_of_interest`, `waits_for_second`, `unsigned`, `stale_facts`, `override_missing`,
    `override_missing_on_terms`, `above_highest_rate`, `invalid` with faults; Conflict `decided_before` with who, when and what;
    `statement_waiting`, `statement_read`; AssessedAnew; UnableToDecideApplication `on_hold`.
    """
    if outcome in APPROVALS:
        look_once_more(application, actor=actor, business_date=business_date)
    asked: dict[str, Any] = {
        "outcome": outcome,
        "amount": amount,
        "term_months": term_months,
        "annual_rate": annual_rate,
        "conditions": conditions,
        "reasons": reasons,
        "rationale": rationale,
        "override_code": override_code,
        "price_code": price_code,
    }
    try:
        return _decide(application, asked, actor, business_date, seen)
    except AssessedAnew:
        _assess(application, business_date)
        raise


@transaction.atomic
def _assess(application: Application, business_date: date) -> None:
    """Keep the assessment that the decision was refused on, so that the page shows it."""
    locked = lock_open(application)
    _end_outdated(locked, business_date)
    current_assessment(application=locked, business_date=business_date)


@transaction.atomic
def _decide(
    application: Application, asked: dict[str, Any], actor: User, business_date: date, seen: UUID | None
) -> Decision | Recommendation:
    locked = lock_open(application)
    _may_decide(locked, actor)
    check_statements(locked)
    _end_outdated(locked, business_date)
    evaluation = assessment_as_seen(locked, business_date=business_date, seen=seen)
    terms, on_terms = check_terms(application=locked, evaluation=evaluation, business_date=business_date, **asked)
    needed = needed_authority(
        application=locked, terms=terms, on_terms=on_terms, evaluation=evaluation, business_date=business_date, by=actor
    )
    gathered = gather_evidence(locked, evaluation=evaluation, terms=terms.as_arguments(), business_date=business_date, on_terms=on_terms)
    if needed.needs_second:
        return _recommend(locked, terms, gathered, actor, business_date, needed)
    return write_decision(locked, terms, gathered, evaluation, needed, decider=actor, second=None, business_date=business_date)


@transaction.atomic
def _confirm(application: Application, actor: User, business_date: date, reason: str, seen: UUID | None) -> Decision:
    locked = lock_open(application)
    proposal, recommendation = put_up(locked, seen)
    if recommendation.by_committee:
        raise UnableToDecide("committee_votes")
    terms, evaluation, gathered, needed = ground_of(locked, recommendation, business_date)
    if not actor.has_role(*needed.second):
        raise UnableToConfirm("not_entitled")
    four_eyes.confirm(
        proposal,
        actor=actor,
        content=kept_content(locked, recommendation, terms),
        barred=frozenset(people_on_file(locked)),
        reason=reason,
    )
    return write_decision(
        locked, terms, gathered, evaluation, needed, decider=recommendation.made_by, second=actor, business_date=business_date
    )


def confirm_decision(*, application: Application, actor: User, business_date: date, reason: str = "", seen: UUID | None = None) -> Decision:
    """Be the second person to a decision that was put up. What it stands on must not have changed by a byte. `seen` is the proposal that
    was looked at: no other one is confirmed.

    Raises UnableToConfirm: `no_proposal`, `already_decided`, `own_proposal`, `not_entitled`, `conflict_of_interest`, `changed` (the
    proposal is voided then); UnableToDecide: `stale_facts`, `above_highest_rate` (voided as well), `unsigned`, `committee_votes`,
    `statement_waiting`, `statement_read`.
    """
    look_once_more(application, actor=actor, business_date=business_date)
    try:
        return _confirm(application, actor, business_date, reason, seen)
    except (UnableToConfirm, UnableToDecide) as refusal:
        end_what_lost_its_ground(application, refusal)
        raise


@transaction.atomic
def reject_decision(*, application: Application, reason: str, actor: User, business_date: date, seen: UUID | None = None) -> None:
    """Refuse what was put up and looked at, or take one's own back. The file stays in review.

    Only who put it up ends what the committee votes on, with a reason once somebody voted, and nobody refuses a file they worked on.

    Raises UnableToConfirm: `no_proposal`, `already_decided`, `not_entitled`, `conflict_of_interest`; UnableToDecide: `committee_votes`,
    `invalid` without a reason.
    """
    # The file before what was put up on it, as whoever confirms or votes locks them.
    Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    proposal, recommendation = put_up(application, seen)
    if proposal.proposed_by_id != actor.pk:
        _may_refuse(application, proposal, recommendation, actor)
        if not reason.strip():
            raise UnableToDecide("invalid", faults=[Fault("reason", "required", "Say why you refuse it.")])
    elif not reason.strip() and recommendation.votes.exists():
        raise UnableToDecide("invalid", faults=[Fault("reason", "required", "Members have voted on it. Say why you take it back.")])
    four_eyes.reject(proposal, actor=actor, reason=reason)
    assign_application(application=application, to=proposal.proposed_by, actor=actor)
    audit.record("decision.refused", actor=actor, target=application, business_date=business_date, reason=reason)


def _may_refuse(application: Application, proposal: Proposal, recommendation: Recommendation, actor: User) -> None:
    four_eyes.check_entitled(proposal, actor)
    if actor.pk in people_on_file(application):
        raise UnableToConfirm("conflict_of_interest")
    if recommendation.by_committee:
        raise UnableToDecide("committee_votes")


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
    evaluation, gathered = present_ground(application, recommendation, business_date)
    overtaken = gathered.hash != recommendation.evidence_hash or is_overtaken(application, evaluation, business_date)
    stale = Terms.from_content(recommendation.content).approves and stale_facts(evaluation, business_date)
    if not overtaken and not stale:
        raise UnableToDecide("waits_for_second", name=recommendation.made_by.full_name)
    four_eyes.void(kind=DECISION, target=application, reason=CHANGED if overtaken else STALE)


def _recommend(
    application: Application, terms: Terms, gathered: Gathered, actor: User, business_date: date, needed: NeededAuthority
) -> Recommendation:
    """Put the decision up: it takes effect when another entitled person confirms it over the same evidence."""
    evidence, evidence_hash = gathered.evidence, gathered.hash
    content = content_of(application, terms, evidence_hash, needed.exposure_after, told_on_terms(evidence), FORMAT)
    proposal = four_eyes.propose(
        kind=DECISION,
        target=application,
        title=f"{application.reference}: {words(terms.outcome)}, {written_amount(terms.amount or application.amount or Decimal(0))} {application.currency}",
        roles=needed.second,
        actor=actor,
        content=content,
        path=f"/applications/{application.pk}/#decision",
    )
    recommendation = Recommendation.objects.create(
        application=application, proposal=proposal, content=content, evidence_hash=evidence_hash, level=needed.level, made_by=actor
    )
    audit.record(
        "decision.recommended",
        actor=actor,
        target=application,
        business_date=business_date,
        outcome=terms.outcome,
        authority=needed.title,
        evidence_hash=evidence_hash,
    )
    assign_application(application=application, to=None, actor=actor)
    publish(DecisionProposed(recommendation_id=str(recommendation.pk), application_id=str(application.pk)))
    return recommendation
