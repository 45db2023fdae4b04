"""Assigned invoices that nobody paid: told of once less than all of them counts, and once nothing does."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from collateral.domain.fact_flags import NAMED, OVERDUE, find_in_receivable, find_late
from collateral.domain.red_flags import Finding
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
# Each is told of once; what stands beside it is told again with it. Of an `asset` whether it is pledged or not.
TELL_LATE = """
WITH late AS (
  SELECT r.id, r.asset_id FROM collateral_receivable r
  WHERE NOT r.told_late AND r.settled_date IS NULL AND r.disputed_date IS NULL AND NOT r.connected
    AND r.due_date <= %(late)s AND r.due_date > %(spent)s
    AND CASE WHEN %(asset)s::uuid IS NULL
        THEN EXISTS (SELECT FROM collateral_pledge p WHERE p.asset_id = r.asset_id AND p.state = ANY(%(pledged)s)) ELSE r.asset_id = %(asset)s END
), held AS MATERIALIZED (
  -- The asset before its invoices, as whoever records one holds them.
  SELECT id FROM collateral_asset WHERE id IN (SELECT asset_id FROM late) AND state = 'REGISTERED' ORDER BY id FOR UPDATE
)
UPDATE collateral_receivable r SET told_late = true FROM late l JOIN held a ON a.id = l.asset_id WHERE r.id = l.id AND NOT r.told_late
RETURNING r.asset_id
"""
PRESENT_LATE = """
SELECT r.asset_id, (array_agg(r.invoice_number || ' (' || %(on)s::date - r.due_date || ' days)' ORDER BY r.due_date, r.id))[1:%(named)s], count(*), sum(r.nominal - r.reduced)
FROM collateral_receivable r
WHERE r.asset_id = ANY(%(assets)s) AND r.settled_date IS NULL AND r.disputed_date IS NULL AND NOT r.connected
  AND r.due_date <= %(late)s AND r.due_date > %(spent)s
GROUP BY r.asset_id
"""


def find_late_ones(*, business_date: date, asset: Asset | None = None) -> dict[UUID, Finding]:
    """What is overdue by now and counts in part, of assets of which something is that nobody was told of: two queries, one where there is
    nothing. To be called within a transaction that raises the red flags.
    """
    ageing = settings_in_force().ageing
    some = [first for first, share in ageing.items() if share < 1]
    nothing = [first for first, share in ageing.items() if share == 0]
    if not some:
        return {}
    asked: dict[str, Any] = {
        "on": business_date,
        "late": business_date - timedelta(days=min(some)),
        "spent": business_date - timedelta(days=min(nothing)) if nothing else date.min,
        "pledged": [state.value for state in (*Pledge.WAITING, *Pledge.STANDING)],
        "asset": asset.pk if asset else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(TELL_LATE, asked)
        assets = sorted({key for (key,) in cursor.fetchall()})
        if not assets:
            return {}
        cursor.execute(PRESENT_LATE, asked | {"assets": assets, "named": NAMED})
        return {key: find_late(named, number, nominal) for key, named, number, nominal in cursor.fetchall()}


@transaction.atomic
def watch_receivables(*, business_date: date) -> int:
    """Raise the red flags of invoices that became so overdue since they were assigned that by the settings less of them counts, or nothing.
    One that a flag named is not told of again. Three queries, and what raising flags costs where there is something new. Returns of how
    many assets.
    """
    late = find_late_ones(business_date=business_date)
    for one in Asset.objects.select_for_update(of=("self",)).filter(pk__in=list(late)).order_by("pk") if late else ():
        raise_findings(asset=one, findings=[late[one.pk]], business_date=business_date)
    return len(late.keys() | _watch_spent(business_date))


def _watch_spent(business_date: date) -> set[UUID]:
    """The same of those of which nothing counts. Gives the assets."""
    nothing = [first for first, share in settings_in_force().ageing.items() if share == 0]
    if not nothing:
        return set()
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
    return set(new)
