"""Files of security prices: isin, date, price, currency. Read whole, since gaps and doubles show only beside their neighbours. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from stdnum import isin as isin_rules

from collateral.domain.tables import Line, Refusal, UnreadableTable, UnusableLine, header_of, read_table

NEEDED = ("isin", "date", "price", "currency")
MAX_LINES = 500_000
# More workdays than this without a price between two of a paper is a gap: holidays explain up to three in a row.
GAP_WORKDAYS = 5


@dataclass(frozen=True)
class Price:
    """One closing price."""

    isin: str
    price_date: date
    price: Decimal
    currency: str
    line: int


@dataclass(frozen=True)
class Split:
    """From a day on there are `factor` papers for one of before."""

    isin: str
    day: date
    factor: Decimal


@dataclass(frozen=True)
class PriceFile:
    """The prices that can be used, by paper and day, and every line or gap that was refused or noticed, in the order of the file. `waiting`: by
    line, the price before those that moved so far that a second person looks at them, none before the first of a paper."""

    prices: list[Price]
    refusals: list[Refusal]
    waiting: dict[int, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Record:
    """Of one paper what is on record: prices, those that wait, splits, and how far a price moves without a second person's word."""

    prices: Mapping[date, Decimal]
    waiting: Mapping[date, Decimal]
    splits: Sequence[Split]
    most_move: Decimal

    def carried(self, price: Decimal, then: date, now: date) -> Decimal:
        """A price of one day as it would be quoted on a later one, by the splits in between."""
        for split in self.splits:
            if then < split.day <= now:
                price /= split.factor
        return price


def read_prices(
    stream: BinaryIO,
    *,
    on: date,
    currencies: Mapping[str, str],
    known: Mapping[tuple[str, date], Decimal] | None = None,
    held: Mapping[tuple[str, date], Decimal] | None = None,
    splits: Sequence[Split] = (),
    most_move: Decimal = Decimal("0.15"),
) -> PriceFile:
    """The prices of a file. `currencies` says in which currency each paper is kept already, `known` are the prices that are kept, `held`
    those of other files that wait.

    Refused: what is no price, the future, another currency than the paper's, a day that stands twice with two prices (both), a day that is
    kept with another price or waits with the same, and everything of a paper after a gap in the file. The same line twice counts once. What
    moves by more than `most_move` from the last price that counts, splits taken out, or rises as much above one that waits since, waits; so
    does the first price of a paper. Raises UnreadableTable.
    """
    if not set(NEEDED) <= set(header_of(stream)):
        raise UnreadableTable(f"The header has to name {', '.join(NEEDED)}.")
    refusals: list[Refusal] = []
    papers: dict[str, dict[date, list[Price]]] = {}
    for count, line in enumerate(read_table(stream), start=1):
        if count > MAX_LINES:
            raise UnreadableTable(f"The file has more than {MAX_LINES:,} lines.")
        try:
            price = _price(line, on)
            kept_in = currencies.get(price.isin) or next((days[0].currency for days in papers.get(price.isin, {}).values()), price.currency)
            if price.currency != kept_in:
                raise UnusableLine(f"the price of {price.isin} is in {price.currency}; it is kept in {kept_in}")
        except UnusableLine as fault:
            refusals.append(Refusal(line.number, str(fault)))
            continue
        papers.setdefault(price.isin, {}).setdefault(price.price_date, []).append(price)
    kept, open_ones = _by_paper(known or {}), _by_paper(held or {})
    waiting: dict[int, Decimal | None] = {}
    prices = []
    for isin, paper in papers.items():
        record = _Record(kept.get(isin, {}), open_ones.get(isin, {}), [split for split in splits if split.isin == isin], most_move)
        prices += _in_order(paper, record, refusals, waiting)
    return PriceFile(prices, sorted(refusals, key=lambda refusal: refusal.line), waiting)


