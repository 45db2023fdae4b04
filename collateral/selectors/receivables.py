"""Reads of assigned receivables: whose group a debtor belongs to, invoices that stand elsewhere, and the list of an asset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from collateral.domain.counting import item_share
from collateral.domain.twins.words import owner_words
from collateral.models import Asset, Pledge, Receivable
from collateral.selectors.assets import access_asset
from collateral.selectors.counting import items_of
from collateral.selectors.value_settings import settings_in_force
from core import access
from core.crypto import blind_index
from core.models import User
from core.row_security import whole_bank
from loans.models import ApplicationParty, Borrower
from loans.selectors.borrowers import connected_to


def is_connected(asset: Asset, debtor_name: str, debtor_number: str) -> bool:
    """Whether a debtor is the borrower, belongs to their connected group, or has a part in an application that the asset secures."""
    with whole_bank():
        applications = [
            pledge.application for pledge in asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).select_related("application__borrower")
        ]
        group: set[UUID] = set()
        for application in applications:
            if application.borrower is not None:
                group |= connected_to(application.borrower)
        group |= set(ApplicationParty.objects.filter(application__in=applications).values_list("borrower", flat=True))
        people = Borrower.objects.filter(pk__in=group)
        if debtor_number and people.filter(registration_number_index=blind_index(debtor_number, kind="registration_number")).exists():
            return True
        words = sorted(owner_words(debtor_name))
        return any(words and sorted(owner_words(name)) == words for name in people.values_list("name", flat=True))


def invoices_elsewhere(row: Receivable) -> list[str]:
    """References of other assets, at any branch, with the same open invoice of the same debtor."""
    words = sorted(owner_words(row.debtor_name))
    with whole_bank():
        rows = Receivable.objects.filter(invoice_key=row.invoice_key, settled_date=None).exclude(asset=row.asset_id).select_related("asset")
        return sorted({other.asset.reference for other in rows[:50] if sorted(owner_words(other.debtor_name)) == words})


@dataclass(frozen=True)
class ReceivableRow:
    """A receivable with what of it counts today, and how many days it is overdue (zero: not)."""

    receivable: Receivable
    days_overdue: int
    share: Decimal


def list_receivables(asset: Asset, *, on: date) -> list[ReceivableRow]:
    """The receivables of an asset, the open ones first by due day: one query and the settings."""
    rows = sorted(asset.receivables.all(), key=lambda row: (row.settled_date is not None, row.due_date, str(row.pk)))
    ageing = settings_in_force().ageing
    return [
        ReceivableRow(row, max(0, (on - row.due_date).days) if row.settled_date is None else 0, item_share(item, on, ageing))
        for row, item in zip(rows, items_of(rows), strict=True)
    ]


def access_receivable(user: User, receivable_id: UUID) -> Receivable:
    """One receivable of an asset the user may see."""
    row = access.one(Receivable.objects.select_related("asset"), pk=receivable_id)
    access_asset(user, row.asset_id)
    return row
