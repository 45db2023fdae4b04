"""Reads of the papers about an asset."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from collateral.models import Asset, AssetDocument, InsurancePolicy, Pledge
from collateral.selectors.assets import access_asset, is_blind
from collateral.selectors.claims_ahead import papers_of_claims
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


def papers_for(asset: Asset, kind: AssetDocument.Kind, *, of_others: bool = False) -> QuerySet[AssetDocument]:
    """The papers on file that may prove something of a kind, newest first; of registered liens, of blocks and of policies only those that
    prove no other, and of liens none by which a claim of somebody else was ever proposed, unless it is to prove one `of_others`; of
    receipts of a registry those of no pledge, of its title none that came before its number was corrected: it is about the wrong one.
    """
    rows = AssetDocument.objects.filter(asset=asset, kind=kind)
    if kind == AssetDocument.Kind.TITLE_EXTRACT and asset.title_corrected_at is not None:
        rows = rows.filter(uploaded_at__gte=asset.title_corrected_at)
    if kind == AssetDocument.Kind.REGISTRY_RECEIPT:
        return rows.exclude(pk__in=Pledge.objects.filter(asset=asset, receipt__isnull=False).values("receipt"))
    if kind == AssetDocument.Kind.INSURANCE_POLICY:
        return rows.exclude(pk__in=InsurancePolicy.objects.filter(asset=asset, document__isnull=False).values("document"))
    if kind == AssetDocument.Kind.LIEN_REGISTRATION:
        # The word of the registry for somebody else's claim, also where that was refused or taken back; another's claim it may prove anew.
        rows = rows.exclude(pk__in=papers_of_claims(asset, waiting=of_others))
    once = (AssetDocument.Kind.LIEN_REGISTRATION, AssetDocument.Kind.BLOCK)
    return rows.filter(pledges=None, liens=None) if kind in once else rows
