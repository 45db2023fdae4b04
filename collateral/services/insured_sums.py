"""Whether what policies pay reaches the value that counts: asked when either changes, and at night of the whole book."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from collateral.domain.insurance import find_under_insured, is_accepted
from collateral.models import Asset, RedFlag, Valuation
from collateral.selectors.insurance import insured_for
from collateral.services.flags import raise_findings
from collateral.services.nightly_flags import raise_everywhere
from core.bulk_rows import in_batches

CODE = "under_insured"
# Whether the value `v` of an asset `a` is above what its policies pay, `k`, by more than a value may rise, and nobody was asked about it on
# these figures. OFFSET 0: the flags of each by its key, not all that the night has raised by then.
SHORT = f"""(
  v.market_value > k.total * (1 + %(risen)s) AND NOT EXISTS (
    SELECT FROM collateral_redflag f WHERE f.asset_id = a.id AND f.code = '{CODE}' AND (
      f.state = 'OPEN'
      OR (f.evidence ->> 'sum_insured')::numeric = k.total AND v.market_value <= (f.evidence ->> 'value')::numeric * (1 + %(risen)s)
    )
    OFFSET 0
  )
)"""


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


def raise_short(found: Iterable[tuple[UUID, Decimal, Decimal]], *, business_date: date) -> int:
    """Flag assets that were found SHORT, each with what its policies pay and what it is worth, batch by batch. Returns how many were
    flagged.
    """
    return sum(
        raise_everywhere({asset: find_under_insured(total, worth) for asset, total, worth in batch}, business_date=business_date)
        for batch in in_batches(found)
    )
