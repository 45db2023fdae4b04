"""Who may decide how much."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.domain.authority import (
    COMMITTEE,
    DEFAULT_MATRIX,
    DEFAULTS,
    TWO_APPROVERS,
    AuthorityRow,
    CommitteeRules,
    UnfitAuthority,
    as_document,
    carried_up_to,
    check_titles,
    from_document,
    needs_second,
    required_authority,
)
from risk.domain.committee import Ballot, result_of

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
            ("100000.01", "D", False, 2),
            ("250000", "C", False, 2),
            ("250000.01", "C", False, 3),
            ("250000", "E", True, 3),
            ("250000", "C", True, 2),
            ("250000", "B", False, 2),
            ("250000.01", "A", True, 3),
            ("100", "E", True, 3),
            ("100", "", True, 3),
            ("1000000", "", False, 3),
            ("1000000.01", "A", True, 4),
        ],
    )
    def test_stands_at_its_limits(self, exposure: str, grade: str, covered: bool, level: int) -> None:
        assert required_authority(Decimal(exposure), grade, covered).level == level

    @given(AMOUNTS, AMOUNTS, GRADES, st.booleans())
    def test_never_asks_less_of_more(self, one: Decimal, other: Decimal, grade: str, covered: bool) -> None:
        small, large = sorted((one, other))
        assert required_authority(small, grade, covered).level <= required_authority(large, grade, covered).level

    @given(AMOUNTS, GRADES)
    def test_never_asks_more_because_collateral_covers_it(self, exposure: Decimal, grade: str) -> None:
        assert required_authority(exposure, grade, True).level <= required_authority(exposure, grade, False).level

    @pytest.mark.parametrize("exposure", ["-0.01", "NaN", "Infinity"])
    def test_refuses_an_exposure_that_cannot_be(self, exposure: str) -> None:
        with pytest.raises(ValueError, match="cannot be"):
            required_authority(Decimal(exposure), "A", True)

    def test_takes_the_committee_where_no_row_allows(self) -> None:
        assert required_authority(Decimal(1), "A", True, matrix=()).level == COMMITTEE
        assert needs_second(COMMITTEE) and needs_second(TWO_APPROVERS) and not needs_second(TWO_APPROVERS - 1)

    def test_tells_roles_and_products_apart(self) -> None:
        approver, manager = frozenset({"APPROVER"}), frozenset({"RISK_MANAGER"})
        assert required_authority(Decimal(200_000), "D", False, roles=approver).title == "Two people"
        assert required_authority(Decimal(200_000), "D", False, roles=manager).title == "A risk manager"
        assert required_authority(Decimal(700_000), "A", True, roles=approver).role == "RISK_MANAGER"
        rows = (AuthorityRow(2, "Cars alone", Decimal(90_000), product="auto"),)
        assert required_authority(Decimal(1), "A", True, rows).level == COMMITTEE
        assert required_authority(Decimal(1), "A", True, rows, product="auto").title == "Cars alone"


class TestDocument:
    def test_of_a_product_is_what_its_own_rows_say(self) -> None:
        """A row for one product binds; beside those for all it could only widen."""
        rows = (*DEFAULT_MATRIX, AuthorityRow(TWO_APPROVERS, "Mortgages", Decimal(500_000), product="mortgage"))
        assert required_authority(Decimal(90_000), "A", True, rows, product="mortgage").title == "Mortgages"
        assert required_authority(Decimal(900_000), "A", True, rows, product="mortgage").title == "The credit committee"
        assert required_authority(Decimal(90_000), "A", True, rows, product="consumer").level < TWO_APPROVERS
        assert carried_up_to([frozenset({"APPROVER"})], "A", Decimal(0), rows, product="mortgage") == 0

    @pytest.mark.parametrize(("title", "of"), [("one  person", "row 2"), ("The credit committee", "the committee")])
    def test_has_one_row_of_a_name(self, title: str, of: str) -> None:
        check_titles(DEFAULT_MATRIX)
        rows = (*DEFAULT_MATRIX, AuthorityRow(TWO_APPROVERS, title, Decimal(9)))
        with pytest.raises(UnfitAuthority, match=f"Row {len(rows)} has the name of {of}"):
            check_titles(rows)

    def test_is_kept_and_read_back(self) -> None:
        assert from_document(as_document(DEFAULTS)) == DEFAULTS

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ({"level": 4}, "choose one person or two"),
            ({"title": " "}, "has no name"),
            ({"most_exposure": None}, "up to which exposure"),
            ({"most_exposure": "NaN"}, "up to which exposure"),
            ({"most_exposure": "0"}, "up to which exposure"),
            ({"role": "OFFICER"}, "OFFICER decides nothing"),
            ({"grades": ""}, "letters from A to E"),
            ({"grades": "AF"}, "letters from A to E"),
            ({"grades": "A?"}, "without a grade"),
            ({"level": "two"}, "known form"),
        ],
    )
    def test_names_the_row_that_cannot_be(self, row: dict[str, object], words: str) -> None:
        document = as_document(DEFAULTS)
        document["rows"][0] |= row
        with pytest.raises(UnfitAuthority, match=words):
            from_document(document)

    @pytest.mark.parametrize("rules", [{"quorum": 1}, {"quorum": 16}, {"share": "0.4"}, {"share": "1"}])
    def test_refuses_a_committee_that_decides_nothing(self, rules: dict[str, object]) -> None:
        document = as_document(DEFAULTS)
        document["committee"] |= rules
        with pytest.raises(UnfitAuthority, match="committee"):
            from_document(document)


class TestCommittee:
    @pytest.mark.parametrize(
        ("votes", "result"),
        [
            ("++", "OPEN"),  # no quorum
            ("+++", "OPEN"),  # no risk manager
            ("++M", "PASSED"),
            ("+-M", "PASSED"),
            ("+-m", "FAILED"),
            ("--M", "FAILED"),
            ("+--M", "FAILED"),  # a tie refuses
            ("++-M", "PASSED"),
        ],
    )
    def test_decides_with_a_quorum_a_manager_and_more_than_half(self, votes: str, result: str) -> None:
        """+ and - are approvers, M and m risk managers for and against."""
        ballots = [Ballot(vote in "+M", vote in "Mm") for vote in votes]
        assert result_of(ballots, CommitteeRules()) == result
