"""Which of some candidates can reach a score at all? A bound from all words of many questions at once,
so that few are compared word by word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from blacklist.domain.han import spellings
from blacklist.domain.name_comparison import (
    CONFLICT,
    JOINED_LEAST,
    JOINED_LENGTHS,
    JOINED_SIMILARITY,
    LONE_WORD,
    LOOSE,
    LOOSE_LOSS,
    OMISSION,
    OMITTED,
    SYLLABLE_OMISSION,
)
from blacklist.domain.normalise import PreparedName, Word
from blacklist.domain.word_comparison import INITIAL
from blacklist.domain.word_table import Flags, Floats, Ints, Places, Texts, Words, WordTable, describe_words

#: Below this, two words, two syllables or two sets of consonants have nothing in common.
ALIKE = 0.5
SYLLABLES_ALIKE = 0.75
CONSONANTS_ALIKE = 0.6
#: Names that look so much alike as a whole are compared whatever their words say (words run together).
LOOKS_ALIKE = 0.55


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of the names that are looked for: word k of name n is `words` at `places[k, n]`, and weighs `weights[k,
    n]` (0 when it has none).
    """

    names: Sequence[PreparedName]
    words: Words
    places: Ints
    weights: Floats
    syllabic: Flags

    @classmethod
    def of(cls, names: Sequence[PreparedName]) -> Asked:
        telling = [[word for word in name.words if word.weight > 0.2] or list(name.words) for name in names]
        flat: list[Word] = [word for words in telling for word in words]
        counts = np.array([len(words) for words in telling])
        there = np.arange(counts.max()) < counts[:, None]
        places, weights = np.full(there.shape, -1, dtype=np.int32), np.zeros(there.shape, dtype=np.float32)
        places[there] = np.arange(len(flat))
        words = describe_words(flat)
        weights[there] = words.weights
        syllabic = np.array([name.syllabic for name in names])
        return cls(names, words, np.ascontiguousarray(places.T), np.ascontiguousarray(weights.T), syllabic)


def can_reach(names: Sequence[PreparedName], owners: Ints, table: WordTable, rows: Ints, floor: float, cosines: Floats) -> Flags:
    """For each of the table's `rows` whether its score with the name `names[owners[row]]` may reach `floor`.

    Close to a bound, not a proof: tests hold its recall.
    """
    asked = Asked.of(names)
    flat, places, counts = table.words_of(rows)
    owner, word, inverse = _distinct(np.repeat(owners, counts), flat, len(names), len(table.words.weights))
    similar = _similarities(asked, owner, table.words, word)
    best_asked = np.maximum.reduceat(np.take(similar, inverse, axis=1), places, axis=1)
    best_listed = similar.max(axis=0)[inverse]
    listed = table.words.weights[flat]
    weights = asked.weights[:, owners]
    syllabic = asked.syllabic[owners]
    lonely_asked = (weights * (best_asked == 0)).sum(axis=0)
    lonely_listed = np.add.reduceat(listed * (best_listed == 0), places)
    agreed = np.minimum((weights * best_asked).sum(axis=0), np.add.reduceat(listed * best_listed, places))
    paired = np.minimum(weights.sum(axis=0) - lonely_asked, np.add.reduceat(listed, places) - lonely_listed)
    omission = np.abs(lonely_asked - lonely_listed)
    lost = np.where(syllabic, np.float32(SYLLABLE_OMISSION), np.float32(OMISSION)) * omission
    word_counts = np.array([len(name.words) for name in names])[owners]
    conflict = np.minimum(lonely_asked, lonely_listed) * np.where(counts == word_counts, np.float32(CONFLICT), np.float32(1))
    needed = floor * np.maximum(paired + conflict + lost, 1e-6)
    company = np.array([name.company for name in names])[owners]
    lone = ~company & (np.count_nonzero(best_asked, axis=0) == 1) & (omission > OMITTED)
    needed[lone] /= LONE_WORD
    reach: Flags = agreed >= needed
    reach |= (counts != word_counts) & (cosines >= LOOKS_ALIKE) & ~(syllabic & table.syllabic[rows])
    _add_joined(reach, names, owners, table, rows, ~(syllabic | table.syllabic[rows]))
    return reach


