"""The two slices of transactions as statements: streamed in, and summed on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from config.berka.people import KnownAccount, find_accounts
from config.berka.progress import Progress
from config.berka.rows import Transaction
from config.berka.rows import transaction as read_transaction
from config.berka.source import SourceFile
from config.berka.standing import ACTOR, CURRENCY, FIRST_DAY, brought_by, note_step
from loans.models import StatementImport, StatementLine
from loans.services.statement_files import AccountLine, add_statement_file, note_refused_lines

COLUMNS = "trans_id account_id date type operation amount balance k_symbol bank account"
ZERO = Decimal(0)


@dataclass
class Sums:
    """What the source says: how many lines, and their credits and debits, both positive."""

    lines: int = 0
    credit: Decimal = ZERO
    debit: Decimal = ZERO

    def add(self, amount: Decimal, times: int = 1) -> None:
        self.lines += times
        if amount > 0:
            self.credit += amount * times
        else:
            self.debit -= amount * times

    def as_dict(self) -> dict[str, Any]:
        return {"lines": self.lines, "credit": f"{self.credit:.2f}", "debit": f"{self.debit:.2f}"}


def take_in_slice(path: Path, sha256: str, progress: Progress) -> dict[str, Any]:
    """Read one slice into the statements of its accounts, once. Returns what the step brought.

    Shape: tallies, totals {"source", "bank"}, last_day of the lines, last_day_is_whole (the file was not cut within it).
    """
    step = f"slice {path.name}"
    if (done := brought_by(step)) is not None:
        return done
    with transaction.atomic():
        reader = _Reader(path, find_accounts(), lambda done, of: progress(done, of, f"reading {path.name}"))
        statement, repeated = add_statement_file(
            lines=reader, currency=CURRENCY, source=path.name, sha256=sha256, actor=None, actor_name=ACTOR, business_date=FIRST_DAY
        )
        reader.take_back(repeated)
        tally = reader.source.tally.as_dict()
        note_refused_lines(statement=statement, errors=[{"line": one["line"], "detail": one["reason"]} for one in tally["rejected"]])
        return note_step(
            step,
            {
                "tallies": {path.name: tally},
                "totals": {"source": reader.sums.as_dict(), "bank": _sums_in_bank(statement)},
                "last_day": reader.last_day,
                "last_day_is_whole": not reader.is_cut,
            },
        )


class _Reader:
    """Iterates over the lines of known accounts, and sums what passes."""

    def __init__(self, path: Path, accounts: dict[int, KnownAccount], watch: Callable[[int, int], None]) -> None:
        self.source: SourceFile[Transaction] = SourceFile(path, COLUMNS, read_transaction, watch)
        self.accounts = accounts
        self.sums = Sums()
        self.last_day: date | None = None

    def __iter__(self) -> Iterator[AccountLine]:
        for line, row in self.source:
            account = self.accounts.get(row.account)
            if account is None:
                self.source.tally.reject(line, f"there is no account {row.account}")
                continue
            self.source.accept()
            self.sums.add(row.amount)
            self.last_day = max(self.last_day or row.day, row.day)
            yield AccountLine(
                line=line,
                account_id=account.id,
                external_id=str(row.number),
                day=row.day,
                amount=row.amount,
                balance=row.balance,
                category=row.category,
                text=row.text,
                counterparty=row.counterparty,
            )

    def take_back(self, repeated: list[int]) -> None:
        """Lines that stand there twice count once, in the tally and in the sums."""
        if not repeated:
            return
        twice = set(repeated)
        for line, row in SourceFile(self.source.path, COLUMNS, read_transaction):
            if line in twice:
                self.source.tally.accepted -= 1
                self.source.tally.reject(line, f"transaction {row.number} of account {row.account} stands there twice")
                self.sums.add(row.amount, -1)

    @property
    def is_cut(self) -> bool:
        """Whether the file ends in the middle of a line, so that its last day is not whole."""
        rejected = self.source.tally.rejected
        return any(one["line"] == self.source.tally.rows + 1 and "cut" in one["reason"] for one in rejected)


def _sums_in_bank(statement: StatementImport) -> dict[str, Any]:
    rows = StatementLine.objects.filter(statement=statement)
    found = rows.aggregate(credit=Sum("amount", filter=Q(amount__gt=0)), debit=Sum("amount", filter=Q(amount__lt=0)))
    return Sums(rows.count(), found["credit"] or ZERO, -(found["debit"] or ZERO)).as_dict()
