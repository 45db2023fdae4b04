"""What speaks against a file, in the customer's words, as far as it is true of it."""

from __future__ import annotations

from dataclasses import dataclass

from risk.domain.application_score import against_directions
from risk.domain.customer_words import reasons_against
from risk.domain.scorecard import GradeTable
from risk.domain.told_reasons import BY_PEOPLE, OF_RETURNS, REASONS, true_of
from risk.models import PolicyEvaluation, Score


@dataclass(frozen=True)
class TrueReasons:
    """`own` name the rows and factors themselves with their figures; `coded` are the general sentences that hold, too."""

    own: tuple[dict[str, str], ...]
    coded: tuple[str, ...]

    @property
    def codes(self) -> frozenset[str]:
        return frozenset({*self.coded, *(reason["code"] for reason in self.own)})

    def told(self) -> list[dict[str, str]]:
        """All that holds, the most telling first."""
        return [*self.own, *({"code": code, "text": REASONS[code]} for code in self.coded)]

    def offered(self) -> list[dict[str, str]]:
        """What a form lets choose: what holds, and what only a person can say."""
        by_people = [code for code in (*OF_RETURNS, *BY_PEOPLE) if code not in self.coded]
        return [*self.told(), *({"code": code, "text": REASONS[code]} for code in by_people)]


def true_reasons(evaluation: PolicyEvaluation, currency: str) -> TrueReasons:
    """Of an evaluation with its score and scorecard; no query. A factor counts only where the score misses its cut-off, and never against the
    direction that is known of it."""
    score = evaluation.score
    passes = _passes(score) if score is not None else None
    scored = []
    if score is not None and not passes:
        version = score.model_version
        contrary = against_directions(version.definition, version.development.get("monotone") or {}, score.facts)
        scored = [reason for reason in score.reasons if reason["code"] not in contrary]
    return TrueReasons(
        own=tuple(reasons_against(evaluation.rows, scored, currency)), coded=tuple(true_of(evaluation.rows, score_passes=passes))
    )


def _passes(score: Score) -> bool:
    return GradeTable.from_dict(score.model_version.definition["grades"]).passes(score.points)
