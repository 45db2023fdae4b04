"""Bank accounts and their statements: lines are added once, by the bank's own id of each line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from core import audit
from core.crypto import blind_index
from core.models import User
from loans.models import BankAccount, Borrower, StatementImport, StatementLine

CHUNK = 5_000


@dataclass(frozen=True)
class LineDraft:
    """One booking: credit positive, debit negative, in the account's currency."""

    external_id: str
    day: date
    amount: Decimal
    category: str
    balance: Decimal | None = None
    text: str = ""


@transaction.atomic
def open_account(*, borrower: Borrower, iban: str, bank_name: str, actor: User | None, is_ours: bool = False) -> BankAccount:
    """The borrower's account with this number, made when it is not known yet."""
    existing = BankAccount.objects.filter(borrower=borrower, iban_index=blind_index(iban, kind="iban")).first()
    if existing is not None:
        return existing
    account = BankAccount(borrower=borrower, iban=iban, bank_name=bank_name, is_ours=is_ours)
    account.save(force_insert=True)
    audit.record("account.opened", actor=actor, target=account, branch=borrower.branch_id, label=borrower.reference)
    return account


@transaction.atomic
def add_statement(*, account: BankAccount, lines: Sequence[LineDraft], currency: str, source: str, actor: User | None) -> StatementImport:
    """Add lines to an account; a line that is there already (same external id) is counted as a duplicate and left alone."""
    digest = hashlib.sha256("\n".join(f"{line.external_id};{line.day};{line.amount}" for line in lines).encode()).hexdigest()
    statement = StatementImport.objects.create(account=account, source=source, sha256=digest, state="READING", lines=len(lines))
    before = StatementLine.objects.filter(account=account).count()
    rows = (
        StatementLine(
            account=account,
            statement=statement,
            external_id=line.external_id,
            date=line.day,
            amount=line.amount,
            balance=line.balance,
            currency=currency,
            category=line.category,
            text=line.text[:140],
        )
        for line in lines
    )
    StatementLine.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)
    statement.accepted = StatementLine.objects.filter(account=account).count() - before
    statement.duplicates = len(lines) - statement.accepted
    statement.state = "DONE"
    statement.save(update_fields=["accepted", "duplicates", "state"])
    audit.record(
        "statement.added",
        actor=actor,
        target=statement,
        branch=account.borrower.branch_id,
        label=account.borrower.reference,
        accepted=statement.accepted,
    )
    return statement
