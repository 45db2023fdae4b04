"""`compare_names` on pairs of public lists that are labelled by rule; the bounds are checked on the half that chose nothing."""

from __future__ import annotations

from collections import defaultdict
from io import BytesIO

import pytest

from blacklist.domain.evidence import DEFAULT_THRESHOLDS
from blacklist.domain.lists.ofac import read_ofac
from blacklist.domain.lists.un import read_un
from blacklist.domain.pairs import compare_pair
from tests.blacklist.labelled_pairs import Pair, figures, make_pairs
from tests.datasets import DATASETS, needs

HELD_OUT = 1
Judged = list[tuple[Pair, float]]


@pytest.fixture(scope="module")
def judged() -> Judged:
    parts = ((DATASETS / "ofac" / f"{part}.csv").read_bytes() for part in ("sdn", "alt", "add"))
    xml = (DATASETS / "un_consolidated" / "UN_consolidated.xml").read_bytes()
    records = [*read_ofac(*map(BytesIO, parts)), *read_un(BytesIO(xml))]
    return [(pair, compare_pair(pair.left, pair.right)["score"]) for pair in make_pairs(records, half=HELD_OUT, seed=11, each=250)]


@needs(DATASETS / "ofac", DATASETS / "un_consolidated")
class TestLabelledPairs:
    def test_are_told_apart_at_the_default_threshold(self, judged: Judged) -> None:
        found = figures([(pair.same, score) for pair, score in judged], DEFAULT_THRESHOLDS.low)
        assert len(judged) > 2_000
        assert found["f1"] >= 0.85, found
        assert found["auc"] >= 0.87, found
        assert found["precision"] >= 0.93, found

    def test_no_kind_of_look_alike_is_often_taken_for_the_same(self, judged: Judged) -> None:
        by_kind: dict[str, list[float]] = defaultdict(list)
        for pair, score in judged:
            if not pair.same:
                by_kind[pair.kind].append(score)
        flagged = {
            kind: sum(s >= DEFAULT_THRESHOLDS.low for s in scores) / len(scores) for kind, scores in by_kind.items() if len(scores) > 50
        }
        assert len(flagged) >= 6
        assert max(flagged.values()) <= 0.12, flagged
        assert flagged["namesake born otherwise, person"] == 0

    def test_every_kind_of_change_is_seen_through(self, judged: Judged) -> None:
        changed = [score for pair, score in judged if pair.kind == "changed, person"]
        assert sum(score >= DEFAULT_THRESHOLDS.low for score in changed) / len(changed) >= 0.97


class TestFigures:
    def test_are_those_of_the_text_book(self) -> None:
        rows = [(True, 0.9), (True, 0.8), (False, 0.8), (True, 0.3), (False, 0.2)]
        found = figures(rows, 0.5)
        assert found["precision"] == pytest.approx(2 / 3)
        assert found["recall"] == pytest.approx(2 / 3)
        assert found["auc"] == pytest.approx((2 + 1.5 + 1) / 6)
