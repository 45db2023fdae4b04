"""Screening a name against a hundred thousand names on one core, against a rapidfuzz WRatio scan of the same list."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz, process

from bench.results import Result
from blacklist.domain.evidence import DEFAULT_THRESHOLDS
from blacklist.domain.name_comparison import compare_names
from blacklist.domain.name_index import NameIndex
from blacklist.domain.normalise import PreparedName, prepare_name

NAMES = 100_000
QUERIES = 500
SCANS = 8
STARTS = ("Mar", "Jo", "El", "Pa", "In", "Ot", "Ru", "Hu", "Dra", "Mi", "Vla", "Ser", "Na", "Ka", "Be", "Lu", "Tho", "Ge", "Ste", "An")
MIDDLES = ("li", "ro", "ve", "ma", "ni", "ka", "se", "do", "lo", "ri", "ta", "bo", "vi", "gu", "me", "pa", "zo", "fi")
ENDS = ("na", "s", "k", "vic", "mann", "sen", "ova", "ez", "ini", "er", "ski", "berg", "ard", "ius", "eau", "ton", "ich", "wald")


def run(scale: float) -> list[Result]:
    """Queries a second with comparison of every candidate, and the share of changed names that are found again."""
    chance = random.Random(11)
    names = sorted({_name(chance) for _ in range(int(NAMES * scale * 1.2))})[: int(NAMES * scale)]
    index = NameIndex.build(enumerate(prepare_name(name) for name in names))
    prepared = [prepare_name(name) for name in names]
    asked = [(row, _changed(names[row], chance)) for row in chance.sample(range(len(names)), min(QUERIES, len(names)))]
    started = time.perf_counter()
    found = sum(row in _screen(index, prepared, query) for row, query in asked)
    ours = len(asked) / (time.perf_counter() - started)
    return [
        Result(
            "screening a name, against a WRatio scan of the list", ours, _scan(names, [q for _, q in asked[:SCANS]]), "queries/s", 100, True
        ),
        Result("screening: changed names found again", found / len(asked), 1, "share", 0.99, higher=True),
    ]


def _screen(index: NameIndex, prepared: Sequence[PreparedName], query: str) -> set[int]:
    asked = prepare_name(query)
    return {row for row, _ in index.candidates(asked, 50) if compare_names(asked, prepared[row]).score >= DEFAULT_THRESHOLDS.low}


def _scan(names: Sequence[str], queries: Sequence[str]) -> float:
    lowered = [name.casefold() for name in names]
    started = time.perf_counter()
    for query in queries:
        process.extract(query.casefold(), lowered, scorer=fuzz.WRatio, limit=50)
    return len(queries) / (time.perf_counter() - started)


def _name(chance: random.Random) -> str:
    def word(length: int) -> str:
        return chance.choice(STARTS) + "".join(chance.choice(MIDDLES) for _ in range(length)) + chance.choice(ENDS)

    return f"{word(chance.randrange(2))} {word(1 + chance.randrange(2))}"


def _changed(name: str, chance: random.Random) -> str:
    """One of what people do to names: a letter lost or swapped, the other order, capitals."""
    position = chance.randrange(1, len(name) - 2)
    changes: Sequence[Callable[[], str]] = (
        lambda: name[:position] + name[position + 1 :] if name[position] != " " else name,
        lambda: name[:position] + name[position + 1] + name[position] + name[position + 2 :],
        lambda: ", ".join(reversed(name.split(" "))),
        name.upper,
    )
    return chance.choice(changes)()
