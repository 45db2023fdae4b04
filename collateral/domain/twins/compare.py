"""Two assets compared in full: how likely they are one thing, and what agrees and what differs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from collateral.domain.twins.words import Prepared

# Both by what they find and what they take for one thing wrongly (docs/collateral.md). From here on whoever registers has to say why it is
# another thing, and a red flag waits for a second person.
PROBABLE = 0.72
# Below PROBABLE and from here on who perfects a pledge says whether it is the same thing. At 0.5 are the machines of one fleet, which share
# all but their number.
POSSIBLE = 0.55
WEIGHTS = {"identifier": 0.5, "address": 0.2, "description": 0.2, "owner": 0.1}
# The same identifier of this length is the same thing, whatever else is written.
TELLING_IDENTIFIER = 5
SAME_IDENTIFIER = 0.8
# So many letters before a number are a word that names its registry, mistyped.
MOST_LETTERS = 3
OTHER_CLASS = 0.7
# Descriptions alone, of nobody's or of two owners' things: many cars are a silver Golf of 2019.
WORDS_ALONE = 0.85
# From here on two writings of a field are nearly the same.
LIKE = 0.7
# Land with and without its building is one title; an excavator is registered as a machine here and as a vehicle there.
_FAMILY = {"LAND": "REAL_ESTATE", "VEHICLE": "MACHINERY"}
# What is stamped into the frame is a vehicle's number to one and a machine's serial number to another.
_NUMBER_KIND = {"vin": "serial_number"}


class Verdict(StrEnum):
    SAME = "same"
    NEARLY = "nearly the same"
    DIFFERS = "differs"
    MISSING = "not given"


@dataclass(frozen=True)
class FieldComparison:
    """One field of both: `likeness` from 0 to 1, None where one of them lacks it."""

    name: str
    likeness: float | None

    @property
    def verdict(self) -> Verdict:
        """In words."""
        if self.likeness is None:
            return Verdict.MISSING
        if self.likeness >= 0.97:
            return Verdict.SAME
        return Verdict.NEARLY if self.likeness >= LIKE else Verdict.DIFFERS


@dataclass(frozen=True)
class Comparison:
    """How alike two assets are from 0 to 1, and each field by itself."""

    score: float
    fields: tuple[FieldComparison, ...]

    @property
    def probable(self) -> bool:
        """Whether they are taken for one thing until somebody says why not."""
        return self.score >= PROBABLE


def compare(one: Prepared, other: Prepared) -> Comparison:
    """How alike they are. What one of them lacks counts neither way; an identifier that is quite another speaks against it."""
    alike, length = _numbers(one, other)
    fields = (
        FieldComparison("identifier", alike),
        FieldComparison("address", _address(one, other)),
        FieldComparison("description", _words(one.description, other.description)),
        FieldComparison("owner", _words(one.owner, other.owner)),
    )
    given = [(WEIGHTS[field.name], field.likeness) for field in fields if field.likeness is not None]
    total = sum(weight for weight, _ in given)
    score = sum(weight * likeness for weight, likeness in given) / total if total else 0.0
    if alike == 1.0 and length >= TELLING_IDENTIFIER:
        score = max(score, SAME_IDENTIFIER)
    if fields[0].likeness is None and fields[1].likeness is None and (fields[3].likeness or 0) < LIKE:
        score *= WORDS_ALONE
    if _FAMILY.get(one.kind, one.kind) != _FAMILY.get(other.kind, other.kind):
        score *= OTHER_CLASS
    return Comparison(score, fields)


def _numbers(one: Prepared, other: Prepared) -> tuple[float | None, int]:
    """The best likeness of titles and of further numbers of one kind, with the number's length. A title that is another's further number
    is the same one, written into another field."""
    found = [(_identifier(one, other), len(one.identifier))]
    for kind, number in one.numbers:
        alike = [
            another for other_kind, another in other.numbers if _NUMBER_KIND.get(other_kind, other_kind) == _NUMBER_KIND.get(kind, kind)
        ]
        found += [(_likeness(number, another), len(number)) for another in alike]
        if number and number == other.identifier:
            found.append((1.0, len(number)))
    found += [(1.0, len(number)) for _, number in other.numbers if number and number == one.identifier]
    given = [(likeness, length) for likeness, length in found if likeness is not None]
    return max(given) if given else (None, 0)


def _identifier(one: Prepared, other: Prepared) -> float | None:
    likeness = _likeness(one.identifier, other.identifier)
    return 0.95 if likeness not in (None, 1.0) and one.groups == other.groups else likeness


def _likeness(number: str, other: str) -> float | None:
    if not number or not other:
        return None
    if number == other:
        return 1.0
    apart = OSA.distance(number, other, score_cutoff=2)
    longest = max(len(number), len(other))
    if _behind_letters(number, other) or _behind_letters(other, number):
        return 0.9
    if apart == 1 and longest >= TELLING_IDENTIFIER:
        return 0.9
    return 0.4 if apart == 2 and longest > TELLING_IDENTIFIER else 0.0


def _behind_letters(short: str, long: str) -> bool:
    """Whether one is the other behind a few letters: a word that names a registry, not written as any is known."""
    if len(short) <= TELLING_IDENTIFIER or not long.endswith(short):
        return False
    before = long.removesuffix(short)
    return 0 < len(before) <= MOST_LETTERS and any(sign.isalpha() for sign in before)


def _address(one: Prepared, other: Prepared) -> float | None:
    street = _words(one.street, other.street)
    if street is None:
        return None
    if one.house and other.house and one.house != other.house:
        street *= 0.7 if OSA.distance(one.house, other.house, score_cutoff=1) == 1 else 0.5
    city = _words(one.city, other.city)
    return street if city is None or city > LIKE else street * 0.6


def _words(one: tuple[str, ...], other: tuple[str, ...]) -> float | None:
    if not one or not other:
        return None
    if one == other:
        return 1.0
    left, right = " ".join(one), " ".join(other)
    return (fuzz.token_sort_ratio(left, right) + fuzz.token_set_ratio(left, right)) / 200
