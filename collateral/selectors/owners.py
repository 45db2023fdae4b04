"""Reads of who owns an asset: on a day, through the years, and whose word for a pledge is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from collateral.domain.twins.words import name_key
from collateral.models import Asset, AssetOwner, OwnerConsent, OwnerShare, Ownership, Pledge
from collateral.selectors.assets import access_asset
from core import access
from core.models import User
from loans.models import Borrower


def ownership_on(asset: Asset, day: date) -> Ownership | None:
    """The row that says who owns an asset on a day; None before the first."""
    return Ownership.objects.filter(asset=asset, from_date__lte=day).first()


def owners_on(asset: Asset, day: date) -> list[OwnerShare]:
    """The owners on a day with their shares, the largest first; empty where nothing is on file."""
    held = ownership_on(asset, day)
    if held is None:
        return []
    rows = OwnerShare.objects.filter(ownership=held).select_related("owner__person")
    return sorted(rows, key=lambda row: (-row.share, row.owner.person.name))


def owner_names(asset: Asset, day: date) -> list[str]:
    """The names under which an asset is owned on a day: of each owner, and as it is written on the asset itself."""
    return [asset.owner_name, *(row.owner.person.name for row in owners_on(asset, day))]


def owner_keys(asset: Asset, day: date) -> set[str]:
    """Who owns a part of an asset on a day, as `name_key` writes a name."""
    return {name_key(name) for name in owner_names(asset, day)}


def interested_keys(asset: Asset, day: date) -> set[str]:
    """Who has a part in what an asset secures, as `name_key` writes a name: its owners, and every borrower, co-borrower, guarantor,
    director, spouse and pledgor of the applications it is pledged for. Nobody of these values it.
    """
    pledges = Pledge.objects.filter(asset=asset).exclude(state__in=Pledge.GIVEN_BACK)
    people = Borrower.objects.filter(Q(applications__pledges__in=pledges) | Q(parts__application__pledges__in=pledges))
    return owner_keys(asset, day) | {name_key(name) for name in people.values_list("name", flat=True)}


def firm_key(person: User) -> str:
    """The firm an appraiser works for, as `name_key` writes a name; empty for the bank's own."""
    outside = getattr(person, "outside_appraiser", None)
    return name_key(outside.firm) if outside is not None else ""


def may_value(person: User, interested: Collection[str]) -> bool:
    """Whether neither this person nor their firm is among those who have a part in what an asset secures."""
    return {name_key(person.full_name), firm_key(person)}.isdisjoint(interested)


def list_ownerships(asset: Asset) -> QuerySet[Ownership]:
    """All that was ever on file of who owns an asset, newest first, with shares and people: two queries."""
    return Ownership.objects.filter(asset=asset).select_related("recorded_by").prefetch_related("shares__owner__person")


def consents_needed(pledge: Pledge, owners: list[OwnerShare]) -> list[AssetOwner]:
    """Whose consent a pledge takes: every owner but the borrower, who gives the pledge."""
    return [row.owner for row in owners if row.owner.person_id != pledge.application.borrower_id]


def missing_consents(pledge: Pledge, *, on: date) -> list[AssetOwner]:
    """The owners on a day whose consent to a pledge is not on file by then."""
    needed = consents_needed(pledge, owners_on(pledge.asset, on))
    given = set(OwnerConsent.objects.filter(pledge=pledge, given_date__lte=on).values_list("owner_id", flat=True))
    return [owner for owner in needed if owner.pk not in given]


def still_pledging(pairs: Iterable[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Of these (application, person) pairs those whose person owns, or owned when it was pledged, what still secures the application. One
    query: what was given back binds nobody any more."""
    wanted = set(pairs)
    standing = Pledge.objects.filter(
        application__in={application for application, _ in wanted},
        state__in=Pledge.STANDING,
        asset__owners__person__in={person for _, person in wanted},
    )
    return wanted & set(standing.values_list("application", "asset__owners__person"))


def access_owner(user: User, owner_id: UUID) -> AssetOwner:
    """An owner of an asset the user may see."""
    owner = access.one(AssetOwner.objects.select_related("asset", "person"), pk=owner_id)
    access_asset(user, owner.asset_id)
    return owner
