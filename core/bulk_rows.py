"""Many rows at once, in memory that does not grow with their number.

`copy_in(Receivable, rows)` writes new rows by PostgreSQL's COPY, as `bulk_create` does, in about a third of the time: each field says
itself how it is kept, so that encryption and fingerprints are the model's own, and the database holds every constraint. Keys are made in
Python; no signal is sent.

`insert_rows(rows)` writes a few rows of one table or of several in one message to the database, for actions that are done all day long.

`read_batches(query, asked)` gives the rows of a query by the thousand, and `in_batches` anything else: what a night finds is written batch
by batch.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import groupby, islice
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models, transaction

T = TypeVar("T")
# So many rows are read, made and written together.
BATCH = 1_000
# What would end a value or a row, and what names nothing, in COPY's text form.
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_in(model: type[models.Model], rows: Iterable[models.Model]) -> int:
    """Write instances that stand in no table yet, all in one statement. Returns how many.

    Raises IntegrityError as an insert does, and TypeError for a kind of value that COPY is not taught here.
    """
    fields = model._meta.concrete_fields
    lines = ["\t".join([_text(field.pre_save(row, True)) for field in fields]) for row in rows]
    if lines:
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in fields)
        with connection.cursor() as cursor:
            statement = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"
            with connection.wrap_database_errors:
                cursor.cursor.copy_expert(statement, io.StringIO("\n".join(lines) + "\n"))
    return len(lines)


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Write instances that stand in no table yet, in their order, in one message. A key that the database makes is not read back; no signal
    is sent.

    Raises IntegrityError as an insert does. To be called within a transaction where several tables are written.
    """
    here = transaction.get_connection()  # once: each look behind Django's proxy costs as much as a field
    statements, values = [], []
    for model, group in groupby(rows, type):
        beginning, places, fields = _insert_of(model)
        made = list(group)
        statements.append(beginning + ", ".join([places] * len(made)))
        values += [_bare(field.get_db_prep_save(field.pre_save(row, True), here)) for row in made for field in fields]
    if statements:
        with here.cursor() as cursor:
            cursor.execute("; ".join(statements), values)
    for row in rows:
        row._state.adding, row._state.db = False, here.alias


def _bare(value: Any) -> Any:
    """A key as text, which the column reads: psycopg2 would wrap each of them in an object of its own."""
    return str(value) if isinstance(value, UUID) else value


@cache
def _insert_of(model: type[models.Model]) -> tuple[str, str, tuple[Any, ...]]:
    """The beginning of an insert, the places of a row, and the fields these are of."""
    fields = tuple(field for field in model._meta.concrete_fields if not field.generated and not isinstance(field, models.AutoField))
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ", f"({', '.join(['%s'] * len(fields))})", fields


def in_batches(rows: Iterable[T]) -> Iterator[list[T]]:
    """Rows in lists of BATCH, the last one shorter."""
    stream = iter(rows)
    while batch := list(islice(stream, BATCH)):
        yield batch


def read_batches(query: str, asked: Mapping[str, Any]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query in lists of BATCH, by a cursor in the database. It sees what stood when it began, whatever is written meanwhile.
    To be called within a transaction; the query changes nothing.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, asked)
        while rows := cursor.fetchmany(BATCH):
            yield rows


def _text(value: Any) -> str:
    """A value in COPY's text form. Text that PostgreSQL cannot hold is refused by it as in any insert."""
    if value is None:
        return r"\N"
    write = _WRITTEN.get(type(value)) or next((write for kind, write in _WRITTEN.items() if isinstance(value, kind)), None)
    if write is None:
        raise TypeError(f"{type(value).__name__} is not written by COPY here")
    return write(value)


def _escape(value: str) -> str:
    return value.translate(_ESCAPED)


# What a value of each kind is written by; one of a kind derived from these as its first here.
_WRITTEN: dict[type, Callable[[Any], str]] = {
    UUID: lambda value: value.hex,
    str: _escape,
    Decimal: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    bool: str,
    int: str,
    bytes: lambda value: r"\\x" + value.hex(),
}
