"""The words of many names as arrays, each word once, so that thousands of candidates are weighed in a few array operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from blacklist.domain.normalise import PreparedName, Reading, Word
from blacklist.domain.word_comparison import sounding

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint32]
Places = npt.NDArray[np.integer[Any]]
CODES = {Reading.LATIN: 0, Reading.ABJAD: 1, Reading.HAN: 2, Reading.HANGUL: 3}
#: A bit for each letter, and one for all other signs; none for what stands between texts.
LETTERS = 27
ANYHOW = (1 << 2 * LETTERS) - 1
_BITS = np.full(256, 1 << LETTERS - 1, dtype=np.uint32)
_BITS[ord("a") : ord("z") + 1] = 1 << np.arange(LETTERS - 1)
_BITS[0] = 0


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts with their lengths, and a bit for each letter that is in them."""

    texts: npt.NDArray[np.object_]
    lengths: Ints
    letters: Bits

    @classmethod
    def of(cls, values: Sequence[str]) -> Texts:
        texts = np.empty(len(values), dtype=object)
        texts[:] = values
        lengths = np.fromiter(map(len, values), dtype=np.int32, count=len(values))
        bits = _bits("\0".join([*values, ""]))
        return cls(texts, lengths, np.bitwise_or.reduceat(bits, np.cumsum(lengths + 1) - lengths - 1) if len(values) else bits)


def _bits(text: str) -> Bits:
    """The bit of each sign."""
    return _BITS[np.frombuffer(text.encode("latin-1", "replace"), dtype=np.uint8)]


@dataclass(frozen=True, slots=True)
class Words:
    """Words, a value of each in every array.

    `ends` has a bit for each letter a Latin word begins or ends with, as written and as heard, so that two words which share none are
    not alike; all bits where a word may begin and end anyhow. `special` words are single letters and those in no Latin script;
    `initial` is the letter of a word of one letter.
    """

    weights: Floats
    texts: Texts
    sounds: Texts
    syllables: Texts
    skeletons: Texts
    ends: Places
    special: Flags
    unvowelled: Flags
    syllabic: Flags
    han: Flags
    initial: Bytes
    first: Bytes


@dataclass(frozen=True, slots=True)
class WordTable:
    """Name r has the words `ids[starts[r]:starts[r + 1]]` of `words`; `joined`, `runs` and `syllabic` hold a value for each name."""

    starts: Ints
    ids: Ints
    words: Words
    joined: Texts
    runs: Texts
    syllabic: Flags

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
    return WordTable(
        starts=starts,
        ids=np.asarray(ids, dtype=np.int32),
        words=describe_words(list(numbers)),
        joined=Texts.of([name.joined for name in names]),
        runs=Texts.of([name.run for name in names]),
        syllabic=np.asarray([name.syllabic for name in names], dtype=np.bool_),
    )


def describe_words(words: Sequence[Word]) -> Words:
    """What the bound asks of words, as arrays."""
    readings = np.fromiter((CODES[word.reading] for word in words), dtype=np.uint8, count=len(words))
    texts, sounds = Texts.of([word.text for word in words]), Texts.of([word.sound for word in words])
    single, latin = texts.lengths == 1, readings == CODES[Reading.LATIN]
    begins = _bits("".join([word.text[0] for word in words])) | _bits("".join([(word.sound or word.text)[0] for word in words]))
    closes = _bits("".join([word.text[-1] for word in words])) | _bits("".join([(word.sound or word.text)[-1] for word in words]))
    first = np.fromiter((ord(word.text[0]) for word in words), dtype=np.uint8, count=len(words))
    return Words(
        weights=np.fromiter((word.weight for word in words), dtype=np.float32, count=len(words)),
        texts=texts,
        sounds=sounds,
        syllables=Texts.of([sounding(word) for word in words]),
        skeletons=Texts.of([word.skeleton for word in words]),
        ends=np.where(latin, begins | np.where(single, 0, closes.astype(np.int64) << LETTERS), ANYHOW),
        special=single | ~latin,
        unvowelled=readings == CODES[Reading.ABJAD],
        syllabic=readings >= CODES[Reading.HAN],
        han=readings == CODES[Reading.HAN],
        initial=np.where(single, first, 0),
        first=first,
    )
