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
from loans.selectors.groups import LOANS_OF_PERSON
from loans.selectors.loans import LIVE

# What the borrower of a loan owes and may still draw on all loans in its currency, as one person in all branches and as a co-borrower too.
OWED_BY_BORROWER: Final = f"""(
  SELECT sum(o.outstanding_principal + o.undrawn)
  FROM ({LOANS_OF_PERSON.replace("%(borrower)s", "{loan}.borrower_id")}) answered JOIN loans_loan o ON o.id = answered.id
  WHERE o.currency = {{loan}}.currency AND o.state = ANY(%(live)s)
)"""
# The same of all who borrow on an asset, each loan once: what two of them owe together is owed once.
_OWED = f"""
WITH lent_on AS MATERIALIZED (
  SELECT DISTINCT p.asset_id, l.borrower_id, l.currency
  FROM collateral_pledge p JOIN loans_loan l ON l.application_id = p.application_id AND l.state = ANY(%(live)s)
  WHERE p.asset_id = ANY(%(assets)s) AND p.state = ANY(%(standing)s)
), owing AS MATERIALIZED (
  SELECT person.borrower_id, o.id, o.currency, o.outstanding_principal + o.undrawn AS owed
  FROM (SELECT DISTINCT borrower_id FROM lent_on) person
  CROSS JOIN LATERAL ({LOANS_OF_PERSON.replace("%(borrower)s", "person.borrower_id")}) answered
  JOIN loans_loan o ON o.id = answered.id AND o.state = ANY(%(live)s)
)
SELECT asset_id, sum(owed) FROM (
  SELECT DISTINCT asset_id, id, owed FROM lent_on JOIN owing USING (borrower_id, currency)
) loans GROUP BY asset_id
"""


@whole_bank()
def exposures_of(assets: Collection[UUID]) -> dict[UUID, Decimal]:
    """By asset that secures running loans, what those owe and may still draw who borrow on it, each one person at every branch and
    with others too, in its currency: one query, none about no assets.
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
