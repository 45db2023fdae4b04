"""Files of security prices: isin, date, price, currency, and the exchange where one is named.
Read whole, since gaps and doubles show only beside their neighbours. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import BinaryIO

from stdnum import isin as isin_rules

from collateral.domain import exchanges
from collateral.domain.tables import Line, Refusal, UnreadableTable, UnusableLine, header_of, read_table

NEEDED = ("isin", "date", "price", "currency")
MAX_LINES = 500_000
# More days of trading than this without a price between two of a paper is a gap: holidays explain up to three in a row.
GAP_DAYS = 5
# On which days of the week, Monday 0, nobody trades.
WEEKEND = frozenset({5, 6})


@dataclass(frozen=True)
class Price:
    """One closing price, at the exchange of the code `mic` where the file names one."""

    isin: str
    price_date: date
    price: Decimal
    currency: str
    line: int
    mic: str = ""


@dataclass(frozen=True)
class Split:
    """From a day on there are `factor` papers for one of before."""

    isin: str
    day: date
    factor: Decimal


@dataclass(frozen=True)
class Before:
    """What a price that waits moved from: a price on record and its day. `missing`:
    so many days of trading, more than a few, lie between them.
    """

    day: date
    price: Decimal
    missing: int = 0


@dataclass(frozen=True)
class PriceFile:
    """The prices that can be used, by paper and day, and every line that was refused, in the order of the file. `waiting`: by line, what
    those moved from that a second person looks at, none before the first of a paper.
    """

    prices: list[Price]
    refusals: list[Refusal]
    waiting: dict[int, Before | None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Record:
    """Of one paper what is on record: prices, those of them that who brings the file brought `alone`, those that wait, splits, on which
    days nobody trades, and how far a price moves without a second person's word."""

    prices: Mapping[date, Decimal]
    alone: Collection[date]
    waiting: Mapping[date, Decimal]
    splits: Sequence[Split]
    rests: Callable[[date], bool]
    most_move: Decimal

    def carried(self, price: Decimal, then: date, now: date) -> Decimal:
        """A price of one day as it would be quoted on a later one, by the splits in between."""
        for split in self.splits:
            if then < split.day <= now:
                price /= split.factor
        return price

    def missing_between(self, earlier: date, later: date) -> int:
        """How many days of trading lie between two days."""
        return sum(not self.rests(earlier + timedelta(days=step)) for step in range(1, (later - earlier).days))


@dataclass
class _Measure:
    """What the next price of a paper is measured by: the `last` that counts, and for rises the lowest since the last one that not only who
    brings the file stands for. Small steps of one person add up."""

    record: _Record
    last: tuple[date, Decimal] | None = None
    low: tuple[date, Decimal] | None = None

    def count(self, day: date, price: Decimal, *, alone: bool) -> None:
        """Let a price count, which one person brought alone or not."""
        self.last = day, price
        if not alone or self.low is None or self.record.carried(self.low[1], self.low[0], day) > price:
            self.low = day, price

    def waits(self, price: Price) -> Before | None:
        """What a price moves from so far, or after so many days, that a second person looks at it; none where it counts."""
        if self.last is None or self.low is None:
            return None
        day, most = price.price_date, self.record.most_move
        if price.price / self.record.carried(self.low[1], self.low[0], day) - 1 > most:
            return Before(self.low[0], self.record.carried(self.low[1], self.low[0], day))
        if 1 - price.price / (basis := self.record.carried(self.last[1], self.last[0], day)) > most:
            return Before(self.last[0], basis)
        missing = self.record.missing_between(self.last[0], day)
        return Before(*self.last, missing) if missing > GAP_DAYS else None


def read_prices(
    stream: BinaryIO,
    *,
    on: date,
    currencies: Mapping[str, str],
    known: Mapping[tuple[str, date], Decimal] | None = None,
    held: Mapping[tuple[str, date], Decimal] | None = None,
    alone: Collection[tuple[str, date]] = (),
    splits: Sequence[Split] = (),
    rest: Mapping[str, Collection[int]] | None = None,
    most_move: Decimal = Decimal("0.15"),
) -> PriceFile:
    """The prices of a file. `currencies` says in which currency each paper is kept already, `known` are the prices that are kept, `held`
    those of other files that wait, `alone` those kept ones that nobody but who brings this file stands for; `rest` the days of the week
    without trading by the country of a paper, elsewhere Saturday and Sunday. Of a paper whose lines name an exchange that is known, its
    days of trading count.

    Refused: what is no price, the future, another currency than the paper's, a day that stands twice with two prices (both), a day that is
    kept with another price or waits with the same, and each line of a paper after a gap in the file. The same line twice counts once.

    Waits: the first price of a paper; what comes after a gap on record; what falls by more than `most_move` from the last price that
    counts, splits taken out; what rises as far above the lowest since the last one that others stand for, or above one that waits. Raises
    UnreadableTable.
    """
    if not set(NEEDED) <= set(header_of(stream)):
        raise UnreadableTable(f"The header has to name {', '.join(NEEDED)}.")
    refusals: list[Refusal] = []
    papers: dict[str, dict[date, list[Price]]] = {}
    for count, line in enumerate(read_table(stream), start=1):
        if count > MAX_LINES:
            raise UnreadableTable(f"The file has more than {MAX_LINES:,} lines.")
        try:
            price = _price(line, on, rest or {})
            kept_in = currencies.get(price.isin) or next((days[0].currency for days in papers.get(price.isin, {}).values()), price.currency)
            if price.currency != kept_in:
                raise UnusableLine(f"the price of {price.isin} is in {price.currency}; it is kept in {kept_in}")
        except UnusableLine as fault:
            refusals.append(Refusal(line.number, str(fault)))
            continue
        papers.setdefault(price.isin, {}).setdefault(price.price_date, []).append(price)
    kept, open_ones = _by_paper(known or {}), _by_paper(held or {})
    own: dict[str, set[date]] = {}
    for isin, day in alone:
        own.setdefault(isin, set()).add(day)
    waiting: dict[int, Before | None] = {}
    prices = []
    for isin, paper in papers.items():
        of_paper = [split for split in splits if split.isin == isin]
        named = {price.mic for found in paper.values() for price in found}
        rests = partial(_rests, isin, named, rest or {})
        record = _Record(kept.get(isin, {}), own.get(isin, set()), open_ones.get(isin, {}), of_paper, rests, most_move)
        prices += _in_order(paper, record, refusals, waiting)
    return PriceFile(prices, sorted(refusals, key=lambda refusal: refusal.line), waiting)


