"""Reads of collateral: assets for a user, coverage of an application, facts for risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from collateral.domain.haircuts import lending_value
from collateral.models import Asset, Pledge, RedFlag, Valuation
from core import access
from core.errors import NotFound
from core.models import User
from core.roles import Role
from loans.models import Application


def visible_assets(user: User) -> QuerySet[Asset]:
    """The assets a user may see: those of their branches; an appraiser only what was ordered from them."""
    rows = access.within_branches(user, Asset.objects.all())
    if user.roles == frozenset({Role.APPRAISER}):
        rows = rows.filter(valuations__appraiser=user).distinct()
    return rows


def access_asset(user: User, asset_id: UUID) -> Asset:
    """One asset, or NotFound."""
    return access.one(visible_assets(user).select_related("branch", "owner"), pk=asset_id)


def access_valuation(user: User, valuation_id: UUID) -> Valuation:
    """One valuation of an asset the user may see; an appraiser only sees their own orders."""
    valuation = access.one(Valuation.objects.select_related("asset__branch", "appraiser"), pk=valuation_id)
    access_asset(user, valuation.asset_id)
    if user.roles == frozenset({Role.APPRAISER}) and valuation.appraiser_id != user.pk:
        raise NotFound()
    return valuation


def access_flag(user: User, flag_id: UUID) -> RedFlag:
    """One red flag of an asset the user may see."""
    flag = access.one(RedFlag.objects.select_related("asset"), pk=flag_id)
    access_asset(user, flag.asset_id)
    return flag


def access_pledge(user: User, pledge_id: UUID) -> Pledge:
    """One pledge of an asset the user may see."""
    pledge = access.one(Pledge.objects.select_related("asset", "application"), pk=pledge_id)
    access_asset(user, pledge.asset_id)
    return pledge


def list_assets(user: User, *, kind: str = "", flagged: bool = False, text: str = "") -> QuerySet[Asset]:
    """Assets for the list page, with their accepted value and how many red flags are open: one query."""
    accepted = Valuation.objects.filter(asset=OuterRef("pk"), state=Valuation.State.ACCEPTED).order_by("-valued_date")
    rows = visible_assets(user).annotate(
        market_value=Subquery(accepted.values("market_value")[:1]),
        valued_date=Subquery(accepted.values("valued_date")[:1]),
        expires_date=Subquery(accepted.values("expires_date")[:1]),
        open_flags=Count("flags", filter=Q(flags__state=RedFlag.State.OPEN), distinct=True),
    )
    if kind:
        rows = rows.filter(kind=kind)
    if flagged:
        rows = rows.filter(open_flags__gt=0)
    if text:
        rows = rows.filter(Q(description__icontains=text) | Q(reference__iexact=text) | Q(owner_name__icontains=text))
    return rows.select_related("branch").order_by("-id")


def list_orders(user: User) -> QuerySet[Valuation]:
    """An appraiser's open orders, oldest first."""
    return (
        Valuation.objects.filter(appraiser=user, state__in=[Valuation.State.ORDERED, Valuation.State.CHALLENGED])
        .select_related("asset__branch")
        .order_by("ordered_date", "id")
    )


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


def appraised_by(application: Application) -> frozenset[int]:
    """Ids of everybody who appraised or registered an asset of the application: they never decide it."""
    pledges = Pledge.objects.filter(application=application)
    people = set(Valuation.objects.filter(asset__pledges__in=pledges).values_list("appraiser_id", flat=True))
    return frozenset(person for person in people if person is not None)
