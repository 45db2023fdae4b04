"""What a decision stands on, frozen as canonical JSON: any edit changes the hash, and a replay needs nothing else but the versions named."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.audit import plain
from core.four_eyes import fingerprint
from loans.models import Application, Document, StatementImport
from risk.models import Investigation, PolicyEvaluation, Score
from risk.selectors.facts import current_facts
from risk.selectors.limits import fraud_rules_held
from risk.services.models import definition_hash
from risk.services.other_terms import OnTerms
from risk.services.policies import marks_held

FORMAT = 1


def gather_evidence(
    application: Application, *, evaluation: PolicyEvaluation, business_date: date, on_terms: OnTerms | None = None
) -> dict[str, Any]:
    """The evidence of an application as it stands now. Plain JSON without floats; `fingerprint` of it is the evidence hash.

    `on_terms` is the file held against the policy on the terms decided, where these are not what was assessed; nothing stands there otherwise.

    The facts are those known now, so a fact recorded after `evaluation` changes the hash as much as another request or document.
    """
    score = evaluation.score
    investigation = Investigation.objects.filter(application=application).select_related("investigator", "signed_by").first()
    evidence: dict[str, Any] = {
        "format": FORMAT,
        "application": {
            "reference": application.reference,
            "amount": application.amount,
            "currency": application.currency,
            "term_months": application.term_months,
            "purpose": application.purpose_code,
            "purpose_text": application.purpose_text,
            "product": str(application.product_version),
            "product_name": application.product_version.product.name if application.product_version else "",
            "submitted_date": application.submitted_date,
            "borrower": application.borrower_id,
            "version": application.version,
        },
        "investigation": {
            "state": investigation.state,
            "investigator": investigation.investigator.full_name if investigation.investigator else None,
            "signed_by": investigation.signed_by.full_name if investigation.signed_by else None,
            "signed_at": investigation.signed_at,
            "checks": list(investigation.items.values("code", "state", "note", "evidence_id").order_by("position", "id")),
        }
        if investigation
        else None,
        "facts": {code: fact.as_evidence() for code, fact in current_facts(application, business_date=business_date).items()},
        "score": score_evidence(score) if score else None,
        "evaluation": {
            "id": evaluation.pk,
            "policy": str(evaluation.policy_version),
            "policy_number": evaluation.policy_version.number,
            "marks": marks_held(evaluation),
            "policy_hash": fingerprint(evaluation.policy_version.rules),
            "policy_model_hash": fingerprint(evaluation.policy_version.jdm),
            "facts": evaluation.facts,
            "rows": evaluation.rows,
            "outcome": evaluation.outcome,
            "business_date": evaluation.business_date,
        },
        "documents": [
            {"id": row.pk, "kind": row.kind, "sha256": row.sha256}
            for row in Document.objects.filter(application=application).only("id", "kind", "sha256").order_by("id")
        ],
    }
    # It was looked for signs of fraud by these rules before anything is granted.
    evidence["fraud_rules"] = fraud_rules_held().kept
    statements = _statements(application)
    if statements:
        evidence["statements"] = statements
    if on_terms is not None:
        evidence["terms"] = on_terms.as_evidence()
    result: dict[str, Any] = plain(evidence)
    return result


def _statements(application: Application) -> list[dict[str, Any]]:
    """The statement files that were read for the borrower, on this file or another, as their lines count for both."""
    rows = StatementImport.objects.filter(application__borrower=application.borrower_id, state="DONE")
    return [{"id": row.pk, "sha256": row.sha256} for row in rows.only("id", "sha256").order_by("id")]


def score_evidence(score: Score) -> dict[str, Any]:
    """A score as evidence: the row it was made from and every point."""
    return {
        "id": score.pk,
        "model": str(score.model_version),
        "model_id": score.model_version_id,
        "definition_hash": definition_hash(score.model_version),
        "row": score.facts,
        "points": score.points,
        "pd": format(score.pd, "f"),
        "grade": score.grade,
        "contributions": score.contributions,
        "reasons": score.reasons,
    }
