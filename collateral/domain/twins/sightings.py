"""A pledged asset that may be the same thing as another: what of it is new to everybody, and the red flags it raises. Pure.

What two assets share as evidence is a mark for each pledge of either: of what is written of both, and of that pledge. Who decided a red
flag has seen its marks. A pledge that came since, or other words, number, address or owner of either, make marks that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from collateral.domain.red_flags import Finding

SAME_TITLE, NEAR = "pledged_elsewhere", "near_twin"
TWIN_CODES = (SAME_TITLE, NEAR)


@dataclass(frozen=True)
class Sighting:
    """A pledged asset by its reference and how alike it is from 0 to 1. `same_title`: their titles agree and it secures another file;
    `marks`: the evidence; `judged`: why somebody took it for the same thing although it is only possibly that.
    """

    reference: str
    score: float
    same_title: bool
    marks: frozenset[str]
    judged: str = ""


def unseen(sightings: Iterable[Sighting], known: Collection[str]) -> list[Sighting]:
    """Those with evidence that nobody has decided on."""
    return [one for one in sightings if not one.marks <= frozenset(known)]


def find_twice_pledged(sightings: Collection[Sighting], registrar: str = "") -> list[Finding]:
    """The same title on pledged assets, and pledged assets that are probably this one, with what the `registrar` says against that."""
    same = [one for one in sightings if one.same_title]
    near = [one for one in sightings if not one.same_title]
    findings = []
    if same:
        evidence = {"elsewhere": ", ".join(one.reference for one in same), "registrar": registrar, "marks": _marks(same)}
        findings.append(Finding(SAME_TITLE, "The same title number stands on another pledged asset.", evidence))
    if near:
        evidence = {
            "assets": ", ".join(f"{one.reference} ({one.score:.2f})" for one in near),
            "registrar": registrar,
            "judged": "; ".join(one.judged for one in near if one.judged),
            "marks": _marks(near),
        }
        findings.append(Finding(NEAR, "A pledged asset is probably this one, written another way.", evidence))
    return findings


def _marks(sightings: Iterable[Sighting]) -> str:
    return " ".join(sorted(set().union(*(one.marks for one in sightings))))
