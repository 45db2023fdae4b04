"""What somebody states of themselves against what the bank has on record under the same identifier. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.industries import section_of

PLACE = ("address_line", "postcode", "city", "country")
"""The parts of an address, which are stated and changed together."""


def _number(value: str) -> str:
    return "".join(letter for letter in value.upper() if letter.isalnum())


def _words(value: str) -> str:
    return " ".join(value.split()).casefold()


COMPARED: dict[str, Callable[[str], str]] = {
    "name": _words,
    "birth_date": _words,
    "industry": str,
    "national_id": _number,
    "tax_id": _number,
    "registration_number": _number,
    "phone": _number,
    "email": _words,
    "address": _number,
}
"""What is compared, and what of its spelling counts."""


def address_of(values: Mapping[str, str]) -> str:
    """An address in one line, empty where no street was given."""
    if not values.get("address_line"):
        return ""
    town = " ".join(values[part] for part in ("postcode", "city") if values.get(part))
    return ", ".join(part for part in (values["address_line"], town, values.get("country", "")) if part)


def differing(stated: Mapping[str, str], recorded: Mapping[str, str]) -> list[str]:
    """The names of what was stated otherwise than it is recorded; what only one of the two says counts neither way."""
    found = []
    for name, reading in COMPARED.items():
        mine, theirs = (address_of(one) if name == "address" else one.get(name, "") for one in (stated, recorded))
        if mine and theirs and reading(mine) != reading(theirs) and not (name == "industry" and _is_within(mine, theirs)):
            found.append(name)
    return found


def _is_within(one: str, other: str) -> bool:
    """Whether one of two industries is the section of the other: who says no more contradicts nothing."""
    return section_of(one) == other or one == section_of(other)
