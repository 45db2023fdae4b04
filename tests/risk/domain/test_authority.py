"""Who may decide how much."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.domain.authority import DEFAULT_MATRIX, TWO_APPROVERS, AuthorityRow, needs_second, required_authority, required_level

GRADES = st.sampled_from(["A", "B", "C", "D", "E", ""])
AMOUNTS = st.decimals(min_value=0, max_value=1_000_000, places=2)


class TestRequiredAuthority:
    @pytest.mark.parametrize(
        ("exposure", "grade", "covered", "level"),
        [
            ("25000", "C", False, 1),
            ("25000.01", "C", False, 2),
            ("25000", "D", False, 2),
            ("100000", "D", False, 2),
            ("100000.01", "D", False, 3),
            ("250000", "C", False, 3),
            ("250000", "C", True, 2),
            ("250000", "B", False, 2),
            ("250000.01", "A", True, 3),
            ("100", "E", True, 3),
            ("100", "", True, 3),
        ],
    )
    def test_stands_at_its_limits(self, exposure: str, grade: str, covered: bool, level: int) -> None:
        assert required_level(Decimal(exposure), grade, covered) == level

    @given(AMOUNTS, AMOUNTS, GRADES, st.booleans())
    def test_never_asks_less_of_more(self, one: Decimal, other: Decimal, grade: str, covered: bool) -> None:
        small, large = sorted((one, other))
        assert required_level(small, grade, covered) <= required_level(large, grade, covered)

    @given(AMOUNTS, GRADES)
    def test_never_asks_more_because_collateral_covers_it(self, exposure: Decimal, grade: str) -> None:
        assert required_level(exposure, grade, True) <= required_level(exposure, grade, False)

    @pytest.mark.parametrize("exposure", ["-0.01", "NaN", "Infinity"])
    def test_refuses_an_exposure_that_cannot_be(self, exposure: str) -> None:
        with pytest.raises(ValueError, match="cannot be"):
            required_authority(Decimal(exposure), "A", True)

    def test_takes_two_approvers_where_no_row_allows(self) -> None:
        assert required_authority(Decimal(1), "A", True, matrix=()).level == TWO_APPROVERS
        assert needs_second(TWO_APPROVERS) and not needs_second(TWO_APPROVERS - 1)

    def test_is_kept_and_read_back(self) -> None:
        assert [AuthorityRow.from_dict(row.to_dict()) for row in DEFAULT_MATRIX] == list(DEFAULT_MATRIX)
