"""Sections of a document that is a page and a PDF, and how figures are written in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

MINUS = "\u2212"


@dataclass(frozen=True)
class Section:
    """A heading with sentences and, where `head` is filled, a table; `sides` is l or r per column."""

    title: str
    sentences: Sequence[str] = ()
    head: Sequence[str] = ()
    sides: str = ""
    rows: Sequence[Sequence[str]] = ()

    @property
    def columns(self) -> list[tuple[str, str]]:
        return list(zip(self.head, self.sides, strict=True))

    @property
    def sided_rows(self) -> list[list[tuple[str, str]]]:
        """Cells with their side."""
        return [list(zip(row, self.sides, strict=True)) for row in self.rows]


def day_of(kept: str) -> str:
    """A kept day as people write it."""
    day = date.fromisoformat(kept[:10])
    return f"{day.day} {day:%b %Y}"


def true_minus(words: str) -> str:
    """With a true minus sign."""
    return words.replace("-", MINUS)


def percent(share: float) -> str:
    """A share as a percentage with two places."""
    return f"{100 * share:.2f}%"


def three(value: float | None) -> str:
    """A measure with three places."""
    return "not measured" if value is None else f"{value:.3f}"
