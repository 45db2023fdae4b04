"""One application through a stored scorecard: points, probability of default, grade, contributions, reasons.

Input and output are plain JSON without floats, so that the same stored row gives the same bytes in ten years. A row maps a
factor's name to text (a number in canonical form, or a category) or None for "missing".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Self

from risk.domain.directions import SIGNS
from risk.domain.facts import CATALOGUE
from risk.domain.request_parts import PRICED
from risk.domain.scorecard import Card, GradeTable

_TITLES = {
    "amount": "Amount asked for",
    "term_months": "Term",
    "purpose": "Purpose",
    "product": "Product",
    "industry": "Industry",
    "channel": "Channel",
    "amount_to_income": "Amount to yearly income",
}


def lacking_factors(card: Card) -> list[str]:
    """Factors of a card that no file of the house ever has: neither a fact that is known before the score nor a part of the request."""
    known = CATALOGUE.keys() - {*PRICED, "score", "grade"} | _TITLES.keys()
    return [one.name for one in card.features if one.name not in known]


def title_of(factor: str, titles: Mapping[str, str] | None = None) -> str:
    """Words for a factor: the model's own, the catalogue's, or its name."""
    if titles and factor in titles:
        return titles[factor]
    if factor in CATALOGUE:
        return CATALOGUE[factor].title
    return _TITLES.get(factor, factor.replace("_", " ").capitalize())


def values_of(card: Card, row: Mapping[str, str | None]) -> dict[str, Any]:
    """The values of a row as a card takes them: numbers where a factor is numeric. What is absent is missing."""
    values: dict[str, Any] = {}
    for feature in card.features:
        text = row.get(feature.name)
        values[feature.name] = None if text is None else float(Decimal(text)) if feature.kind == "numeric" else text
    return values


@dataclass(frozen=True)
class StoredCard:
    """A scorecard as a model version keeps it, read: {"card", "grades", "titles"}."""

    card: Card
    grades: GradeTable
    titles: Mapping[str, str]

    @classmethod
    def read(cls, definition: Mapping[str, Any]) -> Self:
        """Raises ValueError for a card of a format that this version does not know."""
        return cls(Card.from_dict(definition["card"]), GradeTable.from_dict(definition["grades"]), definition.get("titles") or {})

    def score(self, row: Mapping[str, str | None]) -> dict[str, Any]:
        """Score one row.

        Returns points, pd (text, six places), grade, passes, base_points, cut_off, contributions (card order) and at most four reasons,
        worst first (12 CFR 1002.9 commentary). `lost` is points lost against the reference population, text with one place.
        """
        card, titles = self.card, self.titles
        values = values_of(card, row)
        points = card.points_for(values)
        grade = self.grades.grade_of(points)
        explained = {one.feature: one for one in card.explain(values)}
        contributions = [
            {
                "factor": feature.name,
                "title": title_of(feature.name, titles),
                "value": row.get(feature.name),
                "bin": explained[feature.name].label,
                "points": explained[feature.name].points,
                "lost": _one_place(explained[feature.name].lost),
            }
            for feature in card.features
        ]
        reasons = [
            {"code": reason_code(one.feature), "text": f"{title_of(one.feature, titles)}: {_said(row.get(one.feature))}"}
            for one in card.reasons(values)
        ]
        return {
            "points": points,
            "pd": format(Decimal(repr(grade.pd)).quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN), "f"),
            "grade": grade.letter,
            "passes": self.grades.passes(points),
            "base_points": card.base_points,
            "cut_off": self.grades.cut_off,
            "contributions": contributions,
            "reasons": reasons,
        }


def score_row(definition: Mapping[str, Any], row: Mapping[str, str | None]) -> dict[str, Any]:
    """Score one row with the definition of a model version, as `StoredCard.score`."""
    return StoredCard.read(definition).score(row)


def against_directions(definition: Mapping[str, Any], asked: Mapping[str, int], row: Mapping[str, str | None]) -> frozenset[str]:
    """The reason codes of the factors of a scorecard whose points say the contrary of the known direction about this row: a worse value
    would get more of them.

    A customer with such a value is not told that it counted against them. `asked` are the directions the bank trained it with, {name: +1 |
    −1}; the known ones hold for the rest. A scorecard trained with them contradicts none.
    """
    found = set()
    card = Card.from_dict(definition["card"])
    values = values_of(card, row)
    for feature in card.features:
        sign = asked.get(feature.name) or SIGNS.get(feature.name, 0)
        if not sign or feature.kind != "numeric" or values[feature.name] is None:
            continue
        at = feature.bin_of(values[feature.name])
        worse = feature.points[at + 1 : -1] if sign > 0 else feature.points[:at]
        if any(points > feature.points[at] for points in worse):
            found.add(reason_code(feature.name))
    return frozenset(found)


def reason_code(factor: str) -> str:
    """The code under which a factor is a reason."""
    return f"SCORE_{factor}".upper()[:40]


def _one_place(number: float) -> str:
    return format(Decimal(repr(number)).quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN), "f")


def _said(value: str | None) -> str:
    if value is None:
        return "not provided"
    try:
        number = Decimal(value)
    except ArithmeticError:
        return value
    return f"{number.normalize():,f}"
