"""Which of many names are worth comparing with one: character n-grams weighted by rarity (TF-IDF), cosine similarity.

The index is a value: `with_changes` returns a new one that shares the big arrays and adds a small segment, so readers
never wait. Memory: about 30 MB for 100,000 names. Keys are opaque integers given by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from blacklist.domain.normalise import PreparedName, Reading

Floats = npt.NDArray[np.float32]
SHORT_WORD = 5
Ints = npt.NDArray[np.int32]


def features(name: PreparedName) -> list[str]:
    """Trigrams of the sound of each word (bigrams too when it is short) and of its skeleton. Weak words only if nothing else stands."""
    chosen = [word for word in name.words if word.weight > 0.2 and len(word.text) > 1] or list(name.words)
    grams: list[str] = []
    for word in chosen:
        padded = f"^{word.sound}$"
        if word.reading is not Reading.ABJAD:
            grams += [padded[i : i + 3] for i in range(len(padded) - 2)]
            if len(word.sound) < SHORT_WORD:
                grams += [padded[i : i + 2] for i in range(1, len(padded) - 2)]
        if word.skeleton:
            skeleton = f"~{word.skeleton}~"
            grams.append(skeleton)
            grams += ["~" + skeleton[i : i + 3] for i in range(len(skeleton) - 2)]
    return grams


@dataclass(frozen=True, slots=True)
class _Segment:
    """Postings of some names: for gram g the rows `rows[starts[g]:starts[g + 1]]` with their weights."""

    keys: npt.NDArray[np.int64]
    vocabulary: dict[str, int]
    starts: npt.NDArray[np.int64]
    rows: Ints
    weights: Floats
    idf: Floats

    @property
    def size(self) -> int:
        return len(self.keys)

    def scores(self, grams: dict[str, float]) -> Floats:
        """Cosine similarity of the query grams with each row (length `size`)."""
        known = [(self.vocabulary[g], count) for g, count in grams.items() if g in self.vocabulary]
        total = np.zeros(self.size, dtype=np.float32)
        if not known:
            return total
        unseen = float(np.log(self.size + 1) + 1)
        ids = np.fromiter((i for i, _ in known), dtype=np.int64, count=len(known))
        counts = np.fromiter((c for _, c in known), dtype=np.float32, count=len(known))
        query = (1 + np.log(counts)) * self.idf[ids]
        missing = len(grams) - len(known)
        norm = float(np.sqrt(np.dot(query, query) + missing * (unseen * 0.5) ** 2))
        for gram, weight in zip(ids.tolist(), (query / norm).tolist(), strict=True):
            start, end = self.starts[gram], self.starts[gram + 1]
            total[self.rows[start:end]] += weight * self.weights[start:end]
        return total


def _build(
    keys: Sequence[int],
    names: Sequence[PreparedName],
    reference: _Segment | None = None,
) -> _Segment:
    vocabulary: dict[str, int] = {}
    gram_ids: list[int] = []
    lengths: list[int] = []
    for name in names:
        grams = features(name)
        lengths.append(len(grams))
        for gram in grams:
            gram_ids.append(vocabulary.setdefault(gram, len(vocabulary)))
    count = len(names)
    rows = np.repeat(np.arange(count, dtype=np.int64), lengths)
    pairs = rows * max(1, len(vocabulary)) + np.asarray(gram_ids, dtype=np.int64)
    unique, frequency = np.unique(pairs, return_counts=True)
    row = (unique // max(1, len(vocabulary))).astype(np.int32)
    column = unique % max(1, len(vocabulary))
    seen = np.bincount(column, minlength=len(vocabulary))
    idf = (np.log((count + 1) / (seen + 1)) + 1).astype(np.float32)
    if reference is not None:
        unseen = np.float32(np.log(reference.size + 1) + 1)
        for text, position in vocabulary.items():
            known = reference.vocabulary.get(text)
            idf[position] = reference.idf[known] if known is not None else unseen
    values = ((1 + np.log(frequency)) * idf[column]).astype(np.float32)
    norms = np.sqrt(np.bincount(row, weights=values.astype(np.float64) ** 2, minlength=count))
    values /= np.maximum(norms, 1e-9)[row].astype(np.float32)
    order = np.argsort(column, kind="stable")
    starts = np.zeros(len(vocabulary) + 1, dtype=np.int64)
    np.cumsum(seen, out=starts[1:])
    return _Segment(
        np.asarray(keys, dtype=np.int64),
        vocabulary,
        starts,
        row[order],
        values[order],
        idf,
    )


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Candidates for a name. `len(index)` counts the names that stand in it."""

    base: _Segment
    delta: _Segment | None = None
    removed: frozenset[int] = frozenset()
    added: dict[int, PreparedName] = field(default_factory=dict)

    @classmethod
    def build(cls, names: Iterable[tuple[int, PreparedName]]) -> NameIndex:
        """Index `(key, prepared name)` pairs; names without a core word are left out because they match nobody."""
        kept = [(key, name) for key, name in names if not name.empty]
        return cls(_build([key for key, _ in kept], [name for _, name in kept]))

    def __len__(self) -> int:
        gone = int(np.isin(self.base.keys, list(self.removed)).sum()) if self.removed else 0
        return self.base.size - gone + len(self.added)

    def with_changes(self, added: Iterable[tuple[int, PreparedName]], removed: Iterable[int]) -> NameIndex:
        """A new index with some names added and some keys gone; a key in both is replaced."""
        gone = frozenset(removed)
        changed = {key: name for key, name in self.added.items() if key not in gone}
        news = {key: name for key, name in added if not name.empty}
        changed.update(news)
        delta = (
            _build(
                list(changed),
                list(changed.values()),
                self.base if self.base.size else None,
            )
            if changed
            else None
        )
        return NameIndex(self.base, delta, (self.removed | gone | frozenset(news)), changed)

    def candidates(self, name: PreparedName, limit: int = 60, floor: float = 0.2) -> list[tuple[int, float]]:
        """At most `limit` keys with their cosine similarity, best first, none below `floor`."""
        counts: dict[str, float] = {}
        for gram in features(name):
            counts[gram] = counts.get(gram, 0.0) + 1.0
        if name.empty or not counts:
            return []
        found: list[tuple[int, float]] = []
        for segment, hidden in (
            (self.base, self.removed),
            (self.delta, frozenset[int]()),
        ):
            if segment is None or not segment.size:
                continue
            scores = segment.scores(counts)
            rows = np.flatnonzero(scores >= floor)
            if len(rows) > limit + len(hidden):
                rows = rows[np.argpartition(-scores[rows], limit + len(hidden) - 1)[: limit + len(hidden)]]
            found += [
                (key, float(score))
                for key, score in zip(segment.keys[rows].tolist(), scores[rows].tolist(), strict=True)
                if key not in hidden
            ]
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return found[:limit]
