"""Which versions of the authority matrix and the risk appetite are in force, and where the book stands against the appetite."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from core import access
from core.models import User
from loans.models import Application
from risk.domain import authority, limits
from risk.domain.appetite import share
from risk.models import LimitSettings, PortfolioFigure

Kind, State = LimitSettings.Kind, LimitSettings.State


@dataclass(frozen=True)
class AuthorityInForce:
    """The matrix that holds, and which version of it; without one the defaults."""

    authority: authority.Authority
    version: str


def authority_in_force() -> AuthorityInForce:
    """The matrix by which decisions are taken now: one query."""
    found = LimitSettings.objects.filter(kind=Kind.AUTHORITY, state=State.ACTIVE).first()
    if found is None:
        return AuthorityInForce(authority.DEFAULTS, "authority matrix by default")
    return AuthorityInForce(authority.from_document(found.document), str(found))


def appetite_in_force() -> limits.AppetiteSettings:
    """The appetite that holds now: one query."""
    return appetite_and_version()[0]


def appetite_and_version() -> tuple[limits.AppetiteSettings, str]:
    """The same with the version it is, in words; without one the defaults. One query."""
    found = LimitSettings.objects.filter(kind=Kind.APPETITE, state=State.ACTIVE).first()
    return (limits.from_document(found.document), str(found)) if found else (limits.DEFAULTS, "risk appetite by default")


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