def _distinct(owners: Ints, words: Ints, names: int, size: int) -> tuple[Ints, Ints, Places]:
    """Each word once for each name (owner, word), and where the given ones stand among these."""
    slots = owners.astype(np.int64) * size + words
    numbers = np.arange(len(slots), dtype=np.int32)
    last = np.empty(names * size, dtype=np.int32)
    last[slots] = numbers
    seen = last[slots]
    kept = np.flatnonzero(seen == numbers)
    last[slots[kept]] = np.arange(len(kept), dtype=np.int32)
    return owners[kept], words[kept], last[slots]


def _add_joined(reach: Flags, names: Sequence[PreparedName], owners: Ints, table: WordTable, rows: Ints, spelt: Flags) -> None:
    """Mark also the rows that without spaces look like the name, as the comparison does, where letters are `spelt` on both sides."""
    asked = Texts.of([name.joined for name in names]), Texts.of([name.run for name in names])
    mine, other = asked[0].lengths[owners], table.joined.lengths[rows]
    near = np.flatnonzero(~reach & spelt & (np.abs(mine - other) <= JOINED_LENGTHS) & (np.maximum(mine, other) >= JOINED_LEAST))
    for texts, listed in zip(asked, (table.joined, table.runs), strict=True):
        reach[near] |= _alike(texts, owners[near], listed, rows[near], JOINED_SIMILARITY) > 0


def _similarities(asked: Asked, owner: Ints, listed: Words, word: Ints) -> Floats:
    """How alike the listed `word` and each word of its `owner` are, rather too much than too little; 0 where nothing is shared.

    One row for each place of a word asked for. Only pairs that begin or end alike are measured.
    """
    places = asked.places[:, owner]
    mine = asked.words
    k, column = np.nonzero((mine.ends[places] & listed.ends[word] != 0) & (places >= 0))
    one, two = places[k, column], word[column]
    spoken = asked.syllabic[owner[column]]
    similar = _alike(mine.sounds, one, listed.sounds, two, ALIKE)
    special = np.flatnonzero(mine.special[one] | listed.special[two])
    if len(special):
        similar[special] = _special(similar[special], mine, one[special], listed, two[special], spoken[special])
    loose = (similar > 0) & (similar < LOOSE) & ~spoken
    similar[loose] -= LOOSE_LOSS * (LOOSE - similar[loose])
    found = np.zeros(places.shape, dtype=np.float32)
    found[k, column] = similar
    return found


def _special(similar: Floats, mine: Words, one: Places, listed: Words, two: Places, spoken: Flags) -> Floats:
    """Of pairs with a word that is a single letter, or no Latin one."""
    syllables = np.flatnonzero(spoken | listed.syllabic[two])
    if len(syllables):
        spelt = _alike(mine.syllables, one[syllables], listed.syllables, two[syllables], ALIKE)
        similar[syllables] = np.maximum(similar[syllables], spelt)
        similar[spoken & (similar < SYLLABLES_ALIKE)] = 0
    han = np.flatnonzero(mine.han[one])
    if len(han):
        pairs = zip(mine.texts.texts[one[han]].tolist(), listed.syllables.texts[two[han]].tolist(), strict=True)
        similar[han[[other in spellings(text) for text, other in pairs]]] = INITIAL
    written = np.flatnonzero(mine.unvowelled[one] != listed.unvowelled[two])
    if len(written):
        consonants = _alike(mine.skeletons, one[written], listed.skeletons, two[written], CONSONANTS_ALIKE)
        similar[written] = np.maximum(similar[written], consonants)
    same = mine.first[one] == listed.first[two]
    letter = (listed.initial[two] != 0) & ~spoken
    similar[letter] = 0
    similar[same & (letter | ((mine.initial[one] != 0) & ~spoken))] = INITIAL
    return similar


def _alike(some: Texts, one: Places, others: Texts, two: Places, cutoff: float) -> Floats:
    """Similarity of each of `some` with its partner; 0 below `cutoff`. Letters that only one side has tell most of them apart."""
    mine, theirs = some.letters[one], others.letters[two]
    lengths, other = some.lengths[one], others.lengths[two]
    longest = np.maximum(lengths, other)
    apart = np.maximum(np.abs(lengths - other), np.maximum(np.bitwise_count(mine & ~theirs), np.bitwise_count(theirs & ~mine)))
    near = np.flatnonzero(apart <= (1 - cutoff) * longest + 1e-6)
    similar = np.zeros(len(one), dtype=np.float32)
    if len(near):
        texts, partners = some.texts[one[near]].tolist(), others.texts[two[near]].tolist()
        similar[near] = cpdist(texts, partners, scorer=OSA.normalized_similarity, score_cutoff=cutoff, dtype=np.float32)
    return similar
