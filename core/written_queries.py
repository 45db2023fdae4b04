"""Queries that are written and planned once: for what every application and every call of the API asks, where writing the SQL takes the
ORM longer, and planning it the database, than answering.

    _facts = WrittenQuery(lambda file: Fact.objects.filter(application_id=file).order_by("code"))
    rows = _facts.rows(application.pk)

The query is built with a place for each value that is asked, which may only stand where a value stands in a filter. What comes back is what
the queryset gives: instances with what `select_related` joins, or tuples of `values_list`. Each connection prepares it when it asks first.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from inspect import signature
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import FlatValuesListIterable, ModelIterable, get_related_populators

Row = TypeVar("Row")
Make = Callable[[Any], Any]
# What each open connection has prepared, by name: two threads may have written the same query.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
# What PostgreSQL says of a plan that no longer fits its tables, and of a name that is not, or already, prepared.
_OUTDATED = frozenset({"0A000", "26000", "42P05"})


class PreparedQuery:
    """A query with places $1, $2 …, prepared on each connection that asks it (PREPARE). Its name is made of its text."""

    def __init__(self, sql: str, places: int) -> None:
        self._name = f"credence_{sha256(sql.encode()).hexdigest()[:32]}"
        self._prepare = f"PREPARE {self._name} AS {sql}"
        self._execute = f"EXECUTE {self._name} ({', '.join(['%s'] * places)})" if places else f"EXECUTE {self._name}"

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """The answer. One query.

        Raises DatabaseError where a migration changed the kind of a column since it was prepared: who asks is let down once, and the
        connection is given up after it.
        """
        here = transaction.get_connection()
        with here.cursor() as cursor:
            try:
                self._prepare_on(here.connection)
                cursor.execute(self._execute, values)
            except DatabaseError as error:
                if getattr(error.__cause__, "pgcode", None) in _OUTDATED:
                    here.close_at = 0  # Django closes it between two requests or tasks, and the next one prepares anew
                raise
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def _prepare_on(self, opened: Any) -> None:
        known = _prepared.setdefault(opened, set())
        if self._name not in known:
            # Not through Django's cursor: once in the life of a connection, it is no query of who asks.
            with connection.wrap_database_errors, opened.cursor() as raw:
                raw.execute(self._prepare)
            known.add(self._name)


class WrittenQuery(Generic[Row]):
    """A query of the ORM with places for values, written when it is asked first."""

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._written: tuple[PreparedQuery, list[Any], Make] | None = None

    def rows(self, *values: Any) -> list[Row]:
        """What the query gives with these values, which are put in as they are. One query."""
        # Two threads that come at once both write it: they write the same.
        self._written = self._written or self._write()
        query, asked, made = self._written
        return [made(row) for row in query.rows(*(values[one.number] if isinstance(one, _Place) else one for one in asked))]

    def first(self, *values: Any) -> Row | None:
        """The first of the rows, if there is one. As `rows`."""
        return next(iter(self.rows(*values)), None)

    def _write(self) -> tuple[PreparedQuery, list[Any], Make]:
        count = len(signature(self._build).parameters)
        queryset = self._build(*(RawSQL("%s", (_Place(number),)) for number in range(count)))
        compiler = queryset.query.get_compiler(queryset.db)
        sql, asked = compiler.as_sql()
        places = tuple(f"${number}" for number in range(1, len(asked) + 1))
        return PreparedQuery(sql % places, len(asked)), list(asked), _reader(queryset, compiler)


class _Place:
    """Where a value is put when the query is asked."""

    def __init__(self, number: int) -> None:
        self.number = number


def _reader(queryset: QuerySet[Any, Any], compiler: Any) -> Make:
    """What makes of a row of the database what the queryset would."""
    converters = compiler.get_converters([column for column, _, _ in compiler.select])

    def converted(row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for place, (convert, column) in converters.items():
            for one in convert:
                values[place] = one(values[place], column, connection)
        return tuple(values)

    if queryset._iterable_class is not ModelIterable:
        return (lambda row: converted(row)[0]) if queryset._iterable_class is FlatValuesListIterable else converted
    info, database = compiler.klass_info, queryset.db
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column.target.attname for column, _, _ in compiler.select[first:last]]
    joined = get_related_populators(info, compiler.select, database)  # type: ignore[call-arg]  # the stubs are of a later Django
    annotated = list((compiler.annotation_col_map or {}).items())

    def instance(row: tuple[Any, ...]) -> Any:
        values = converted(row)
        found = info["model"].from_db(database, names, values[first:last])
        for one in joined:
            one.populate(values, found)
        for name, place in annotated:
            setattr(found, name, values[place])
        return found

    return instance
