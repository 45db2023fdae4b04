"""One grade out of separate pieces of evidence, each graded by itself, with its explanation.

The name gives a score between 0 and 1; the other pieces move it: agreement closes part of the gap to 1 (`gain`),
conflict multiplies (`loss`). An exact strong identifier decides almost alone; a conflicting one, or a conflicting birth
date, takes an exact name below the threshold unless something else agrees. A name alone is never HIGH unless it is long.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from blacklist.domain.name_comparison import NOTHING, NameEvidence, compare_names
from blacklist.domain.profiles import STRONG_IDENTIFIERS, PartialDate, Profile
from blacklist.domain.states import Grade


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores from which a grade begins; a risk manager may change them under four eyes."""

    low: float = 0.76
    medium: float = 0.86
    high: float = 0.93


DEFAULT_THRESHOLDS = Thresholds()

BIRTH_GAIN = {"exact": 0.35, "year": 0.15, "close": 0.10}
BIRTH_LOSS = {"conflict": 0.6, "near": 0.93}
IDENTIFIER_SCORE = 0.97
IDENTIFIER_ALONE_SCORE = 0.90
IDENTIFIER_LOSS = 0.74
BORN_ALIKE_LOSS = 0.85  # the same name and the same day: another number may be a false one, so a person looks
PASSPORT_LOSS = 0.92  # people hold several in a life
CONTACT_GAIN = 0.30
CONTACT_ALONE_SCORE = 0.78
ADDRESS_GAIN = 0.15
ADDRESS_SIMILAR = 0.82
COUNTRY_LOSS = 0.93
LONG_NAME_WORDS = 3


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome: `score` 0–1, `grade`, and each piece of evidence with its own grade. Holds no identifier in clear."""

    score: float
    grade: Grade
    name: NameEvidence
    pieces: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()

    def as_evidence(self) -> dict[str, Any]:
        """For storing: grades and numbers only, no word of a name and no identifier."""
        return {
            "name": {
                "grade": grade_name(self.name.score),
                "score": self.name.score,
                "agreed": len(self.name.agreed),
                "only_subject": len(self.name.only_left),
                "only_entry": len(self.name.only_right),
            },
            **{piece: {"grade": grade} for piece, grade in self.pieces.items()},
            "identifier_kinds": list(self.kinds),
            "explanation": explain(self),
        }


def grade_name(score: float) -> str:
    """Words for a name's similarity."""
    if score >= 0.99:
        return "exact"
    if score >= 0.90:
        return "strong"
    if score >= 0.76:
        return "close"
    return "weak" if score >= 0.5 else "none"


_SENTENCES = {
    ("identifier", "exact"): "an identifier is equal",
    ("identifier", "conflict"): "identifiers of the same kind differ",
    ("birth_date", "exact"): "the birth date is equal",
    ("birth_date", "year"): "the birth year is equal",
    ("birth_date", "close"): "the birth dates look like one mistyped",
    ("birth_date", "near"): "the birth years are within two years",
    ("birth_date", "conflict"): "the birth dates differ",
    ("phone", "exact"): "a phone number is equal",
    ("iban", "exact"): "an account number is equal",
    ("address", "close"): "the addresses are alike",
    ("country", "conflict"): "the countries differ",
}


def explain(comparison: Comparison) -> str:
    """One sentence for people: which pieces speak for the match and which against."""
    words = {
        "exact": "equal",
        "strong": "very similar",
        "close": "similar",
        "weak": "loosely similar",
        "none": "different",
    }
    parts = [f"the names are {words[grade_name(comparison.name.score)]}"]
    parts += [_SENTENCES[piece] for piece in comparison.pieces.items() if piece in _SENTENCES]
    sentence = ", ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."


