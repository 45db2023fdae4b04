"""What a replay compares: what is stored and what comes out, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from risk.domain.facts import CATALOGUE

MISSING = "missing"
Named = Mapping[str, tuple[Any, Any]]


class Compared(NamedTuple):
    """One part: what is stored and what comes out. `by_name`: a figure or a term that is told by its name, both sides short."""

    part: str
    stored: Any
    found: Any
    by_name: bool = False


def by_name(what: str, named: Named, words: str = "{title}") -> Iterator[Compared]:
    """What is compared by the codes of facts, under their titles in catalogue order; what is on neither side is left out."""
    titles = {code: CATALOGUE[code].title for code in CATALOGUE if code in named}
    return together(what, {words.format(title=title): named[code] for code, title in titles.items() if named[code] != (None, None)})


def together(what: str, named: Named) -> Iterator[Compared]:
    """One part for all that are the same, and one for each that is not."""
    same = {name: stored for name, (stored, found) in named.items() if stored == found}
    if same:
        yield Compared(f"{len(same)} {what}", same, same)
    for name, (stored, found) in named.items():
        if name not in same:
            yield Compared(name, stored, found, by_name=True)
