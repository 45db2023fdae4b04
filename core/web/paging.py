"""Pages of a list: always two queries, one for the count and one for the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

T = TypeVar("T")
M = TypeVar("M", bound=Model)
SIZE = 25


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list and where they stand in it. Numbers start at 1; `start` and `end` are row numbers."""

    rows: Sequence[T]
    number: int
    size: int
    total: int

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def end(self) -> int:
        return (self.number - 1) * self.size + len(self.rows)

    @property
    def total_words(self) -> str:
        return f"{self.total:,}"

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number < self.pages

    @property
    def has_other(self) -> bool:
        return self.pages > 1


def number_asked(request: HttpRequest) -> int:
    """The page number in the address, 1 when it is absent or no number."""
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def paginate(request: HttpRequest, rows: QuerySet[M, Any], size: int = SIZE, total: int | None = None) -> Page[Any]:
    """The page of `rows` that the address asks for; a number past the end gives the last page. Two queries, one when
    `total` is known.

    Raises ValueError for rows without an order, of which two pages may show the same one twice. Counting beside each row drops the order of
    its model: such a list names its own.
    """
    if not rows.ordered:
        raise ValueError(f"Pages of {rows.model.__name__} need an order.")
    count = rows.count() if total is None else total
    number = min(number_asked(request), max(1, -(-count // size)))
    first = (number - 1) * size
    return Page(rows=list(rows[first : first + size]), number=number, size=size, total=count)


def order_asked(request: HttpRequest, allowed: dict[str, str], default: str) -> str:
    """The model field to sort by. `allowed` maps words in the address to fields; a leading minus turns the order
    round.
    """
    asked = request.GET.get("sort", default)
    name = asked.removeprefix("-")
    if name not in allowed:
        asked, name = default, default.removeprefix("-")
    field = allowed[name]
    return f"-{field}" if asked.startswith("-") else field
