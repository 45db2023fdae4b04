"""Labelled pairs made by rule out of public lists: what is known to be the same, and what looks alike but is not.

A pair is `(kind of pair, same, left, right)`; both sides are descriptions as `compare_names` reads them. Records are dealt into two
halves by their number, so that a threshold found on one half is judged on names of the other.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from blacklist.domain.lists.record import ListRecord
from blacklist.domain.name_index import NameIndex
from blacklist.domain.normalise import prepare_name
from blacklist.domain.profiles import subject_kind
from tests.blacklist.perturbations import RULES, words_of

Description = dict[str, Any]
_LATIN = re.compile(r"^[\x00-\u024f\u1e00-\u1eff\u2018\u2019]+$")
_NUMBER = re.compile(r"\d+")
GIVEN = (
    "Ahmed",
    "Daniel",
    "Viktor",
    "Maria",
    "Chen",
    "Olga",
    "Farid",
    "Lucia",
    "Pavel",
    "Samira",
    "Jorge",
    "Yuki",
    "Noor",
    "Stefan",
    "Aisha",
)
DISTINCT = ("Meridian", "Zafira", "Orlov", "Palmyra", "Kestrel", "Bosfor", "Tianhe", "Aurelia", "Caspian", "Sahand", "Vostok", "Lagoon")


class Pair(NamedTuple):
    """Two descriptions and whether they are the same subject."""

    kind: str
    same: bool
    left: Description
    right: Description


def half_of(uid: str) -> int:
    """0 or 1: which half a record belongs to."""
    return hashlib.sha256(uid.encode()).digest()[0] & 1


def make_pairs(records: Sequence[ListRecord], *, half: int, seed: int, each: int = 400) -> list[Pair]:
    """At most `each` pairs of every kind out of the records of one half."""
    chance = random.Random(seed)
    own = [record for record in records if half_of(record.uid) == half]
    makers: tuple[Callable[[Sequence[ListRecord], random.Random], Iterator[Pair]], ...] = (
        _aliases, _scripts, _changed, _alike, _siblings, _other_word, _other_number, _other_birth, _other_country,
    )  # fmt: skip
    made: list[Pair] = []
    for maker in makers:
        by_kind: dict[str, list[Pair]] = defaultdict(list)
        for pair in maker(own, chance):
            by_kind[pair.kind].append(pair)
        for pairs in by_kind.values():
            made += chance.sample(pairs, min(each, len(pairs)))
    chance.shuffle(made)
    return made


def _describe(record: ListRecord, name: str, chance: random.Random, *, facts: float = 0.5) -> Description:
    """The name, and each other fact with probability `facts`, as sources are patchy."""
    description: Description = {"name": name}
    if record.birth_dates and chance.random() < facts:
        birth = chance.choice(record.birth_dates)
        description["birth_date"] = birth if chance.random() < 0.7 else birth[:4]
    if record.countries and chance.random() < facts:
        description["country"] = record.countries[0]
    if record.kind and chance.random() < facts:
        description["kind"] = record.kind
    return description


def _person(record: ListRecord) -> bool:
    return record.kind == "person"


def _both(kind: str, same: bool, one: ListRecord, left: str, other: ListRecord, right: str, chance: random.Random) -> Pair:
    sort = "person" if _person(one) else "company"
    return Pair(f"{kind}, {sort}", same, _describe(one, left, chance), _describe(other, right, chance))


def _aliases(records: Sequence[ListRecord], chance: random.Random) -> Iterator[Pair]:
    """Two names of one record in Latin letters that share something: a nom de guerre or an acronym is known by nobody's rule."""
    for record in records:
        latin = [name for name in record.names if _LATIN.match(name) and len(name) > 5]
        if len(latin) < 2:
            continue
        left, right = chance.sample(latin, 2)
        shared = _grams(left) & _grams(right)
        if len(shared) * 4 >= min(len(_grams(left)), len(_grams(right))):
            yield _both("alias", True, record, left, record, right, chance)


def _grams(name: str) -> set[str]:
    return {word[i : i + 2] for word in re.findall(r"\w+", name.lower()) for i in range(len(word) - 1)}


def _scripts(records: Sequence[ListRecord], chance: random.Random) -> Iterator[Pair]:
    """A record's name in its own script and in Latin letters; and such a name with another record's Latin one."""
    foreign = [(r, [n for n in r.names if not _LATIN.match(n)]) for r in records]
    foreign = [(record, names) for record, names in foreign if names and _LATIN.match(record.names[0])]
    for record, names in foreign:
        yield _both("script", True, record, chance.choice(names), record, record.names[0], chance)
    for record, names in foreign:
        other = chance.choice(foreign)[0]
        if other is not record and _person(other) == _person(record):
            yield _both("script, others", False, record, chance.choice(names), other, other.names[0], chance)


def _changed(records: Sequence[ListRecord], chance: random.Random) -> Iterator[Pair]:
    """A name and the same name as people change it."""
    for record in records:
        name = record.names[0]
        if len(words_of(name)) < 2 or not _LATIN.match(name):
            continue
        rule = chance.choice(list(RULES.values()) if _person(record) else [RULES["one typo"], RULES["accents"], RULES["run together"]])
        yield _both("changed", True, record, name, record, rule(name, chance), chance)


