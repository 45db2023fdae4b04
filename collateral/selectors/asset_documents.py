"""Reads of the papers about an asset."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from collateral.models import Asset, AssetDocument, InsurancePolicy, Pledge
from collateral.selectors.assets import access_asset, is_blind
from core import access
from core.errors import NotFound
from core.models import User


def papers_of(asset: Asset, user: User) -> QuerySet[AssetDocument]:
    """The papers about an asset that the user may read, newest first: who values it, only what tells nothing of figures."""
    rows = AssetDocument.objects.filter(asset=asset)
    return rows.filter(kind__in=AssetDocument.SHOWN_TO_APPRAISERS) if is_blind(user, asset) else rows


def access_asset_document(user: User, asset_document_id: UUID) -> AssetDocument:
    """One paper about an asset that the user may see and read, or NotFound."""
    paper = access.one(AssetDocument.objects.all(), pk=asset_document_id)
    asset = access_asset(user, paper.asset_id, valuing=True)
    if is_blind(user, asset) and paper.kind not in AssetDocument.SHOWN_TO_APPRAISERS:
        raise NotFound()
    paper.asset = asset
    return paper


def papers_for(asset: Asset, kind: AssetDocument.Kind) -> QuerySet[AssetDocument]:
    """The papers on file that may prove something of a kind, newest first; of registered liens, of blocks and of policies only those that
    prove no other, of receipts of a registry those of no pledge, of its title none that came before its number was corrected: it is about
    the wrong one.
    """
    rows = AssetDocument.objects.filter(asset=asset, kind=kind)
    if kind == AssetDocument.Kind.TITLE_EXTRACT and asset.title_corrected_at is not None:
        rows = rows.filter(uploaded_at__gte=asset.title_corrected_at)
    if kind == AssetDocument.Kind.REGISTRY_RECEIPT:
        return rows.exclude(pk__in=Pledge.objects.filter(asset=asset, receipt__isnull=False).values("receipt"))
    if kind == AssetDocument.Kind.INSURANCE_POLICY:
        return rows.exclude(pk__in=InsurancePolicy.objects.filter(asset=asset, document__isnull=False).values("document"))
    once = (AssetDocument.Kind.LIEN_REGISTRATION, AssetDocument.Kind.BLOCK)
    return rows.filter(pledges=None, liens=None) if kind in once else rows
