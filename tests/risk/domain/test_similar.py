"""How alike two files are, and that near files stand near each other by their keys."""

from __future__ import annotations

from bisect import bisect_left
from decimal import Decimal
from random import Random

import pytest

from risk.domain.scorecard.card import Bin, Card, Feature
from risk.domain.similar import TURNS, Measure


def feature(name: str, points: list[int], rows: int = 100) -> Feature:
    bins = tuple(Bin(f"{name} {number}", each, rows, rows // 10, 0.0) for number, each in enumerate(points))
    return Feature(name, "numeric", bins, 0.0, 0.1, edges=tuple(float(edge) for edge in range(1, len(points) - 1)))


def card_of(*features: Feature) -> Card:
    return Card(20, 600, 50, 600, features)


CARD = card_of(feature("dsti", [30, 10, -10, -30, 0]), feature("age", [-6, 0, 6, 0]), feature("flat", [0, 0, 0]))


def places(**row: float) -> tuple[int, ...]:
    return Measure.of(CARD).places(CARD, row)


class TestDistance:
    def test_leaves_out_what_tells_nobody_apart_and_begins_with_what_tells_most(self) -> None:
        assert Measure.of(CARD).names == ("dsti", "age")

    def test_is_nothing_between_answers_of_the_same_points(self) -> None:
        measure = Measure.of(CARD)
        assert measure.distance(places(dsti=1, age=2), places(dsti=1, age=2, flat=9)) == 0
        assert measure.distance(places(age=1.5), places(age=2)) == 0, "two bins of a factor with the same points"

    def test_is_the_root_mean_square_in_standard_deviations(self) -> None:
        measure = Measure.of(CARD)
        # dsti: points 30, 10, -10, -30, 0 in equal numbers have a standard deviation of 20.
        assert measure.distance(places(dsti=0.5, age=2), places(dsti=1.5, age=2)) == pytest.approx(((20 / 20) ** 2 / 2) ** 0.5)

    def test_names_the_factors_that_differ_most_with_the_other_answer(self) -> None:
        found = Measure.of(CARD).differing(places(dsti=0.5, age=2), places(dsti=9, age=9))
        assert [(name, CARD.features[0].bins[index].label if name == "dsti" else "") for name, index in found] == [
            ("dsti", "dsti 3"),
            ("age", ""),
        ]

    def test_stands_without_any_factor(self) -> None:
        flat = card_of(feature("flat", [0, 0, 0]))
        measure = Measure.of(flat)
        assert measure.distance((), ()) == 0 and measure.read(measure.keys((), Decimal(5))[0]) == ((), 5)


class TestKeys:
    def test_give_places_and_amount_back(self) -> None:
        measure = Measure.of(CARD)
        here = places(dsti=2.5, age=1)
        keys = measure.keys(here, Decimal("12000.50"))
        assert len(keys) == TURNS and measure.read(keys[0]) == (here, 12000)

    def test_bring_the_nearest_of_a_large_book_together(self) -> None:
        """Of 20,000 made files the six nearest to a file are found among 150 on either side of its keys,
        nineteen times in twenty or better.
        """
        draw = Random(3)
        card = card_of(*(feature(f"f{number}", [30 - 2 * number, 12, -4, -11, -25 + number, 0]) for number in range(8)))
        measure = Measure.of(card)
        files = [measure.places(card, {f"f{n}": draw.gauss(2.5, 1.4) for n in range(8)}) for _ in range(20_000)]
        amounts = [Decimal(draw.randrange(1_000, 90_000)) for _ in files]
        keys = [measure.keys(each, amount) for each, amount in zip(files, amounts, strict=True)]
        orders = [sorted((each[turn], number) for number, each in enumerate(keys)) for turn in range(TURNS)]
        found = wanted = 0
        for number in range(0, 20_000, 1_000):
            met = set()
            for turn, order in enumerate(orders):
                at = bisect_left(order, (keys[number][turn], number))
                met |= {other for _, other in order[max(0, at - 150) : at + 150]}
            apart = sorted(measure.distance(files[number], other) for other in files)
            best = sorted(measure.distance(files[number], files[other]) for other in met)
            wanted += 6
            found += sum(1 for one in best[:6] if one <= apart[5] + 1e-9)
        assert found / wanted >= 0.95
