"""Screening names against a hundred thousand on one core: recall by kind of change, alert load, and speed beside a full WRatio scan.

The names are the OFAC and UN lists, filled up with names that must not match, where those files are (`CREDENCE_DATASETS`, or a folder
`*/data` beside the checkout); else they are made. Times are CPU seconds of this process, so that a busy machine changes ratios little.
"""

from __future__ import annotations

import csv
import gc
import random
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import TypeVar

from rapidfuzz import fuzz, process

from bench.results import Result
from blacklist.domain.evidence import DEFAULT_THRESHOLDS
from blacklist.domain.lists.ofac import read_ofac
from blacklist.domain.lists.un import read_un
from blacklist.domain.name_comparison import compare_names
from blacklist.domain.name_index import NameIndex
from blacklist.domain.normalise import SubjectKind, prepare_name
from blacklist.domain.profiles import subject_kind
from tests.blacklist.perturbations import RULES, words_of
from tests.datasets import DATASETS

Listed = tuple[str, SubjectKind, str]
T = TypeVar("T")
SEED = 20261124
NAMES = 100_000
LOW = DEFAULT_THRESHOLDS.low
STARTS = ("Mar", "Jo", "El", "Pa", "In", "Ot", "Ru", "Hu", "Dra", "Mi", "Vla", "Ser", "Na", "Ka", "Be", "Lu", "Tho", "Ge", "Ste", "An")
MIDDLES = ("li", "ro", "ve", "ma", "ni", "ka", "se", "do", "lo", "ri", "ta", "bo", "vi", "gu", "me", "pa", "zo", "fi")
ENDS = ("na", "s", "k", "vic", "mann", "sen", "ova", "ez", "ini", "er", "ski", "berg", "ard", "ius", "eau", "ton", "ich", "wald")


def run(scale: float) -> list[Result]:
    """Every number that the screening claims."""
    listed, innocent, others = _names()
    names = [*listed, *((name, SubjectKind.PERSON, "") for name in others)][: max(1_000, int(NAMES * scale))]
    chance = random.Random(SEED)
    prepare_name.cache_clear()
    began = time.process_time()
    prepared = [prepare_name(name, kind) for name, kind, _ in names]
    index = NameIndex.build(enumerate(prepared))
    full_build = time.process_time() - began
    asked = chance.sample(innocent, min(len(innocent), 1_000))
    return [
        *_speed(index, [name for name, _, _ in names], asked),
        *_recall(index, names, listed, scale),
        _alerts(listed, innocent, scale),
        _refresh(index, asked, full_build),
        _pair([name for name, _, _ in names], chance),
    ]


def _speed(index: NameIndex, raw: list[str], asked: list[str]) -> list[Result]:
    scan = _seconds(lambda name: process.cdist([name], raw, scorer=fuzz.WRatio, workers=1), asked[:12])
    one = _seconds(lambda name: index.matches(prepare_name(name, SubjectKind.PERSON)), asked)
    prepare_name.cache_clear()
    bulk = _seconds(lambda names: list(index.matches_of_many(prepare_name(name, SubjectKind.PERSON) for name in names)), [asked])
    return [
        Result("screening a name, against a WRatio scan of the list", 1 / one, 1 / scan, "queries/s", 100, higher=True),
        Result("screening in bulk, against a scan for each name", len(asked) / bulk, 1 / scan, "queries/s", 250, higher=True),
    ]


