"""Which of some candidates can reach a score at all? A bound from all words at once, so that few are compared word by word."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from blacklist.domain.han import spellings
from blacklist.domain.name_comparison import LONE_WORD, LOOSE, LOOSE_LOSS, OMISSION, OMITTED, SYLLABLE_OMISSION
from blacklist.domain.normalise import PreparedName, Reading, Word
from blacklist.domain.word_comparison import INITIAL, sounding
from blacklist.domain.word_table import Floats, Ints, WordTable, ends_of

#: Below this, two words, two syllables or two sets of consonants have nothing in common.
ALIKE = 0.5
SYLLABLES_ALIKE = 0.75
CONSONANTS_ALIKE = 0.6
#: Names that look so much alike as a whole are compared whatever their words say (words run together).
LOOKS_ALIKE = 0.55
JOINED_ALIKE = 0.72
JOINED_LENGTHS = 3


def can_reach(query: PreparedName, table: WordTable, rows: Ints, floor: float, cosines: Floats) -> npt.NDArray[np.bool_]:
    """For each of the table's `rows` whether its score with `query` may reach `floor`. Close to a bound, not a proof: tests hold its recall."""
    words = [word for word in query.words if word.weight > 0.2] or list(query.words)
    flat, places, counts = table.words_of(rows)
    similar = _similarities(words, table, flat, query.syllabic)
    asked = np.array([word.weight for word in words], dtype=np.float32)
    listed = table.weights[flat]
    best_asked = np.maximum.reduceat(similar, places, axis=1)
    best_listed = similar.max(axis=0)
    lonely_asked = asked @ (best_asked == 0)
    lonely_listed = np.add.reduceat(listed * (best_listed == 0), places)
    agreed = np.minimum(asked @ best_asked, np.add.reduceat(listed * best_listed, places))
    paired = np.minimum(asked.sum() - lonely_asked, np.add.reduceat(listed, places) - lonely_listed)
    conflict = np.minimum(lonely_asked, lonely_listed)
    omission = np.abs(lonely_asked - lonely_listed) * (SYLLABLE_OMISSION if query.syllabic else OMISSION)
    needed = floor * np.maximum(paired + conflict + omission, 1e-6)
    if not query.company:
        lone = (np.count_nonzero(best_asked, axis=0) == 1) & (np.abs(lonely_asked - lonely_listed) > OMITTED)
        needed[lone] /= LONE_WORD
    reach: npt.NDArray[np.bool_] = agreed >= needed
    reach |= (counts != len(query.words)) & (cosines >= LOOKS_ALIKE)
    _add_joined(reach, query, table, rows)
    return reach


def _add_joined(reach: npt.NDArray[np.bool_], query: PreparedName, table: WordTable, rows: Ints) -> None:
    """Mark also the rows that without spaces look like the query; only of like length can they."""
    near = np.flatnonzero(~reach & (np.abs(table.lengths[rows] - len(query.joined)) <= JOINED_LENGTHS))
    if len(near):
        chosen = rows[near]
        reach[near] = (_alike([query.joined], table.joined[chosen].tolist(), JOINED_ALIKE)[0] > 0) | (
            _alike([query.run], table.runs[chosen].tolist(), JOINED_ALIKE)[0] > 0
        )


def _similarities(words: list[Word], table: WordTable, flat: Ints, syllabic: bool) -> Floats:
    """How alike each word asked for is with each listed one, rather too much than too little; 0 where nothing is shared."""
    by_syllable = syllabic or bool(table.syllabic[flat].any())
    if by_syllable:
        others = table.syllables[flat].tolist()
        similar = _alike([sounding(word) for word in words], others, SYLLABLES_ALIKE if syllabic else ALIKE)
        for row, word in enumerate(words):
            if word.reading is Reading.HAN:
                ways = spellings(word.text)
                similar[row, [column for column, other in enumerate(others) if other in ways]] = INITIAL
    else:
        similar = _alike([word.sound for word in words], table.sounds[flat].tolist(), ALIKE)
    unvowelled = np.array([word.reading is Reading.ABJAD for word in words])
    listed_unvowelled = table.unvowelled[flat]
    if unvowelled.any() or listed_unvowelled.any():
        consonants = _alike([word.skeleton for word in words], table.skeletons[flat].tolist(), CONSONANTS_ALIKE)
        consonants[np.equal.outer(unvowelled, listed_unvowelled)] = 0
        np.maximum(similar, consonants, out=similar)
    if syllabic:
        return similar
    similar[_end_unlike(words, table, flat)] = 0
    loose = (similar > 0) & (similar < LOOSE)
    similar[loose] -= LOOSE_LOSS * (LOOSE - similar[loose])
    single = table.initial[flat]
    for row, word in enumerate(words):
        if len(word.text) == 1:
            similar[row, table.first[flat] == ord(word.text)] = INITIAL
    for column in np.flatnonzero(single).tolist():
        similar[:, column] = [INITIAL if ord(word.text[0]) == single[column] else 0.0 for word in words]
    return similar


def _end_unlike(words: list[Word], table: WordTable, flat: Ints) -> npt.NDArray[np.bool_]:
    """Pairs of Latin words that share neither a first nor a last letter, as written or as heard: the comparison skips them too."""
    ends = table.ends[flat]
    unlike = np.zeros((len(words), len(flat)), dtype=np.bool_)
    latin = ends[:, 0] != 0
    for row, word in enumerate(words):
        first, heard_first, last, heard_last = ends_of(word)
        if first:
            begins = (ends[:, 0] == first) | (ends[:, 1] == first) | (ends[:, 0] == heard_first) | (ends[:, 1] == heard_first)
            closes = (ends[:, 2] == last) | (ends[:, 3] == last) | (ends[:, 2] == heard_last) | (ends[:, 3] == heard_last)
            unlike[row] = latin & ~(begins | closes)
    return unlike


def _alike(some: list[str], others: list[str], cutoff: float) -> Floats:
    """Similarity of each with each; 0 below `cutoff`."""
    return cdist(some, others, scorer=OSA.normalized_similarity, score_cutoff=cutoff, dtype=np.float32)
