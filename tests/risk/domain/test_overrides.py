"""A coded reason speaks for one way of leaving what the system says, and for no other."""

from __future__ import annotations

import pytest

from risk.domain.overrides import ABOVE_PRICE, BELOW_PRICE, OVERRIDES, Way, fault_of_override, fault_of_price, overrides_by_way, title_of


@pytest.mark.parametrize(
    ("code", "outcome", "fits"),
    [
        ("", "APPROVED", True),
        ("STRONG_COLLATERAL", "APPROVED", True),
        ("STRONG_COLLATERAL", "COUNTER_OFFERED", True),
        ("STRONG_COLLATERAL", "DECLINED", False),
        ("ADVERSE_KNOWLEDGE", "DECLINED", True),
        ("ADVERSE_KNOWLEDGE", "APPROVED_WITH_CONDITIONS", False),
        ("COMPETING_OFFER", "APPROVED", False),
        ("PRICING", "APPROVED", False),
    ],
)
def test_an_override_fits_the_way_it_speaks_for(code: str, outcome: str, fits: bool) -> None:
    assert (fault_of_override(code, outcome) == "") is fits


@pytest.mark.parametrize(
    ("code", "below", "above", "fits"),
    [
        ("", False, False, True),
        ("COMPETING_OFFER", True, False, True),
        ("COMPETING_OFFER", False, True, False),
        ("RISK_BEYOND_GRADE", False, True, True),
        ("RISK_BEYOND_GRADE", False, False, False),
        ("STRONG_COLLATERAL", True, False, False),
        ("", True, False, False),
        ("", False, True, False),
    ],
)
def test_another_price_takes_a_reason_of_its_own(code: str, below: bool, above: bool, fits: bool) -> None:
    assert (fault_of_price(code, below=below, above=above, said="The price is 5%.") == "") is fits


def test_each_reason_stands_once_and_has_words() -> None:
    grouped = overrides_by_way()
    assert sorted(code for way in Way for code, _ in grouped[way]) == sorted(OVERRIDES)
    assert all(title_of(code) != code for code in [*OVERRIDES, *BELOW_PRICE, *ABOVE_PRICE, "PRICING"]) and title_of("") == ""
