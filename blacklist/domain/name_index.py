"""Which of many names resemble one: candidates by rare n-grams, a bound that drops most of them, a comparison of the rest.

The index is a value: `with_changes` returns a new one that shares the big arrays and adds a small segment, so readers
never wait. Keys are opaque integers given by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from blacklist.domain.name_comparison import NameEvidence, compare_names
from blacklist.domain.name_postings import Floats, Ints, Postings, asked_features, build_postings
from blacklist.domain.normalise import PreparedName
from blacklist.domain.shortlist import can_reach

CANDIDATES = 50
FLOOR = 0.2
#: A short name with a slip in each word shares few trigrams with itself: so many are looked at, and so weak ones.
LOOKED_AT = 200
WEAK_FLOOR = 0.13
#: Names below this similarity never become a hit, whatever else agrees (a shared identifier is found by itself).
NAME_FLOOR = 0.69


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
        found = [
            pair
            for segment, rows, cosines in self._rows(name, limit, floor)
            for pair in zip(segment.keys[rows].tolist(), cosines.tolist(), strict=True)
        ]
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return found[:limit]

    def matches(self, name: PreparedName, *, limit: int = LOOKED_AT, at_least: float = NAME_FLOOR) -> list[tuple[int, NameEvidence]]:
        """Keys whose names score `at_least` with `name`, with the evidence, best first."""
        compared: list[tuple[int, NameEvidence]] = []
        for segment, rows, cosines in self._rows(name, limit, WEAK_FLOOR):
            near = rows[can_reach(name, segment.words, rows, at_least, cosines)]
            keys = segment.keys[near].tolist()
            compared += [(key, compare_names(name, segment.names[row], at_least)) for key, row in zip(keys, near.tolist(), strict=True)]
        matches = [(key, evidence) for key, evidence in compared if evidence.score >= at_least]
        matches.sort(key=lambda match: (-match[1].score, match[0]))
        return matches

    def _rows(self, name: PreparedName, limit: int, floor: float) -> Iterator[tuple[Postings, Ints, Floats]]:
        """The rows of each segment that look most alike, at most `limit` of each, with their cosine similarity."""
        counts: dict[str, float] = {}
        for gram in asked_features(name):
            counts[gram] = counts.get(gram, 0.0) + 1.0
        if name.empty or not counts:
            return
        for segment, hidden in ((self.base, self.removed), (self.delta, frozenset[int]())):
            if segment is None or not segment.size:
                continue
            scores = segment.scores(counts)
            rows = np.flatnonzero(scores >= floor).astype(np.int32)
            if len(rows) > limit + len(hidden):
                rows = rows[np.argpartition(-scores[rows], limit + len(hidden) - 1)[: limit + len(hidden)]]
            if hidden:
                rows = rows[[key not in hidden for key in segment.keys[rows].tolist()]]
                rows = rows[np.argsort(-scores[rows], kind="stable")[:limit]]
            if len(rows):
                yield segment, rows, scores[rows]
