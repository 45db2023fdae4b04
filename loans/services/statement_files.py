"""A file with the statements of many accounts: read once, as a stream, line by line into the accounts it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from uuid import UUID

from django.db import transaction

from core import audit
from core.crypto import blind_index
from core.models import User
from loans.models import StatementImport, StatementLine

CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One booking of one account: `amount` credit positive, debit negative, in the account's currency. `line` is its place in the file."""

    line: int
    account_id: UUID
    external_id: str
    day: date
    amount: Decimal
    balance: Decimal | None
    category: str
    text: str = ""
    counterparty: str = ""


@transaction.atomic
def add_statement_file(
    *, lines: Iterable[AccountLine], currency: str, source: str, sha256: str, actor: User | None, actor_name: str, business_date: date
) -> tuple[StatementImport, list[int]]:
    """Add the lines of one file to their accounts, a few thousand at a time, whatever the size of the file.

    A line that stands there already (same account, same external id) is left alone. Returns the import and the places of those lines.
    """
    statement = StatementImport.objects.create(source=source[:60], sha256=sha256, state="READING")
    repeated: list[int] = []
    for chunk in _chunks(lines):
        known = _known(chunk)
        fresh: dict[tuple[UUID, str], AccountLine] = {}
        for line in chunk:
            key = (line.account_id, line.external_id)
            if key in known or key in fresh:
                repeated.append(line.line)
            else:
                fresh[key] = line
        StatementLine.objects.bulk_create([_row(line, statement, currency) for line in fresh.values()])
        statement.lines += len(chunk)
        statement.accepted += len(fresh)
    statement.duplicates = len(repeated)
    statement.state = "DONE"
    statement.save(update_fields=["lines", "accepted", "duplicates", "state"])
    audit.record(
        "statement.added",
        actor=actor,
        actor_name=actor_name,
        target=statement,
        label=source,
        business_date=business_date,
        accepted=statement.accepted,
        duplicates=statement.duplicates,
    )
    return statement, repeated


@transaction.atomic
def note_refused_lines(*, statement: StatementImport, errors: list[dict[str, object]]) -> None:
    """Keep with the import what could not be read of its file: [{"line", "detail"}]."""
    statement.errors = errors
    statement.lines += len(errors)
    statement.save(update_fields=["errors", "lines"])


def _chunks(lines: Iterable[AccountLine]) -> Iterator[list[AccountLine]]:
    stream = iter(lines)
    while chunk := list(islice(stream, CHUNK)):
        yield chunk


def _known(chunk: list[AccountLine]) -> set[tuple[UUID, str]]:
    accounts = {line.account_id for line in chunk}
    ids = [line.external_id for line in chunk]
    return set(StatementLine.objects.filter(account__in=accounts, external_id__in=ids).values_list("account_id", "external_id"))


def _row(line: AccountLine, statement: StatementImport, currency: str) -> StatementLine:
    return StatementLine(
        account_id=line.account_id,
        statement=statement,
        external_id=line.external_id,
        date=line.day,
        amount=line.amount,
        balance=line.balance,
        currency=currency,
        category=line.category,
        text=line.text[:140],
        counterparty_index=blind_index(line.counterparty, kind="iban") if line.counterparty else None,
    )
