"""Replay: a decision's score, policy result and authority worked out again from what is stored, compared byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core import access
from core.four_eyes import fingerprint
from risk.domain.application_score import score_row
from risk.domain.canonical import canonical_json
from risk.models import Decision, ModelVersion, PolicyVersion
from risk.services.models import definition_hash
from risk.services.other_terms import SCORED
from risk.services.policies import evaluate_frozen
from risk.services.replay_ground import authority_compared, fraud_rules_compared, papers_compared


@dataclass(frozen=True)
class Difference:
    """One part that did not come out the same: what stands in the evidence, and what comes out now. Canonical JSON."""

    part: str
    stored: str
    replayed: str


@dataclass(frozen=True)
class Replay:
    """The result of a replay. `identical` holds when every byte came out the same."""

    decision: Decision
    differences: tuple[Difference, ...]
    parts: tuple[str, ...]

    @property
    def identical(self) -> bool:
        return not self.differences


Compared = list[tuple[str, Any, Any]]
"""Parts with what is stored and what comes out."""


def replay_decision(*, decision: Decision, files: bool = False) -> Replay:
    """Recompute what the decision stood on. Reads the versions named in the evidence; changes nothing.

    Compared: the evidence against its hash, the scorecard and the policy table against theirs, the score with every contribution, the
    rows of the policy and the recommendation; the same on the terms decided where they were held against the policy too; the hashes of
    documents and statements against their rows; the fraud rules and the authority, by the settings of its day. With `files` every document is read and hashed.
    """
    evidence: dict[str, Any] = decision.evidence
    compared: Compared = [("evidence hash", decision.evidence_hash, fingerprint(evidence))]
    evaluation = evidence["evaluation"]
    score = evidence["score"]
    passes: bool | None = None
    model = None
    if score is not None:
        model = ModelVersion.objects.get(pk=score["model_id"])
        compared.append(("scorecard definition", score["definition_hash"], definition_hash(model)))
        again = score_row(model.definition, score["row"])
        passes = again["passes"]
        compared.append(("score", {name: score[name] for name in SCORED}, {name: again[name] for name in SCORED}))
    policy = PolicyVersion.objects.get(number=evaluation["policy_number"])
    compared.append(("policy table", evaluation["policy_hash"], fingerprint(policy.rules)))
    if "policy_model_hash" in evaluation:  # decisions of an older house were taken before models were kept
        compared.append(("policy model", evaluation["policy_model_hash"], fingerprint(policy.jdm)))
    result, outcome = evaluate_frozen(policy, evaluation["facts"], marks=evaluation["marks"], score_passes=passes)
    compared.append(("policy rows", evaluation["rows"], [row.to_dict() for row in result.rows]))
    compared.append(("recommendation", evaluation["outcome"], outcome.value))
    if terms := evidence.get("terms"):
        compared += _on_terms(terms, evaluation["marks"], policy, model)
    compared += papers_compared(evidence, files=files)
    compared += fraud_rules_compared(evidence)
    compared += authority_compared(decision)
    pairs = [(part, canonical_json(stored), canonical_json(found)) for part, stored, found in compared]
    return Replay(
        decision=decision,
        differences=tuple(Difference(part, stored, found) for part, stored, found in pairs if stored.encode() != found.encode()),
        parts=tuple(part for part, _, _ in pairs),
    )


def _on_terms(terms: dict[str, Any], marks: list[str], policy: PolicyVersion, model: ModelVersion | None) -> Compared:
    """The same for the terms decided, where they were not what was assessed."""
    compared: Compared = []
    passes: bool | None = None
    if (score := terms["score"]) is not None and model is not None:
        again = score_row(model.definition, score["row"])
        passes = again["passes"]
        compared.append(("score on the decided terms", {name: score[name] for name in SCORED}, {name: again[name] for name in SCORED}))
    result, outcome = evaluate_frozen(policy, terms["facts"], marks=marks, score_passes=passes)
    compared.append(("policy rows on the decided terms", terms["rows"], [row.to_dict() for row in result.rows]))
    compared.append(("recommendation on the decided terms", terms["outcome"], outcome.value))
    return compared


def find_decision(reference: str) -> Decision:
    """The latest decision about an application by its reference, or a decision by its own id. Raises NotFound."""
    rows = Decision.objects.select_related("application")
    found = rows.filter(application__reference=reference).first()
    if found is not None:
        return found
    return access.one(rows, pk=reference)
