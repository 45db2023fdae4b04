"""Replay: a decision's figures, score, policy result and authority worked out again from what is stored, compared byte for byte."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Self

from core import access
from core.four_eyes import fingerprint
from risk.domain.application_score import score_row
from risk.domain.canonical import canonical_json
from risk.models import Decision, ModelVersion, PolicyVersion
from risk.services.evidence import OLD_FORMAT, WITHOUT_WORDS
from risk.services.models import definition_hash
from risk.services.other_terms import SCORED
from risk.services.policies import evaluate_frozen
from risk.services.replay_compared import Compared
from risk.services.replay_facts import decided_compared, figures_compared, recorded_compared
from risk.services.replay_ground import authority_compared, fraud_rules_compared, papers_compared
from risk.services.replay_standing import standing_compared
from risk.services.replay_words import words_compared
from risk.services.replay_worked import work_out_again


@dataclass(frozen=True)
class Difference:
    """One part that did not come out the same: what stands in the evidence, and what comes out now. Canonical JSON. `by_name`: it is one
    figure or one term, and the part is its name.
    """

    part: str
    stored: str
    replayed: str
    by_name: bool = False

    @property
    def frozen_words(self) -> str:
        """The stored side without the marks of JSON."""
        return _as_words(self.stored)

    @property
    def replayed_words(self) -> str:
        return _as_words(self.replayed)


@dataclass(frozen=True)
class Replay:
    """The result of a replay. `identical` holds when every byte came out the same."""

    decision: Decision
    differences: tuple[Difference, ...]
    parts: tuple[str, ...]

    @property
    def identical(self) -> bool:
        return not self.differences

    def without(self, parts: Collection[str]) -> Self:
        """The same for who is not shown what stands in some parts: that they differ is told, and no more."""
        unsaid = canonical_json("not shown")
        told = (replace(one, stored=unsaid, replayed=unsaid) if one.part in parts else one for one in self.differences)
        return replace(self, differences=tuple(told))

    @property
    def by_name(self) -> list[Difference]:
        """The figures and terms that differ, by name."""
        return [one for one in self.differences if one.by_name]

    @property
    def others(self) -> list[Difference]:
        """What else differs."""
        return [one for one in self.differences if not one.by_name]


def replay_decision(*, decision: Decision, files: bool = False) -> Replay:
    """Recompute what the decision stood on. Reads the versions named in the evidence; changes nothing.

    Compared: the evidence against its hash, each fact against the row it was recorded in, every computed fact against what its parts give,
    by whose word and of which day it is, and whether any had outlived the shelf life of then; the terms against those of the decision; the
    scorecard and the policy table against their hashes, the score with every contribution, the rows of the policy and the recommendation;
    the same on the terms decided where they were held against the policy too; the hashes of documents and statements against their rows;
    the fraud rules and the authority, by the settings of its day; parties, explanations, summary and judged signals. With `files` every
    document is read and hashed. Older evidence is not asked for what it does not keep.
    """
    evidence: dict[str, Any] = decision.evidence
    compared: list[tuple[Any, ...]] = [("evidence hash", decision.evidence_hash, fingerprint(evidence))]
    evaluation = evidence["evaluation"]
    score = evidence["score"]
    passes: bool | None = None
    model = again = None
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
    compared += recorded_compared(decision)
    if evidence["format"] != OLD_FORMAT:
        compared += decided_compared(decision)
        worked = work_out_again(decision)
        compared += figures_compared(decision, worked, policy, model, again)
        compared += standing_compared(decision, worked, model)
    if evidence["format"] > WITHOUT_WORDS:
        compared += words_compared(decision)
    every = [Compared(*one) for one in compared]
    pairs = [Difference(one.part, canonical_json(one.stored), canonical_json(one.found), one.by_name) for one in every]
    return Replay(
        decision=decision,
        differences=tuple(one for one in pairs if one.stored.encode() != one.replayed.encode()),
        parts=tuple(one.part for one in pairs),
    )


def _on_terms(terms: dict[str, Any], marks: list[str], policy: PolicyVersion, model: ModelVersion | None) -> list[tuple[Any, ...]]:
    """The same for the terms decided, where they were not what was assessed."""
    compared: list[tuple[Any, ...]] = []
    passes: bool | None = None
    if (score := terms["score"]) is not None and model is not None:
        again = score_row(model.definition, score["row"])
        passes = again["passes"]
        compared.append(("score on the decided terms", {name: score[name] for name in SCORED}, {name: again[name] for name in SCORED}))
    result, outcome = evaluate_frozen(policy, terms["facts"], marks=marks, score_passes=passes)
    compared.append(("policy rows on the decided terms", terms["rows"], [row.to_dict() for row in result.rows]))
    compared.append(("recommendation on the decided terms", terms["outcome"], outcome.value))
    return compared


def _as_words(text: str) -> str:
    value = json.loads(text)
    return "unknown" if value is None else value if isinstance(value, str) and value else text


def find_decision(reference: str) -> Decision:
    """The latest decision about an application by its reference, or a decision by its own id. Raises NotFound."""
    rows = Decision.objects.select_related("application")
    found = rows.filter(application__reference=reference).first()
    if found is not None:
        return found
    return access.one(rows, pk=reference)
