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


def settle_claims(asset: Asset) -> list[tuple[Pledge, Decimal]]:
    """Write what others stand before each pledge with, and return the pledges for which it grew, with what it was before.

    That are the liens of better rank that stand, and with them what was declared, of this pledge or of a better one, of claims that never
    came on file: a claim that was declared before a better pledge stands before this one too, beside liens that rank in between. Call it
    with the asset held.
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
    """The claims of others of better rank that ever came on file."""
    return sum((lien.amount for lien in liens if lien.rank < rank), ZERO)


def review_covers_of(asset: Asset, *, business_date: date) -> None:
    """Measure every running loan anew that stands on the asset."""
    for application in asset.pledges.filter(state__in=Pledge.STANDING).order_by("id").values_list("application_id", flat=True):
        review_covers(application, business_date=business_date)
