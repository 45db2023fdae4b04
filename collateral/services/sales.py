"""Taking in sales of homes from a file: streamed, in batches, each line once, what cannot be used named by its line."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import BinaryIO

from django.db import transaction

from collateral.domain.sale_files import read_sales
from collateral.domain.tables import Refusal, UnreadableTable
from collateral.models import Sale, ValueFile
from collateral.services.file_intake import BATCH, UnableToImportValues, begin, finish, known_currencies
from core.models import User


@transaction.atomic
def import_sales(
    *, stream: BinaryIO, file_name: str, market: str, currency: str, actor: User | None, business_date: date, actor_name: str = ""
) -> ValueFile:
    """Keep the sales of a file under a market; sales known already stay as they are. `actor` None is the command line of the house.

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
    batch: list[Sale] = []
    try:
        for row in read_sales(stream, currency=currency, on=business_date):
            if isinstance(row, Refusal):
                taken.refuse(row.line, row.reason)
                continue
            read += 1
            batch.append(Sale(market=market, source=taken, **asdict(row)))
            if len(batch) == BATCH:
                Sale.objects.bulk_create(batch, ignore_conflicts=True)
                batch = []
    except UnreadableTable as fault:
        raise UnableToImportValues("unreadable", reason=str(fault)) from fault
    Sale.objects.bulk_create(batch, ignore_conflicts=True)
    taken.kept = Sale.objects.filter(source=taken).count()
    return finish(taken, read=read, actor=actor, actor_name=actor_name)


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
