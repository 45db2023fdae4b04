"""How a Latin word sounds, roughly: spellings of one name in several transliterations fold to one form.

Two strengths. `fold_sounds` evens out spelling habits (Muhammad / Mohamed, Yusuf / Youssef, Kim / Gim) and keeps vowels;
`consonant_skeleton` drops vowels altogether, as Arabic and Hebrew writing does.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PAIRS = (
    ("sch", "sh"), ("tch", "c"), ("tsch", "c"), ("shch", "s"), ("cz", "c"), ("sz", "s"), ("ph", "f"), ("kh", "h"), ("gh", "g"),
    ("dh", "d"), ("th", "t"), ("sh", "s"), ("ch", "c"), ("dj", "j"), ("dzh", "j"), ("zh", "j"), ("ts", "s"), ("tz", "s"), ("ck", "k"),
    ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ei", "i"), ("ey", "i"), ("ai", "i"), ("ay", "i"), ("ie", "i"), ("iy", "i"), ("yi", "i"), ("aa", "a"), ("ae", "e"),
    ("oe", "u"), ("ue", "u"), ("eo", "u"), ("eu", "u"), ("au", "u"), ("aw", "u"), ("ow", "u"), ("ew", "u"), ("uw", "u"), ("yo", "o"), ("io", "o"), ("yu", "u"), ("iu", "u"), ("ya", "a"), ("ia", "a"),
)  # fmt: skip
_PAIRED = dict(sorted(_PAIRS, key=lambda pair: -len(pair[0])))
_PAIR_PATTERN = re.compile("|".join(sorted(_PAIRED, key=len, reverse=True)))
_HARD_C = re.compile("c(?![eiyhz])")
_LETTERS = str.maketrans({"q": "k", "w": "v", "y": "i", "e": "i", "o": "u", "x": "k", "z": "s"})
_DOUBLES = re.compile(r"(.)\1+")
_SKELETON_PAIRS = re.compile("kh|gh|dh|th|sh|ch|zh|ph|ts|dj")
_SKELETON_PAIRED = {
    "kh": "k",
    "gh": "g",
    "dh": "d",
    "th": "t",
    "sh": "s",
    "ch": "c",
    "zh": "j",
    "ph": "f",
    "ts": "s",
    "dj": "j",
}

_SKELETON_LETTERS = str.maketrans({"q": "k", "z": "s", "x": "k", "v": None, "w": None, "y": None, "a": None, "e": None,
                                   "i": None, "o": None, "u": None, "p": "f", "b": "b"})  # fmt: skip


@lru_cache(maxsize=65_536)
def fold_sounds(word: str) -> str:
    """`mohammed`, `muhamad` → `muhamid`-like common form; digits stay; never empty for a non-empty word."""
    if len(word) <= 2 or word.isdigit():
        return word
    folded = _HARD_C.sub("k", _DOUBLES.sub(r"\1", word))
    folded = _PAIR_PATTERN.sub(lambda match: _PAIRED[match.group()], folded)
    folded = _DOUBLES.sub(r"\1", folded.translate(_LETTERS))
    return folded or word


@lru_cache(maxsize=65_536)
def consonant_skeleton(word: str) -> str:
    """Consonants only, w / y / v and a last h left out because Arabic script writes vowels with them; may be empty."""
    folded = _DOUBLES.sub(r"\1", word)
    folded = _SKELETON_PAIRS.sub(lambda match: _SKELETON_PAIRED[match.group()], folded)
    folded = folded.translate(_SKELETON_LETTERS)
    return folded.removesuffix("h")
