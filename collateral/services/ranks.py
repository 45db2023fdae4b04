"""The one order of all claims on an asset: the bank's own pledges and the liens of others.

What others stand before a pledge with is worked out here and nowhere else, whenever something changes in that order.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Max

from collateral.models import Asset, Lien, Pledge
from collateral.services.margin_calls import review_covers
from core import audit

ZERO = Decimal(0)


def next_rank(asset: Asset) -> int:
    """The rank behind everything that stands or is proposed."""
    own = asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).aggregate(last=Max("rank"))["last"] or 0
    others = asset.liens.filter(ended_date=None).aggregate(last=Max("rank"))["last"] or 0
    return max(own, others) + 1


def next_free_rank(asset: Asset) -> int:
    """The rank behind everything that stands in the registry: what is only proposed moves behind a claim of others."""
    return max(ranks_in_registry(asset), default=0) + 1


def ranks_in_registry(asset: Asset) -> set[int]:
    """The ranks that are taken for good."""
    own = asset.pledges.exclude(state__in=(*Pledge.GIVEN_BACK, *Pledge.WAITING)).values_list("rank", flat=True)
    return {*own, *asset.liens.filter(ended_date=None).values_list("rank", flat=True)}


def move_waiting_behind(asset: Asset) -> None:
    """Let what is only proposed stand behind everything that stands in the registry, in its order. Call it with the asset held."""
    free = next_free_rank(asset)
    for place, pledge in enumerate(asset.pledges.select_for_update().filter(state__in=Pledge.WAITING).order_by("rank", "id"), free):
        Pledge.objects.filter(pk=pledge.pk).update(rank=place)


def make_room(asset: Asset, rank: int) -> None:
    """Move everything that stands at a rank or behind it down by one, the bank's own and that of others. Call it with the asset held."""
    pledges = asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).filter(rank__gte=rank)
    # The last one first: two claims of others have one rank at no moment. Those that ended keep their place among the others.
    rows: list[Lien | Pledge] = [*asset.liens.filter(rank__gte=rank).order_by("-rank"), *pledges.select_for_update().order_by("-rank")]
    for row in rows:
        row.rank += 1
        row.save(update_fields=["rank"])


def settle_claims(asset: Asset) -> list[tuple[Pledge, Decimal]]:
    """Write what others stand before each pledge with, and return the pledges for which it grew, with what it was before.

    That are the liens of better or equal rank that stand, and with them what was declared, of this pledge or of a better one, of claims
    that never came on file: a claim that was declared before a better pledge stands before this one too, beside liens that rank in between.
    Who ranks equal takes its share at a sale; what cover may be counted on is what is left if it took all. Call it with the asset held.
    """
    liens = list(asset.liens.all())
    unnamed = ZERO
    grown = []
    for pledge in asset.pledges.select_for_update().exclude(state__in=Pledge.GIVEN_BACK).order_by("rank", "id"):
        standing = _on_file([lien for lien in liens if lien.ended_date is None], pledge.rank)
        before = pledge.prior_claims
        unnamed = max(unnamed, pledge.declared_claims - _on_file(liens, pledge.rank))
        ahead = standing + unnamed
        if ahead != before:
            pledge.prior_claims = ahead
            pledge.save(update_fields=["prior_claims"])
        if ahead > before:
            grown.append((pledge, before))
    return grown


def hand_on_claims(gone: Pledge, *, business_date: date) -> None:
    """Let what was declared with a pledge that ends, and never came on file, stand before those behind it on its own word: nothing has said
    that it is paid. It ends as a claim that is put on file and ended does, by its paper and two people. Call it with the asset held.
    """
    liens = list(gone.asset.liens.all())
    unnamed = gone.declared_claims - _on_file(liens, gone.rank)
    if unnamed <= 0:
        return
    for pledge in gone.asset.pledges.select_for_update().exclude(state__in=Pledge.GIVEN_BACK).filter(rank__gt=gone.rank).order_by("rank"):
        known = _on_file(liens, pledge.rank)
        if pledge.declared_claims - known >= unnamed:
            continue
        before, pledge.declared_claims = pledge.declared_claims, known + unnamed
        pledge.save(update_fields=["declared_claims"])
        audit.record(
            "pledge.claims_handed_on",
            actor=None,
            actor_name="rule",
            target=pledge,
            branch=gone.asset.branch_id,
            label=gone.asset.reference,
            business_date=business_date,
            before=before,
            declared=pledge.declared_claims,
        )


def _on_file(liens: list[Lien], rank: int) -> Decimal:
    """The claims of others of better rank that ever came on file, and those beside it that stand."""
    return sum((lien.amount for lien in liens if lien.rank < rank or (lien.rank == rank and lien.ended_date is None)), ZERO)


def review_covers_of(asset: Asset, *, business_date: date) -> None:
    """Measure every running loan anew that stands on the asset."""
    for application in asset.pledges.filter(state__in=Pledge.STANDING).order_by("id").values_list("application_id", flat=True):
        review_covers(application, business_date=business_date)
