"""What secures an application: coverage for its page, facts for risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collateral.domain.haircuts import lending_value
from collateral.models import Pledge, RedFlag, Valuation
from loans.models import Application


@dataclass(frozen=True)
class Coverage:
    """What secures an application, in its currency. `ltv` and `coverage` are fractions, None without a value."""

    market_value: Decimal
    lending_value: Decimal
    available: Decimal
    exposure: Decimal
    ltv: Decimal | None
    coverage: Decimal | None
    shortfall: Decimal
    open_flags: int
    oldest_valued_date: date | None


def coverage_of(application: Application, *, business_date: date, exposure: Decimal | None = None) -> Coverage:
    """Coverage by the accepted, unexpired valuations. Available = max(0, min(registered, lending value − prior claims)).

    LTV = (exposure + prior claims) / market value (domain.md "Collateral").
    """
    pledges = list(
        Pledge.objects.filter(application=application)
        .exclude(state__in=[Pledge.State.RELEASED, Pledge.State.SUBSTITUTED])
        .select_related("asset")
    )
    values = {
        valuation.asset_id: valuation
        for valuation in Valuation.objects.filter(
            asset__in=[pledge.asset_id for pledge in pledges], state=Valuation.State.ACCEPTED, expires_date__gt=business_date
        ).order_by("valued_date", "id")
    }
    owed = exposure if exposure is not None else application.amount or Decimal(0)
    market = lending = available = prior = Decimal(0)
    for pledge in pledges:
        prior += pledge.prior_claims
        valuation = values.get(pledge.asset_id)
        if valuation is None or valuation.market_value is None:
            continue
        worth = lending_value(pledge.asset.kind, valuation.market_value)
        market += valuation.market_value
        lending += worth
        available += max(Decimal(0), min(pledge.amount, worth - pledge.prior_claims))
    flags = RedFlag.objects.filter(asset__in=[pledge.asset_id for pledge in pledges], state=RedFlag.State.OPEN).count()
    dates = [valuation.valued_date for valuation in values.values() if valuation.valued_date]
    return Coverage(
        market_value=market,
        lending_value=lending,
        available=available,
        exposure=owed,
        ltv=(owed + prior) / market if market else None,
        coverage=available / owed if owed else None,
        shortfall=max(Decimal(0), owed - available),
        open_flags=flags,
        oldest_valued_date=min(dates, default=None),
    )


def facts_for(application: Application, *, business_date: date) -> dict[str, Decimal | int | None]:
    """Collateral as policy facts: `ltv` and `collateral_coverage` as fractions, `valuation_age_days`, `open_red_flags`."""
    found = coverage_of(application, business_date=business_date)
    age = (business_date - found.oldest_valued_date).days if found.oldest_valued_date else None
    return {
        "ltv": found.ltv,
        "collateral_coverage": found.coverage,
        "valuation_age_days": age,
        "open_red_flags": found.open_flags,
    }
