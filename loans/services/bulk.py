"""Borrowers, accounts and standing orders by the thousand: what an import brings. One INSERT per batch, one audit entry per call.

Identifiers are encrypted row by row as everywhere: rows are saved whole, under keys made in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import models, transaction

from core import audit
from core.models import User
from core.references import next_references
from loans.models import BankAccount, Borrower, StandingOrder
from loans.services.borrowers import new_borrower
from loans.services.intake import Party

BATCH = 1_000


@dataclass(frozen=True)
class AccountDraft:
    """An account to be opened for a borrower. `number` is its IBAN or national number, in clear until stored."""

    borrower_id: UUID
    number: str
    bank_name: str
    opened_date: date | None
    is_ours: bool = False


@dataclass(frozen=True)
class StandingOrderDraft:
    """A standing order of an account. `amount` leaves every month, positive, in `currency`; `payee_account` in clear until stored."""

    account_id: UUID
    external_id: str
    payee_account: str
    amount: Decimal
    currency: str
    category: str


@transaction.atomic
def add_borrowers(*, people: Sequence[tuple[int, Party]], actor: User | None, actor_name: str, business_date: date) -> list[Borrower]:
    """Make a borrower of each (branch id, party), in that order. Nobody is matched with borrowers known before."""
    references = next_references("BR", len(people))
    borrowers = [
        new_borrower(party, reference=reference, branch_id=branch_id, actor=actor)
        for (branch_id, party), reference in zip(people, references, strict=True)
    ]
    made = Borrower.objects.bulk_create(borrowers, batch_size=BATCH)
    _record("borrowers.added", made, actor, actor_name, business_date)
    return made


@transaction.atomic
def open_accounts(*, drafts: Iterable[AccountDraft], actor: User | None, actor_name: str, business_date: date) -> list[BankAccount]:
    """Open an account for each draft, in their order."""
    accounts = [
        BankAccount(
            borrower_id=draft.borrower_id,
            iban=draft.number,
            bank_name=draft.bank_name,
            opened_date=draft.opened_date,
            is_ours=draft.is_ours,
        )
        for draft in drafts
    ]
    made = BankAccount.objects.bulk_create(accounts, batch_size=BATCH)
    _record("accounts.opened", made, actor, actor_name, business_date)
    return made


@transaction.atomic
def add_standing_orders(
    *, drafts: Iterable[StandingOrderDraft], actor: User | None, actor_name: str, business_date: date
) -> list[StandingOrder]:
    """Keep standing orders, in the order of the drafts. The same order of the same account twice is refused by the database."""
    orders = [
        StandingOrder(
            account_id=draft.account_id,
            external_id=draft.external_id,
            payee_account=draft.payee_account,
            amount=draft.amount,
            currency=draft.currency,
            category=draft.category,
        )
        for draft in drafts
    ]
    made = StandingOrder.objects.bulk_create(orders, batch_size=BATCH)
    _record("standing_orders.added", made, actor, actor_name, business_date)
    return made


def _record(action: str, rows: Sequence[models.Model], actor: User | None, actor_name: str, business_date: date) -> None:
    """One entry about the first row names how many came with it."""
    if rows:
        audit.record(action, actor=actor, actor_name=actor_name, target=rows[0], business_date=business_date, count=len(rows))
