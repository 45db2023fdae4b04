"""Addresses as they stand in a register, on a form or in a note of a visit, and what sets two of them apart beyond doubt. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from risk.domain.fraud import address_key

# Below, two streets are two: "Lindenstraße" and "Lindenstr." are one, "Lindenallee" is another.
LEAST_LIKENESS = 0.85
_WRITTEN = re.compile(r"(?P<line>.+?)[,;\s]+(?:[A-Z]{1,2}-)?(?P<postcode>\d{4,5})\s+(?P<city>\D+)")
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Place:
    """An address in its parts; empty where not given. `country` by its two letters."""

    line: str
    postcode: str = ""
    city: str = ""
    country: str = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.line, f"{self.postcode} {self.city}".strip()) if part)


def read_place(text: str) -> Place:
    """An address written in one line, "Lindenallee 12, 20999 Nordersund": its parts as far as they show."""
    text = " ".join(text.split())
    if found := _WRITTEN.fullmatch(text):
        return Place(found["line"].rstrip(" ,;"), found["postcode"], found["city"].strip(" ,;"))
    line, comma, city = text.rpartition(",")
    return Place(line.strip(), city=city.strip()) if comma and not _NUMBERS.search(city) else Place(text)


def same_place(one: Place, other: Place, likeness: float | None) -> bool:
    """Whether two addresses name one house. `likeness` is that of their streets and cities, None where no street shows.

    Another country, postcode or house number makes another house, whatever the street; what only one of them gives counts
    neither way, except a house number: who leaves it out names no house.
    """
    for mine, theirs in ((one.country, other.country), (one.postcode, other.postcode)):
        if mine.strip() and theirs.strip() and mine.strip().upper() != theirs.strip().upper():
            return False
    numbers, others = ({number.lstrip("0") for number in _NUMBERS.findall(place.line)} for place in (one, other))
    if numbers != others and not numbers & others:
        return False
    if likeness is None:
        return bool(key := address_key(one.line, "", one.city, "")) and key == address_key(other.line, "", other.city, "")
    return likeness >= LEAST_LIKENESS
