"""The scorecard: learning, points, reasons, and the same bytes from what is stored."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from risk.domain.application_score import score_row
from risk.domain.canonical import canonical_json
from risk.domain.metrics import auc
from risk.domain.scorecard import Card, GradeTable
from risk.domain.scorecard.classifier import ScorecardClassifier
from tests.risk.conftest import past_loans


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    made = past_loans(800)
    made["job"] = np.where(made["employment_months"] > 120, "staff", "temporary")
    made.loc[made.index[::9], "employment_months"] = np.nan
    return made


@pytest.fixture(scope="module")
def learnt(frame: pd.DataFrame) -> ScorecardClassifier:
    return ScorecardClassifier(monotonic_cst={"dsti": 1}).fit(frame.drop(columns="bad"), frame["bad"])


class TestLearning:
    def test_tells_bad_loans_from_good_ones(self, learnt: ScorecardClassifier, frame: pd.DataFrame) -> None:
        assert auc(frame["bad"], learnt.predict_proba(frame.drop(columns="bad"))[:, 1]) > 0.65

    def test_keeps_the_direction_it_was_told(self, learnt: ScorecardClassifier) -> None:
        feature = next(one for one in learnt.card_.features if one.name == "dsti")
        points = [one.points for one in feature.bins[:-1]]
        assert points == sorted(points, reverse=True)

    def test_never_scores_a_missing_value_above_neutral(self, learnt: ScorecardClassifier) -> None:
        for feature in learnt.card_.features:
            assert feature.bins[-1].points <= 0, feature.name

    def test_gives_the_same_card_twice(self, learnt: ScorecardClassifier, frame: pd.DataFrame) -> None:
        again = ScorecardClassifier(monotonic_cst={"dsti": 1}).fit(frame.drop(columns="bad"), frame["bad"])
        assert again.card_.to_dict() == learnt.card_.to_dict()

    @pytest.mark.parametrize("rows", [1900, 2000, 5000])
    def test_keeps_bins_drawn_by_hand_as_they_were_drawn(self, rows: int) -> None:
        """However alike they come out: what was drawn and approved is what is in force, with any number of rows."""
        draw = np.random.default_rng(0)
        plain, telling = draw.normal(size=rows), draw.normal(size=rows)
        bad = (draw.random(rows) < 1 / (1 + np.exp(-telling + 0.02 * plain))).astype(int)
        table = pd.DataFrame({"plain": plain, "telling": telling, "job": np.where(plain > 1, "baker", "builder")})
        drawn = {"plain": [-1.0, 0.0, 1.0], "job": [["baker"], ["builder"]]}
        card = ScorecardClassifier(bins=drawn, monotonic_cst={"plain": -1}).fit(table, bad).card_
        by_name = {one.name: one for one in card.features}
        assert by_name["plain"].edges == (-1.0, 0.0, 1.0) and len(by_name["plain"].bins) == 5
        assert [one.label for one in by_name["job"].bins] == ["baker", "builder", "Other", "Missing"]

    def test_refuses_a_single_outcome(self, frame: pd.DataFrame) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 -- the words are scikit-learn's
            ScorecardClassifier().fit(frame.drop(columns="bad"), np.zeros(len(frame), dtype=int))


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, NDArray[np.int64]]:
    draw = np.random.default_rng(11)
    income, age = draw.lognormal(8, 1, 6000), draw.integers(18, 80, 6000).astype(float)
    odds = -1.5 - 1.2 * np.sin(np.log(income)) + 0.0012 * (age - 45) ** 2
    bad = (draw.random(6000) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    income[(bad == 0) & (draw.random(6000) < 0.2)] = np.nan  # what is missing is good here
    return pd.DataFrame({"income": income, "age": age, "job": draw.choice(["a", "b"], 6000)}), bad


class TestTheCurve:
    """With many rows a number's points follow a curve, under the same promises."""

    def test_tells_more_than_steps_of_what_it_has_not_seen(self, table: tuple[pd.DataFrame, NDArray[np.int64]]) -> None:
        frame, bad = table
        curved, stepped = (
            ScorecardClassifier(curve_from=least).fit(frame[:3000], bad[:3000]).score_points(frame[3000:]) for least in (2000, 10_000)
        )
        assert auc(bad[3000:], -curved) > auc(bad[3000:], -stepped) + 0.002

    def test_keeps_every_promise_of_the_card(self, table: tuple[pd.DataFrame, NDArray[np.int64]]) -> None:
        frame, bad = table
        learnt = ScorecardClassifier(monotonic_cst={"age": 1}, bins={"income": [1000, 5000]}).fit(frame, bad)
        income, age, _ = learnt.card_.features
        assert income.edges == (1000, 5000)  # drawn by hand
        points = [one.points for one in age.bins[:-1]]
        assert points == sorted(points, reverse=True)
        free = ScorecardClassifier().fit(frame, bad).card_
        assert len(free.features[0].bins) > len(ScorecardClassifier(curve_from=10_000).fit(frame, bad).card_.features[0].bins)
        assert all(feature.bins[-1].points <= 0 for feature in (*learnt.card_.features, *free.features))
        assert all(sum(one.rows for one in feature.bins) == len(frame) for feature in free.features)
        for feature in free.features[:2]:
            steps = [abs(a.points - b.points) for a, b in pairwise(feature.bins[:-1])]
            assert min(steps) >= 1, "neighbours that are alike are one bin"
        assert free.points_for(frame.iloc[5].to_dict()) == free.points_of(frame)[5]


