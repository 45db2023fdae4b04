"""One field that holds several names ("X; Y", "X a.k.a. Y", "محمد (Mohammad)") taken apart."""

from __future__ import annotations

import re

#: Small letters only: "AKA" and "Alias" are also surnames.
_BETWEEN = re.compile(
    r"\s*;\s*|\s+/\s+|,?\s+\(?(?:[afn]\.\s?k\.\s?a\.?|[AFN]\.K\.A\.|aka|fka|nka|alias|also known as|formerly known as|formerly)[\s:.]+"
)
_BRACKETED = re.compile(r"^(.{3,}?)\s*[(（\[]([^()（）\[\]]{3,})[)）\]]\s*$")
_BORN = re.compile(r",?\s*\bborn\b.*$", re.I)
MOST = 12


def take_apart(text: str) -> tuple[str, ...]:
    """The names in `text`, at most `MOST`; the text itself when it is one name. What stands in brackets is a name of its own
    only where it is written in another script than what stands before."""
    found: list[str] = []
    for part in _BETWEEN.split(_BORN.sub("", text) or text):
        match = _BRACKETED.match(part)
        if match is not None and match.group(1).isascii() != match.group(2).isascii():
            found += match.groups()
        else:
            found.append(part.strip(" ,()"))
    names = tuple(dict.fromkeys(name for name in found if name))
    return names[:MOST] or (text,)
