"""What a replay asks of how far the figures are relied on: by whose word each is, of which day, and whether it had outlived its shelf life.

An approval hangs on these as much as on the figures. The words of a source are not compared: a later house may say the same in others.
Evidence from before the shelf lives of the day were kept is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from risk.models import Decision, Fact, ModelVersion, Score
from risk.services.replay_compared import Compared, by_name
from risk.services.replay_worked import WorkedAgain
from risk.services.request_facts import BEFORE_GRADES
from risk.services.scoring import standing_of

Standing = tuple[str, date]


def standing_compared(decision: Decision, worked: WorkedAgain, model: ModelVersion | None) -> Iterator[Compared]:
    """Every frozen fact stale or fresh by its day and the shelf lives of then, every computed one by the word and of the day that its parts
    give, score and grade by what the scorecard looked at.
    """
    evidence = decision.evidence
    if "shelves" not in evidence["parts"]:
        return
    facts = evidence["evaluation"]["facts"]
    aged = {code: (_age(kept["stale"]), _age(worked.known[code].is_stale)) for code, kept in facts.items()}
    yield from by_name("facts stale or fresh by their day", aged, "{title}, stale or fresh")
    standing = {
        code: (mark, worked.days.get(code, worked.on))
        for code, (value, _, mark) in worked.found.items()
        if code in facts and value is not None
    } | _of_score(evidence, worked, model)
    marks = {code: (_word(facts[code]["authenticity"]), _word(mark)) for code, (mark, _) in standing.items()}
    yield from by_name("computed facts by whose word they are", marks, "{title}, by whose word")
    days = {code: (facts[code]["as_of_date"], day.isoformat()) for code, (_, day) in standing.items()}
    yield from by_name("computed facts by their day", days, "{title}, as of which day")


def standing_on_terms(kept: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Compared]:
    """The same of the facts on the terms decided, which are as reliable as those they came from."""
    named = {code: (_standing(kept.get(code)), _standing(again.get(code))) for code in {*kept, *again}}
    yield from by_name("facts as reliable on the decided terms", named, "{title}, how reliable on the decided terms")


def _of_score(evidence: Mapping[str, Any], worked: WorkedAgain, model: ModelVersion | None) -> dict[str, Standing]:
    """Score and grade; nothing where a figure that came without its parts was scored as it came: by whose word is not kept."""
    score, facts = evidence["score"], evidence["evaluation"]["facts"]
    if score is None or any(score["row"].get(name) is not None and name not in facts for name in BEFORE_GRADES):
        return {}
    made = Score(facts=score["row"], model_version=model)
    _, mark, day = standing_of(made, worked.known, business_date=worked.on, shelves=evidence["parts"]["shelves"])
    return {code: (mark, day) for code in ("score", "grade") if code in facts}


def _standing(kept: Mapping[str, Any] | None) -> str | None:
    return None if kept is None else f"{_word(kept['authenticity'])}, {kept['as_of_date']}, {_age(kept['stale'])}"


def _word(mark: str) -> str:
    return str(Fact.Authenticity(mark).label)


def _age(stale: object) -> str:
    return "stale" if stale else "fresh"
