"""What proves one thing only, and stands at another one too: papers, policies, entries of a registry. At any branch, by index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Least

from collateral.models import Asset, AssetDocument, InsurancePolicy, Lien, Pledge, ValuationFile
from collateral.models.same_words import plain

Kind = AssetDocument.Kind
# Papers that prove something of one asset. Those of a sale may be of several that were sold together.
PROVING = (
    Kind.TITLE_EXTRACT,
    Kind.LIEN_REGISTRATION,
    Kind.BLOCK,
    Kind.REGISTRY_RECEIPT,
    Kind.INSURANCE_POLICY,
    Kind.APPRAISAL_REPORT,
    Kind.PURCHASE_CONTRACT,
    Kind.EXISTENCE,
)
OF_VALUES = (ValuationFile.Kind.REPORT, ValuationFile.Kind.WORKS)
MOST = 5


def paper_elsewhere(asset: Asset, hashes: Iterable[str]) -> list[str]:
    """References of other assets of which one of these very files proves something, or came with a value: two queries."""
    asked = list(hashes)
    papers = AssetDocument.objects.filter(sha256__in=asked, kind__in=PROVING).exclude(asset=asset).values_list("asset__reference")
    came = ValuationFile.objects.filter(sha256__in=asked, kind__in=OF_VALUES).exclude(valuation__asset=asset)
    return _references(papers, came.values_list("valuation__asset__reference"))


def policy_elsewhere(policy: InsurancePolicy) -> list[str]:
    """References of other assets that the same policy of an insurer insures within the days to which both ran: one query."""
    others = InsurancePolicy.objects.annotate(last_day=Least("until_date", "ended_date")).exclude(asset=policy.asset_id)
    last_day = min(policy.until_date, policy.ended_date or policy.until_date)
    same = others.filter(from_date__lte=last_day, last_day__gte=policy.from_date)
    for name in ("policy_number", "insurer"):
        same = same.annotate(**{f"plain_{name}": plain(F(name))}).filter(**{f"plain_{name}": plain(Value(getattr(policy, name)))})
    return _references(same.values_list("asset__reference"))


def reference_elsewhere(claim: Pledge | Lien, registry: str = "") -> list[str]:
    """References of assets on which the same entry of a registry is another pledge of ours or another claim that stands: two queries.
    The registry of a class of assets in a country is one, as long as no two are named.
    """
    asset = claim.asset
    if not claim.registry_reference:
        return []
    there = Q(asset__kind=asset.kind, asset__country=asset.country, plain=plain(Value(claim.registry_reference)))
    pledges = Pledge.objects.exclude(registry_reference="").annotate(plain=plain(F("registry_reference")))
    ours = pledges.filter(there, state__in=Pledge.STANDING)
    if registry:
        ours = ours.annotate(named=plain(F("registry"))).filter(Q(registry="") | Q(named=plain(Value(registry))))
    liens = Lien.objects.annotate(plain=plain(F("registry_reference"))).filter(there, ended_date=None)
    rows = [found.exclude(pk=claim.pk).values_list("asset__reference") for found in (ours, liens)]
    return _references(*rows)


def _references(*rows: QuerySet[Any, tuple[str]]) -> list[str]:
    return sorted({reference for found in rows for (reference,) in found.distinct()[:MOST]})[:MOST]
