"""Taking in sales of homes from a file: read twice, for prices that contradict each other and then in batches, so that no more than a price
and a line of each sale is held; each sale once, what cannot be used or believed named by its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import transaction

from collateral.domain.sale_files import SaleRow, read_sales
from collateral.domain.tables import Refusal, UnreadableTable
from collateral.models import Sale, ValueFile
from collateral.selectors.evidence import ranges_of
from collateral.services.file_intake import BATCH, UnableToImportValues, begin, finish, known_currencies
from collateral.services.price_changes import ask_about_figures
from core.bulk_rows import in_batches
from core.models import User

# A sale so many times above or below the range in which nine of ten such homes are sold is looked at before anything is learnt from it.
FAR = 1.5
Key = tuple[str, date]
# A price, and the line that it stands in.
Told = tuple[Decimal, int]


@transaction.atomic
def import_sales(
    *, stream: BinaryIO, file_name: str, market: str, currency: str, actor: User | None, business_date: date, actor_name: str = ""
) -> ValueFile:
    """Keep the sales of a file under a market; sales known already stay as they are. A second price of a house on one day is refused, on
    record or in the file, where both are. What lies far from what the model in force says is held out until a second person looked at it.
    `actor` None is the command line of the house.

    Raises UnableToImportValues.
    """
    _check_market(market, currency)
    taken = begin(
        ValueFile.Kind.SALES,
        stream=stream,
        file_name=file_name,
        actor=actor,
        business_date=business_date,
        market=market,
        currency=currency,
    )
    read = 0
    first: dict[Key, Told] = {}
    twice: dict[Key, list[Told]] = {}
    try:
        for row in read_sales(stream, currency=currency, on=business_date):
            if isinstance(row, Refusal):
                taken.refuse(row.line, row.reason)
                continue
            read += 1
            told = (row.price, row.line)
            before = first.setdefault((row.house_key, row.sold_date), told)
            if before[0] != row.price:
                twice.setdefault((row.house_key, row.sold_date), [before]).append(told)
    except UnreadableTable as fault:
        raise UnableToImportValues("unreadable", reason=str(fault)) from fault
    refused = _refuse_twice(taken, twice)
    stream.seek(0)
    again = (row for row in read_sales(stream, currency=currency, on=business_date) if isinstance(row, SaleRow))
    once = (row for row in again for key in [(row.house_key, row.sold_date)] if key not in twice and first[key][1] == row.line)
    for batch in in_batches(once):
        refused += _keep(batch, taken)
    taken.refusals.sort(key=lambda one: int(one["line"]))
    kept = Sale.objects.filter(source=taken)
    taken.kept = kept.filter(held_out=False).count()
    finish(taken, read=read - refused - len(taken.held), actor=actor, actor_name=actor_name)
    ask_about_figures(taken, actor=actor)
    return taken


def _refuse_twice(taken: ValueFile, twice: dict[Key, list[Told]]) -> int:
    """Refuse all lines of a house and day that stand in the file with more than one price. Returns how many."""
    for (house, day), rows in twice.items():
        told = " and ".join(f"{price} in line {line}" for price, line in rows)
        for _, line in rows:
            taken.refuse(line, f"house {house} is sold on {day.isoformat()} for {told}")
    return sum(len(rows) for rows in twice.values())


def _keep(rows: Sequence[SaleRow], taken: ValueFile) -> int:
    """Write the new ones of a batch, far ones held out, and refuse those on record with another price. Returns how many are refused."""
    on_record: dict[Key, Decimal] = {
        (house, day): price
        for house, day, price in Sale.objects.filter(market=taken.market, house_key__in={row.house_key for row in rows}).values_list(
            "house_key", "sold_date", "price"
        )
    }
    fresh, refused = [], 0
    for row in rows:
        known = on_record.get((row.house_key, row.sold_date))
        if known is None:
            fresh.append(row)
        elif known != row.price:
            refused += 1
            words = f"house {row.house_key} is kept as sold on {row.sold_date.isoformat()} for {known.normalize():f}, not for {row.price}"
            taken.refuse(row.line, words)
    made = []
    for row, (low, high) in zip(fresh, ranges_of(fresh, market=taken.market, currency=taken.currency), strict=True):
        far = bool(high) and not low / FAR <= float(row.price) <= high * FAR
        made.append(Sale(market=taken.market, source=taken, held_out=far, **row.facts()))
        if far:
            taken.held.append(_held(row, low, high))
    Sale.objects.bulk_create(made, ignore_conflicts=True, batch_size=BATCH)
    return refused


def _held(row: SaleRow, low: float, high: float) -> dict[str, Any]:
    said = {"house": row.house_key, "date": row.sold_date.isoformat(), "figure": f"{row.price.normalize():f}"}
    return said | {"currency": row.currency, "before": f"{low:.0f} to {high:.0f}"}


def _check_market(market: str, currency: str) -> None:
    if not market or len(market) > 40 or not all(letter.isascii() and (letter.isalnum() or letter == "_") for letter in market):
        raise UnableToImportValues("market_missing")
    if market != market.lower():
        raise UnableToImportValues("market_missing")
    if currency not in known_currencies():
        raise UnableToImportValues("currency_unknown", currency=currency)
    other = Sale.objects.filter(market=market).exclude(currency=currency).values_list("currency", flat=True).first()
    if other:
        raise UnableToImportValues("other_currency", market=market, currency=other)
