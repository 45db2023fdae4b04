"""The words of many names as arrays, each word once, so that a hundred candidates are weighed in a few array operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from blacklist.domain.normalise import PreparedName, Reading, Word
from blacklist.domain.word_comparison import sounding

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class WordTable:
    """Name r has the words `ids[starts[r]:starts[r + 1]]`; the other arrays hold a value for each word, or for each name.

    `ends` has four letters of each word: first as written, first as heard, last as written, last as heard (0 when it is not Latin
    or a single letter); `initial` is the letter of a word of one letter.
    """

    starts: Ints
    ids: Ints
    weights: Floats
    sounds: Texts
    syllables: Texts
    skeletons: Texts
    unvowelled: Flags
    syllabic: Flags
    initial: Bytes
    first: Bytes
    ends: Bytes
    joined: Texts
    runs: Texts
    lengths: Ints

    def words_of(self, rows: Ints) -> tuple[Ints, Ints, Ints]:
        """(word numbers of all the rows in a row, where each row begins, how many words each has)."""
        begins, counts = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        places = np.zeros(len(rows), dtype=np.int32)
        np.cumsum(counts[:-1], out=places[1:])
        flat = np.arange(int(counts.sum()), dtype=np.int32) + np.repeat(begins - places, counts)
        return self.ids[flat], places, counts


def build_word_table(names: Sequence[PreparedName]) -> WordTable:
    """The table of the names' words, in their order. Each name has a word at least."""
    numbers: dict[Word, int] = {}
    ids = [numbers.setdefault(word, len(numbers)) for name in names for word in name.words]
    starts = np.zeros(len(names) + 1, dtype=np.int32)
    np.cumsum([len(name.words) for name in names], out=starts[1:])
    words = list(numbers)
    return WordTable(
        starts=starts,
        ids=np.asarray(ids, dtype=np.int32),
        weights=np.asarray([word.weight for word in words], dtype=np.float32),
        sounds=_texts([word.sound for word in words]),
        syllables=_texts([sounding(word) for word in words]),
        skeletons=_texts([word.skeleton for word in words]),
        unvowelled=np.asarray([word.reading is Reading.ABJAD for word in words], dtype=np.bool_),
        syllabic=np.asarray([word.reading in (Reading.HAN, Reading.HANGUL) for word in words], dtype=np.bool_),
        initial=np.asarray([ord(word.text) if len(word.text) == 1 else 0 for word in words], dtype=np.uint8),
        first=np.asarray([ord(word.text[0]) for word in words], dtype=np.uint8),
        ends=np.asarray([ends_of(word) for word in words], dtype=np.uint8).reshape(len(words), 4),
        joined=_texts([name.joined for name in names]),
        runs=_texts([name.run for name in names]),
        lengths=np.asarray([len(name.joined) for name in names], dtype=np.int32),
    )


def ends_of(word: Word) -> tuple[int, int, int, int]:
    """First and last letters, as written and as heard; zeros when the word may begin and end anyhow."""
    if word.ends is None:
        return (0, 0, 0, 0)
    return (ord(word.text[0]), ord(word.sound[0]), ord(word.text[-1]), ord(word.sound[-1]))


def _texts(values: Sequence[str]) -> Texts:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
