"""What speaks against a file, in the customer's words, as far as it is true of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from risk.domain.application_score import against_directions
from risk.domain.customer_words import MOST_REASONS, factor_code, names_score, reasons_against
from risk.domain.scorecard import GradeTable
from risk.domain.told_reasons import BY_PEOPLE, OF_RETURNS, REASONS, true_of
from risk.models import PolicyEvaluation, Score


@dataclass(frozen=True)
class TrueReasons:
    """`own` name the rows and factors themselves with their figures; `coded` are the general sentences that hold, too. `factors` are the
    codes of what lowered a score that failed, `of_score` those that say no more than that it did.
    """

    own: tuple[dict[str, str], ...]
    coded: tuple[str, ...]
    factors: frozenset[str] = frozenset()
    of_score: frozenset[str] = frozenset({"SCORE"})

    @property
    def codes(self) -> frozenset[str]:
        return frozenset({*self.coded, *(reason["code"] for reason in self.own)})

    def told(self) -> list[dict[str, str]]:
        """All that holds, the most telling first."""
        return [*self.own, *({"code": code, "text": REASONS[code]} for code in self.coded)]

    def main(self) -> list[dict[str, str]]:
        """The most telling of them where nobody chooses: that the score is too low only beside what lowered it."""
        return [reason for reason in self.told() if self.factors or reason["code"] not in self.of_score][:MOST_REASONS]

    def bare_score(self, codes: Collection[str]) -> list[str]:
        """Those of the codes that say only that the score is too low, where none of the others says what lowered it."""
        return [] if self.factors.intersection(codes) else [code for code in codes if code in self.of_score]

    def offered(self) -> list[dict[str, str]]:
        """What a form lets choose: what holds, and what only a person can say."""
        by_people = [code for code in (*OF_RETURNS, *BY_PEOPLE) if code not in self.coded]
        return [*self.told(), *({"code": code, "text": REASONS[code]} for code in by_people)]


def true_reasons(evaluation: PolicyEvaluation, currency: str) -> TrueReasons:
    """Of an evaluation with its score and scorecard; no query. A factor counts only where the score misses its cut-off or a row of the
    policy about it fired, and never against the direction that is known of it.
    """
    score = evaluation.score
    passes = _passes(score) if score is not None else None
    of_score = [row for row in evaluation.rows if names_score(row) and row["result"] in ("FAIL", "SOFT")]
    scored = []
    if score is not None and (not passes or of_score):
        version = score.model_version
        contrary = against_directions(version.definition, version.development.get("monotone") or {}, score.facts)
        scored = [reason for reason in score.reasons if reason["code"] not in contrary]
    own = reasons_against(evaluation.rows, scored, currency)
    return TrueReasons(
        own=tuple(own),
        coded=tuple(true_of(evaluation.rows, score_passes=passes)),
        factors=frozenset(factor_code(reason["code"]) for reason in scored).intersection(reason["code"] for reason in own),
        of_score=frozenset({"SCORE", *(row["code"] or row["fact"] for row in of_score)}),
    )


def _passes(score: Score) -> bool:
    return GradeTable.from_dict(score.model_version.definition["grades"]).passes(score.points)
