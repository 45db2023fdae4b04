"""Words of Arabic and Hebrew writing, where short vowels are left out: which Latin spellings may stand for them?

`may_spell("mhmd", "mohammed")` is true, `may_spell("mhmwd", "mohammed")` is false: the written w asks for an o or u.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SHORT = "[aeiou]?"
_LETTERS = {
    "kh": "(?:kh|ch|h|k|c|q|x|j)",
    "gh": "(?:gh|g|q)",
    "th": "(?:th|s|t)",
    "dh": "(?:dh|z|d|th)",
    "sh": "(?:sh|ch|sch|s)",
    "ch": "(?:ch|tch|sh|c|kh|h)",
    "zh": "(?:zh|j|g)",
    "b": "(?:b|p|v)+",
    "p": "(?:p|ph|f|b)+",
    "f": "(?:f|ph|p|v)+",
    "v": "(?:v|b|w|f|o|u)+",
    "q": "(?:q|k|g|gh|c)+",
    "k": "(?:k|c|ck|q|kh|ch)+",
    "g": "(?:g|gu|k|j|gh)+",
    "j": "(?:dj|dzh|j|g|zh|y)+",
    "s": "(?:s|c|z|ts|tz)+",
    "z": "(?:z|s|dh)+",
    "t": "(?:t|th)+",
    "d": "(?:d|dh)+",
    "h": "h+",
    "w": "(?:w|v|ou|oo|o|u)+[aeiou]{0,2}",
    "y": "(?:y|i|e|a[iy]|j)+[aeiou]{0,2}",
    "a": "(?:a|e|o|i|u)*",
    "l": "l+",
    "m": "m+",
    "n": "n+",
    "r": "r+",
}
_TOKENS = re.compile("kh|gh|th|dh|sh|ch|zh|[a-z]")


@lru_cache(maxsize=32_768)
def _pattern(word: str) -> re.Pattern[str]:
    letters = _TOKENS.findall(word)
    parts = [_SHORT]
    for position, letter in enumerate(letters):
        sound = _LETTERS.get(letter, "")
        if letter == "h" and position == len(letters) - 1:
            sound = "(?:h|t)?"  # a last h or t is often silent
        parts.append(sound + _SHORT)
    return re.compile("".join(parts))


def may_spell(unvowelled: str, latin: str) -> bool:
    """Whether the Latin word can be read as the unvowelled one with its vowels put in."""
    return _pattern(unvowelled).fullmatch(latin) is not None
