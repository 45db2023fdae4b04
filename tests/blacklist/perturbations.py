"""What people do to names, on purpose or by accident. Each rule takes a name and a random source and gives a changed name."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ACCENTS = str.maketrans("aeiouncs", "áéíöúñçš")
SPELLINGS = (
    ("kh", "h"),
    ("ou", "u"),
    ("q", "k"),
    ("y", "i"),
    ("ph", "f"),
    ("ee", "i"),
    ("oo", "u"),
    ("w", "v"),
    ("mohammed", "muhammad"),
)
CYRILLIC = (
    *(("shch", "щ"), ("sh", "ш"), ("ch", "ч"), ("kh", "х"), ("zh", "ж"), ("ts", "ц"), ("ya", "я"), ("yu", "ю")),
    *(("ph", "ф"), ("ck", "к"), ("x", "кс")),
    *zip("abvgdezijklmnoprstufhcqwy", "абвгдезийклмнопрстуфхккву", strict=True),
)


def words_of(name: str) -> list[str]:
    return re.findall(r"[^\s,]+", name)


def one_typo(name: str, chance: random.Random) -> str:
    """A letter lost, doubled by another, replaced, or two letters swapped."""
    position = chance.choice([i for i, letter in enumerate(name) if letter.isalpha()])
    match chance.randrange(4):
        case 0:
            return name[:position] + name[position + 1 :]
        case 1:
            return name[:position] + chance.choice(LETTERS) + name[position:]
        case 2:
            return name[:position] + chance.choice(LETTERS) + name[position + 1 :]
        case _:
            return name[:position] + name[position + 1 : position + 2] + name[position] + name[position + 2 :]


def two_typos(name: str, chance: random.Random) -> str:
    return one_typo(one_typo(name, chance), chance)


def other_order(name: str, chance: random.Random) -> str:
    words = words_of(name)
    chance.shuffle(words)
    return " ".join(words)


def missing_middle(name: str, chance: random.Random) -> str:
    words = words_of(name)
    return " ".join([words[0], *words[2:]]) if len(words) > 2 else name


def initials(name: str, chance: random.Random) -> str:
    words = words_of(name)
    return " ".join([words[0], *(f"{word[0]}." for word in words[1:-1]), words[-1]])


def other_spelling(name: str, chance: random.Random) -> str:
    changed = name.lower()
    possible = [pair for pair in SPELLINGS if pair[0] in changed]
    chance.shuffle(possible)
    for old, new in possible[:2]:
        changed = changed.replace(old, new)
    return changed


def run_together(name: str, chance: random.Random) -> str:
    words = words_of(name)
    place = chance.randrange(len(words) - 1)
    return " ".join([*words[:place], words[place] + words[place + 1], *words[place + 2 :]])


def accented(name: str, chance: random.Random) -> str:
    return "".join(letter.translate(ACCENTS) if chance.random() < 0.5 else letter for letter in name.lower())


def in_cyrillic(name: str, chance: random.Random) -> str:
    changed = name.lower()
    for latin, cyrillic in CYRILLIC:
        changed = changed.replace(latin, cyrillic)
    return changed


RULES: dict[str, Callable[[str, random.Random], str]] = {
    "one typo": one_typo,
    "two typos": two_typos,
    "order": other_order,
    "missing middle": missing_middle,
    "initials": initials,
    "spelling": other_spelling,
    "run together": run_together,
    "accents": accented,
    "Cyrillic": in_cyrillic,
}