class TestTheCard:
    def test_scores_one_as_it_scores_many(self, learnt: ScorecardClassifier, frame: pd.DataFrame) -> None:
        card, factors = learnt.card_, frame.drop(columns="bad")
        many = card.points_of(factors)
        for position in range(0, len(frame), 97):
            assert card.points_for(factors.iloc[position].to_dict()) == many[position]

    def test_is_the_base_plus_one_integer_per_factor(self, learnt: ScorecardClassifier, frame: pd.DataFrame) -> None:
        row = frame.drop(columns="bad").iloc[3].to_dict()
        parts = learnt.card_.explain(row)
        assert learnt.card_.points_for(row) == learnt.card_.base_points + sum(one.points for one in parts)

    def test_doubles_the_odds_every_pdo_points(self, learnt: ScorecardClassifier) -> None:
        card = learnt.card_

        def odds(points: float) -> float:
            bad = card.probability(points)
            return (1 - bad) / bad

        assert math.isclose(odds(card.base_score), card.base_odds, rel_tol=1e-9)
        assert math.isclose(odds(card.base_score + card.pdo) / odds(card.base_score), 2.0, rel_tol=1e-9)

    def test_names_at_most_four_reasons_worst_first(self, learnt: ScorecardClassifier) -> None:
        found = learnt.card_.reasons({"dsti": 0.69, "employment_months": None, "amount": 59000, "job": "temporary"})
        assert 1 <= len(found) <= 4
        assert [one.lost for one in found] == sorted((one.lost for one in found), reverse=True)
        assert all(one.lost > 0 for one in found)

    def test_puts_an_unseen_category_with_the_rare_ones_and_says_so(self, learnt: ScorecardClassifier) -> None:
        row: dict[str, Any] = {"dsti": 0.2, "employment_months": 10, "amount": 5000, "job": "astronaut"}
        assert learnt.card_.unseen_categories(row) == ["job"]
        assert isinstance(learnt.card_.points_for(row), int)

    @pytest.mark.parametrize("value", ["much", math.inf])
    def test_refuses_what_is_no_number(self, learnt: ScorecardClassifier, value: Any) -> None:
        with pytest.raises(ValueError, match="dsti"):
            learnt.card_.points_for({"dsti": value})

    def test_is_the_same_after_it_was_stored(self, learnt: ScorecardClassifier) -> None:
        card = learnt.card_
        assert Card.from_dict(json.loads(json.dumps(card.to_dict()))).to_dict() == card.to_dict()
        with pytest.raises(ValueError, match="format"):
            Card.from_dict(card.to_dict() | {"format": 99})


class TestScoreRow:
    @pytest.fixture
    def definition(self, learnt: ScorecardClassifier, frame: pd.DataFrame) -> dict[str, Any]:
        from risk.domain.scorecard.grading import grades_from_scores

        points = learnt.score_points(frame.drop(columns="bad"))
        return {"card": learnt.card_.to_dict(), "grades": grades_from_scores(points, frame["bad"]).to_dict(), "titles": {}}

    def test_gives_the_same_bytes_from_stored_json(self, definition: dict[str, Any]) -> None:
        row = {"dsti": "0.4100", "employment_months": None, "amount": "12000.00", "job": "staff"}
        stored = json.loads(json.dumps(definition))
        assert canonical_json(score_row(definition, row)) == canonical_json(score_row(stored, dict(row)))
        assert not any(isinstance(value, float) for value in score_row(definition, row).values())

    def test_grades_a_better_score_no_worse(self, definition: dict[str, Any]) -> None:
        table = GradeTable.from_dict(definition["grades"])
        letters = [table.grade_of(score).letter for score in range(400, 700)]
        assert letters == sorted(letters, reverse=True)
        pds = [table.grade_of(score).pd for score in range(400, 700)]
        assert pds == sorted(pds, reverse=True)
        assert table.passes(table.cut_off) and not table.passes(table.cut_off - 1)
