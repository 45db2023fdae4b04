"""Bins drawn by hand of a factor whose risk may go one way only: which of them break that, and what a training makes of them.

A training does not refuse such bins. It projects the points of a factor onto the asked direction (weighted isotonic regression), so that
bins that break it come out alike; the same is done here to their weights of evidence. Pure, and without the library that learns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from risk.domain.classing import Groups, coarse_of
from risk.domain.scorecard.binning import LEAST_WEIGHT


@dataclass(frozen=True)
class Tied:
    """Neighbouring bins, by their places from 0, that come out alike: with one weight of evidence."""

    places: tuple[int, ...]
    woe: float


@dataclass(frozen=True)
class Asked:
    """Bins against the asked direction: `sign` 1 where the risk may only rise with the value, −1 where it may only fall.

    `iv` is the information value that is left once the tied bins tell the same.
    """

    sign: int
    tied: tuple[Tied, ...]
    iv: float

    def at(self, place: int) -> Tied | None:
        """The tied bins that one is among."""
        return next((one for one in self.tied if place in one.places), None)


def as_asked(fine: Mapping[str, Any], groups: Groups, sign: int) -> Asked | None:
    """What a training makes of a grouping of a number's classes; None where no direction is asked of it. Raises UnfitGrouping."""
    if not sign or fine["kind"] != "numeric":
        return None
    drawn = [one for one in coarse_of(fine, groups).bins if one.members]
    blocks = isotonic([one.woe for one in drawn], [max(one.rows, LEAST_WEIGHT) for one in drawn], sign)
    joined = [[index for place in places for index in groups[place]] for places, _ in blocks]
    return Asked(sign, tuple(Tied(places, woe) for places, woe in blocks if len(places) > 1), coarse_of(fine, joined).iv)


def isotonic(values: Sequence[float], weights: Sequence[float], sign: int) -> list[tuple[tuple[int, ...], float]]:
    """Weighted isotonic regression by pooling adjacent violators: runs of places with their mean; rising for `sign` 1, falling for −1."""
    blocks: list[tuple[tuple[int, ...], float, float]] = []
    for place, (value, weight) in enumerate(zip(values, weights, strict=True)):
        blocks.append(((place,), value, weight))
        while len(blocks) > 1 and sign * (blocks[-1][1] - blocks[-2][1]) < 0:
            (first, low, many), (second, high, more) = blocks[-2:]
            blocks[-2:] = [((*first, *second), (low * many + high * more) / (many + more), many + more)]
    return [(places, mean) for places, mean, _ in blocks]
