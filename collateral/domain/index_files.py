"""Files of house price indices: the FHFA's two tables of states, and the table of the BIS by country."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from collateral.domain.tables import Line, Refusal, UnreadableTable, UnusableLine, header_of, read_table

# Quarter to quarter, an index hardly moves by more than a factor of this: a slip of the decimal point does, and a table on another base.
JUMP = Decimal(3)


@dataclass(frozen=True)
class Point:
    """One value of an index. `country` as ISO 3166 or the publisher's code of an area, `region` of a state or empty. `jumped_from`: what it
    jumps from so wildly that a second person looks at it; none where it does not.
    """

    publisher: str
    country: str
    region: str
    title: str
    period_end: date
    value: Decimal
    jumped_from: Decimal | None = None


def read_index(stream: BinaryIO, *, on: date) -> Iterator[Point | Refusal]:
    """The points of a file, one at a time; what cannot be used as a Refusal: no number, the future, the same period twice.
    A wild jump is told with the point, and so are those that follow it as far away; after a fall the lower one is what the next are
    measured by. Raises UnreadableTable when the file is of no known layout.
    """
    header = header_of(stream)
    if header == ("date", "country_code", "country", "price"):
        read, lines = _bis, read_table(stream)
    elif header[:5] == ("state", "yr", "qtr", "index_nsa", "index_sa"):
        read, lines = _fhfa_adjusted, read_table(stream)
    elif len(header) == 4 and len(header[0]) == 2 and header[1].isdigit():
        read, lines = _fhfa, read_table(stream, header=("state", "yr", "qtr", "index"))
    else:
        raise UnreadableTable("This is neither a table of the FHFA by state nor one of the BIS by country.")
    last: dict[tuple[str, str], Point] = {}
    risen: set[tuple[str, str]] = set()
    seen: set[tuple[str, str, date]] = set()
    for line in lines:
        try:
            point = read(line)
            place = (point.country, point.region)
            if point.period_end > on:
                raise UnusableLine(f"the period ends on {point.period_end.isoformat()}, which lies in the future")
            if (*place, point.period_end) in seen:
                raise UnusableLine(f"the period ending on {point.period_end.isoformat()} stands twice for {point.region or point.country}")
        except UnusableLine as fault:
            yield Refusal(line.number, str(fault))
            continue
        seen.add((*place, point.period_end))
        before = last.get(place)
        if before and not is_near(point.value, before.value) and (place in risen or _near(before, point)):
            point = replace(point, jumped_from=before.value)
        if point.jumped_from is None or point.value < point.jumped_from:
            last[place] = point
            risen.discard(place)
        else:
            risen.add(place)
        yield point


def is_near(value: Decimal, other: Decimal) -> bool:
    """Whether one value of an index is no threefold jump from another."""
    return 1 / JUMP < value / other < JUMP


def _near(before: Point, after: Point) -> bool:
    return abs((after.period_end - before.period_end).days) < 100


def _quarter_end(line: Line) -> date:
    year, quarter = int(line.number_of("yr", 1900, 2200)), int(line.number_of("qtr", 1, 4))
    return date(year, quarter * 3, monthrange(year, quarter * 3)[1])


def _state(line: Line, column: str, publisher: str) -> Point:
    state = line.text("state", most=2)
    if not (state.isascii() and state.isalpha() and state.isupper()):
        raise UnusableLine(f"“{state}” is no code of a state")
    return Point(publisher, "US", state, f"House prices, {state}", _quarter_end(line), line.amount(column, most=Decimal(100_000)))


def _fhfa(line: Line) -> Point:
    return _state(line, "index", "fhfa")


def _fhfa_adjusted(line: Line) -> Point:
    return _state(line, "index_sa", "fhfa-exp")


def _bis(line: Line) -> Point:
    code = line.text("country_code", most=2)
    return Point(
        "bis", code, "", f"House prices, {line.text('country', most=80)}", line.day("date"), line.amount("price", most=Decimal(100_000))
    )
