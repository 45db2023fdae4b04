"""Words of Arabic and Hebrew writing, where short vowels are left out: which Latin spellings may stand for them?

`may_spell("mhmd", "mohammed")` is true, `may_spell("mhmwd", "mohammed")` is false: the written w asks for an o or u.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class _Sound:
    """What a written letter may look like: one of `spellings`, again and again if `repeats`, then up to `vowels` vowels."""

    spellings: tuple[str, ...]
    repeats: bool
    vowels: int = 1
    silent: bool = False


def _sound(spellings: str, *, repeats: bool = True, vowels: int = 1, silent: bool = False) -> _Sound:
    return _Sound(tuple(spellings.split()), repeats, vowels, silent)


_LETTERS = {
    "kh": _sound("kh ch h k c q x j", repeats=False),
    "gh": _sound("gh g q", repeats=False),
    "th": _sound("th s t", repeats=False),
    "dh": _sound("dh z d th", repeats=False),
    "sh": _sound("sh ch sch s", repeats=False),
    "ch": _sound("ch tch sh c kh h", repeats=False),
    "zh": _sound("zh j g", repeats=False),
    "b": _sound("b p v"),
    "p": _sound("p ph f"),
    "f": _sound("f ph p v"),
    "v": _sound("v b w f o u"),
    "q": _sound("q k g gh c"),
    "k": _sound("k c ck q kh ch"),
    "g": _sound("g gu k j gh"),
    "j": _sound("dj dzh j g zh y"),
    "s": _sound("s c z ts tz"),
    "z": _sound("z s dh"),
    "t": _sound("t th"),
    "d": _sound("d dh"),
    "h": _sound("h"),
    "w": _sound("w v ou oo o u", vowels=3),
    "y": _sound("y i e ai ay j", vowels=3),
    "a": _sound("a e o i u", silent=True),
    "l": _sound("l"),
    "m": _sound("m"),
    "n": _sound("n"),
    "r": _sound("r"),
}
_FIRST_VOWEL = _sound("a e o i u y h")
_LAST_H = _sound("h t", repeats=False, silent=True)  # a last h or t is often silent
_TOKENS = re.compile("kh|gh|th|dh|sh|ch|zh|[a-z]")


@lru_cache(maxsize=32_768)
def _sounds(word: str) -> tuple[_Sound, ...]:
    letters = _TOKENS.findall(word)
    last = len(letters) - 1
    return tuple(
        _FIRST_VOWEL if letter == "a" and position == 0 else _LAST_H if letter == "h" and position == last else _LETTERS[letter]
        for position, letter in enumerate(letters)
        if letter in _LETTERS
    )


def may_spell(unvowelled: str, latin: str) -> bool:
    """Whether the Latin word can be read as the unvowelled one with its vowels put in."""
    reached = {0}
    for sound in _sounds(unvowelled):
        reached = _read(sound, latin, reached)
        if not reached:
            return False
    return len(latin) in reached


def _read(sound: _Sound, latin: str, begins: set[int]) -> set[int]:
    """Where reading may stand after `sound` when it begins at one of `begins`."""
    ends = set(begins) if sound.silent else set()
    ahead = list(begins)
    while ahead:
        begin = ahead.pop()
        for spelling in sound.spellings:
            if latin.startswith(spelling, begin):
                end = begin + len(spelling)
                if end not in ends:
                    ends.add(end)
                    if sound.repeats:
                        ahead.append(end)
    for _ in range(sound.vowels):
        ends |= {end + 1 for end in ends if latin[end : end + 1] in VOWELS and end < len(latin)}
    return ends
