"""Charts: figures in, drawings and a table out."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import Bars, Chart, Contribution, HBar, HBars, Limit, Line, Lines, Series, Waterfall
from core.charts.scale import nice_top, spread
from core.charts.svg import render_chart
from tests.core.web.gallery import charts

SPECS = charts()


def drawings(spec: Chart) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(render_chart(spec).replace("&nbsp;", " ")).iter("svg"))


class TestEveryChart:
    @pytest.mark.parametrize("name", SPECS)
    def test_is_drawn_wide_and_narrow_and_told_in_a_sentence(self, name: str) -> None:
        both = drawings(SPECS[name])
        assert [svg.get("class") for svg in both] == ["wided", "narrowd"]
        assert all(svg.get("role") == "img" and svg.get("aria-label") == SPECS[name].sentence for svg in both)

    @pytest.mark.parametrize("name", SPECS)
    def test_carries_its_figures_as_a_table_and_no_inline_style(self, name: str) -> None:
        html = render_chart(SPECS[name])
        assert "Show as table" in html
        assert "<caption" in html
        assert "style=" not in html

    @pytest.mark.parametrize("name", SPECS)
    def test_stays_inside_its_frame(self, name: str) -> None:
        for svg in drawings(SPECS[name]):
            _, _, width, height = (float(part) for part in svg.get("viewBox", "").split())
            for rect in svg.iter("rect"):
                assert float(rect.get("x", 0)) >= -1 and float(rect.get("x", 0)) + float(rect.get("width", 0)) <= width + 1
                assert float(rect.get("y", 0)) >= -1 and float(rect.get("y", 0)) + float(rect.get("height", 0)) <= height + 1

    def test_draws_no_limit_through_words(self) -> None:
        """Neither through the value at the end of a bar, nor, when narrow, through the label above it."""
        rows = [HBar("Available to this loan", 81), HBar("Market value", 100), HBar("After haircuts", 90)]
        for svg in drawings(HBars("x", rows, limits=[Limit("Owed", 92)])):
            limits = [one for one in svg.iter("line") if one.get("class") == "limit"]
            ends = [(float(one.get("x", 0)), float(one.get("y", 0))) for one in svg.iter("text") if one.get("class") == "tl"]
            assert limits and len(ends) == len(rows)
            for one in limits:
                x, top, foot = (float(one.get(name, 0)) for name in ("x1", "y1", "y2"))
                assert all(not (at < x < at + 14 and top < y < foot) for at, y in ends)
            if svg.get("class") == "narrowd":
                labels = [float(one.get("y", 0)) for one in svg.iter("text") if one.text in {row.label for row in rows}]
                assert len(labels) == 3 and all(not float(one.get("y1", 0)) < y < float(one.get("y2", 0)) for one in limits for y in labels)

    def test_escapes_what_people_wrote(self) -> None:
        html = render_chart(HBars('<script>"', [HBar("<b>&", 3)]))
        assert "<script>" not in html
        assert "<b>" not in html

    def test_says_that_there_are_no_figures(self) -> None:
        for spec in (Lines("x", [], []), Bars("x", [], []), HBars("x", []), Lines("x", ["a"], [Line("l", [None])])):
            assert "no figures" in render_chart(spec)

    def test_stands_zeros_and_single_points(self) -> None:
        for spec in (
            Lines("x", ["a"], [Line("l", [Decimal(0)])]),
            Bars("x", ["a"], [Series("s", [0])]),
            HBars("x", [HBar("a", 0)], limits=[Limit("Cap", 0)]),
            Waterfall("x", 600, [], 600),
            Waterfall("x", 600, [Contribution("a", 0)], 600),
        ):
            assert len(drawings(spec)) == 2


class TestTheAxis:
    @given(st.floats(min_value=1e-6, max_value=1e12))
    def test_holds_the_highest_value_without_much_air(self, highest: float) -> None:
        top = nice_top(highest)
        assert highest * 0.99 <= top <= highest * 2.6

    @given(st.lists(st.floats(min_value=0, max_value=200), min_size=1, max_size=5))
    def test_keeps_labels_at_line_ends_apart(self, places: list[float]) -> None:
        moved = sorted(spread(places, 14, 0, 200))
        assert all(b - a >= 13.99 for a, b in pairwise(moved))
