"""Which files of an account have to be read again when some of them are left out. Pure.

A file is held against those before it: a line that was there already is not added a second time. Once the earlier file is left out, what
the later one shares with it is told by nobody, and the later one is read again.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True)
class FileDays:
    """One file's days of one account in one currency, both inclusive."""

    file: UUID
    account: Hashable
    first: date
    last: date

    def overlaps(self, other: FileDays) -> bool:
        """Whether both tell of a day of one account."""
        return self.account == other.account and self.first <= other.last and other.first <= self.last


def to_read_again(days: Sequence[FileDays], left_out: Collection[UUID]) -> list[UUID]:
    """The files to be read again, in the order they came, which is that of `days`: each that shares a day with one before it that counts no
    more.
    """
    gone: list[FileDays] = []
    again: dict[UUID, None] = {}
    for one in days:
        if one.file in left_out:
            gone.append(one)
        elif one.file in again or any(one.overlaps(other) for other in gone):
            again[one.file] = None
            gone.append(one)
    return list(again)
