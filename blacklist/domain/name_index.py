"""Which of many names resemble one: candidates by rare n-grams, a bound that drops most of them, a comparison of the rest.

The index is a value: `with_changes` returns a new one that shares the big arrays and adds a small segment, so readers
never wait. Keys are opaque integers given by the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from blacklist.domain.name_comparison import NameEvidence, compare_names
from blacklist.domain.name_postings import Floats, Ints, Postings, asked_features, build_postings
from blacklist.domain.normalise import PreparedName
from blacklist.domain.profiles import Profile
from blacklist.domain.shortlist import can_reach

CANDIDATES = 50
FLOOR = 0.2
#: A short name with a slip in each word shares few trigrams with itself: so many are looked at, and so weak ones.
LOOKED_AT = 200
WEAK_FLOOR = 0.13
#: Names below this similarity never become a hit, whatever else agrees (a shared identifier is found by itself).
NAME_FLOOR = 0.69
#: Names weighed at once in bulk; a piece of them is put in order of their words first, and is what callers take at a time.
BLOCK, PIECE = 32, 256

Match = tuple[int, NameEvidence]


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Candidates for a name. `len(index)` counts the names that stand in it."""

    base: Postings
    delta: Postings | None = None
    removed: frozenset[int] = frozenset()
    added: dict[int, PreparedName] = field(default_factory=dict)

    @classmethod
    def build(cls, names: Iterable[tuple[int, PreparedName]]) -> NameIndex:
        """Index `(key, prepared name)` pairs; names without a core word are left out because they match nobody."""
        kept = [(key, name) for key, name in names if not name.empty]
        return cls(build_postings([key for key, _ in kept], [name for _, name in kept]))

    def __len__(self) -> int:
        gone = int(np.isin(self.base.keys, list(self.removed)).sum()) if self.removed else 0
        return self.base.size - gone + len(self.added)

    def with_changes(self, added: Iterable[tuple[int, PreparedName]], removed: Iterable[int]) -> NameIndex:
        """A new index with some names added and some keys gone; a key in both is replaced."""
        gone = frozenset(removed)
        changed = {key: name for key, name in self.added.items() if key not in gone}
        news = {key: name for key, name in added if not name.empty}
        changed.update(news)
        reference = self.base if self.base.size else None
        delta = build_postings(list(changed), list(changed.values()), reference) if changed else None
        return NameIndex(self.base, delta, (self.removed | gone | frozenset(news)), changed)

    def candidates(self, name: PreparedName, limit: int = CANDIDATES, floor: float = FLOOR) -> list[tuple[int, float]]:
        """At most `limit` keys with their cosine similarity, best first, none below `floor`."""
        found: list[tuple[int, float]] = []
        for segment, hidden in self._segments():
            for rows, cosines in _alike_rows([name], segment, hidden, limit, floor):
                found += zip(segment.keys[rows].tolist(), cosines.tolist(), strict=True)
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return found[:limit]

    def matches(self, name: PreparedName, *, limit: int = LOOKED_AT, at_least: float = NAME_FLOOR) -> list[Match]:
        """Keys whose names score `at_least` with `name`, with the evidence, best first."""
        return next(self.matches_of_many([name], limit=limit, at_least=at_least))

    def matches_of_many(
        self, names: Iterable[PreparedName], *, limit: int = LOOKED_AT, at_least: float = NAME_FLOOR
    ) -> Iterator[list[Match]]:
        """The `matches` of each name in turn; many are weighed at once, which takes less time than one by one."""
        rest = iter(names)
        while block := list(islice(rest, PIECE)):
            found: list[list[Match]] = [[] for _ in block]
            # Names of as many words fill the tables of a block best.
            order = sorted(range(len(block)), key=lambda place: len(block[place].words))
            for start in range(0, len(order), BLOCK):
                places = order[start : start + BLOCK]
                for segment, hidden in self._segments():
                    _add_matches([found[p] for p in places], [block[p] for p in places], segment, hidden, limit, at_least)
            for matches in found:
                matches.sort(key=lambda match: (-match[1].score, match[0]))
                yield matches

    def matches_of_profiles(self, profiles: Sequence[Profile]) -> Iterator[list[Match]]:
        """For each profile in turn the matches of all its names."""
        found = self.matches_of_many(name for profile in profiles for name in profile.names)
        for profile in profiles:
            yield [match for matches in islice(found, len(profile.names)) for match in matches]

    def _segments(self) -> list[tuple[Postings, frozenset[int]]]:
        """What stands in the index, with the keys that are gone from there."""
        segments = [(self.base, self.removed)] + ([(self.delta, frozenset[int]())] if self.delta is not None else [])
        return [segment for segment in segments if segment[0].size]


def _add_matches(
    found: list[list[Match]], names: Sequence[PreparedName], segment: Postings, hidden: frozenset[int], limit: int, at_least: float
) -> None:
    """Add to what was found for each name what a segment of the index knows."""
    alike = list(_alike_rows(names, segment, hidden, limit, WEAK_FLOOR))
    rows = np.concatenate([rows for rows, _ in alike])
    if not len(rows):
        return
    owners = np.repeat(np.arange(len(names), dtype=np.int32), [len(rows) for rows, _ in alike])
    near = can_reach(names, owners, segment.words, rows, at_least, np.concatenate([cosines for _, cosines in alike]))
    for owner, row in zip(owners[near].tolist(), rows[near].tolist(), strict=True):
        evidence = compare_names(names[owner], segment.names[row], at_least)
        if evidence.score >= at_least:
            found[owner].append((int(segment.keys[row]), evidence))


def _alike_rows(
    names: Sequence[PreparedName], segment: Postings, hidden: frozenset[int], limit: int, floor: float
) -> Iterator[tuple[Ints, Floats]]:
    """For each name the rows of a segment that look most alike, at most `limit`, with their cosine similarity."""
    most = limit + len(hidden)
    for scores in segment.scores([{} if name.empty else Counter(asked_features(name)) for name in names]):
        rows = np.flatnonzero(scores >= floor).astype(np.int32)
        if len(rows) > most:
            rows = rows[np.argpartition(-scores[rows], most - 1)[:most]]
        if hidden:
            rows = rows[[key not in hidden for key in segment.keys[rows].tolist()]]
            rows = rows[np.argsort(-scores[rows], kind="stable")[:limit]]
        yield rows, scores[rows]
