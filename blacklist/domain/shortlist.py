"""Which of some candidates can reach a score at all? A bound from all words at once, so that few are compared word by word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from blacklist.domain.name_comparison import OMISSION, SYLLABLE_OMISSION
from blacklist.domain.normalise import PreparedName, Reading, Word
from blacklist.domain.word_comparison import INITIAL, sounding

Floats = npt.NDArray[np.float32]
#: Below this, two words, two syllables or two sets of consonants have nothing in common.
ALIKE = 0.5
SYLLABLES_ALIKE = 0.75
CONSONANTS_ALIKE = 0.6
#: Names that look so much alike as a whole are compared whatever their words say (words run together).
LOOKS_ALIKE = 0.55
JOINED_ALIKE = 0.72


def can_reach(query: PreparedName, names: Sequence[PreparedName], floor: float, cosines: Floats) -> npt.NDArray[np.bool_]:
    """For each of `names` whether its score with `query` may reach `floor`. Close to a bound, not a proof: tests hold its recall."""
    words = [word for word in query.words if word.weight > 0.2] or list(query.words)
    flat = [word for name in names for word in name.words]
    lengths = np.array([len(name.words) for name in names])
    starts = np.concatenate(([0], np.cumsum(lengths[:-1])))
    similar = _similarities(words, flat, query.syllabic)
    asked = np.array([word.weight for word in words], dtype=np.float32)
    listed = np.array([word.weight for word in flat], dtype=np.float32)
    best_asked = np.maximum.reduceat(similar, starts, axis=1)
    best_listed = similar.max(axis=0)
    lonely_asked = asked @ (best_asked == 0)
    lonely_listed = np.add.reduceat(listed * (best_listed == 0), starts)
    agreed = np.minimum(asked @ best_asked, np.add.reduceat(listed * best_listed, starts))
    paired = np.minimum(asked.sum() - lonely_asked, np.add.reduceat(listed, starts) - lonely_listed)
    conflict = np.minimum(lonely_asked, lonely_listed)
    omission = np.abs(lonely_asked - lonely_listed) * (SYLLABLE_OMISSION if query.syllabic else OMISSION)
    bound = agreed / np.maximum(paired + conflict + omission, 1e-6)
    joined = np.maximum(
        _alike([query.joined], [name.joined for name in names], JOINED_ALIKE)[0],
        _alike([query.run], [name.run for name in names], JOINED_ALIKE)[0],
    )
    run_together = (lengths != len(query.words)) & (cosines >= LOOKS_ALIKE)
    reach: npt.NDArray[np.bool_] = (bound >= floor) | (joined > 0) | run_together
    return reach


def _similarities(words: list[Word], flat: list[Word], syllabic: bool) -> Floats:
    """How alike each word asked for is with each listed one, rather too much than too little; 0 where nothing is shared."""
    readings = {word.reading for word in flat}
    if syllabic or Reading.HAN in readings or Reading.HANGUL in readings:
        similar = _alike([sounding(word) for word in words], [sounding(word) for word in flat], SYLLABLES_ALIKE if syllabic else ALIKE)
    else:
        similar = _alike([word.sound for word in words], [word.sound for word in flat], ALIKE)
    unvowelled = [word.reading is Reading.ABJAD for word in words]
    if any(unvowelled) or Reading.ABJAD in readings:
        consonants = _alike([word.skeleton for word in words], [word.skeleton for word in flat], CONSONANTS_ALIKE)
        consonants[np.equal.outer(unvowelled, [word.reading is Reading.ABJAD for word in flat])] = 0
        np.maximum(similar, consonants, out=similar)
    if syllabic:
        return similar
    for row, word in enumerate(words):
        if len(word.text) == 1:
            similar[row, [column for column, other in enumerate(flat) if other.text[0] == word.text]] = INITIAL
    for column, other in enumerate(flat):
        if len(other.text) == 1:
            similar[:, column] = [INITIAL if word.text[0] == other.text else 0.0 for word in words]
    return similar


def _alike(some: list[str], others: list[str], cutoff: float) -> Floats:
    """Similarity of each with each; 0 below `cutoff`."""
    return cdist(some, others, scorer=OSA.normalized_similarity, score_cutoff=cutoff, dtype=np.float32)
