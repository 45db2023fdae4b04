"""Industries: a code however it is written, and the nearest one to what is none."""

from __future__ import annotations

import pytest

from core.industries import DIVISIONS, INDUSTRIES, SECTIONS, nearest_industry, not_listed, read_industry, section_of, title_of
from core.industry_words import OTHER_WORDS


def test_every_division_lies_in_a_section() -> None:
    assert (len(SECTIONS), len(DIVISIONS)) == (22, 87)
    assert {code[0] for code in DIVISIONS} == set(SECTIONS) and len({code[1:] for code in DIVISIONS}) == 87
    assert set(OTHER_WORDS.values()) <= set(INDUSTRIES)
    assert all(words == " ".join(words.casefold().split()) for words in OTHER_WORDS)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("F43", "F43"), ("f 43", "F43"), ("43", "F43"), ("43.2", "F43"), ("F43.21", "F43"), ("4321", "F43"), ("F", "F"), ("01", "A01"),
        ("Crafts", "F43"), ("crafts", "F43"), ("CRAFTS ", "F43"), ("Craft", "F43"), ("Craft trades", "F43"),
        ("retail trade", "G47"), ("Wholesale & retail trade", "G"), ("IT", "K62"),
        ("C43", None), ("45", None), ("4", None), ("A1", None), ("X", None), ("", None), ("432111", None), ("Wizardry", None), ("F43; G47", None),
    ],
)  # fmt: skip
def test_is_read_however_it_is_written(written: str, code: str | None) -> None:
    assert read_industry(written) == code


@pytest.mark.parametrize(("written", "near"), [("Bakkery", "C10"), ("constructon", "F"), ("C43", "F43"), ("Wizardry", "")])
def test_the_nearest_is_named(written: str, near: str) -> None:
    assert nearest_industry(written) == near
    assert f"“{written}”" in not_listed(written) and (near or "F43") in not_listed(written)


def test_what_was_kept_before_is_told_as_it_is() -> None:
    assert (section_of("F43"), section_of("F"), section_of("Mining of salt"), section_of("")) == ("F", "F", "Mining of salt", "")
    assert (title_of("F43"), title_of("Mining of salt")) == ("Specialised construction", "Mining of salt")
