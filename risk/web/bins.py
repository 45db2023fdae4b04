"""Bins of a scorecard in words: with the unit of their factor, and as many digits as keep neighbouring edges apart.

The one place where a bin is written for people. The card itself keeps its exact edges; nothing that is shown here is ever read back.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from core.web import formats
from risk.domain.classing import CoarseBin
from risk.domain.facts import CATALOGUE, FactGroup, FactKind, FactType
from risk.domain.scorecard import Card
from risk.domain.scorecard.binning import MISSING_LABEL
from risk.domain.scorecard.card import Feature
from risk.web.wording import counted, per_period

_REQUEST = {
    "amount": FactKind("amount", "Amount asked for", FactType.MONEY, FactGroup.AFFORDABILITY),
    "term_months": FactKind("term_months", "Term", FactType.INTEGER, FactGroup.AFFORDABILITY, "months"),
    "amount_to_income": FactKind("amount_to_income", "Amount to yearly income", FactType.NUMBER, FactGroup.AFFORDABILITY, "times"),
}
TOLERANCE = Decimal("0.1")
"""How far a shown edge may lie from the kept one, as a share of the way to the next edge or to zero."""
MOST_PLACES = 6
LARGEST = Decimal("1e15")
_NUMBERS = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def kind_of(factor: str) -> FactKind | None:
    """The form of what a scorecard looks at: a fact of the catalogue, or what is asked for. None for a column of somebody's file."""
    return CATALOGUE.get(factor) or _REQUEST.get(factor)


@dataclass(frozen=True)
class Scale:
    """How the edges of one factor are written. Their words differ wherever the edges do."""

    kind: FactKind | None
    edges: tuple[Decimal, ...]
    currency: str = ""

    @classmethod
    def of(cls, factor: str, edges: Sequence[float | str], currency: str = "") -> Scale:
        """`edges` in any order, as numbers or as their text."""
        return cls(kind_of(factor), tuple(sorted({Decimal(str(edge)) for edge in edges})), currency)

    def bins(self) -> list[str]:
        """The words of all bins in order: (−∞, e₀], (e₀, e₁], …, (eₙ, ∞)."""
        return [self.between(low, high) for low, high in itertools.pairwise([None, *self.edges, None])]

    def between(self, low: Any, high: Any) -> str:
        """ "over 32.8% to 33.9%", "2 to 3 loans", "up to 8,000 EUR". None is an open end."""
        bottom, top = (None if end is None else Decimal(str(end)) for end in (low, high))
        if bottom is None and top is None:
            return "Any value"
        if top is None:
            return f"over {self._whole(bottom)}"
        if bottom is None:
            return f"up to {self._whole(top)}"
        if not self._is_counted:
            return f"over {self._number(bottom)} to {self._whole(top)}"
        first, last = _floor(bottom) + 1, _floor(top)
        return f"{formats.number(first)} to {self._whole(top)}" if first < last else self._whole(top)

    @cached_property
    def _is_counted(self) -> bool:
        """Whether it is of things that come whole, and each bin holds at least one number of them."""
        if self.kind is None or self.kind.type != FactType.INTEGER or any(abs(edge) >= LARGEST for edge in self.edges):
            return False
        return len({_floor(edge) for edge in self.edges}) == len(self.edges)

    @cached_property
    def _places(self) -> int | None:
        """The least decimals that keep the edges apart and near themselves; None where digits have to be counted from the left."""
        shown = [self._shown(edge) for edge in self.edges]
        if any(abs(one) >= LARGEST for one in shown):
            return None
        return next(
            (places for places in self._tried_places if _fits(shown, [_rounded(one, places) for one in shown])),
            None,
        )

    @cached_property
    def _digits(self) -> int:
        """Seventeen tell any two binary numbers apart."""
        shown = [self._shown(edge) for edge in self.edges]
        return next((digits for digits in range(3, 17) if _fits(shown, [Decimal(f"{one:.{digits}g}") for one in shown])), 17)

    @property
    def _tried_places(self) -> Sequence[int]:
        if self.kind is not None and self.kind.type == FactType.MONEY:
            return (0, 2, 4, 6)
        return range(1 if self._is_share else 2 if self._is_times else 0, MOST_PLACES + 1)

    @property
    def _is_share(self) -> bool:
        return self.kind is not None and self.kind.type == FactType.RATIO

    @property
    def _is_times(self) -> bool:
        return self.kind is not None and self.kind.type == FactType.NUMBER and self.kind.unit == "times"

    def _shown(self, edge: Decimal) -> Decimal:
        return edge * 100 if self._is_share else edge

    def _number(self, edge: Decimal) -> str:
        """An edge without a unit that stands once behind both; "%" and "×" stand at each."""
        if self._is_counted:
            words = formats.number(_floor(edge))
        elif self._places is not None:
            words = formats.number(self._shown(edge), self._places)
        else:
            words = f"{self._shown(edge):.{self._digits}g}".replace("-", formats.MINUS)
        return f"{words}%" if self._is_share else f"{words}×" if self._is_times else words

    def _whole(self, edge: Decimal | None) -> str:
        """An edge with its unit."""
        words = self._number(edge or Decimal(0))
        if self.kind is None or self._is_share or self._is_times:
            return words
        unit = (
            f"{self.currency} {per_period(self.kind.unit)}".strip() if self.kind.type == FactType.MONEY else counted(self.kind.unit, words)
        )
        return f"{words} {unit}".rstrip()


