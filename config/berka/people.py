"""Clients as borrowers of the branch that keeps their account, accounts with their owner, standing orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from config.berka.foundation import BANK_NAME, branch_code
from config.berka.rows import Account, Client, Disposition, Order, account, client, disposition, order
from config.berka.source import SourceFile
from config.berka.standing import ACTOR, CURRENCY, FIRST_DAY, brought_by, note_step
from core.models import Branch
from loans.models import BankAccount, StandingOrder
from loans.services.bulk import AccountDraft, StandingOrderDraft, add_borrowers, add_standing_orders, open_accounts
from loans.services.intake import Party

STEP = "people"
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account of the data as it stands in the bank."""

    id: UUID
    borrower_id: UUID


def take_in_people(files: dict[str, Path]) -> dict[str, Any]:
    """Read clients, accounts, dispositions and orders, once. Returns what the step brought."""
    if (done := brought_by(STEP)) is not None:
        return done
    with transaction.atomic():
        branches = {branch.code: branch for branch in Branch.objects.all()}
        clients = SourceFile(files["client.asc"], "client_id birth_number district_id", client)
        accounts = SourceFile(files["account.asc"], "account_id district_id date", account)
        dispositions = SourceFile(files["disp.asc"], "client_id account_id type", disposition)
        orders = SourceFile(files["order.asc"], "order_id account_id bank_to account_to amount k_symbol", order)
        clients_read = _once(clients, lambda row: row.number, lambda row: _district_fault(row.district, branches))
        accounts_read = _once(accounts, lambda row: row.number, lambda row: _district_fault(row.district, branches))
        owners, homes = _read_dispositions(dispositions, clients_read, accounts_read)
        borrowers = _add_borrowers(list(clients_read.values()), homes, branches)
        opened = _open_accounts(accounts, accounts_read, owners, borrowers)
        ordered = _add_orders(orders, opened)
        tallies = {source.path.name: source.tally.as_dict() for source in (clients, accounts, dispositions, orders)}
        return note_step(STEP, {"tallies": tallies, "orders": ordered})


def find_accounts() -> dict[int, KnownAccount]:
    """Every account of the bank by its number in the data."""
    rows = BankAccount.objects.filter(is_ours=True).only("id", "borrower_id", "iban")
    return {int(row.iban): KnownAccount(row.pk, row.borrower_id) for row in rows.iterator(chunk_size=2_000)}


def _once(source: SourceFile[Row], key: Callable[[Row], int], fault: Callable[[Row], str]) -> dict[int, Row]:
    """The rows of a file by their number, each accepted once and only without fault."""
    kept: dict[int, Row] = {}
    for line, row in source:
        if key(row) in kept:
            source.tally.reject(line, f"{key(row)} stands there twice")
        elif words := fault(row):
            source.tally.reject(line, words)
        else:
            kept[key(row)] = row
            source.accept()
    return kept


def _district_fault(number: int, branches: dict[str, Branch]) -> str:
    return "" if branch_code(number) in branches else f"there is no district {number}"


def _read_dispositions(
    source: SourceFile[Disposition], clients: dict[int, Client], accounts: dict[int, Account]
) -> tuple[dict[int, int], dict[int, int]]:
    """Who owns each account, and the district that keeps the account of each client."""
    owners: dict[int, int] = {}
    homes: dict[int, int] = {}
    for line, row in source:
        if row.client not in clients:
            source.tally.reject(line, f"there is no client {row.client}")
        elif row.account not in accounts:
            source.tally.reject(line, f"there is no account {row.account}")
        elif row.owns and row.account in owners:
            source.tally.reject(line, f"account {row.account} has an owner already")
        else:
            if row.owns:
                owners[row.account] = row.client
            homes.setdefault(row.client, accounts[row.account].district)
            source.accept()
    return owners, homes


def _add_borrowers(clients: list[Client], homes: dict[int, int], branches: dict[str, Branch]) -> dict[int, UUID]:
    """A borrower of each client. The data has no names: the number stands for one, and makes the birth number unique."""
    people = [
        (
            branches[branch_code(homes.get(row.number, row.district))].pk,
            Party(
                part="APPLICANT",
                kind="PERSON",
                name=f"Client {row.number}",
                birth_date=row.birth_date,
                national_id=f"{row.birth_number}/{row.number:05d}",
                city=branches[branch_code(row.district)].name,
                country="CZ",
            ),
        )
        for row in clients
    ]
    made = add_borrowers(people=people, actor=None, actor_name=ACTOR, business_date=FIRST_DAY)
    return {row.number: borrower.pk for row, borrower in zip(clients, made, strict=True)}


def _open_accounts(
    source: SourceFile[Account], accounts: dict[int, Account], owners: dict[int, int], borrowers: dict[int, UUID]
) -> dict[int, UUID]:
    """Accounts for their owners, each with its number padded to ten digits."""
    owned = [row for row in accounts.values() if row.number in owners]
    drafts = [AccountDraft(borrowers[owners[row.number]], f"{row.number:010d}", BANK_NAME, row.opened_date, is_ours=True) for row in owned]
    made = open_accounts(drafts=drafts, actor=None, actor_name=ACTOR, business_date=FIRST_DAY)
    if ownerless := accounts.keys() - owners.keys():
        for line, row in SourceFile(source.path, "account_id district_id date", account):
            if row.number in ownerless:
                source.tally.accepted -= 1
                source.tally.reject(line, f"account {row.number} has no owner in disp.asc")
    return {row.number: account.pk for row, account in zip(owned, made, strict=True)}


def _add_orders(source: SourceFile[Order], accounts: dict[int, UUID]) -> dict[str, Any]:
    """Standing orders of known accounts. Returns how many, and their monthly sum in the source and in the bank."""
    drafts = []
    seen: set[int] = set()
    for line, row in source:
        if row.number in seen:
            source.tally.reject(line, f"order {row.number} stands there twice")
        elif row.account not in accounts:
            source.tally.reject(line, f"there is no account {row.account}")
        else:
            seen.add(row.number)
            drafts.append(StandingOrderDraft(accounts[row.account], str(row.number), row.payee_account, row.amount, CURRENCY, row.category))
            source.accept()
    add_standing_orders(drafts=drafts, actor=None, actor_name=ACTOR, business_date=FIRST_DAY)
    kept = StandingOrder.objects.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return {"orders": len(drafts), "source": f"{sum((draft.amount for draft in drafts), Decimal(0)):.2f}", "bank": f"{kept:.2f}"}
