"""How large what an asset secures is: all that who borrows on it owes, as CRR 208(3) asks by the size of loans and not of things."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from collateral.models import Asset, Pledge
from core.business_date import get_bank
from core.row_security import whole_bank
from loans.selectors.loans import LIVE

# What the borrower of a loan owes and may still draw on all loans in its currency.
OWED_BY_BORROWER: Final = """(
  SELECT sum(o.outstanding_principal + o.undrawn) FROM loans_loan o
  WHERE o.borrower_id = {loan}.borrower_id AND o.currency = {loan}.currency AND o.state = ANY(%(live)s)
)"""
_OWED = f"""
SELECT asset_id, sum(owed) FROM (
  SELECT DISTINCT ON (p.asset_id, l.borrower_id) p.asset_id, {OWED_BY_BORROWER.format(loan="l")} AS owed
  FROM collateral_pledge p JOIN loans_loan l ON l.application_id = p.application_id AND l.state = ANY(%(live)s)
  WHERE p.asset_id = ANY(%(assets)s) AND p.state = ANY(%(standing)s)
) borrowers GROUP BY asset_id
"""


@whole_bank()
def exposures_of(assets: Collection[UUID]) -> dict[UUID, Decimal]:
    """By asset that secures running loans, what those owe and may still draw who borrow on it, at every branch, in its currency: one query,
    none about no assets.
    """
    if not assets:
        return {}
    asked: dict[str, Any] = {"assets": list(assets), "live": list(LIVE), "standing": [state.value for state in Pledge.STANDING]}
    with connection.cursor() as cursor:
        cursor.execute(_OWED, asked)
        return dict(cursor.fetchall())


def size_of(asset: Asset, value: Decimal) -> tuple[Decimal, str, str]:
    """What the calendar asks about a value: the larger of it and of what is owed on its asset, its currency, and the bank's."""
    return max(value, exposures_of([asset.pk]).get(asset.pk, value)), asset.currency, get_bank().currency