def _alike(records: Sequence[ListRecord], chance: random.Random) -> Iterator[Pair]:
    """The nearest names of other records, which an index brings up and a person has to tell apart."""
    flat = [(record, name) for record in records for name in record.names]
    prepared = [prepare_name(name, subject_kind(record.kind)) for record, name in flat]
    own = {record.uid: {prepare_name(name).key for name in record.names} for record in records}
    index = NameIndex.build(enumerate(prepared))
    for row in chance.sample(range(len(flat)), min(2_500, len(flat))):
        record, name = flat[row]
        near = [flat[key] for key, _ in index.candidates(prepared[row], limit=25)]
        others = [(r, n) for r, n in near if _differ(record, r, own) and _person(r) == _person(record)]
        if others:
            other, right = chance.choice(others[:5])
            yield _both("alike", False, record, name, other, right, chance)


def _differ(one: ListRecord, other: ListRecord, own: dict[str, set[tuple[str, ...]]]) -> bool:
    """Two lists write of the same subjects: who shares a whole name or a birth day may be one."""
    if one.uid == other.uid or own[one.uid] & own[other.uid]:
        return False
    return not set(one.birth_dates) & set(other.birth_dates)


def _siblings(records: Sequence[ListRecord], chance: random.Random) -> Iterator[Pair]:
    """The same surname and another given name, sometimes born a few years apart."""
    for record in records:
        match = re.match(r"^([A-Z' -]{4,}), (\w[\w ]+)$", record.names[0])
        if not _person(record) or match is None:
            continue
        given = chance.choice(GIVEN)
        if given.lower() in match.group(2).lower():
            continue
        left = f"{match.group(2).split()[0]} {match.group(1).title()}"
        right = f"{given} {match.group(1).title()}" if chance.random() < 0.5 else f"{match.group(1).title()}, {given}"
        pair = _both("sibling", False, record, left, record, right, chance)
        yield pair._replace(right={k: v for k, v in pair.right.items() if k != "birth_date"})


def _other_word(records: Sequence[ListRecord], chance: random.Random) -> Iterator[Pair]:
    """A company's words with another distinctive word."""
    for record in records:
        words = words_of(record.names[0])
        if _person(record) or len(words) < 3 or not _LATIN.match(record.names[0]):
            continue
        place = max(range(len(words)), key=lambda i: prepare_name(words[i]).core_letters if i < 3 else 0)
        right = " ".join([*words[:place], chance.choice(DISTINCT).upper(), *words[place + 1 :]])
        yield _both("other word", False, record, " ".join(words), record, right, chance)


def _other_number(records: Sequence[ListRecord], chance: random.Random) -> Iterator[Pair]:
    """ "Brigade 44" and "Brigade 45"."""
    for record in records:
        name = record.names[0]
        if not _person(record) and (found := _NUMBER.search(name)):
            right = name[: found.start()] + str(int(found.group()) + chance.randrange(1, 9)) + name[found.end() :]
            yield _both("other number", False, record, name, record, right, chance)


def _other_birth(records: Sequence[ListRecord], chance: random.Random) -> Iterator[Pair]:
    """Namesakes: the same name, born many years apart."""
    for record in records:
        if _person(record) and record.birth_dates and _LATIN.match(record.names[0]):
            birth = record.birth_dates[0]
            year = int(birth[:4]) + chance.choice((-1, 1)) * chance.randrange(8, 30)
            left, right = {"name": record.names[0], "birth_date": birth}, {"name": record.names[0], "birth_date": f"{year}{birth[4:7]}"}
            yield Pair("namesake born otherwise, person", False, left, right)


def _other_country(records: Sequence[ListRecord], chance: random.Random) -> Iterator[Pair]:
    """A near name of somebody of another country, and the same subject listed under another one."""
    for record in records:
        match = re.match(r"^([A-Z' -]{4,}), (\w[\w ]+)$", record.names[0])
        if _person(record) and match is not None:
            left = f"{match.group(2)} {match.group(1).title()}"
            right = f"{match.group(2).split()[0]} {_near(match.group(1).title(), chance)}"
            yield Pair("near name, other country, person", False, {"name": left, "country": "sy"}, {"name": right, "country": "br"})
            yield Pair(
                "same name, other country, person", True, {"name": left, "country": "sy"}, {"name": record.names[0], "country": "ae"}
            )


def _near(surname: str, chance: random.Random) -> str:
    """A surname of which the end is another one: Petrov, Petrenko."""
    return surname[: max(3, len(surname) // 2)] + chance.choice(("enko", "akis", "adze", "sson", "ullah", "escu"))


def figures(judged: Iterable[tuple[bool, float]], threshold: float) -> dict[str, float]:
    """Precision, recall and F1 at the threshold, and AUC, of `(same, score)` pairs."""
    rows = list(judged)
    hits = sum(same and score >= threshold for same, score in rows)
    flagged = sum(score >= threshold for _, score in rows)
    positives = sum(same for same, _ in rows)
    precision, recall = hits / max(1, flagged), hits / max(1, positives)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(1e-9, precision + recall), "auc": _auc(rows)}


def _auc(rows: list[tuple[bool, float]]) -> float:
    """The chance that the same scores above another, ties counted half."""
    below = area = 0.0
    by_score: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for same, score in rows:
        by_score[score][same] += 1
    for score in sorted(by_score):
        others, same = by_score[score]
        area += same * (below + others / 2)
        below += others
    return area / max(1.0, below * sum(same for same, _ in rows))
