"""Rows that are read all the time and seldom change, such as the policy in force: which of them counts is asked of the database each time,
and one that was read before in its present state is neither read nor decoded again.

The state of a row is what PostgreSQL itself tells its versions apart by: the transaction and command that wrote it and its place. A row
changed in any way, by whomever, has another, so that nothing old is ever given. (Its place alone would not do: VACUUM FULL may put a row
where an earlier version of it lay that the same transaction wrote.)
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db.models import CharField, Model, QuerySet
from django.db.models.expressions import RawSQL

M = TypeVar("M", bound=Model)
T = TypeVar("T")
MOST = 64


def mark_of(*tables: str) -> str:
    """The SQL of a mark: the key of a row of the first of these tables, its state, and those of the rows joined to it."""
    states = [f"{table}.xmin || ' ' || {table}.cmin || ' ' || {table}.ctid" for table in tables]
    return " || ' ' || ".join([f"{tables[0]}.id", *states])


def _copied(row: M) -> M:
    """The same row, and the rows joined to it, as instances of their own; `copy.copy` would go through pickling. Lists and dicts in their
    fields are those of the row that is kept.
    """
    made = type(row).__new__(type(row))
    made.__dict__.update(row.__dict__)
    made._state = copy.copy(row._state)
    joined = row._state.fields_cache.items()
    made._state.fields_cache = {name: _copied(one) if isinstance(one, Model) else one for name, one in joined}
    return made


class KeptRows(Generic[M, T]):
    """Rows of one query, each with what was made of it, by their marks. `tables` are those that the rows come from, their own first.
    At most MOST are kept; then all are read anew.
    """

    def __init__(self, rows: Callable[[], QuerySet[M]], make: Callable[[M], T], *tables: str) -> None:
        self._rows, self._make = rows, make
        self.mark = mark_of(*tables)
        """The SQL of the mark to be asked for, where each table goes by its name."""
        self._kept: dict[str, tuple[M, T]] = {}

    def get(self, mark: str | None) -> tuple[M, T] | None:
        """The row of a mark that was just asked of the database, a copy whose fields the caller may set, and what was made of it, which
        nobody changes. None for no mark, and for a row that was deleted meanwhile. One query when it was not read in this state before.
        """
        if mark is None:
            return None
        found = self._kept.get(mark) or self._read(mark.split(" ", 1)[0])
        return None if found is None else (_copied(found[0]), found[1])

    def _read(self, key: str) -> tuple[M, T] | None:
        # With the mark it has by now: it may have changed since it was asked.
        mark = RawSQL(self.mark, (), output_field=CharField())  # noqa: S611 -- a text of the house's own modules
        row: Any = self._rows().annotate(mark=mark).filter(pk=key).first()
        if row is None:
            return None
        if len(self._kept) >= MOST:
            self._kept.clear()
        found = self._kept[row.mark] = row, self._make(row)
        return found