def _recall(index: NameIndex, names: list[Listed], listed: list[Listed], scale: float) -> list[Result]:
    """The share of changed names that lead back to the same record or the same name, overall and for each kind of change."""
    prepared = [prepare_name(name, kind) for name, kind, _ in listed]
    usable = [
        row
        for row, (name, kind, _) in enumerate(listed)
        if kind is SubjectKind.PERSON and prepared[row].core_letters >= 8 and len(words_of(name)) > 1
    ]
    chance = random.Random(SEED)
    shares: dict[str, float] = {}
    for rule, change in RULES.items():
        rows = chance.sample(usable, min(len(usable), max(20, int(220 * scale))))
        found = 0
        for row in rows:
            name, _, uid = listed[row]
            keys = [key for key, evidence in index.matches(prepare_name(change(name, chance))) if evidence.score >= LOW]
            found += any(key < len(listed) and (listed[key][2] == uid or prepared[key].key == prepared[row].key) for key in keys)
        shares[rule] = found / len(rows)
    overall = sum(shares.values()) / len(shares)
    results = [Result("screening: changed names found again", overall, 1, "share", 0.99, higher=True)]
    return results + [
        Result(f"screening: found again after {rule}", share, 1, "share", 0.97, higher=True) for rule, share in shares.items()
    ]


def _alerts(listed: list[Listed], innocent: list[str], scale: float) -> Result:
    """How many of those who must not match the threshold flags; the reference is all of them."""
    index = NameIndex.build(enumerate(prepare_name(name, kind) for name, kind, _ in listed))
    sample = innocent[: max(200, int(5_000 * scale))]
    flagged = sum(
        bool(found) and found[0][1].score >= LOW for found in (index.matches(prepare_name(n, SubjectKind.PERSON)) for n in sample)
    )
    return Result("screening: innocent names flagged", flagged / len(sample), 1, "share", 0.01)


def _refresh(index: NameIndex, asked: list[str], full_build: float) -> Result:
    fresh = [(index.base.size + NAMES + row, prepare_name(name, SubjectKind.PERSON)) for row, name in enumerate(asked)]
    return Result(
        "screening: taking in 1,000 changed names", _seconds(lambda rows: index.with_changes(rows, []), [fresh]), full_build, "s", 0.02
    )


def _pair(raw: list[str], chance: random.Random) -> Result:
    pairs = [(chance.choice(raw), chance.choice(raw)) for _ in range(3_000)]
    reference = _seconds(lambda pair: fuzz.WRatio(*pair), pairs)
    ready = [(prepare_name(left), prepare_name(right)) for left, right in pairs]
    return Result("screening: comparing two names", 1e6 * _seconds(lambda pair: compare_names(*pair), ready), 1e6 * reference, "µs", 10)


def _seconds(act: Callable[[T], object], items: Iterable[T]) -> float:
    """CPU seconds for each item, without the pauses of the garbage collector (as timeit measures)."""
    chosen = list(items)
    gc.collect()
    gc.disable()
    began = time.process_time()
    for item in chosen:
        act(item)
    taken = time.process_time() - began
    gc.enable()
    return taken / len(chosen)


def _names() -> tuple[list[Listed], list[str], list[str]]:
    """(listed, innocent, others to fill up the list with)."""
    folder = DATASETS
    if not (folder / "ofac" / "sdn.csv").exists():
        made = [_made(random.Random(row)) for row in range(int(NAMES * 1.2))]
        return [(name, SubjectKind.PERSON, str(row)) for row, name in enumerate(made[:20_000])], made[20_000:25_000], made[25_000:]
    sdn, alt = ((folder / "ofac" / f"{part}.csv").read_bytes() for part in ("sdn", "alt"))
    xml = (folder / "un_consolidated" / "UN_consolidated.xml").read_bytes()
    records = [*read_ofac(BytesIO(sdn), BytesIO(alt)), *read_un(BytesIO(xml))]
    listed = [(name, subject_kind(record.kind), record.uid) for record in records for name in record.names]
    innocent, more = (_column(folder / "name_matching" / f"yente_negatives_{part}.csv") for part in ("global", "us"))
    return listed, innocent, [*more, *innocent]


def _column(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [row["full_name"] for row in csv.DictReader(stream)]


def _made(chance: random.Random) -> str:
    def word(length: int) -> str:
        return chance.choice(STARTS) + "".join(chance.choice(MIDDLES) for _ in range(length)) + chance.choice(ENDS)

    return f"{word(chance.randrange(2))} {word(1 + chance.randrange(2))}"
