"""Reads of the prepared aggregates. Dashboards read these rows only, never the book."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Max, QuerySet, Sum
from django.db.models.functions import TruncMonth

from core import access
from core.models import Branch, User
from loans.models import Product
from risk.models import PortfolioFigure

MONTHS, FEWEST_MONTHS, DAYS = 24, 4, 31
Cell = tuple[int, Decimal]
NONE: Cell = (0, Decimal(0))


@dataclass(frozen=True)
class Day:
    """The figures of one business date, summed over branches: {dimension: {key: (count, amount)}}. Amounts in the bank's currency."""

    business_date: date
    figures: dict[str, dict[str, Cell]] = field(default_factory=dict)

    def of(self, dimension: str, key: str) -> Cell:
        return self.figures.get(dimension, {}).get(key, NONE)

    def keys(self, dimension: str) -> dict[str, Cell]:
        return self.figures.get(dimension, {})


@dataclass(frozen=True)
class BranchLine:
    """One branch on the newest date. Amounts in the bank's currency."""

    name: str
    code: str
    loans: int
    outstanding: Decimal
    non_performing: Decimal
    arrears: Decimal


@dataclass(frozen=True)
class Portfolio:
    """Month closes (or days, while there are few months), oldest first; the newest day is last. Empty before the first sweep."""

    days: tuple[Day, ...]
    is_monthly: bool
    branches: tuple[BranchLine, ...]


def visible_figures(user: User) -> QuerySet[PortfolioFigure]:
    """The figures of the user's branches; all of them for those who answer for the whole bank."""
    return access.within_branches(user, PortfolioFigure.objects.all())


def list_figure_branches(user: User) -> list[Branch]:
    """The branches whose figures the user may see, by code."""
    rows = Branch.objects.order_by("code")
    return list(access.within_branches(user, rows, branch="pk"))


def read_portfolio(user: User, *, branch: str = "") -> Portfolio:
    """What the dashboard shows, for one branch or for all the user's. Three queries whatever the size of the book."""
    rows = visible_figures(user)
    if branch:
        rows = rows.filter(branch__code=branch)
    dates, is_monthly = _dates(rows)
    days = _days(rows, dates)
    return Portfolio(days, is_monthly, _branches(rows, dates[-1]) if dates else ())


def list_figures(user: User, *, branch: str = "") -> QuerySet[PortfolioFigure]:
    """The same figures row by row, for exports: newest date first."""
    rows = visible_figures(user)
    if branch:
        rows = rows.filter(branch__code=branch)
    dates, _ = _dates(rows)
    ordered = rows.filter(business_date__in=dates).select_related("branch")
    return ordered.order_by("-business_date", "branch__code", "dimension", "key")


def product_names(codes: Iterable[str]) -> dict[str, str]:
    """Names of products by code."""
    return dict(Product.objects.filter(code__in=list(codes)).values_list("code", "name"))


def _dates(rows: QuerySet[PortfolioFigure]) -> tuple[list[date], bool]:
    """The last day of each month with figures, at most 24; the last days themselves while there are fewer than four months."""
    totals = rows.filter(dimension="total", key="outstanding").order_by()
    by_month = totals.annotate(month=TruncMonth("business_date")).values("month").annotate(last=Max("business_date"))
    months = sorted(row["last"] for row in by_month)[-MONTHS:]
    if len(months) >= FEWEST_MONTHS:
        return months, True
    found = totals.values_list("business_date", flat=True).distinct().order_by("-business_date")[:DAYS]
    return sorted(found), False


def _days(rows: QuerySet[PortfolioFigure], dates: list[date]) -> tuple[Day, ...]:
    days = {one: Day(one) for one in dates}
    summed = (
        rows.filter(business_date__in=dates)
        .order_by()
        .values("business_date", "dimension", "key")
        .annotate(number=Sum("count"), total=Sum("amount"))
    )
    for row in summed:
        kept = days[row["business_date"]].figures.setdefault(row["dimension"], {})
        kept[row["key"]] = (row["number"], row["total"])
    return tuple(days[one] for one in dates)


def _branches(rows: QuerySet[PortfolioFigure], newest: date) -> tuple[BranchLine, ...]:
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    for row in rows.filter(business_date=newest, dimension="total").select_related("branch").order_by("branch__code"):
        found.setdefault((row.branch.name, row.branch.code), {})[row.key] = (row.count, row.amount)
    return tuple(
        BranchLine(
            name,
            code,
            cells.get("outstanding", NONE)[0],
            cells.get("outstanding", NONE)[1],
            cells.get("non_performing", NONE)[1],
            cells.get("arrears", NONE)[1],
        )
        for (name, code), cells in found.items()
    )
