"""How alike two addresses are, by the comparison that finds twins among assets: past spelling, script and the words for a street."""

from __future__ import annotations

from collateral.domain.twins import AssetText, compare, prepare


def address_likeness(line: str, city: str, other_line: str, other_city: str) -> float | None:
    """From 0 to 1; None where one of them names no street. A city counts only where both are given."""
    one, other = (prepare(AssetText("", address_line=street, city=town)) for street, town in ((line, city), (other_line, other_city)))
    return next(field.likeness for field in compare(one, other).fields if field.name == "address")
