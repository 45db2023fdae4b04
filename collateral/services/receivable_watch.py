"""Assigned invoices that nobody paid: told of once nothing of them counts any more."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from collateral.domain.fact_flags import OVERDUE, find_in_receivable
from collateral.models import Asset, Pledge, RedFlag
from collateral.selectors.value_settings import settings_in_force
from collateral.services.flags import raise_findings

# What a disputed invoice counts is nothing already, and is said to be; so is what the borrower's own group owes.
SPENT = """
SELECT r.asset_id, array_agg(r.invoice_number ORDER BY r.due_date, r.id)
FROM collateral_receivable r JOIN collateral_asset a ON a.id = r.asset_id AND a.state = 'REGISTERED'
WHERE r.settled_date IS NULL AND r.disputed_date IS NULL AND NOT r.connected AND r.due_date <= %(spent)s
  AND EXISTS (SELECT FROM collateral_pledge p WHERE p.asset_id = r.asset_id AND p.state = ANY(%(pledged)s))
GROUP BY r.asset_id
"""


@transaction.atomic
def watch_receivables(*, business_date: date) -> int:
    """Raise the red flag of invoices that became so overdue since they were assigned that by the settings nothing of them counts. One that a
    flag named is not told of again. Two queries, and what raising flags costs where there is something new. Returns of how many assets."""
    nothing = [first for first, share in settings_in_force().ageing.items() if share == 0]
    if not nothing:
        return 0
    asked: dict[str, Any] = {
        "spent": date.fromordinal(business_date.toordinal() - min(nothing)),
        "pledged": [state.value for state in (*Pledge.WAITING, *Pledge.STANDING)],
    }
    with connection.cursor() as cursor:
        cursor.execute(SPENT, asked)
        spent: dict[UUID, list[str]] = dict(cursor.fetchall())
    told: dict[UUID, set[str]] = defaultdict(set)
    flags = RedFlag.objects.filter(code=OVERDUE, asset__in=list(spent)) if spent else RedFlag.objects.none()
    for asset, evidence in flags.values_list("asset", "evidence"):
        told[asset].update(evidence.get("invoices", "").split(", "))
    new = {asset: fresh for asset, invoices in spent.items() if (fresh := [one for one in invoices if one not in told[asset]])}
    for one in Asset.objects.select_for_update(of=("self",)).filter(pk__in=list(new)).order_by("pk"):
        findings = find_in_receivable(connected=False, debtor="", elsewhere=[], invoice="", overdue=new[one.pk])
        raise_findings(asset=one, findings=findings, business_date=business_date)
    return len(new)
