"""Decisions that another system took long ago: kept with their day and who brought them in, on the evidence that is there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from core import audit
from core.errors import DomainError
from core.events import publish
from loans.models import Application
from loans.models.applications import Channel
from loans.services.applications import start_review
from loans.services.decisions import decide_application
from risk.events import DecisionMade
from risk.models import Decision
from risk.selectors.terms import authority_for
from risk.services.assessment import assess_application
from risk.services.decision_words import seal
from risk.services.evidence import DECIDED, gather_evidence

OUTCOME = "APPROVED"


class UnableToRecordPastDecision(DomainError):
    """Only what came in through an import was decided by somebody else."""

    title = "The decision was not recorded"
    messages = {"not_imported": "Only an imported application has a decision that was taken elsewhere."}


@transaction.atomic
def record_past_decision(
    *,
    application: Application,
    amount: Decimal,
    term_months: int,
    annual_rate: Decimal,
    rationale: str,
    actor_name: str,
    business_date: date,
) -> Decision:
    """Write down that an imported application was granted on `business_date`, by whom the import names. Nobody of the house decided it.

    What statements show and the policy says is kept beside it, so that the decision replays like any other.
    Raises UnableToRecordPastDecision: `not_imported`; UnableToAssess: `no_policy`; UnableToDecideApplication: `on_hold`.
    """
    if application.channel != Channel.IMPORT:
        raise UnableToRecordPastDecision("not_imported")
    reviewed = start_review(application=application, actor=None, business_date=business_date, reason="Granted elsewhere")
    evaluation = assess_application(application=reviewed, business_date=business_date)
    needed = authority_for(reviewed, amount=amount, approves=True, business_date=business_date, by=None)
    terms = {"outcome": OUTCOME, "amount": amount, "term_months": term_months, "annual_rate": annual_rate, "rationale": rationale}
    said = dict.fromkeys(DECIDED, "") | {"conditions": [], "reasons": []} | terms
    gathered = gather_evidence(reviewed, evaluation=evaluation, terms=said, business_date=business_date)
    decision = Decision.objects.create(
        application=reviewed,
        **terms,
        system_recommendation=evaluation.outcome,
        authority_level=needed.level,
        authority=needed.as_kept(),
        exposure_after=needed.exposure_after,
        evidence=gathered.evidence,
        evidence_hash=gathered.hash,
        words=seal(gathered.words),
        decided_by_name=actor_name,
        decided_date=business_date,
    )
    decide_application(
        application=reviewed,
        outcome=OUTCOME,
        amount=amount,
        term_months=term_months,
        annual_rate=annual_rate,
        conditions=[],
        reasons=[],
        actor=None,
        actor_name=actor_name,
        business_date=business_date,
    )
    audit.record(
        "decision.imported",
        actor=None,
        actor_name=actor_name,
        target=reviewed,
        business_date=business_date,
        outcome=OUTCOME,
        amount=amount,
        evidence_hash=decision.evidence_hash,
    )
    publish(DecisionMade(decision_id=str(decision.pk), application_id=str(application.pk), outcome=OUTCOME))
    application.refresh_from_db()
    return decision
