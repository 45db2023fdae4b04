"""Which versions of the authority matrix, the risk appetite and the fraud rules are in force,
and where the book stands against the appetite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from core import access
from core.four_eyes import fingerprint
from core.models import User
from loans.models import Application
from risk.domain import authority, fraud_settings, limits
from risk.domain.appetite import share
from risk.models import LimitSettings, PortfolioFigure

Kind, State = LimitSettings.Kind, LimitSettings.State


@dataclass(frozen=True)
class AuthorityInForce:
    """The matrix that holds, and which version of it; without one the defaults. `kept` names it in a decision."""

    authority: authority.Authority
    version: str
    kept: Mapping[str, Any]


@dataclass(frozen=True)
class AppetiteInForce:
    """The same of the appetite."""

    settings: limits.AppetiteSettings
    version: str
    kept: Mapping[str, Any]


@dataclass(frozen=True)
class FraudRulesInForce:
    """The same of the fraud rules."""

    thresholds: fraud_settings.Thresholds
    version: str
    kept: Mapping[str, Any]


def authority_in_force() -> AuthorityInForce:
    """The matrix by which decisions are taken now: one query."""
    found = LimitSettings.objects.filter(kind=Kind.AUTHORITY, state=State.ACTIVE).first()
    if found is None:
        return AuthorityInForce(authority.DEFAULTS, "authority matrix by default", _by_default(authority.as_document(authority.DEFAULTS)))
    return AuthorityInForce(authority.from_document(found.document), str(found), _numbered(found))


def appetite_held() -> AppetiteInForce:
    """The appetite that holds now, with its version: one query."""
    found = LimitSettings.objects.filter(kind=Kind.APPETITE, state=State.ACTIVE).first()
    if found is None:
        return AppetiteInForce(limits.DEFAULTS, "risk appetite by default", _by_default(limits.as_document(limits.DEFAULTS)))
    return AppetiteInForce(limits.from_document(found.document), str(found), _numbered(found))


def appetite_in_force() -> limits.AppetiteSettings:
    """The appetite that holds now: one query."""
    return appetite_held().settings


def fraud_rules_held() -> FraudRulesInForce:
    """What is marked as a sign of fraud now: one query."""
    found = LimitSettings.objects.filter(kind=Kind.FRAUD, state=State.ACTIVE).first()
    if found is None:
        kept = _by_default(fraud_settings.as_document(fraud_settings.DEFAULTS))
        return FraudRulesInForce(fraud_settings.DEFAULTS, "fraud rules by default", kept)
    return FraudRulesInForce(fraud_settings.from_document(found.document), str(found), _numbered(found))


def _by_default(document: dict[str, Any]) -> dict[str, Any]:
    """The defaults are kept as they were: another release of the house may have others."""
    return {"number": None, "document": document, "hash": fingerprint(document)}


def _numbered(version: LimitSettings) -> dict[str, Any]:
    return {"number": version.number, "hash": fingerprint(version.document)}


def kept_document(kind: str, kept: Mapping[str, Any]) -> dict[str, Any] | None:
    """The settings that a decision names, as they stand now; None where the version is gone. One query at most."""
    if kept["number"] is None:
        return dict(kept["document"])
    return LimitSettings.objects.filter(kind=kind, number=kept["number"]).values_list("document", flat=True).first()


def list_versions(kind: str) -> QuerySet[LimitSettings]:
    """The versions of one kind, newest first."""
    return LimitSettings.objects.filter(kind=kind).select_related("proposed_by", "confirmed_by")


def access_version(user: User, pk: object) -> LimitSettings:
    """One version; the settings are the whole bank's, so everybody who may open the page sees each."""
    return access.one(LimitSettings.objects.select_related("proposed_by"), pk=pk)


@dataclass(frozen=True)
class BookAtClose:
    """Outstanding principal at the last close of day, by dimension and key, in the bank's currency. No date before the first close."""

    business_date: date | None
    total: Decimal
    by: dict[str, dict[str, Decimal]]


def book_at_close() -> BookAtClose:
    """The whole bank's book from the prepared figures of the last close: one query whatever its size."""
    newest = PortfolioFigure.objects.order_by("-business_date").values("business_date")[:1]
    counted = Q(dimension__in=("product", "industry")) | Q(dimension="total", key="outstanding")
    rows = PortfolioFigure.objects.filter(counted, business_date=newest).order_by()
    by: dict[str, dict[str, Decimal]] = {dimension: {} for dimension in limits.DIMENSIONS}
    found = list(rows.values_list("business_date", "dimension", "key", "branch__code", "amount"))
    for _, dimension, key, branch, amount in found:
        kept, name = (by["branch"], branch) if dimension == "total" else (by[dimension], key)
        kept[name] = kept.get(name, Decimal(0)) + amount
    return BookAtClose(found[0][0] if found else None, sum(by["branch"].values(), Decimal(0)), by)


def keys_of(application: Application) -> dict[str, str]:
    """Where a loan of this application would be counted."""
    version, borrower = application.product_version, application.borrower
    return {
        "product": version.product.code if version else "",
        "branch": application.branch.code,
        "industry": borrower.industry[:40] if borrower else "",
    }


@dataclass(frozen=True)
class Stand:
    """Where the book stands against one limit. Shares as fractions; `share` is None while there is no book."""

    dimension: str
    key: str
    amount: Decimal
    share: Decimal | None
    most: Decimal

    @property
    def headroom(self) -> Decimal:
        return self.most - (self.share or Decimal(0))


def stands_of(settings: limits.AppetiteSettings, book: BookAtClose) -> list[Stand]:
    """Every product, branch and industry of the book that has a limit, the nearest to its limit first."""
    found = [
        Stand(dimension, key, amount, share(amount, book.total), most)
        for dimension, keys in book.by.items()
        for key, amount in keys.items()
        if key and (most := settings.limit_for(dimension, key)) is not None
    ]
    return sorted(found, key=lambda stand: stand.headroom)
