"""Bins in words: units, digits, and that neighbours never read alike."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from risk.domain.scorecard.binning import numeric_cuts
from risk.web.bins import FineWords, Scale, bin_words

KINDS = ["dsti", "ebitda", "dscr", "own_loans", "years_in_business", "amount", "term_months", "somebody's column"]
EDGES = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=12, unique=True)
CLOSE = st.builds(
    lambda start, steps: list(itertools.accumulate(steps, initial=start)),
    st.floats(-1e6, 1e6),
    st.lists(st.floats(1e-9, 10), min_size=1, max_size=8),
)


class TestWordsOfBins:
    @pytest.mark.parametrize(
        ("factor", "edges", "words"),
        [
            ("equity_ratio", [0.3276, 0.33945], ["up to 32.8%", "over 32.8% to 33.9%", "over 33.9%"]),
            ("dsti", [0.3276, 0.3279], ["up to 32.76%", "over 32.76% to 32.79%", "over 32.79%"]),
            ("cash_share", [0.0004], ["up to 0.04%", "over 0.04%"]),
            ("ebitda", [-1500.5, 198030.0], ["up to −1,501 EUR / yr", "over −1,501 to 198,030 EUR / yr", "over 198,030 EUR / yr"]),
            ("amount", [8000.2, 8000.4], ["up to 8,000.20 EUR", "over 8,000.20 to 8,000.40 EUR", "over 8,000.40 EUR"]),
            ("dscr", [1.2, 1.374], ["up to 1.20×", "over 1.20× to 1.37×", "over 1.37×"]),
            ("own_loans", [1.5, 2.5, 5.5], ["up to 1 loan", "2 loans", "3 to 5 loans", "over 5 loans"]),
            ("term_months", [36], ["up to 36 months", "over 36 months"]),
            ("years_in_business", [2.5, 10], ["up to 2.5 years", "over 2.5 to 10.0 years", "over 10.0 years"]),
            ("amount_to_income", [0.25, 1], ["up to 0.25×", "over 0.25× to 1.00×", "over 1.00×"]),
            ("LOAN", [0.001, 1e-9], ["up to 1e−9", "over 1e−9 to 0.001", "over 0.001"]),
            ("LOAN", [], ["Any value"]),
        ],
    )
    def test_have_the_unit_and_the_digits_of_their_factor(self, factor: str, edges: list[float], words: list[str]) -> None:
        assert Scale.of(factor, edges, "EUR").bins() == words

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(factor=st.sampled_from(KINDS), edges=st.one_of(EDGES, CLOSE))
    def test_never_read_alike(self, factor: str, edges: list[float]) -> None:
        words = Scale.of(factor, edges, "EUR").bins()
        assert len(words) == len({Decimal(str(edge)) for edge in edges}) + 1 == len(set(words))

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(edges=st.one_of(EDGES, CLOSE))
    def test_of_a_kept_card_never_read_alike(self, edges: list[float]) -> None:
        labels = numeric_cuts("any", edges).labels
        assert len(set(labels)) == len(labels)

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(edges=CLOSE)
    def test_lie_near_the_edges_they_stand_for(self, edges: list[float]) -> None:
        kept = sorted({Decimal(str(edge)) for edge in edges})
        shown = [Decimal(one.split()[-1].replace(",", "").replace("−", "-")) for one in Scale.of("any", edges).bins()[:-1]]
        for place, (edge, word) in enumerate(zip(kept, shown, strict=True)):
            near = [abs(edge - other) for other in kept[max(place - 1, 0) : place + 2] if other != edge]
            assert abs(edge - word) <= min(near, default=abs(edge)) / 10

    @pytest.mark.parametrize(
        ("factor", "label", "words"),
        [
            ("equity_ratio", "over 0.3276 to 0.33945", "over 32.8% to 33.9%"),
            ("ebitda", "up to 198,030", "up to 198,030 EUR / yr"),
            ("dscr", "over 1.374", "over 1.37×"),
            ("own_loans", "up to 1", "up to 1 loan"),
            ("grade", "A, B", "A, B"),
            ("identity_verified", "true", "yes"),
            ("amount", "over 8,000 to 14,000", "over 8,000 to 14,000 EUR"),
            ("job", "over 3", "over 3"),
            ("job", "2 to 4 times over", "2 to 4 times over"),
            ("dsti", "Missing", "Missing"),
            ("dsti", "Any value", "Any value"),
        ],
    )
    def test_of_frozen_evidence_come_from_the_label(self, factor: str, label: str, words: str) -> None:
        assert bin_words(factor, label, "EUR") == words

    def test_of_classes_have_the_digits_of_the_finest_step(self) -> None:
        fine = {"kind": "numeric", "edges": [0.1, 0.3271, 0.3274], "labels": ["", "", "", ""]}
        assert FineWords("dsti", fine).classes == ["up to 10.00%", "over 10.00% to 32.71%", "over 32.71% to 32.74%", "over 32.74%"]
