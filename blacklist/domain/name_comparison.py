"""Do two names mean the same? Words are aligned with each other; what stays alone on both sides speaks against it.

score = agreed weight / (paired weight + conflicting weight + OMISSION · weight that only one side has), 0–1, symmetric.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz.distance import OSA

from blacklist.domain.affixes import LEGAL_FORMS, PARTICLES
from blacklist.domain.normalise import PreparedName, Word
from blacklist.domain.word_comparison import word_similarity
from blacklist.domain.word_runs import take_runs

OMISSION = 0.22
SYLLABLE_OMISSION = 0.9  # a syllable is a third of a Chinese or Korean name
JOINED_DISCOUNT = 0.98
JOINED_SIMILARITY = 0.77
JOINED_LEAST, JOINED_LENGTHS = 8, 3  # letters of the longer one, and by how many they may differ
RESTS_ALIKE = 0.5
LONG_REST = 5  # letters; a short word with two slips shares little with itself
LOOSE_OMISSION = 0.4  # words that agree only loosely say less when others are missing
OMITTED = 0.5  # weight from which a whole word is missing
SEVERAL_WORDS = 1.5  # weight from which more than one word is missing
SEVERAL_OMITTED = 0.93
LOOSE_INITIAL = 0.4  # and less beside initials
CONFLICT = 1.5  # what stands alone on both sides: another given name, another distinctive word
LOOSE, LOOSE_LOSS = 0.65, 0.5  # below LOOSE, agreement of two words is worth less by LOOSE_LOSS of what is missing
OTHER_NUMBER = 0.7  # "Brigade 44" is not "Brigade 45"
ACRONYM, SHORT_ACRONYM = 0.78, 0.7
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
            runs = take_runs(rest_left, rest_right)
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
        if similarity < LOOSE:
            similarity -= LOOSE_LOSS * (LOOSE - similarity)
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
    score = agreed / (paired + CONFLICT * conflict + lost * omission) if core > 0 else 0.0
    if initials and paired:
        score *= 1 - LOOSE_INITIAL * max(0.0, 1 - agreed / paired - 0.05)
    if rest_left and rest_right and _numbered(rest_left) and _numbered(rest_right):
        score *= OTHER_NUMBER
    if omission > OMITTED:
        if len(equal) + len(pairs) + len(runs) == 1 and not (left.company and right.company):
            score *= LONE_WORD
        score *= 1 - LOOSE_OMISSION * (1 - agreed / paired) if paired else 1
        if omission > SEVERAL_WORDS:
            score *= SEVERAL_OMITTED
    if score < 0.95:
        joined = _joined_similarity(left, right)
        if joined > score and _rests_alike(rest_left, rest_right):
            score = joined
    score = _shorten(score, left, right)
    if score < ACRONYM and (left.telling == 1) is not (right.telling == 1):
        score = max(score, _acronym(left, right))
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


def _acronym(left: PreparedName, right: PreparedName) -> float:
    """Whether the one word of one name is made of the first letters of the other's, with or without small words."""
    best = 0.0
    for short, full in ((left, right), (right, left)):
        if short.telling != 1 or full.telling < 2:
            continue
        every = [word for word in full.words if word.weight >= 0.1 or word.text not in LEGAL_FORMS]
        initials = {"".join(word.text[0] for word in every), "".join(word.text[0] for word in every if word.text not in PARTICLES)}
        text = next(word.text for word in short.words if word.weight > 0.12)
        if text in initials and len(text) >= 3:
            best = ACRONYM if len(text) > 3 else SHORT_ACRONYM
    return best


def _numbered(words: list[Word]) -> bool:
    return any(word.text[0].isdigit() or word.text[-1].isdigit() for word in words)


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


def _joined_similarity(left: PreparedName, right: PreparedName) -> float:
    """The names without spaces, as written: catches words run together or split apart."""
    a, b = left.joined, right.joined
    if max(len(a), len(b)) < JOINED_LEAST or abs(len(a) - len(b)) > JOINED_LENGTHS or left.syllabic or right.syllabic:
        return 0.0
    similarity = max(
        OSA.normalized_similarity(a, b, score_cutoff=JOINED_SIMILARITY),
        OSA.normalized_similarity(left.run, right.run, score_cutoff=JOINED_SIMILARITY),
    )
    return JOINED_DISCOUNT * similarity


def _rests_alike(left: list[Word], right: list[Word]) -> bool:
    """Whether what stays alone on both sides may be the same, split otherwise: else long names agree by their trade alone."""
    if _numbered(left) or _numbered(right):
        return False
    one, other = ("".join(word.sound for word in words if word.weight > 0.1) for words in (left, right))
    return max(len(one), len(other)) < LONG_REST or not one or not other or OSA.normalized_similarity(one, other) >= RESTS_ALIKE


def _shorten(score: float, left: PreparedName, right: PreparedName) -> float:
    """Short names need more: below six letters, and with one word only, even agreement proves little."""
    letters = min(left.core_letters, right.core_letters)
    if letters < 6:
        score *= 0.80 + 0.03 * letters
    return round(min(1.0, max(0.0, score)), 4)
