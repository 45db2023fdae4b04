"""Do two names mean the same? Words are aligned with each other; what stays alone on both sides speaks against it.

score = agreed weight / (paired weight + conflicting weight + OMISSION · weight that only one side has), 0–1, symmetric.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz.distance import OSA

from blacklist.domain.normalise import PreparedName, Reading, Word
from blacklist.domain.phonetics import fold_sounds
from blacklist.domain.unvowelled import may_spell
from blacklist.domain.word_comparison import SYLLABIC, spelling_similarity, word_similarity

OMISSION = 0.22
SYLLABLE_OMISSION = 0.9  # a syllable is a third of a Chinese or Korean name
JOINED_DISCOUNT = 0.98
JOINED_SIMILARITY = 0.77
RUN_SIMILARITY = 0.8
SYLLABLE_RUN = {Reading.HAN: 0.97, Reading.HANGUL: 0.93}
LOOSE_OMISSION = 0.4  # words that agree only loosely say less when others are missing
SEVERAL_WORDS = 1.5  # weight from which more than one word is missing
SEVERAL_OMITTED = 0.93
LOOSE_INITIAL = 0.4  # and less beside initials
LONE_WORD = 0.88  # of a person's name, one word alone ("Petrovic") says little about which Petrovic


class NameEvidence(NamedTuple):
    """Similarity of two names (0–1) and the words that agree, or stand on one side only."""

    score: float
    pairs: tuple[tuple[tuple[Word, ...], tuple[Word, ...]], ...] = ()
    rest_left: tuple[Word, ...] = ()
    rest_right: tuple[Word, ...] = ()

    @property
    def agreed(self) -> tuple[tuple[str, str], ...]:
        """Words of the left and the right that were taken for the same."""
        return tuple((_text(left), _text(right)) for left, right in self.pairs)

    @property
    def only_left(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.rest_left)

    @property
    def only_right(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.rest_right)


def _text(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


NOTHING = NameEvidence(0.0)


def compare_names(left: PreparedName, right: PreparedName, at_least: float = 0.0) -> NameEvidence:
    """Similarity of two prepared names, with the words that carry it. Names without a core word agree with nobody.

    Below `at_least` the answer is `NOTHING`, which spares the caller the words.
    """
    if left.empty or right.empty:
        return NOTHING
    equal, rest_left, rest_right = _take_equal(left.words, right.words)
    runs: list[tuple[tuple[Word, ...], tuple[Word, ...], float]] = []
    pairs: list[tuple[Word, Word, float]] = []
    if rest_left and rest_right:
        if len(left.words) != len(right.words):
            runs = _take_runs(rest_left, rest_right)
        pairs = _take_similar(rest_left, rest_right)
    agreed = paired = core = 0.0
    for a, b in equal:
        weight = (a.weight + b.weight) / 2
        agreed += weight
        if a.core or b.core:
            core += weight
    paired = agreed
    initials = False
    for a, b, similarity in pairs:
        initial = len(a.text) == 1 or len(b.text) == 1
        weight = min(a.weight, b.weight) if initial else (a.weight + b.weight) / 2
        initials |= initial
        agreed += weight * similarity
        paired += weight
        if a.core and b.core:
            core += weight
    for one, other, similarity in runs:
        weight = max(_weight(one), _weight(other)) / 1.25
        agreed += weight * similarity
        paired += weight
        core += weight
    lonely_left, lonely_right = _weight(rest_left), _weight(rest_right)
    conflict = min(lonely_left, lonely_right)
    omission = max(lonely_left, lonely_right) - conflict
    lost = SYLLABLE_OMISSION if left.syllabic or right.syllabic else OMISSION
    score = agreed / (paired + conflict + lost * omission) if core > 0 else 0.0
    if initials and paired:
        score *= 1 - LOOSE_INITIAL * max(0.0, 1 - agreed / paired - 0.05)
    if omission > 0.5:
        if len(equal) + len(pairs) + len(runs) == 1 and not (left.company and right.company):
            score *= LONE_WORD
        score *= 1 - LOOSE_OMISSION * (1 - agreed / paired) if paired else 1
        if omission > SEVERAL_WORDS:
            score *= SEVERAL_OMITTED
    if score < 0.95:
        joined = _joined_similarity(left, right)
        if joined > score and not any(word.text[-1].isdigit() for word in (*rest_left, *rest_right)):
            score = joined
    score = _shorten(score, left, right)
    if score < at_least:
        return NOTHING
    return NameEvidence(
        score,
        (
            *(((a,), (b,)) for a, b in equal),
            *(((a,), (b,)) for a, b, _ in pairs),
            *((a, b) for a, b, _ in runs),
        ),
        tuple(rest_left),
        tuple(rest_right),
    )


def _weight(words: Iterable[Word]) -> float:
    return sum([word.weight for word in words])


def _take_equal(left: tuple[Word, ...], right: tuple[Word, ...]) -> tuple[list[tuple[Word, Word]], list[Word], list[Word]]:
    """Words that stand on both sides, and what is left of each."""
    equal: list[tuple[Word, Word]] = []
    rest_left: list[Word] = []
    rest_right = list(right)
    for word in left:
        for position, other in enumerate(rest_right):
            if word.text == other.text:
                equal.append((word, other))
                del rest_right[position]
                break
        else:
            rest_left.append(word)
    return equal, rest_left, rest_right


def _take_similar(left: list[Word], right: list[Word]) -> list[tuple[Word, Word, float]]:
    """Pair what is similar, best first, and remove it from both lists; ties fall alike from either side."""
    scored = []
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            if a.ends is not None and b.ends is not None and a.ends.isdisjoint(b.ends):
                continue
            similarity = word_similarity(a, b)
            if similarity > 0.0:
                scored.append((-similarity, -a.weight - b.weight, abs(i - j), i + j, i, j))
    if not scored:
        return []
    scored.sort()
    free_left, free_right = set(range(len(left))), set(range(len(right)))
    pairs: list[tuple[Word, Word, float]] = []
    for negative, _, _, _, i, j in scored:
        if i in free_left and j in free_right:
            free_left.remove(i)
            free_right.remove(j)
            pairs.append((left[i], right[j], -negative))
    left[:] = [left[i] for i in sorted(free_left)]
    right[:] = [right[j] for j in sorted(free_right)]
    return pairs


def _take_runs(left: list[Word], right: list[Word]) -> list[tuple[tuple[Word, ...], tuple[Word, ...], float]]:
    """Neighbouring words on one side that together are one word on the other, removed from both.

    ("abd", "al", "rahman") meets ("abdulrahman",). A run has to begin or end like the word, which spares most comparisons.
    """
    found: list[tuple[tuple[Word, ...], tuple[Word, ...], float]] = []
    for many, few, turned in ((left, right, False), (right, left, True)):
        if len(many) < 2:
            continue
        for one in list(few):
            word = one.text
            if len(word) < (3 if one.reading is Reading.ABJAD else 4) or _ends_like_none(one, many):
                continue
            best: tuple[float, int, int] | None = None
            for length in (2, 3):
                for start in range(len(many) - length + 1):
                    first, last = many[start], many[start + length - 1]
                    unvowelled = first.reading is Reading.ABJAD or one.reading is Reading.ABJAD
                    if not unvowelled and first.text[0] != word[0] and last.text[-1] != word[-1]:
                        continue
                    run = many[start : start + length]
                    joined = "".join([part.text for part in run])
                    if abs(len(joined) - len(word)) > (5 if unvowelled else 2):
                        continue
                    similarity = _run_similarity(joined, run[0].reading, one)
                    needed = SYLLABLE_RUN[run[0].reading] if run[0].reading in SYLLABIC else RUN_SIMILARITY
                    if similarity >= needed and (best is None or similarity > best[0]):
                        best = (similarity, start, length)
            if best is not None:
                similarity, start, length = best
                several = tuple(many[start : start + length])
                found.append(((one,), several, similarity) if turned else (several, (one,), similarity))
                del many[start : start + length]
                few.remove(one)
    return found


def _ends_like_none(one: Word, many: list[Word]) -> bool:
    """True when no Latin word of `many` begins or ends like `one`, so that none begins or ends a run that is the same."""
    return one.ends is not None and all(word.ends is not None and one.ends.isdisjoint(word.ends) for word in many)


def _run_similarity(joined: str, reading: Reading, one: Word) -> float:
    """Between words run together and one word."""
    if joined == one.text:
        return 0.99
    if (reading is Reading.ABJAD) != (one.reading is Reading.ABJAD):
        spelled = may_spell(joined, one.text) if reading is Reading.ABJAD else may_spell(one.text, joined)
        return 0.94 if spelled else 0.0
    first, second = sorted(((joined, fold_sounds(joined)), (one.text, one.sound)))
    return 0.98 * spelling_similarity(first[0], second[0], first[1], second[1])


def _joined_similarity(left: PreparedName, right: PreparedName) -> float:
    """The names without spaces, as written: catches words run together or split apart."""
    a, b = left.joined, right.joined
    if max(len(a), len(b)) < 8 or abs(len(a) - len(b)) > 3 or left.syllabic or right.syllabic:
        return 0.0
    similarity = max(
        OSA.normalized_similarity(a, b, score_cutoff=JOINED_SIMILARITY),
        OSA.normalized_similarity(left.run, right.run, score_cutoff=JOINED_SIMILARITY),
    )
    return JOINED_DISCOUNT * similarity


def _shorten(score: float, left: PreparedName, right: PreparedName) -> float:
    """Short names need more: below six letters, and with one word only, even agreement proves little."""
    letters = min(left.core_letters, right.core_letters)
    if letters < 6:
        score *= 0.80 + 0.03 * letters
    return round(min(1.0, max(0.0, score)), 4)
