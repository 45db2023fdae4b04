"""Shares of owners as exact fractions that add up to one, and whether the registry names the same people. Pure."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from fractions import Fraction

from rapidfuzz import fuzz

from collateral.domain.twins.words import name_key
from core.errors import Fault

MOST_OWNERS = 50
FINEST = 1_000_000
_FRACTION = re.compile(r"(\d{1,7})\s*/\s*(\d{1,7})")
_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d{1,4})?)\s*%")
# From here on two writings are one name.
SAME_NAME = 88


class NoShare(ValueError):
    """A text that is no share; it says how to write one."""


def read_share(text: str) -> Fraction:
    """ "1/3", "33.5%" or "1" as an exact fraction. Raises NoShare."""
    given = text.strip()
    if (found := _FRACTION.fullmatch(given)) and int(found[2]):
        return Fraction(int(found[1]), int(found[2]))
    if found := _PERCENT.fullmatch(given):
        return Fraction(found[1].replace(",", ".")) / 100
    if given == "1":
        return Fraction(1)
    raise NoShare("Write the share as a fraction such as 1/3, or in per cent such as 25%.")


def show_share(share: Fraction) -> str:
    """A share as it is read: "1/3", "25%", "all"."""
    if share == 1:
        return "all"
    percent = share * 100
    return f"{percent.numerator}%" if percent.denominator == 1 else f"{share.numerator}/{share.denominator}"


def check_shares(shares: Sequence[tuple[Hashable, Fraction]]) -> list[Fault]:
    """Every fault of owners with their shares, at "owners.N.share" or "owners"; keys of the same person are equal."""
    faults = []
    seen: set[Hashable] = set()
    for number, (key, share) in enumerate(shares):
        if not 0 < share <= 1:
            faults.append(Fault(f"owners.{number}.share", "out_of_bounds", "A share lies above nothing and is at most all."))
        elif share.denominator > FINEST:
            faults.append(Fault(f"owners.{number}.share", "too_fine", "A share is written in at most millionths."))
        if key in seen:
            faults.append(Fault(f"owners.{number}.name", "twice", "The same owner stands twice; add their shares up."))
        seen.add(key)
    total = sum((share for _, share in shares), Fraction(0))
    if not shares:
        faults.append(Fault("owners", "required", "Name at least one owner."))
    elif len(shares) > MOST_OWNERS:
        faults.append(Fault("owners", "too_many", f"At most {MOST_OWNERS} owners."))
    elif total != 1:
        faults.append(Fault("owners", "not_whole", f"The shares add up to {_exactly(total)}; they have to add up to exactly all."))
    return faults


def _exactly(total: Fraction) -> str:
    percent = total * 100
    return f"{float(percent):g}%" if 10**6 % percent.denominator == 0 else f"{total.numerator}/{total.denominator}"


def same_names(owners: Sequence[str], holders: Sequence[str]) -> bool:
    """Whether the registry names the same people, whatever the spelling, the order and the legal form."""
    left, right = [name_key(name) for name in owners], [name_key(name) for name in holders]
    if len(left) != len(right):
        return False
    for name in left:
        best = max(right, key=lambda other: fuzz.ratio(name, other), default="")
        if fuzz.ratio(name, best) < SAME_NAME:
            return False
        right.remove(best)
    return True
