"""Reads of the register: assets, valuations, pledges and flags for a user."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value

from collateral.models import Asset, Pledge, RedFlag, Valuation
from core import access
from core.errors import NotFound
from core.models import User
from core.roles import Role
from loans.models import Application, Loan


def visible_assets(user: User) -> QuerySet[Asset]:
    """The assets a user may see: those of their branches; an appraiser only what was ordered from them."""
    rows = access.within_branches(user, Asset.objects.all())
    if values_alone(user):
        rows = rows.filter(valuations__appraiser=user).distinct()
    return rows


def access_asset(user: User, asset_id: UUID, *, valuing: bool = False) -> Asset:
    """One asset, or NotFound. Whoever is asked for its value reaches only the pages that hide what others say of it,
    which say `valuing`.
    """
    asset = access.one(visible_assets(user).select_related("branch", "owner"), pk=asset_id)
    if not valuing and not values_alone(user) and is_blind(user, asset):
        raise NotFound()
    return asset


def access_valuation(user: User, valuation_id: UUID) -> Valuation:
    """One valuation of an asset the user may see; an appraiser only sees their own orders."""
    valuation = access.one(Valuation.objects.select_related("asset__branch", "appraiser"), pk=valuation_id)
    access_asset(user, valuation.asset_id, valuing=True)
    if is_blind(user, valuation.asset) and valuation.appraiser_id != user.pk:
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


def values_alone(user: User) -> bool:
    """Whether somebody only values: they see what they said themselves, never what others or rules say of an asset."""
    return user.roles == frozenset({Role.APPRAISER})


def asked_for(user: User) -> QuerySet[Valuation]:
    """What a person was asked to value and nobody has judged yet, neither theirs nor another's of the same order."""
    undecided = [*Valuation.WITH_APPRAISER, Valuation.State.SUBMITTED]
    beside = Valuation.objects.filter(round=OuterRef("round"), state__in=undecided)
    return Valuation.objects.filter(Q(state__in=undecided) | Exists(beside), appraiser=user)


def is_blind(user: User, asset: Asset) -> bool:
    """Whether somebody finds the value of an asset alone: who only values, always; who has other roles too, as long as its value is asked
    of them or another one of the same order waits.
    """
    return values_alone(user) or (user.has_role(Role.APPRAISER) and asked_for(user).filter(asset=asset).exists())


def is_blind_to_file(user: User, application: Application) -> bool:
    """Whether the figures of an application would tell somebody of an asset whose value they have to find alone."""
    return user.has_role(Role.APPRAISER) and asked_for(user).filter(asset__pledges__application=application).exists()


def blind_loans(user: User) -> QuerySet[Loan] | None:
    """The loans whose figures would tell a person of an asset whose value they have to find alone; None for who values nothing."""
    if not user.has_role(Role.APPRAISER):
        return None
    return Loan.objects.filter(application__pledges__asset__in=asked_for(user).values("asset"))


def list_assets(user: User, *, kind: str = "", flagged: bool = False, text: str = "") -> QuerySet[Asset]:
    """Assets for the list page, with their accepted value and how many red flags are open: one query. For who only values, their own last
    value and no flags; for who values beside other work, nothing of what is asked of them."""
    alone = values_alone(user)
    stated = Q(appraiser=user, market_value__isnull=False) if alone else Q(state=Valuation.State.ACCEPTED)
    accepted = Valuation.objects.filter(stated, asset=OuterRef("pk")).order_by("-valued_date")
    open_flags = Q(flags__state=RedFlag.State.OPEN)
    if not alone and user.has_role(Role.APPRAISER):
        accepted = accepted.exclude(Exists(asked_for(user).filter(asset=OuterRef("asset"))))
        open_flags &= Q(~Exists(asked_for(user).filter(asset=OuterRef("pk"))))
    rows = visible_assets(user).annotate(
        market_value=Subquery(accepted.values("market_value")[:1]),
        valued_date=Subquery(accepted.values("valued_date")[:1]),
        expires_date=Subquery(accepted.values("expires_date")[:1]),
        open_flags=Value(0) if alone else Count("flags", filter=open_flags, distinct=True),
    )
    if kind:
        rows = rows.filter(kind=kind)
    if flagged and not alone:
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


def flags_for(file: Any) -> QuerySet[RedFlag]:
    """The red flags against what is pledged for an application, given its key or what stands for one inside a larger question."""
    return RedFlag.objects.filter(asset__pledges__application=file)


def valuations_for(file: Any) -> QuerySet[Valuation]:
    """The valuations of what is pledged for an application, given its key or what stands for one inside a larger question."""
    return Valuation.objects.filter(asset__pledges__application=file)
