"""The risk appetite as settings: which limits a loan more would pass, and documents that cannot be."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from risk.domain.affordability import Stress
from risk.domain.limits import (
    DEFAULTS,
    UNKNOWN,
    AppetiteSettings,
    Book,
    Breach,
    ConcentrationLimit,
    UnfitAppetite,
    as_document,
    breaches_of,
    from_document,
    industry_key,
    key_name,
)

KEYS = {"product": "auto", "branch": "NOR", "industry": "F"}
BOOK = {"product": {"auto": Decimal(500)}, "branch": {"NOR": Decimal(400)}, "industry": {"F": Decimal(140)}}
NOTHING: Book = {}
SETTINGS = replace(DEFAULTS, from_book=Decimal(1000))


def passed(
    total: Decimal, amount: Decimal, *, keys: dict[str, str] = KEYS, settings: AppetiteSettings = SETTINGS, granted: Book = NOTHING
) -> list[Breach]:
    return breaches_of(settings, paid=BOOK, granted=granted, total=total, keys=keys, amount=amount)


class TestBreaches:
    def test_are_counted_on_the_book_after_the_decision(self) -> None:
        assert passed(Decimal(1000), Decimal(10)) == []
        [breach] = passed(Decimal(1000), Decimal(20))
        assert (breach.dimension, breach.key, breach.after, breach.most) == ("industry", "F", Decimal("0.156863"), Decimal("0.15"))

    def test_count_what_is_granted_with_what_is_paid_out(self) -> None:
        [breach] = passed(Decimal(1050), Decimal(10), granted={"industry": {"F": Decimal(10)}, "branch": {"NOR": Decimal(50)}})
        assert (breach.paid, breach.granted, breach.after) == (Decimal("0.132075"), Decimal("0.009434"), Decimal("0.150943"))
        assert breach.decided == Decimal("0.009434")

    def test_do_not_bind_a_small_book_nor_what_has_no_name(self) -> None:
        assert passed(Decimal(900), Decimal(99)) == []
        assert passed(Decimal(1000), Decimal(100), keys=KEYS | {"industry": ""}) == []

    def test_go_by_the_limit_of_ones_own_first(self) -> None:
        own = ConcentrationLimit("industry", "F", Decimal("0.50"))
        settings = replace(SETTINGS, concentrations=(own, *SETTINGS.concentrations))
        assert passed(Decimal(1000), Decimal(20), settings=settings) == []
        assert settings.limit_for("industry", "G") == Decimal("0.15") and settings.limit_for("country", "DE") is None

    def test_in_words_of_before_hold_for_their_section(self) -> None:
        worded = [
            ConcentrationLimit("industry", words, Decimal(most))
            for words, most in (("Crafts", "0.4"), ("construction", "0.3"), ("X", "0.9"))
        ]
        settings = replace(SETTINGS, concentrations=(*worded, *SETTINGS.concentrations))
        assert settings.limit_for("industry", "F") == Decimal("0.3") and settings.limit_for("industry", "Crafts") == Decimal("0.4")
        assert [settings.limit_for("industry", key) for key in ("G", UNKNOWN, "")] == [Decimal("0.15")] * 3

    def test_hold_companies_of_no_known_industry_together(self) -> None:
        assert industry_key("", is_company=True) == UNKNOWN and industry_key("", is_company=False) == ""
        assert industry_key("F43", is_company=True) == industry_key("F", is_company=False) == "F"
        [breach] = passed(Decimal(1000), Decimal(200), keys={"industry": UNKNOWN})
        assert (breach.after, breach.name) == (Decimal("0.166667"), "not known")
        assert [key_name("industry", key) for key in ("F", "Crafts")] == ["Construction (F)", "Crafts"]
        assert key_name("branch", "F") == "F"


class TestDocument:
    def test_is_kept_and_read_back(self) -> None:
        assert from_document(as_document(DEFAULTS)) == DEFAULTS
        set_by_hand = replace(DEFAULTS, stress=Stress(Decimal("0.02"), Decimal("0.2")), rate_margin=Decimal("0.01"))
        assert from_document(as_document(set_by_hand)) == set_by_hand

    def test_of_a_version_of_before_has_stress_and_highest_rate_of_the_code(self) -> None:
        older = {name: value for name, value in as_document(DEFAULTS).items() if name not in ("stress", "rate_margin")}
        found = from_document(older)
        assert (found.stress, found.rate_margin) == (Stress(Decimal("0.03"), Decimal("0.10")), Decimal("0.05"))

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"npl": "0"}, "non-performing"),
            ({"past_due_30": "1.5"}, "30 days past due"),
            ({"from_book": "-1"}, "size of the book"),
            ({"npl": "three"}, "known form"),
            ({"stress": {"rate": "0.21"}}, "rise of the rate"),
            ({"stress": {"income": "1"}}, "fall of income"),
            ({"stress": {"income": "NaN"}}, "fall of income"),
            ({"stress": {"mood": "1"}}, "known form"),
            ({"rate_margin": "0.51"}, "percentage points above the prices"),
            ({"rate_margin": "NaN"}, "percentage points above the prices"),
            ({"concentrations": [{"dimension": "country", "key": "", "most": "0.5"}]}, "country is nothing"),
            ({"concentrations": [{"dimension": "product", "key": "", "most": "0"}]}, "each product"),
            ({"concentrations": [{"dimension": "product", "key": "auto", "most": "0.5"}] * 2}, "auto has two limits"),
        ],
    )
    def test_says_what_cannot_be(self, change: dict[str, object], words: str) -> None:
        with pytest.raises(UnfitAppetite, match=words):
            from_document(as_document(DEFAULTS) | change)
