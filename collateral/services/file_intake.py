"""What every file of values goes through: who may bring it, its fingerprint, and the row that says what became of its lines."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, BinaryIO

from babel.core import get_global

from collateral.models import ValueFile
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


def begin(
    kind: str, *, stream: BinaryIO, file_name: str, actor: User | None, business_date: date, market: str = "", currency: str = ""
) -> ValueFile:
    """The row of a file whose lines are about to be read. Raises UnableToImportValues `not_entitled`."""
    if actor is not None and not actor.has_role(*IMPORTERS):
        raise UnableToImportValues("not_entitled")
    return ValueFile.objects.create(
        kind=kind,
        market=market,
        currency=currency,
        file_name=file_name[:120],
        fingerprint=sha256_of(stream),
        imported_by=actor,
        business_date=business_date,
    )


def finish(taken: ValueFile, *, read: int, actor: User | None, actor_name: str) -> ValueFile:
    """Settle the row: of `read` usable lines that do not wait those that were not kept were known.
    Raises UnableToImportValues `nothing_usable`.
    """
    if not read and not taken.held:
        first = (taken.refusals or [{"line": 1, "reason": "there is only a header"}])[0]
        raise UnableToImportValues("nothing_usable", **first)
    taken.known = max(0, read - taken.kept)
    taken.save(update_fields=["market", "kept", "known", "refused", "refusals", "held"])
    audit.record(
        f"{taken.kind.lower()}.imported",
        actor=actor,
        actor_name=actor_name,
        target=taken,
        label=taken.market or taken.file_name,
        business_date=taken.business_date,
        kept=taken.kept,
        known=taken.known,
        refused=taken.refused,
        held=len(taken.held),
        fingerprint=taken.fingerprint,
    )
    return taken


def sha256_of(stream: BinaryIO) -> str:
    """The fingerprint of a whole file; the stream stands at its beginning again."""
    digest = hashlib.sha256()
    for part in iter(lambda: stream.read(1 << 20), b""):
        digest.update(part)
    stream.seek(0)
    return digest.hexdigest()


def known_currencies() -> frozenset[str]:
    """The codes of ISO 4217 that babel knows."""
    codes: Any = get_global("all_currencies")
    return frozenset(codes)
