"""Character n-grams of names weighted by rarity (TF-IDF), as postings: which names hold a gram, and how much it says there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from blacklist.domain.normalise import PreparedName, Reading, Word
from blacklist.domain.word_table import WordTable, build_word_table

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
SHORT_WORD = 5
#: Rare grams are read first, and no more once this many postings are read: the frequent ones tell little and cost most.
POSTINGS_READ = 30_000
GRAMS_READ = 6


def features(name: PreparedName) -> list[str]:
    """Trigrams of the sound of each word (bigrams too when it is short) and of its skeleton. Weak words only if nothing else stands."""
    chosen = [word for word in name.words if word.weight > 0.2 and len(word.text) > 1] or list(name.words)
    return [gram for word in chosen for gram in _grams(word)]


@lru_cache(maxsize=16_384)
def _grams(word: Word) -> tuple[str, ...]:
    padded = f"^{word.sound}$"
    grams: list[str] = []
    if word.reading is not Reading.ABJAD:
        grams += [padded[i : i + 3] for i in range(len(padded) - 2)]
        if len(word.sound) < SHORT_WORD:
            grams += [padded[i : i + 2] for i in range(1, len(padded) - 2)]
    if word.skeleton:
        skeleton = f"~{word.skeleton}~"
        grams.append(skeleton)
        grams += ["~" + skeleton[i : i + 3] for i in range(len(skeleton) - 2)]
    return tuple(grams)


def listed_features(name: PreparedName) -> list[str]:
    """Features of a name on the list: also the letter each word begins with, which only a query with initials asks for."""
    return features(name) + [f"!{word.text[0]}" for word in name.words if word.core]


def asked_features(name: PreparedName) -> list[str]:
    """Features of a name that is looked for."""
    return features(name) + [f"!{word.text}" for word in name.words if len(word.text) == 1 and word.text.isalpha()]


@dataclass(frozen=True, slots=True)
class Postings:
    """For gram g the rows `rows[starts[g]:starts[g + 1]]` with their weights; row r is the name `names[r]` under `keys[r]`."""

    keys: npt.NDArray[np.int64]
    names: tuple[PreparedName, ...]
    vocabulary: dict[str, int]
    starts: list[int]
    rows: Ints
    weights: Floats
    idf: list[float]
    words: WordTable

    @property
    def size(self) -> int:
        return len(self.keys)

    def scores(self, questions: Sequence[Mapping[str, float]]) -> Iterator[Floats]:
        """For each question its cosine similarity with each row (length `size`), short by what the most frequent grams would add.

        A question's sum is the product of a sparse matrix with its weights. The columns of that matrix are the postings that are read,
        last ones first, with a column between any two that is empty: from the end of one to the start of an earlier one nothing stands.
        So nothing is copied.
        """
        read = [self._rarest(grams) for grams in questions]
        width = max(1, 2 * max(map(len, read), default=0))
        columns = csc_array((self.size, width), dtype=np.float32)
        columns.indices, columns.data = self.rows, self.weights
        for postings in read:
            bounds = np.zeros(width + 1, dtype=np.int32)
            factors = np.zeros(width, dtype=np.float32)
            if postings:
                bounds[: 2 * len(postings)] = [place for start, end, _ in postings for place in (start, end)]
                factors[: 2 * len(postings) : 2] = [weight for _, _, weight in postings]
            columns.indptr = bounds
            yield columns @ factors

    def _rarest(self, grams: Mapping[str, float]) -> list[tuple[int, int, float]]:
        """(start, end, weight) of the postings of the rarest grams, the last ones in the arrays first."""
        vocabulary, starts, idf = self.vocabulary, self.starts, self.idf
        missing = 0
        known: list[tuple[int, int, int, float]] = []
        norm = 0.0
        for gram, count in grams.items():
            number = vocabulary.get(gram)
            if number is None:
                missing += 1
                continue
            weight = (1 + log(count)) * idf[number]
            norm += weight * weight
            start, end = starts[number], starts[number + 1]
            known.append((0 if gram[0] == "!" else end - start, start, end, weight))
        unseen = log(self.size + 1) + 1
        norm = (norm + missing * (unseen * 0.5) ** 2) ** 0.5
        known.sort()
        read = 0
        chosen: list[tuple[int, int, float]] = []
        for position, (length, start, end, weight) in enumerate(known):
            read += length
            if read > POSTINGS_READ and position >= GRAMS_READ:
                break
            chosen.append((start, end, weight / norm))
        chosen.sort(reverse=True)
        return chosen


def build_postings(keys: Sequence[int], names: Sequence[PreparedName], reference: Postings | None = None) -> Postings:
    """Postings of `names`; with `reference` the rarity of a gram is taken from there, so that scores of both compare."""
    vocabulary: dict[str, int] = {}
    gram_ids: list[int] = []
    lengths: list[int] = []
    for name in names:
        grams = listed_features(name)
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
    return Postings(
        np.asarray(keys, dtype=np.int64),
        tuple(names),
        vocabulary,
        starts.tolist(),
        row[order],
        values[order],
        idf.tolist(),
        build_word_table(names),
    )
