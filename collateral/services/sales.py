"""Taking in sales of homes from a file: streamed, in batches, each line once, what cannot be used named by its line."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Any, BinaryIO

from babel.core import get_global
from django.db import transaction

from collateral.domain.sale_files import read_sales
from collateral.domain.tables import Refusal, UnreadableTable
from collateral.models import Sale, ValueFile
from core import audit
from core.errors import DomainError
from core.models import User
from core.roles import Role

BATCH = 2000
IMPORTERS = (Role.RISK_MANAGER, Role.INVESTIGATOR)


class UnableToImportValues(DomainError):
    """Nothing of the file was taken in."""

    title = "The file was not taken in"
    messages = {
        "not_entitled": "Only investigators and risk managers take in sales, indices and prices.",
        "unreadable": "{reason}",
        "market_missing": "Name the market whose prices belong together, in lower-case letters, digits and underscores.",
        "currency_unknown": "{currency} is no currency of ISO 4217.",
        "other_currency": "Sales of {market} are kept in {currency}. Prices of two currencies in one market teach nothing.",
        "nothing_usable": "No line of the file can be used. Line {line}: {reason}.",
    }


def sha256_of(stream: BinaryIO) -> str:
    """The fingerprint of a whole file; the stream stands at its beginning again."""
    digest = hashlib.sha256()
    for part in iter(lambda: stream.read(1 << 20), b""):
        digest.update(part)
    stream.seek(0)
    return digest.hexdigest()


@transaction.atomic
def import_sales(
    *, stream: BinaryIO, file_name: str, market: str, currency: str, actor: User | None, business_date: date, actor_name: str = ""
) -> ValueFile:
    """Keep the sales of a file under a market; sales known already stay as they are. `actor` None is the command line of the house.

    Raises UnableToImportValues.
    """
    if actor is not None and not actor.has_role(*IMPORTERS):
        raise UnableToImportValues("not_entitled")
    _check_market(market, currency)
    taken = ValueFile.objects.create(
        kind=ValueFile.Kind.SALES,
        market=market,
        currency=currency,
        file_name=file_name[:120],
        fingerprint=sha256_of(stream),
        imported_by=actor,
        business_date=business_date,
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
    if not read:
        first = (taken.refusals or [{"line": 1, "reason": "there is only a header"}])[0]
        raise UnableToImportValues("nothing_usable", **first)
    taken.kept = Sale.objects.filter(source=taken).count()
    taken.known = read - taken.kept
    taken.save(update_fields=["kept", "known", "refused", "refusals"])
    audit.record(
        "sales.imported",
        actor=actor,
        actor_name=actor_name,
        target=taken,
        label=market,
        business_date=business_date,
        kept=taken.kept,
        known=taken.known,
        refused=taken.refused,
        fingerprint=taken.fingerprint,
    )
    return taken


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


def known_currencies() -> frozenset[str]:
    """The codes of ISO 4217 that babel knows."""
    codes: Any = get_global("all_currencies")
    return frozenset(codes)
