"""What the files of an account leave open: days that none tells of, by their days and balances, and whose account it is. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

QUIET_DAYS = 7
"""So long may nothing be booked between two files without balances before they are not taken to follow from one another."""
KEPT = frozenset({"statement_lines", "statement_months", "last_balance"})
"""What is known over a hole; months are counted from its end."""
MONTH_DAYS = 30
_AND = re.compile(r"\s*[&/;+]\s*|\s+(?:and|und|u\.|et|y|e|or|oder)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Told:
    """What one file tells of an account: its days, both inclusive, and the balances before and after them, None where it gives none."""

    account: Hashable
    first: date
    last: date
    opening: Decimal | None = None
    closing: Decimal | None = None


@dataclass(frozen=True, order=True)
class Hole:
    """Days between two files that nobody sent, both inclusive; of balances that do not join the days on which they should."""

    first: date
    last: date


def holes_of(told: Iterable[Told]) -> list[Hole]:
    """The holes of all accounts, in order. Two files follow from one another where their balances join, however far apart they are; else
    where no more than `QUIET_DAYS` lie between them. Files that overlap are held against one another line by line, not here.
    """
    by_account: dict[Hashable, list[Told]] = defaultdict(list)
    for one in told:
        by_account[one.account].append(one)
    found = set()
    for files in by_account.values():
        files.sort(key=lambda one: (one.first, one.last))
        reached = files[0]
        for one in files[1:]:
            if one.first > reached.last and not _follows(reached, one):
                found.add(Hole(min(reached.last + timedelta(days=1), one.first), max(one.first - timedelta(days=1), reached.last)))
            if one.last >= reached.last:
                reached = one
    return sorted(hole if hole.first <= hole.last else Hole(hole.last, hole.first) for hole in found)


def _follows(before: Told, after: Told) -> bool:
    if before.closing is not None and after.opening is not None:
        return before.closing == after.opening
    return (after.first - before.last).days - 1 <= QUIET_DAYS


def without_holes(figures: Mapping[str, float | None], holes: list[Hole], day: date) -> dict[str, float | None]:
    """The figures of an account, those over a hole unknown: what stood in it may change any of them."""
    if not holes:
        return dict(figures)
    months = float(max(0, (day - holes[-1].last - timedelta(days=1)).days // MONTH_DAYS))
    known = {code: value if code in KEPT else None for code, value in figures.items()}
    return known | {"statement_months": min(months, figures["statement_months"] or 0.0)}


def hole_words(hole: Hole) -> str:
    """A hole as people read it."""
    if hole.first == hole.last:
        return f"{hole.first:%d %b %Y}"
    return f"{hole.first:%d %b %Y} to {hole.last:%d %b %Y}"


def joint_holders(name: str) -> list[str]:
    """Who the holder of an account may be, by how a bank writes it: the name as it stands, and each of those it joins."""
    return list(dict.fromkeys([name, *(part for part in _AND.split(name) if part)]))
