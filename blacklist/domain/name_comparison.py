"""Do two names mean the same? Words are aligned with each other; what stays alone on both sides speaks against it.

score = agreed weight / (paired weight + conflicting weight + OMISSION · weight that only one side has), 0–1, symmetric.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from blacklist.domain.normalise import PreparedName, Reading, Word
from blacklist.domain.phonetics import fold_sounds

OMISSION = 0.22
INITIAL = 0.88
MIN_WORD_SIMILARITY = 0.5
JOINED_DISCOUNT = 0.97
RUN_SIMILARITY = 0.8
LONE_WORD = 0.88  # of a person's name, one word alone ("Petrovic") says little about which Petrovic


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """Similarity of two names (0–1) and the words that agree, differ, or stand on one side only."""

    score: float
    agreed: tuple[tuple[str, str], ...] = ()
    only_left: tuple[str, ...] = ()
    only_right: tuple[str, ...] = ()


NOTHING = NameEvidence(0.0)


@lru_cache(maxsize=131_072)
def _spelling_similarity(a: str, b: str, sound_a: str, sound_b: str) -> float:
    """How alike two Latin spellings are: an edit costs less in a longer word, nothing when both sound the same."""
    longest = max(len(a), len(b))
    if a[-1].isdigit() or b[-1].isdigit():
        return 0.0
    plain = 1 - OSA.distance(a, b) / longest
    longest_sound = max(len(sound_a), len(sound_b))
    sounded = 1 - OSA.distance(sound_a, sound_b) / longest_sound
    if sounded == 1.0:
        return 0.96 if plain >= 0.5 else 0.9
    if min(len(a), len(b)) <= 2:
        return 0.0
    best = max(plain, 0.98 * sounded)
    if a[0] != b[0] and sound_a[0] != sound_b[0]:
        best -= 0.05
    if longest <= 4 and best < 0.96:
        best -= 0.1
    return best if best >= MIN_WORD_SIMILARITY else 0.0


@lru_cache(maxsize=65_536)
def _skeleton_similarity(a: str, b: str) -> float:
    """Between a word written without vowels and one with them."""
    if a == b:
        return (0.0, 0.72, 0.86, 0.93)[min(len(a), 3)]
    longest, shortest = max(len(a), len(b)), min(len(a), len(b))
    if shortest < 3:
        return 0.0
    similarity = 1 - OSA.distance(a, b) / longest
    return 0.95 * similarity if similarity >= 0.66 else 0.0


def word_similarity(a: Word, b: Word) -> float:
    """0–1; 1 only for equal words. An initial agrees with any word it begins."""
    if a.text == b.text:
        return 1.0
    if len(a.text) == 1 or len(b.text) == 1:
        return INITIAL if a.text[0] == b.text[0] and not a.text[0].isdigit() else 0.0
    if (a.reading is Reading.ABJAD) != (b.reading is Reading.ABJAD):
        spelled = (
            _spelling_similarity(a.text, b.text, a.sound, b.sound)
            if a.text < b.text
            else _spelling_similarity(b.text, a.text, b.sound, a.sound)
        )
        return max(
            spelled,
            _skeleton_similarity(a.skeleton, b.skeleton)
            if a.text < b.text
            else _skeleton_similarity(b.skeleton, a.skeleton),
        )
    if a.text < b.text:
        return _spelling_similarity(a.text, b.text, a.sound, b.sound)
    return _spelling_similarity(b.text, a.text, b.sound, a.sound)


def compare_names(left: PreparedName, right: PreparedName) -> NameEvidence:
    """Similarity of two prepared names, with the words that carry it. Names without a core word agree with nobody."""
    if left.empty or right.empty:
        return NOTHING
    if left.key == right.key:
        return NameEvidence(_shorten(1.0, left, right), tuple((text, text) for text in left.key))
    equal, rest_left, rest_right = _take_equal(left.words, right.words)
    runs = _take_runs(rest_left, rest_right) if len(rest_left) != len(rest_right) and rest_left and rest_right else []
    pairs = _take_similar(rest_left, rest_right)
    agreed = paired = core = 0.0
    for word, other in equal:
        weight = (word.weight + other.weight) / 2
        agreed += weight
        paired += weight
        core += weight if word.core or other.core else 0.0
    for a, b, similarity in pairs:
        initial = len(a.text) == 1 or len(b.text) == 1
        weight = min(a.weight, b.weight) if initial else (a.weight + b.weight) / 2
        agreed += weight * similarity
        paired += weight
        core += weight if a.core and b.core else 0.0
    for several, one, similarity in runs:
        weight = max(one.weight, sum(word.weight for word in several) / 1.5)
        agreed += weight * similarity
        paired += weight
        core += weight
    lonely_left = sum(word.weight for word in rest_left)
    lonely_right = sum(word.weight for word in rest_right)
    conflict = min(lonely_left, lonely_right)
    omission = max(lonely_left, lonely_right) - conflict
    score = agreed / (paired + conflict + OMISSION * omission) if core > 0 else 0.0
    if omission > 0.5 and len(equal) + len(pairs) + len(runs) == 1 and not (left.company and right.company):
        score *= LONE_WORD
    if score < 0.95:
        score = max(score, _joined_similarity(left, right))
    return NameEvidence(
        _shorten(score, left, right),
        tuple((a.text, b.text) for a, b in equal)
        + tuple((a.text, b.text) for a, b, _ in pairs)
        + tuple((" ".join(word.text for word in several), one.text) for several, one, _ in runs),
        tuple(word.text for word in rest_left),
        tuple(word.text for word in rest_right),
    )


def _take_equal(
    left: tuple[Word, ...], right: tuple[Word, ...]
) -> tuple[list[tuple[Word, Word]], list[Word], list[Word]]:
    """Words that stand on both sides, and what is left of each."""
    waiting: dict[str, list[Word]] = {}
    for word in right:
        waiting.setdefault(word.text, []).append(word)
    equal: list[tuple[Word, Word]] = []
    rest_left: list[Word] = []
    for word in left:
        twins = waiting.get(word.text)
        if twins:
            equal.append((word, twins.pop(0)))
        else:
            rest_left.append(word)
    if not equal:
        return equal, rest_left, list(right)
    remaining = {id(word) for twins in waiting.values() for word in twins}
    return equal, rest_left, [word for word in right if id(word) in remaining]


def _take_similar(left: list[Word], right: list[Word]) -> list[tuple[Word, Word, float]]:
    """Pair what is similar, best first, and remove it from both lists; ties fall alike from either side."""
    scored = []
    for i, a in enumerate(left):
        for j, b in enumerate(right):
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


def _take_runs(left: list[Word], right: list[Word]) -> list[tuple[list[Word], Word, float]]:
    """Neighbouring words on one side that together are one word on the other ("Abd al Rahman" / "Abdulrahman"), removed from both."""
    found: list[tuple[list[Word], Word, float]] = []
    for many, few in ((left, right), (right, left)):
        for one in list(few):
            if len(one.text) < 4 or one not in few:
                continue
            best: tuple[float, int, int] | None = None
            for length in (2, 3):
                for start in range(len(many) - length + 1):
                    letters = sum(len(word.text) for word in many[start : start + length])
                    if abs(letters - len(one.text)) > 2:
                        continue
                    similarity = _run_similarity("".join(word.text for word in many[start : start + length]), one)
                    if similarity >= RUN_SIMILARITY and (best is None or similarity > best[0]):
                        best = (similarity, start, length)
            if best is not None:
                similarity, start, length = best
                found.append((many[start : start + length], one, similarity))
                del many[start : start + length]
                few.remove(one)
    return found


def _run_similarity(joined: str, one: Word) -> float:
    if joined == one.text:
        return 0.99
    first, second = sorted(((joined, fold_sounds(joined)), (one.text, one.sound)))
    return 0.98 * _spelling_similarity(first[0], second[0], first[1], second[1])


def _joined_similarity(left: PreparedName, right: PreparedName) -> float:
    """The names without spaces, as written: catches words run together or split apart."""
    a, b = left.joined, right.joined
    longest = max(len(a), len(b))
    if longest < 8 or abs(len(a) - len(b)) > 3:
        return 0.0
    similarity = 1 - OSA.distance(a, b) / longest
    return JOINED_DISCOUNT * similarity if similarity > 0.8 else 0.0


def _shorten(score: float, left: PreparedName, right: PreparedName) -> float:
    """Short names need more: below six letters, and with one word only, even agreement proves little."""
    letters = min(left.core_letters, right.core_letters)
    if letters < 6:
        score *= 0.80 + 0.03 * letters
    return round(min(1.0, max(0.0, score)), 4)
