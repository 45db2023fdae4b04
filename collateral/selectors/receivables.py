"""Reads of assigned receivables: whose group a debtor belongs to, invoices that stand elsewhere, and the list of an asset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum

from collateral.domain.counting import Item, ageing_share, item_share
from collateral.domain.twins.words import name_key
from collateral.models import Asset, Pledge, Receivable, ReceivableFile
from collateral.selectors.assets import access_asset
from collateral.selectors.value_settings import settings_in_force
from core import access
from core.crypto import blind_index
from core.models import User
from core.row_security import whole_bank
from loans.models import ApplicationParty, Borrower
from loans.selectors.groups import connected_to

VIEWS = (
    ("open", "Open"),
    ("overdue", "Overdue"),
    ("disputed", "Disputed"),
    ("connected", "Own group"),
    ("unconfirmed", "Waiting"),
    ("settled", "Settled"),
)
_OPEN = Q(settled_date=None)


@dataclass(frozen=True)
class Group:
    """Those whose debts to the borrower are money from one pocket into the other:
    their names as keys, their register numbers fingerprinted.
    """

    names: frozenset[str]
    numbers: frozenset[bytes]

    def holds(self, key: str, number: str) -> bool:
        """Whether a debtor is one of them, by number or by the key of the name."""
        if number and self.numbers and bytes(blind_index(number, kind="registration_number") or b"") in self.numbers:
            return True
        return key in self.names


def group_of(asset: Asset) -> Group:
    """The borrowers that an asset secures, their connected groups, and everybody with a part in those applications."""
    with whole_bank():
        applications = [
            pledge.application for pledge in asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).select_related("application__borrower")
        ]
        group: set[UUID] = set()
        for application in applications:
            if application.borrower is not None:
                group |= connected_to(application.borrower).keys
        group |= set(ApplicationParty.objects.filter(application__in=applications).values_list("borrower", flat=True))
        people = list(Borrower.objects.filter(pk__in=group).values_list("name", "registration_number_index"))
    return Group(
        names=frozenset(name_key(name) for name, _ in people if name),
        numbers=frozenset(bytes(number) for _, number in people if number),
    )


# By the invoice first, which an index finds. The pairs are handed over: joined to rows that were just written, of which the database has no
# statistics, each was compared with every other.
ELSEWHERE = """
SELECT DISTINCT a.reference FROM unnest(%(invoices)s::text[], %(debtors)s::text[]) AS k(invoice, debtor)
JOIN collateral_receivable o ON o.invoice_key = k.invoice AND o.debtor_key = k.debtor AND o.asset_id <> %(asset)s AND o.settled_date IS NULL
JOIN collateral_asset a ON a.id = o.asset_id
ORDER BY a.reference LIMIT 20
"""


def invoices_elsewhere(asset: Asset, rows: Iterable[Receivable]) -> list[str]:
    """References of other assets, at any branch, with the same open invoice of the same debtor as one of these; the first twenty."""
    named = list(rows)
    asked: dict[str, Any] = {
        "invoices": [row.invoice_key for row in named],
        "debtors": [row.debtor_key for row in named],
        "asset": asset.pk,
    }
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(ELSEWHERE, asked)
        return [reference for (reference,) in cursor.fetchall()]


@dataclass(frozen=True)
class ReceivableRow:
    """A receivable with what of it counts today, and how many days it is overdue (zero: not)."""

    receivable: Receivable
    days_overdue: int
    share: Decimal


def _view(view: str, on: date) -> Q:
    return {
        "overdue": _OPEN & Q(due_date__lt=on),
        "disputed": _OPEN & Q(disputed_date__isnull=False),
        "connected": _OPEN & Q(connected=True),
        "unconfirmed": _OPEN & Q(unconfirmed=True),
        "settled": ~_OPEN,
    }.get(view, _OPEN)


def list_receivables(asset: Asset, *, on: date, view: str = "open", text: str = "") -> QuerySet[Receivable]:
    """Receivables of an asset in one of `VIEWS`, what is due first comes first. `text`: part of a debtor's name or of an invoice number."""
    rows = asset.receivables.filter(_view(view, on))
    if text:
        rows = rows.filter(Q(debtor_name__icontains=text) | Q(invoice_number__icontains=text))
    return rows.order_by("due_date", "id")


def rows_of(receivables: Iterable[Receivable], *, on: date) -> list[ReceivableRow]:
    """Each with what of it counts by itself: the settings and no query a row."""
    ageing = settings_in_force().ageing

    def told(row: Receivable) -> ReceivableRow:
        settled, disputed = row.settled_date is not None, row.disputed_date is not None
        item = Item(
            row.debtor_key,
            row.rest,
            row.due_date,
            disputed=disputed,
            settled=settled,
            connected=row.connected,
            unconfirmed=row.unconfirmed,
        )
        return ReceivableRow(row, 0 if settled else max(0, (on - row.due_date).days), item_share(item, on, ageing))

    return [told(row) for row in receivables]


def spent(receivables: Iterable[Receivable], *, on: date) -> list[Receivable]:
    """Those that are overdue for so long that by the settings nothing of them counts."""
    ageing = settings_in_force().ageing
    return [row for row in receivables if ageing_share((on - row.due_date).days, ageing) == 0]


def sums_of(asset: Asset, *, on: date) -> dict[str, tuple[int, Decimal]]:
    """How many receivables stand in each view, and how much of them is open, of those settled what they were of: one query."""
    asked: dict[str, Any] = {}
    for name, _ in VIEWS:
        asked |= {
            f"n_{name}": Count("pk", filter=_view(name, on)),
            f"sum_{name}": Sum(F("nominal") - (F("reduced") if name != "settled" else 0), filter=_view(name, on)),
        }
    found = asset.receivables.order_by().aggregate(**asked)
    return {name: (found[f"n_{name}"], found[f"sum_{name}"] or Decimal(0)) for name, _ in VIEWS}


def list_receivable_files(asset: Asset) -> QuerySet[ReceivableFile]:
    """The files that were brought for an asset, the newest first."""
    return asset.receivable_files.select_related("uploaded_by")


def access_receivable_file(user: User, receivable_file_id: UUID) -> ReceivableFile:
    """One file of an asset the user may see."""
    file = access.one(ReceivableFile.objects.select_related("uploaded_by", "taken_by"), pk=receivable_file_id)
    file.asset = access_asset(user, file.asset_id)
    return file


def access_receivable(user: User, receivable_id: UUID) -> Receivable:
    """One receivable of an asset the user may see."""
    row = access.one(Receivable.objects.select_related("asset"), pk=receivable_id)
    access_asset(user, row.asset_id)
    return row
