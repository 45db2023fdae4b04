"""Names for other rooms: under which keys a name is filed so that its likes meet, and how alike two names are."""

from __future__ import annotations

from itertools import combinations

from blacklist.domain.name_comparison import compare_names
from blacklist.domain.normalise import SubjectKind, prepare_name

MOST_WORDS = 4


def name_keys(name: str, *, company: bool) -> frozenset[str]:
    """Keys of a name over scripts and spellings: each pair of its telling words as they sound; of a single word, that word."""
    words = [word for word in prepare_name(name, _kind(company)).words if word.core]
    told = sorted({word.skeleton or word.sound for word in sorted(words, key=lambda word: -word.weight)[:MOST_WORDS]})
    return frozenset(f"{one} {other}" for one, other in combinations(told, 2)) or frozenset(told)


def name_likeness(one: str, other: str, *, company: bool) -> float:
    """How alike two names are, from 0 to 1, whatever their scripts and spellings."""
    kind = _kind(company)
    return compare_names(prepare_name(one, kind), prepare_name(other, kind)).score


def _kind(company: bool) -> SubjectKind:
    return SubjectKind.COMPANY if company else SubjectKind.PERSON
