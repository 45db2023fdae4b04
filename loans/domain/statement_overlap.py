"""Lines of a statement beside those that earlier files brought of the same account: what is new, what is there, what cannot both be true.
Pure.

A day that an earlier file covers from end to end is told whole: another file, in whatever format, has the same amounts on it, or one of the
two is not the bank's. On the first and last day of a file more may have followed after it was made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from loans.domain.statement_files.parts import Booking, LineFault


@dataclass(frozen=True)
class KnownLine:
    """A line that is there already: `identity` is unique in the account, `form` the format it came in, empty for the bank's own."""

    identity: str
    day: date
    amount: Decimal
    form: str


@dataclass(frozen=True)
class Span:
    """Days that one file tells of, both inclusive."""

    first: date
    last: date

    def has_inside(self, day: date) -> bool:
        """Whether it tells of the whole day."""
        return self.first < day < self.last


@dataclass
class Merged:
    """The bookings to add, by their place, those that were there, each with the identity of the line it is, and what contradicts an
    earlier file, which is not added.
    """

    fresh: list[int] = field(default_factory=list)
    there: list[tuple[str, int]] = field(default_factory=list)
    conflicts: list[LineFault] = field(default_factory=list)

    @property
    def duplicates(self) -> int:
        """How many bookings were there."""
        return len(self.there)


def merge(
    bookings: Sequence[tuple[str, Booking]], known: Sequence[KnownLine], covered: Sequence[Span], *, span: Span, form: str, line: int
) -> Merged:
    """Hold the bookings of a statement, each with its identity, against the lines that are `known`.

    `covered` are the days of earlier files; `span` and `form` are those of this one, which begins at `line` of its file.
    """
    merged = Merged()
    by_identity = {one.identity: (one.day, one.amount) for one in known}
    unmatched: dict[str, tuple[date, Decimal]] = dict(by_identity)
    forms = {one.identity: one.form for one in known}
    others: list[int] = []
    for place, (identity, booking) in enumerate(bookings):
        there = by_identity.get(identity)
        if there is None:
            by_identity[identity] = (booking.day, booking.amount)
            others.append(place)
        elif there == (booking.day, booking.amount):
            unmatched.pop(identity, None)
            merged.there.append((identity, place))
        else:
            merged.conflicts.append(LineFault(booking.line, "The bank's number of this line stands with another day or amount already."))
    open_days = _by_day(unmatched, forms, but=form)
    whole_days = _by_day(unmatched, forms)
    for place in others:
        booking = bookings[place][1]
        key = (booking.day, booking.amount)
        is_told = any(one.has_inside(booking.day) for one in covered)
        if (whole_days if is_told else open_days)[key]:
            # Of another file first, as that is all that an open day has.
            same = (open_days[key] or whole_days[key])[0]
            for lines in (open_days[key], whole_days[key]):
                if same in lines:
                    lines.remove(same)
            merged.there.append((same, place))
        elif is_told:
            merged.conflicts.append(LineFault(booking.line, "An earlier file covers this day and has no such line."))
        else:
            merged.fresh.append(place)
    lacking = sum(len(lines) for (day, _), lines in whole_days.items() if span.has_inside(day))
    if lacking:
        words = "1 line that an earlier file has" if lacking == 1 else f"{lacking} lines that an earlier file has"
        merged.conflicts.append(LineFault(line, f"The statement lacks {words} on days that it covers."))
    return merged


def _by_day(
    lines: dict[str, tuple[date, Decimal]], forms: dict[str, str], *, but: str | None = None
) -> dict[tuple[date, Decimal], list[str]]:
    """The lines of each amount on each day, leaving out those that came in one format."""
    found: dict[tuple[date, Decimal], list[str]] = defaultdict(list)
    for identity, said in lines.items():
        if forms[identity] != but:
            found[said].append(identity)
    return found
