"""Who of the staff declared an interest in somebody that an asset secures a file of: they neither value it nor judge its value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from collateral.models import Asset, Pledge, RedFlag
from core.models import User
from loans.selectors.interests import interests_in, staff_by_borrower


def interested_in_assets(assets: Iterable[UUID]) -> dict[UUID, set[int]]:
    """Ids of the staff with an interest in a party of what each asset secures: the same three queries for any number of assets."""
    pledges = Pledge.objects.filter(asset__in=list(assets)).exclude(state__in=Pledge.GIVEN_BACK)
    parties = list(pledges.values_list("asset_id", "application__borrower", "application__parties__borrower"))
    staff = staff_by_borrower(borrower for _, *borrowers in parties for borrower in borrowers if borrower is not None)
    found: dict[UUID, set[int]] = defaultdict(set)
    for asset, *borrowers in parties:
        found[asset] = found[asset].union(*(staff.get(borrower, set()) for borrower in borrowers))
    return found


def interested_in_asset(asset: Asset) -> frozenset[int]:
    """The same of one asset."""
    return frozenset(interested_in_assets([asset.pk]).get(asset.pk, ()))


def without_interest(flags: QuerySet[RedFlag], user: User) -> QuerySet[RedFlag]:
    """The red flags of assets that `interested_in_asset` would not name this person for: the same question asked of many at once."""
    pledges = Pledge.objects.filter(asset=OuterRef("asset")).exclude(state__in=Pledge.GIVEN_BACK)
    return flags.exclude(Exists(pledges.filter(Exists(interests_in(OuterRef("application_id")).filter(staff=user)))))