def _floor(edge: Decimal) -> Decimal:
    return edge.to_integral_value(ROUND_FLOOR)


def _rounded(number: Decimal, places: int) -> Decimal:
    """As `formats.number` rounds it."""
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _fits(edges: Sequence[Decimal], rounded: Sequence[Decimal]) -> bool:
    """Whether rounding keeps ascending edges apart and leaves each within its tolerance."""
    if len(set(rounded)) < len(rounded):
        return False
    for place, (edge, shown) in enumerate(zip(edges, rounded, strict=True)):
        ways = [
            abs(edge - other) for other in (*edges[max(place - 1, 0) : place], *edges[place + 1 : place + 2], Decimal(0)) if other != edge
        ]
        if ways and abs(edge - shown) > TOLERANCE * min(ways):
            return False
    return True


def answers_of(feature: Feature, currency: str = "") -> list[str]:
    """The words of each bin of a factor, in the order of the card."""
    if feature.kind != "numeric":
        return [_category(feature.name, one.label) for one in feature.bins]
    return [*Scale.of(feature.name, feature.edges, currency).bins(), MISSING_LABEL]


def _category(factor: str, label: str) -> str:
    """A group of categories: "yes" for a flag that is true."""
    kind = kind_of(factor)
    if kind is None or kind.type != FactType.FLAG:
        return label
    return ", ".join({"true": "yes", "false": "no"}.get(one, one) for one in label.split(", "))


@dataclass(frozen=True)
class CardWords:
    """The bins of a whole card by the labels it keeps them under. `definition` as a model version keeps it."""

    definition: Mapping[str, Any]
    currency: str = ""

    @cached_property
    def answers(self) -> dict[str, list[str]]:
        """The words of each factor's bins, in the order of the card."""
        return {one.name: answers_of(one, self.currency) for one in Card.from_dict(self.definition["card"]).features}

    @cached_property
    def _by_label(self) -> dict[tuple[str, str], str]:
        kept = {one["name"]: one["bins"] for one in self.definition["card"]["features"]}
        return {
            (factor, one["label"]): words
            for factor, answers in self.answers.items()
            for one, words in zip(kept[factor], answers, strict=True)
        }

    def of(self, factor: str, label: str) -> str:
        """A kept label as people read it: "over 0.3276 to 0.33945" of a share is "over 32.8% to 33.9%"."""
        return self._by_label.get((factor, label)) or bin_words(factor, label, self.currency)


@dataclass(frozen=True)
class FineWords:
    """The fine classes of a factor, and bins that are made of them, all with the digits that the finest step needs."""

    factor: str
    fine: Mapping[str, Any]
    currency: str = ""

    @cached_property
    def _scale(self) -> Scale | None:
        return Scale.of(self.factor, self.fine["edges"], self.currency) if self.fine["kind"] == "numeric" else None

    @property
    def classes(self) -> list[str]:
        """The words of each class, in their order."""
        return self._scale.bins() if self._scale else [_category(self.factor, label) for label in self.fine["labels"]]

    def of_bin(self, one: CoarseBin) -> str:
        """The words of a bin as drawn."""
        if self._scale is None or not one.members:
            return _category(self.factor, one.label)
        edges = [None, *self.fine["edges"], None]
        return self._scale.between(edges[one.members[0]], edges[one.members[-1] + 1])


def bin_words(factor: str, label: str, currency: str = "") -> str:
    """A kept label whose card is not at hand, as frozen evidence has it: its edges are those that it names."""
    ends = [found.replace(",", "") for found in _NUMBERS.findall(label)]
    match label.split(maxsplit=1)[:1], ends:
        case ["up"], [high]:
            low, top = None, high
        case ["over"], [bottom]:
            low, top = bottom, None
        case ["over"], [bottom, high]:
            low, top = bottom, high
        case _:
            return _category(factor, label)
    return Scale.of(factor, ends, currency).between(low, top)