def papers_of(stream: BinaryIO) -> set[str]:
    """Which papers a file names, the first so many lines of it; the stream stands at its beginning again. Raises UnreadableTable."""
    found = {(line.values.get("isin") or "").strip().upper() for line in islice(read_table(stream), MAX_LINES)}
    stream.seek(0)
    return found


def _price(line: Line, on: date) -> Price:
    code = line.text("isin", most=12).upper()
    if not isin_rules.is_valid(code):
        raise UnusableLine(f"“{code}” is no ISIN")
    day = line.day("date")
    if day > on:
        raise UnusableLine(f"the price of {day.isoformat()} lies in the future")
    if day.weekday() >= 5:
        raise UnusableLine(f"{day.isoformat()} is no day of trading")
    return Price(code, day, line.amount("price", most=Decimal("1e8"), places=6), line.text("currency", most=3).upper(), line.number)


def _by_paper(known: Mapping[tuple[str, date], Decimal]) -> dict[str, dict[date, Decimal]]:
    found: dict[str, dict[date, Decimal]] = {}
    for (isin, day), price in known.items():
        found.setdefault(isin, {})[day] = price
    return found


def _in_order(paper: dict[date, list[Price]], record: _Record, refusals: list[Refusal], waiting: dict[int, Decimal | None]) -> list[Price]:
    """One paper's prices by day, up to its first gap, held against those on record; those that wait are noted with the price that they moved from."""
    kept: list[Price] = []
    known = record.prices
    days = sorted(known)
    # The last price that counts, and its day: one that waits is nothing to measure the next one by.
    counted: tuple[date, Decimal] | None = None
    waits = dict(record.waiting)
    for day in sorted(paper):
        found = paper[day]
        if len({price.price for price in found}) > 1:
            told = " and ".join(str(price.price) for price in found)
            refusals += [Refusal(price.line, f"{price.isin} has two prices on {day.isoformat()}: {told}") for price in found]
            continue
        price = found[0]
        if day in known and known[day] != price.price:
            refusals.append(
                Refusal(price.line, f"{price.isin} is kept with {known[day].normalize():f} on {day.isoformat()}, not with {price.price}")
            )
            continue
        if record.waiting.get(day) == price.price:
            refusals.append(Refusal(price.line, f"{price.isin} of {day.isoformat()} waits for a second person already"))
            continue
        before = days[place - 1] if (place := bisect_left(days, day)) else None
        if before is not None and (counted is None or counted[0] < before):
            counted = before, known[before]
        if kept and (missing := _workdays_between(kept[-1].price_date, day)) > GAP_WORKDAYS:
            words = (
                f"{price.isin} has no price on {missing} workdays after {kept[-1].price_date.isoformat()}; what follows the gap is left out"
            )
            refusals.append(Refusal(price.line, words))
            break
        kept.append(price)
        if day in known:
            continue
        basis = record.carried(counted[1], counted[0], day) if counted else None
        if _far(price.price, basis, record) or _above_what_waits(price, counted, waits, record):
            waiting[price.line] = basis
            waits[day] = price.price
        else:
            counted = day, price.price
    return kept


def _far(price: Decimal, basis: Decimal | None, record: _Record) -> bool:
    """Whether a price moves so far from the last one that counts that a second person looks at it. The first one of a paper always does."""
    return not record.prices if basis is None else abs(price / basis - 1) > record.most_move


def _above_what_waits(price: Price, counted: tuple[date, Decimal] | None, waits: Mapping[date, Decimal], record: _Record) -> bool:
    """Whether a price rises as far above the lowest that waits since the last one that counts: nobody passes over a fall with the next price."""
    since = [
        record.carried(one, day, price.price_date)
        for day, one in waits.items()
        if day < price.price_date and (counted is None or day > counted[0])
    ]
    return bool(since) and price.price / min(since) - 1 > record.most_move


def _workdays_between(earlier: date, later: date) -> int:
    days = (later - earlier).days - 1
    return sum((earlier + timedelta(days=step)).weekday() < 5 for step in range(1, days + 1))
