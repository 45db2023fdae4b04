"""Whether what policies pay reaches the value that counts: asked when either changes, and at night of the whole book."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from collateral.domain.insurance import RISEN, find_under_insured, is_accepted
from collateral.models import Asset, RedFlag, Valuation
from collateral.selectors.insurance import INSURED_FOR, insured_for
from collateral.services.flags import raise_findings
from collateral.services.nightly_flags import raise_everywhere
from core.bulk_rows import in_batches

CODE = "under_insured"
# What is short by more than a value may rise, and that nobody was asked about on these figures.
SHORT = f"""
WITH pledged AS (
  SELECT DISTINCT p.asset_id FROM loans_loan l
  JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state = ANY(%(standing)s)
  WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s)
)
SELECT a.id, k.total, v.market_value FROM pledged d
JOIN collateral_asset a ON a.id = d.asset_id AND a.state = 'REGISTERED' AND a.kind = ANY(%(kinds)s)
CROSS JOIN LATERAL ({INSURED_FOR}) k
JOIN LATERAL (
  SELECT market_value FROM collateral_valuation WHERE asset_id = a.id AND state = 'ACCEPTED' ORDER BY valued_date DESC, id DESC LIMIT 1
) v ON v.market_value > k.total * (1 + %(risen)s)
WHERE NOT EXISTS (
  SELECT FROM collateral_redflag f WHERE f.asset_id = a.id AND f.code = '{CODE}' AND (
    f.state = 'OPEN'
    OR (f.evidence ->> 'sum_insured')::numeric = k.total AND v.market_value <= (f.evidence ->> 'value')::numeric * (1 + %(risen)s)
  )
)
"""


def look_at_sum(asset: Asset, *, business_date: date, on: date | None = None, risen: Decimal = Decimal(0)) -> list[RedFlag]:
    """Raise `under_insured` where the policies in force `on` a day (today) pay less than an asset is worth, by more than the value may have
    `risen`; not on figures that somebody decided on. To be called within a transaction that holds the asset's lock.
    """
    accepted = Valuation.objects.filter(asset=asset, state=Valuation.State.ACCEPTED).order_by("-valued_date", "-id").first()
    worth = (accepted.market_value if accepted else None) or asset.stated_value
    insured = insured_for(asset, on=on or business_date)
    if insured is None or worth <= insured * (1 + risen):
        return []
    decided = asset.flags.filter(code=CODE).exclude(state=RedFlag.State.OPEN).values_list("evidence", flat=True)
    if any(is_accepted(evidence, insured, worth) for evidence in decided):
        return []
    return raise_findings(asset=asset, findings=[find_under_insured(insured, worth)], business_date=business_date)


def watch_sums(asked: dict[str, Any], *, business_date: date) -> int:
    """The same of the assets behind a range of running loans: one query, and what is found is raised batch by batch. `asked` as
    `watch_insurance` asks. Returns how many were raised.
    """
    with connection.cursor() as cursor:
        cursor.execute(SHORT, asked | {"risen": RISEN})
        found = cursor.fetchall()
    return sum(
        raise_everywhere({asset: find_under_insured(total, worth) for asset, total, worth in batch}, business_date=business_date)
        for batch in in_batches(found)
    )