def compare_profiles(
    left: Profile, right: Profile, thresholds: Thresholds = DEFAULT_THRESHOLDS, *, name: NameEvidence | None = None
) -> Comparison:
    """Compare two profiles. Symmetric in score and grade; the score stays within 0–1. `name` when the best pair of names is known."""
    name = name or best_name(left, right)
    score = name.score
    pieces: dict[str, str] = {}
    supported = False

    birth = _compare_births(left.birth_dates, right.birth_dates)
    if birth:
        pieces["birth_date"] = birth
        supported |= birth in ("exact", "year")
        score = _gain(score, BIRTH_GAIN[birth]) if birth in BIRTH_GAIN else score * BIRTH_LOSS[birth]

    identifier, kinds = _compare_identifiers(left.identifiers, right.identifiers)
    contacts = [kind for kind in ("phone", "iban") if left.identifiers.get(kind, frozenset()) & right.identifiers.get(kind, frozenset())]
    for kind in contacts:
        pieces[kind] = "exact"
        score = _gain(score, CONTACT_GAIN)
        supported = True
    if left.addresses and right.addresses:
        alike = max(compare_names(a, b).score for a in left.addresses for b in right.addresses)
        if alike >= ADDRESS_SIMILAR:
            pieces["address"] = "close"
            score = _gain(score, ADDRESS_GAIN)
            supported |= name.score >= 0.5
    if left.countries and right.countries and not left.countries & right.countries:
        pieces["country"] = "conflict"
        score *= COUNTRY_LOSS
    if contacts and (len(contacts) > 1 or "iban" in contacts or pieces.get("birth_date") == "exact" or "address" in pieces):
        score = max(score, CONTACT_ALONE_SCORE)

    if identifier == "exact":
        pieces["identifier"] = "exact"
        supported = True
        named = name.score >= 0.5 or not (left.names and right.names)
        score = max(
            score,
            IDENTIFIER_SCORE if named and birth != "conflict" else IDENTIFIER_ALONE_SCORE,
        )
    elif identifier == "conflict":
        pieces["identifier"] = "conflict"
        told_apart = BORN_ALIKE_LOSS if birth == "exact" else IDENTIFIER_LOSS
        score *= PASSPORT_LOSS if kinds == ("passport",) else told_apart

    score = round(min(1.0, max(0.0, score)), 4)
    return Comparison(score, _grade(score, thresholds, name, supported), name, pieces, kinds)


def best_name(left: Profile, right: Profile) -> NameEvidence:
    """The most similar pair of names of the two."""
    best = NOTHING
    for a in left.names:
        for b in right.names:
            evidence = compare_names(a, b)
            if evidence.score > best.score:
                best = evidence
    return best


def _gain(score: float, share: float) -> float:
    """Agreement of a second piece counts in proportion to the name's own similarity."""
    return score + (1 - score) * share * score


def _grade(score: float, thresholds: Thresholds, name: NameEvidence, supported: bool) -> Grade:
    if score >= thresholds.high and (supported or len(name.agreed) >= LONG_NAME_WORDS):
        return Grade.HIGH
    if score >= thresholds.medium:
        return Grade.MEDIUM
    return Grade.LOW if score >= thresholds.low else Grade.NONE


def _compare_births(left: tuple[PartialDate, ...], right: tuple[PartialDate, ...]) -> str:
    """The best relation between any two of the dates; empty when one side has none."""
    order = ("exact", "year", "close", "near", "conflict")
    relations = {_relate(a, b) for a in left for b in right}
    return next((relation for relation in order if relation in relations), "")


def _relate(a: PartialDate, b: PartialDate) -> str:
    full = bool(a.day and b.day)
    if a.year == b.year:
        if full:
            if (a.month, a.day) == (b.month, b.day):
                return "exact"
            return "close" if (a.month, a.day) == (b.day, b.month) or a.month == b.month or a.day == b.day else "near"
        return "year" if not (a.month and b.month) or a.month == b.month else "near"
    if full and (a.month, a.day) == (b.month, b.day):
        different = sum(x != y for x, y in zip(str(a.year), str(b.year), strict=True))
        if different == 1 or sorted(str(a.year)) == sorted(str(b.year)):
            return "close"
    return "near" if abs(a.year - b.year) <= 2 else "conflict"


Identifiers = Mapping[str, frozenset[Hashable]]


def _compare_identifiers(left: Identifiers, right: Identifiers) -> tuple[str, tuple[str, ...]]:
    """("exact" | "conflict" | "", kinds) over the strong kinds that both sides have."""
    shared = sorted(kind for kind in left.keys() & right.keys() if kind in STRONG_IDENTIFIERS and left[kind] and right[kind])
    equal = tuple(kind for kind in shared if left[kind] & right[kind])
    if equal:
        return "exact", equal
    return ("conflict", tuple(shared)) if shared else ("", ())
