"""Postcodes: how one is written, and the area that its beginning names, for grouping what lies near each other. Pure."""

from __future__ import annotations

import re

# How many leading characters name an area that one person can go round in a day or two; elsewhere two.
LEADING = {"US": 3, "CA": 3, "JP": 3, "BR": 3, "IN": 3, "PT": 2, "DE": 2, "FR": 2, "NL": 2}
MOST = 12
_WRITTEN = re.compile(r"[0-9A-Z](?:[0-9A-Z -]*[0-9A-Z])?")


def tidy_postcode(text: str, country: str) -> str:
    """As it is kept: upper case, one space between parts, without the country before it. Raises ValueError for what is no postcode."""
    found = re.sub(r"\s+", " ", text.strip().upper()).removeprefix(f"{country.upper()}-")
    if found and (len(found) > MOST or not _WRITTEN.fullmatch(found) or not any(letter.isdigit() for letter in found)):
        raise ValueError("no postcode")
    return found


def postcode_area(country: str, postcode: str) -> str:
    """The area of a postcode within its country, with the country before it: "DE 25", "GB SW1A", "US 981"; empty without a postcode."""
    plain = re.sub(r"[ -]", "", postcode.upper())
    if not plain or not country:
        return ""
    if country == "GB":
        # The inward part has always three characters; what stands before it names the district.
        return f"GB {plain[:-3]}" if len(plain) > 4 else f"GB {plain}"
    return f"{country} {plain[: LEADING.get(country, 2)]}"