def papers_of(stream: BinaryIO) -> set[str]:
    """Which papers a file names, the first so many lines of it; the stream stands at its beginning again. Raises UnreadableTable."""
    found = {(line.values.get("isin") or "").strip().upper() for line in islice(read_table(stream), MAX_LINES)}
    stream.seek(0)
    return found


def _rests(isin: str, named: Collection[str], rest: Mapping[str, Collection[int]], day: date) -> bool:
    """Whether a paper is not traded on a day: at none of the exchanges that are named, where they are known, or else by its country."""
    if named and all(map(exchanges.is_known, named)):
        return all(exchanges.rests(mic, day) for mic in named)
    return day.weekday() in rest.get(isin[:2], WEEKEND)


def _price(line: Line, on: date, rest: Mapping[str, Collection[int]]) -> Price:
    code = line.text("isin", most=12).upper()
    if not isin_rules.is_valid(code):
        raise UnusableLine(f"“{code}” is no ISIN")
    day = line.day("date")
    if day > on:
        raise UnusableLine(f"the price of {day.isoformat()} lies in the future")
    mic = (line.values.get("mic") or "").strip().upper()
    if mic and not exchanges.is_mic(mic):
        raise UnusableLine(f"“{mic[:20]}” is no code of an exchange (MIC)")
    if _rests(code, [mic], rest, day):
        at = f" at {mic}" if exchanges.is_known(mic) else ""
        raise UnusableLine(f"{day.isoformat()} is no day of trading{at}")
    return Price(code, day, line.amount("price", most=Decimal("1e8"), places=6), line.text("currency", most=3).upper(), line.number, mic)


def _by_paper(known: Mapping[tuple[str, date], Decimal]) -> dict[str, dict[date, Decimal]]:
    found: dict[str, dict[date, Decimal]] = {}
    for (isin, day), price in known.items():
        found.setdefault(isin, {})[day] = price
    return found


def _in_order(paper: dict[date, list[Price]], record: _Record, refusals: list[Refusal], waiting: dict[int, Before | None]) -> list[Price]:
    """One paper's prices by day, up to a gap in the file, held against those on record;
    those that wait are noted with what they moved from.
    """
    kept: list[Price] = []
    measure, waits = _Measure(record), dict(record.waiting)
    # The last day of the file or on record, and the day after which the file has a gap.
    reached: date | None = None
    gap: date | None = None
    for day in sorted({*paper, *record.prices}):
        known, found = record.prices.get(day), paper.get(day, [])
        refused = _unfit(found, known, record.waiting.get(day))
        if known is not None:
            measure.count(day, known, alone=day in record.alone)
            reached, gap = day, None
            kept += found[:1] if not refused else []
        elif found and not refused:
            if gap is None and kept and reached is not None and record.missing_between(reached, day) > GAP_DAYS:
                gap = reached
            if gap is not None:
                refused = _after_gap(found[0], gap, record)
            else:
                price, reached = found[0], day
                kept.append(price)
                before = measure.waits(price) or _above_what_waits(price, measure.last, waits, record)
                if before is not None or not record.prices:
                    waiting[price.line] = before
                    waits[day] = price.price
                else:
                    measure.count(day, price.price, alone=True)
        refusals += [Refusal(price.line, refused) for price in found if refused]
    return kept


def _unfit(found: Sequence[Price], known: Decimal | None, waits: Decimal | None) -> str:
    """Why one paper's prices of one day cannot be used, beside what is known of it; empty where they can."""
    if not found:
        return ""
    isin, day = found[0].isin, found[0].price_date.isoformat()
    if len({price.price for price in found}) > 1:
        return f"{isin} has two prices on {day}: {' and '.join(str(price.price) for price in found)}"
    if known is not None and known != found[0].price:
        return f"{isin} is kept with {known.normalize():f} on {day}, not with {found[0].price}"
    if waits == found[0].price:
        return f"{isin} of {day} waits for a second person already"
    return ""


def _after_gap(price: Price, gap: date, record: _Record) -> str:
    missing = record.missing_between(gap, price.price_date)
    said = f"{price.isin} has no price on {missing} days of trading after {gap.isoformat()}; what follows the gap is left out"
    return f"{said}, take it in as a file of its own"


def _above_what_waits(price: Price, counted: tuple[date, Decimal] | None, waits: Mapping[date, Decimal], record: _Record) -> Before | None:
    """The lowest price that waits since the last one that counts, where a price rises far above it:
    nobody passes over a fall with the next price.
    """
    since = [
        Before(day, record.carried(one, day, price.price_date))
        for day, one in waits.items()
        if day < price.price_date and (counted is None or day > counted[0])
    ]
    lowest = min(since, key=lambda one: one.price, default=None)
    return lowest if lowest is not None and price.price / lowest.price - 1 > record.most_move else None
