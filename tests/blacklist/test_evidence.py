"""One grade out of separate pieces of evidence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.domain.evidence import compare_profiles
from blacklist.domain.pairs import UnusableDescription, compare_pair, profile_of
from blacklist.domain.profiles import PartialDate, parse_birth_date
from blacklist.domain.states import (
    ENTRY_TRANSITIONS,
    IN_FORCE,
    EntryState,
    Grade,
    may_follow,
)

JORGE = {"name": "Jorge Vargas"}


def pair(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    return compare_pair({**JORGE, **left}, {**JORGE, **right})


class TestCompareProfiles:
    def test_a_common_name_alone_is_never_high(self) -> None:
        assert pair({}, {})["grade"] == "MEDIUM"

    def test_an_equal_birth_date_makes_it_high(self) -> None:
        assert pair({"birth_date": "1980-01-02"}, {"birth_date": "1980-01-02"})["grade"] == "HIGH"

    def test_a_conflicting_birth_date_takes_an_exact_name_below_the_threshold(self) -> None:
        result = pair({"birth_date": "1980-01-02"}, {"birth_date": "1967-08-09"})
        assert (result["grade"], result["match"]) == ("NONE", False)
        assert result["evidence"]["birth_date"] == {"grade": "conflict"}

    def test_swapped_day_and_month_are_taken_for_a_slip(self) -> None:
        result = pair({"birth_date": "1980-01-02"}, {"birth_date": "1980-02-01"})
        assert result["evidence"]["birth_date"] == {"grade": "close"}
        assert result["match"]

    def test_an_exact_identifier_carries_a_different_name(self) -> None:
        result = compare_pair({"name": "Ana Kovács", "national_id": "12-34 56"}, {"name": "Jorge Vargas", "national_id": "123456"})
        assert result["match"]
        assert result["evidence"]["identifier"] == {"grade": "exact"}

    def test_a_conflicting_identifier_lowers(self) -> None:
        assert not pair({"tax_id": "111111"}, {"tax_id": "222222"})["match"]

    def test_identifiers_of_different_kinds_say_nothing(self) -> None:
        result = pair({"tax_id": "111111"}, {"national_id": "222222"})
        assert "identifier" not in result["evidence"]

    def test_a_shared_phone_alone_is_no_match(self) -> None:
        result = compare_pair({"name": "Ana Kovács", "phone": "+36 1 555"}, {"name": "Jorge Vargas", "phone": "+361555"})
        assert not result["match"]

    def test_stored_evidence_holds_no_word_of_a_name_and_no_identifier(self) -> None:
        left = profile_of({"name": "Jorge Vargas", "national_id": "987654321"})
        text = json.dumps(compare_profiles(left, left).as_evidence()).casefold()
        assert "vargas" not in text
        assert "jorge" not in text
        assert "987654321" not in text

    @given(
        *(
            st.fixed_dictionaries(
                {"name": st.sampled_from(["Jorge Vargas", "Jorge L. Vargas", "Ana Kovács", "Dr.", ""])},
                optional={
                    "birth_date": st.sampled_from(["1980-01-02", "1980-02-01", "1980", "1967-08", "soon"]),
                    "national_id": st.sampled_from(["111111", "222222"]),
                    "phone": st.sampled_from(["5550101", "5550102"]),
                    "iban": st.sampled_from(["DE1111", "DE2222"]),
                    "country": st.sampled_from(["DE", "ES"]),
                    "address": st.sampled_from(["Nemanjina 4, Beograd", "Nemanjina 4 Belgrade", "Elm Street 1"]),
                },
            )
            for _ in range(2)
        )
    )
    def test_is_symmetric_and_bounded(self, left: dict[str, Any], right: dict[str, Any]) -> None:
        forward = compare_profiles(profile_of(left), profile_of(right))
        backward = compare_profiles(profile_of(right), profile_of(left))
        assert (forward.score, forward.grade) == (backward.score, backward.grade)
        assert 0.0 <= forward.score <= 1.0
        assert (forward.grade is Grade.NONE) == (forward.score < 0.76)


class TestParseBirthDate:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1980-01-02", PartialDate(1980, 1, 2)),
            ("1980-1-2", PartialDate(1980, 1, 2)),
            ("1980-01", PartialDate(1980, 1)),
            ("1980", PartialDate(1980)),
            ("circa 1980", PartialDate(1980)),
            ("1980-02-30", None),
            ("1980-13", None),
            ("0000", None),
            ("9999-12-31", None),
            ("soon", None),
            ("", None),
            (None, None),
        ],
    )
    def test_reads_whole_and_partial_dates_and_no_others(self, text: str | None, expected: PartialDate | None) -> None:
        assert parse_birth_date(text) == expected


class TestUnusableDescriptions:
    @pytest.mark.parametrize("description", [None, [], "Jorge", {"name": {"first": "Jorge"}}, {"name": 1.5}])
    def test_are_refused_in_words(self, description: object) -> None:
        with pytest.raises(UnusableDescription):
            profile_of(description)


class TestEntryStates:
    def test_ends_are_ends(self) -> None:
        for state in (EntryState.LIFTED, EntryState.EXPIRED, EntryState.REJECTED):
            assert not ENTRY_TRANSITIONS[state]

    def test_nothing_comes_into_force_except_from_a_proposal(self) -> None:
        for old in EntryState:
            if old not in IN_FORCE and old is not EntryState.PROPOSED:
                assert not any(may_follow(old, new) for new in IN_FORCE)
