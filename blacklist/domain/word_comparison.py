"""Do two words mean the same? By spelling and sound, by consonants where vowels are not written, by syllable in Chinese and Korean."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA

from blacklist.domain.han import spellings
from blacklist.domain.normalise import Reading, Word
from blacklist.domain.unvowelled import may_spell

SKELETON_ALIKE = 0.3  # consonants that have less in common are not worth the closer look
SYLLABIC = frozenset({Reading.HAN, Reading.HANGUL})
SHORTENED = 0.75  # Alex, Alexander
INITIAL = 0.88
MIN_WORD_SIMILARITY = 0.5


def spelling_similarity(a: str, b: str, sound_a: str, sound_b: str) -> float:
    """How alike two Latin spellings are: an edit costs less in a longer word, nothing when both sound the same."""
    if a[-1].isdigit() or b[-1].isdigit() or a[0].isdigit() or b[0].isdigit():
        return 0.0
    if sound_a == sound_b:
        return 0.96 if OSA.normalized_similarity(a, b) >= 0.5 else 0.9
    begins = a[0] == b[0] or sound_a[0] == sound_b[0]
    shorter, longest = (len(a), len(b)) if len(a) < len(b) else (len(b), len(a))
    if shorter <= 2:
        return 0.0
    best = OSA.normalized_similarity(a, b, score_cutoff=MIN_WORD_SIMILARITY)
    sounded = 0.98 * OSA.normalized_similarity(sound_a, sound_b, score_cutoff=MIN_WORD_SIMILARITY)
    if sounded > best:
        best = sounded
    if shorter >= 4 and (a.startswith(b) or b.startswith(a)):
        best = max(best, SHORTENED)
    if not begins:
        best -= 0.05
    if longest <= 4 and best < 0.96:
        best -= 0.1
    return best if best >= MIN_WORD_SIMILARITY else 0.0


def _unvowelled_similarity(written: Word, latin: Word) -> float:
    """Between a word written without vowels and one with them."""
    length = len(written.skeleton)
    if OSA.normalized_similarity(written.skeleton, latin.skeleton) < SKELETON_ALIKE:
        return 0.0
    if may_spell(written.text, latin.text):
        return (0.7, 0.84, 0.91, 0.95)[min(length, 3)]
    if written.skeleton == latin.skeleton:
        return (0.0, 0.0, 0.5, 0.72)[min(length, 3)]
    longest = max(length, len(latin.skeleton))
    if min(length, len(latin.skeleton)) < 4 or OSA.distance(written.skeleton, latin.skeleton) > 1:
        return 0.0
    return 0.9 * (1 - 1 / longest)


def _syllable_similarity(a: Word, b: Word) -> float:
    """Between a syllable of Chinese or Korean writing and a word: so short that only the same sound counts."""
    if a.sound == b.sound or sounding(a) == sounding(b):
        return 0.94
    if spelt_otherwise(a, b):
        return 0.9
    if a.reading is Reading.HAN or b.reading is Reading.HAN or a.text[0] != b.text[0]:
        return 0.0
    return 0.7 if max(len(a.text), len(b.text)) >= 5 and OSA.distance(a.sound, b.sound) == 1 else 0.0


#: Spellings of one Korean surname or syllable that no rule of sound brings together.
_EAST_ASIAN = {
    spelling: group[0]
    for group in (
        ("gim", "kim"), ("i", "yi", "lee", "rhee", "ri", "li"), ("bak", "bag", "park", "pak"), ("choe", "choi"), ("jeong", "jung", "chung", "jong"),
        ("gang", "kang"), ("jo", "cho"), ("yun", "yoon"), ("im", "lim", "rim"), ("o", "oh"), ("seo", "suh", "so"), ("sin", "shin"),
        ("gwon", "kwon"), ("an", "ahn"), ("ryu", "yu", "yoo"), ("go", "ko", "koh"), ("mun", "moon"), ("bae", "pae"), ("no", "noh", "roh", "ro"),
        ("eun", "un"), ("hyeon", "hyun", "hyon"), ("yeong", "young", "yong"), ("seong", "sung", "song"), ("seok", "suk", "sok"),
        ("cheol", "chol", "chul"), ("gyeong", "kyung", "kyong"), ("jun", "joon"), ("u", "woo", "wu"), ("hui", "hee"), ("gyu", "kyu"),
    )
    for spelling in group
}  # fmt: skip


def spelt_otherwise(a: Word, b: Word) -> bool:
    """Whether one is a Chinese syllable and the other one of its spellings (Wade-Giles, Cantonese, Korean)."""
    return (a.reading is Reading.HAN and b.text in spellings(a.text)) or (b.reading is Reading.HAN and a.text in spellings(b.text))


def sounding(word: Word) -> str:
    """How a word sounds, the usual spellings of a Korean syllable taken for one."""
    return _EAST_ASIAN.get(word.text, word.sound)


@lru_cache(maxsize=131_072)
def word_similarity(a: Word, b: Word) -> float:
    """0–1; 1 only for equal words. An initial agrees with any word it begins."""
    if a.text == b.text:
        return 1.0
    if (len(a.text) == 1 or len(b.text) == 1) and not (a.reading in SYLLABIC or b.reading in SYLLABIC):
        return INITIAL if a.text[0] == b.text[0] and not a.text[0].isdigit() else 0.0
    if a.reading is not b.reading:
        if a.reading is Reading.ABJAD or b.reading is Reading.ABJAD:
            written, latin = (a, b) if a.reading is Reading.ABJAD else (b, a)
            return max(_spelled(a, b), _unvowelled_similarity(written, latin))
        return _syllable_similarity(a, b)
    return _spelled(a, b) if a.reading not in SYLLABIC else _syllable_similarity(a, b)


def _spelled(a: Word, b: Word) -> float:
    if a.text < b.text:
        return spelling_similarity(a.text, b.text, a.sound, b.sound)
    return spelling_similarity(b.text, a.text, b.sound, a.sound)
