"""What a decision stands on, frozen as canonical JSON: any edit changes the hash,
and a replay needs nothing else but the versions named.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from core.audit import plain
from core.four_eyes import fingerprint
from core.row_security import whole_bank
from loans.models import Application, Document
from loans.selectors.accounts import imports_of_person
from risk.models import Investigation, PolicyEvaluation, Score
from risk.selectors.facts import current_facts
from risk.selectors.limits import fraud_rules_held
from risk.services.decision_words import Words, gather_words
from risk.services.fact_parts import kept_with
from risk.services.models import definition_hash
from risk.services.other_terms import OnTerms
from risk.services.policies import marks_held

OLD_FORMAT, WITHOUT_WORDS, FORMAT = 1, 2, 3
"""What is frozen of a decision. The first form has neither the parts of the figures nor the terms decided; the second knows nothing of the
parties, of explanations, summary and signals. Each stays as it is and replays so.
"""

DECIDED = (
    "outcome", "amount", "term_months", "annual_rate", "conditions", "reasons", "rationale", "override_code", "price_code",
)  # fmt: skip


class Gathered(NamedTuple):
    """The evidence, and the words that are sealed beside it; it holds their fingerprints."""

    evidence: dict[str, Any]
    words: Words

    @property
    def hash(self) -> str:
        return fingerprint(self.evidence)


def gather_evidence(
    application: Application,
    *,
    evaluation: PolicyEvaluation,
    terms: Mapping[str, Any],
    business_date: date,
    on_terms: OnTerms | None = None,
    form: int = FORMAT,
) -> Gathered:
    """The evidence of an application as it stands now. Plain JSON without floats; `fingerprint` of it is the evidence hash.

    `terms` is what is decided, by the names of `DECIDED`: it stands in the hash like what it was decided on. An assessment of an older
    house, without the parts of its figures, gives evidence in the old form, so that what was put up on it can still be confirmed; `form` is
    the one in which something was put up.

    `on_terms` is the file held against the policy on the terms decided, where these are not what was assessed; nothing stands there
    otherwise.

    The facts are those known now, so a fact recorded after `evaluation` changes the hash as much as another request or document.
    """
    score, parts = evaluation.score, kept_with(evaluation)
    investigation = Investigation.objects.filter(application=application).select_related("investigator", "signed_by").first()
    evidence: dict[str, Any] = {
        "format": form if parts else OLD_FORMAT,
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
    if parts:
        evidence["parts"] = parts
        evidence["decided"] = as_decided(terms)
    if on_terms is not None:
        evidence["terms"] = on_terms.as_evidence()
    words: Words = {}
    if evidence["format"] > WITHOUT_WORDS:
        of_people, words = gather_words(application, investigation)
        evidence |= of_people
    return Gathered(plain(evidence), plain(words))


def as_decided(terms: Mapping[str, Any]) -> dict[str, Any]:
    """What was decided as it is frozen: amount and rate to the places that the database keeps."""
    kept: dict[str, Any] = plain({name: terms[name] for name in DECIDED})
    for name, places in (("amount", Decimal("0.0001")), ("annual_rate", Decimal("0.00000001"))):
        if terms[name] is not None:
            kept[name] = format(Decimal(terms[name]).quantize(places), "f")
    return kept


def _statements(application: Application) -> list[dict[str, Any]]:
    """The statement files that were read for the borrower, on this file or another, in any branch, as their lines count for all."""
    with whole_bank():
        rows = list(imports_of_person(application.borrower_id).filter(state="DONE").only("id", "sha256").order_by("id"))
    return [{"id": row.pk, "sha256": row.sha256} for row in rows]


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
