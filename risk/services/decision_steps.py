"""What every way to a decision shares: the file locked, what was put up still standing on the same ground, the decision written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from collateral.selectors.secured import is_secured
from collateral.services.decided_covers import write_decided_cover
from core import audit, four_eyes
from core.audit import plain
from core.errors import Conflict, DomainError
from core.events import publish
from core.four_eyes import UnableToConfirm
from core.models import Proposal, User
from core.roles import Role
from loans.models import Application
from loans.services.applications import start_review
from loans.services.decisions import decide_application
from loans.services.locks import lock_people
from risk.domain.states import APPROVALS, DecisionOutcome
from risk.events import DecisionMade
from risk.models import Decision, Investigation, PolicyEvaluation, Recommendation
from risk.selectors.conflicts import people_on_file
from risk.selectors.recommendations import as_kept, earlier_rounds
from risk.selectors.statements import unsigned_statement
from risk.selectors.terms import DECIDERS, NeededAuthority, deciders_today
from risk.services.assessment import current_assessment, is_overtaken
from risk.services.authority_standing import write_down_authority
from risk.services.decision_words import seal
from risk.services.evidence import WITHOUT_WORDS, Gathered, gather_evidence
from risk.services.file_work import DECISION, REFERRED, REVIEW
from risk.services.fraud import look_for_fraud
from risk.services.freshness import fresh_until
from risk.services.owed_letters import owe_letter
from risk.services.rules_of_decision import Terms, UnableToDecide, check_terms, needed_authority, on_decided_terms

CHANGED = "The file changed after the decision was put up."
TOO_DEAR = "The bank lowered the highest rate it lends at after the decision was put up."
NEEDLESS = "It names a reason for leaving the recommendation, and does not leave it."
STALE = "Facts passed their shelf life after the decision was put up."


class AlreadyDecided(Conflict):
    """Somebody decided the application first."""

    messages = {"decided_before": "{name} decided this at {at}: {outcome}."}


def words(code: str) -> str:
    """An outcome or a state as people say it."""
    return code.replace("_", " ").lower()


def lock_open(application: Application) -> Application:
    """The application's row, locked with who borrows under it, still open for a decision: what was granted to them under another file is
    read from now on, and nothing more is before this transaction ends. Raises Conflict `decided_before`.
    """
    rows = Application.objects.select_for_update(of=("self",)).select_related("product_version__product", "borrower", "branch")
    locked = rows.get(pk=application.pk)
    if locked.state not in (REVIEW, REFERRED):
        last = Decision.objects.filter(application=locked).first()
        if last is not None:
            raise AlreadyDecided(
                "decided_before", name=last.decided_by_name, at=f"{last.decided_at:%d %b %Y, %H:%M} UTC", outcome=words(last.outcome)
            )
        raise Conflict("already_advanced", state=words(locked.state))
    lock_people(locked)
    return locked


def check_statements(application: Application) -> None:
    """Nobody decides on figures that nobody signed. Raises UnableToDecide: `statement_waiting`, `statement_read`."""
    signed_at = Investigation.objects.filter(application=application).values_list("signed_at", flat=True).first()
    if unsigned := unsigned_statement(application, since=signed_at):
        raise UnableToDecide(unsigned)


def put_up(application: Application, seen: UUID | None) -> tuple[Proposal, Recommendation]:
    """What waits for others on this file; it has to be the proposal that was looked at, where `seen` names one.

    Raises UnableToConfirm `no_proposal`, `already_decided` where what was looked at ended since.
    """
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=DECISION, target=application, seen=seen))
    return proposal, Recommendation.objects.select_related("made_by").get(proposal=proposal)


def ground_of(
    application: Application, recommendation: Recommendation, business_date: date
) -> tuple[Terms, PolicyEvaluation, Gathered, NeededAuthority]:
    """What the recommendation stands on, looked at again: not a byte may differ, it may not need more people than it did, and who
    put it up may not have worked on the file since and has to be one who decides it still.

    Raises UnableToConfirm `changed`; UnableToDecide as `check_terms` and `check_statements` do.
    """
    check_statements(application)
    roles = (Role.RISK_MANAGER,) if application.state == REFERRED else DECIDERS
    if not deciders_today(application, roles).filter(pk=recommendation.made_by_id).exists() or recommendation.made_by_id in people_on_file(
        application
    ):
        raise UnableToConfirm("changed")
    evaluation, gathered = present_ground(application, recommendation, business_date)
    if gathered.hash != recommendation.evidence_hash or is_overtaken(application, evaluation, business_date):
        raise UnableToConfirm("changed")
    given = Terms.from_content(recommendation.content)
    terms, on_terms = check_terms(application=application, evaluation=evaluation, business_date=business_date, **given.as_arguments())
    needed = needed_authority(
        application=application,
        terms=terms,
        on_terms=on_terms,
        evaluation=evaluation,
        business_date=business_date,
        by=recommendation.made_by,
    )
    if needed.level > recommendation.level:
        raise UnableToConfirm("changed")
    return terms, evaluation, gathered, needed


def present_ground(application: Application, recommendation: Recommendation, business_date: date) -> tuple[PolicyEvaluation, Gathered]:
    """The assessment and the evidence that the recommendation would have if it were put up now, in the form in which it was."""
    evaluation = current_assessment(application=application, business_date=business_date, renew=False)
    terms = Terms.from_content(recommendation.content)
    on_terms = on_decided_terms(application, evaluation, terms)
    gathered = gather_evidence(
        application,
        evaluation=evaluation,
        terms=terms.as_arguments(),
        business_date=business_date,
        on_terms=on_terms,
        form=recommendation.content.get("form", WITHOUT_WORDS),
    )
    return evaluation, gathered


def look_once_more(application: Application, *, actor: User, business_date: date) -> None:
    """Hold the file against all others before it is granted: they came in since it was investigated.

    A transaction of its own: what is found stays raised, though the hold that comes with it refuses the decision.
    """
    if actor.has_role(*DECIDERS):
        look_for_fraud(application=application, business_date=business_date, actor=actor)


def end_what_lost_its_ground(application: Application, refusal: DomainError) -> None:
    """End what was put up when it can never be confirmed any more: its ground changed, its facts passed their shelf life, its rate is
    above what the bank lends at by now, or it was put up when a reason was kept that nothing asked for."""
    ends = {"changed": CHANGED, "stale_facts": STALE, "above_highest_rate": TOO_DEAR, "override_needless": NEEDLESS}
    why = ends.get(refusal.code)
    if why:
        four_eyes.void(kind=DECISION, target=application, reason=why)


def kept_content(application: Application, recommendation: Recommendation, terms: Terms) -> dict[str, Any]:
    """The content of the proposal as it was made."""
    kept = recommendation.content
    return content_of(
        application, terms, recommendation.evidence_hash, Decimal(kept["exposure_after"]), kept.get("on_terms"), kept.get("form")
    )


def content_of(
    application: Application,
    terms: Terms,
    evidence_hash: str,
    exposure_after: Decimal,
    on_terms: dict[str, Any] | None,
    form: int | None,
) -> dict[str, Any]:
    """What the second person confirms. `on_terms` is what the system says of the terms where they are not what was assessed; `form` that of
    the evidence, None where it was put up before it was kept.
    """
    said = {"application": application.reference, "evidence_hash": evidence_hash, "exposure_after": exposure_after}
    more = ({"on_terms": on_terms} if on_terms else {}) | ({"form": form} if form else {})
    content: dict[str, Any] = plain(terms.as_content() | said | more)
    return content


def write_decision(
    application: Application,
    terms: Terms,
    gathered: Gathered,
    evaluation: PolicyEvaluation,
    needed: NeededAuthority,
    *,
    decider: User,
    second: User | None,
    business_date: date,
    votes: list[dict[str, Any]] | None = None,
    voters: Sequence[int] = (),
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
        price_code=terms.price_code,
        system_recommendation=evaluation.outcome,
        authority_level=needed.level,
        authority=needed.as_kept(),
        votes=votes or [],
        earlier=as_kept(earlier_rounds(application)),
        exposure_after=needed.exposure_after,
        evidence=gathered.evidence,
        evidence_hash=gathered.hash,
        words=seal(gathered.words),
        decided_by=decider,
        decided_by_name=decider.full_name,
        second_by=second,
        second_by_name=second.full_name if second else "",
        decided_date=business_date,
        second_look_until=_second_look_until(application, business_date) if terms.outcome == DecisionOutcome.DECLINED else None,
    )
    owe_letter(decision)
    fresh = fresh_until(evaluation)
    decide_application(
        application=application,
        outcome=terms.outcome,
        amount=decision.amount,
        term_months=decision.term_months,
        annual_rate=decision.annual_rate,
        conditions=decision.conditions,
        reasons=decision.reasons,
        actor=second or decider,
        put_up_by=decider if second else None,
        voters=voters,
        business_date=business_date,
        no_later_than=fresh.day if fresh else None,
        secured=is_secured(application),
    )
    write_decided_cover(application, business_date)
    if approves:
        write_down_authority(decision=decision, application=application, business_date=business_date)
    audit.record(
        "decision.made",
        actor=second or decider,
        target=application,
        business_date=business_date,
        outcome=terms.outcome,
        amount=decision.amount,
        system=evaluation.outcome,
        override=terms.override_code,
        **({"price": terms.price_code} if terms.price_code else {}),
        evidence_hash=decision.evidence_hash,
        first=decider.full_name,
    )
    publish(DecisionMade(decision_id=str(decision.pk), application_id=str(application.pk), outcome=terms.outcome))
    return decision


def _second_look_until(application: Application, decided: date) -> date:
    version = application.product_version
    assert version is not None  # the database refuses a submitted application without one
    return decided + timedelta(days=version.second_look_days)
