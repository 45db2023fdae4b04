"""The portfolio at a glance: key figures, what they say, and where the risk sits. Reads prepared aggregates only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from core.business_date import get_bank
from core.models import BankState, Branch
from core.roles import Role
from core.web import formats
from core.web.access import role_required
from core.web.components import Kpi
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest
from risk.domain import appetite
from risk.domain.appetite import Appetite, share
from risk.models import PortfolioFigure
from risk.selectors.limits import appetite_in_force
from risk.selectors.portfolio import Day, Portfolio, list_figure_branches, list_figures, product_names, read_portfolio
from risk.web import dashboard_charts as charts

READERS = (Role.RISK_MANAGER, Role.APPROVER, Role.COMPLIANCE, Role.AUDITOR, Role.VALIDATOR, Role.COLLECTIONS, Role.OFFICER)
COLUMNS: list[tuple[str, Callable[[PortfolioFigure], Any]]] = [
    ("Business date", lambda f: f.business_date),
    ("Branch", lambda f: f.branch.code),
    ("Dimension", lambda f: f.dimension),
    ("Key", lambda f: f.key),
    ("Count", lambda f: f.count),
    ("Amount", lambda f: f.amount),
]


@dataclass(frozen=True)
class ShareLine:
    """One product or branch: loans, outstanding, and its non-performing share."""

    name: str
    code: str
    loans: int
    outstanding: Decimal
    npl: Decimal | None


@role_required(*READERS)
def dashboard(request: HtmxRequest) -> HttpResponse:
    """The portfolio of the person's branches, or of one of them. The same few queries whatever the size of the book."""
    branches = list_figure_branches(request.user)
    chosen = request.GET.get("branch", "")
    branch = chosen if chosen in {one.code for one in branches} else ""
    if wanted(request):
        return export_rows(request, COLUMNS, list_figures(request.user, branch=branch), "portfolio")
    bank = get_bank()
    portfolio = read_portfolio(request.user, branch=branch)
    context: dict[str, Any] = {"bank": bank, "branches": branches, "branch": branch, "portfolio": portfolio}
    if portfolio.days:
        context |= _figures(portfolio, bank, branches)
    return render(request, "risk/dashboard.html", context)


def _figures(portfolio: Portfolio, bank: BankState, branches: list[Branch]) -> dict[str, Any]:
    days = portfolio.days
    ratios = appetite_in_force().ratios
    today = days[-1]
    npl = [charts.npl_of(day) for day in days]
    base = charts.label_of(days[-2].business_date, portfolio.is_monthly) if len(days) > 1 else ""
    before = days[-2].of("total", "outstanding")[1] if len(days) > 1 else None
    waiting, investigated = charts.waiting_of(today), charts.investigated_of(today)
    products = _products(today)
    lines = [
        ShareLine(one.name, one.code, one.loans, one.outstanding, share(one.non_performing, one.outstanding)) for one in portfolio.branches
    ]
    counts = {key: count for key, (count, _) in today.keys("bucket").items()}
    period = "month" if portfolio.is_monthly else "day"
    return {
        "as_of": today.business_date,
        "stale": today.business_date < bank.business_date - timedelta(days=1),
        "kpis": kpis_of(portfolio, bank, ratios),
        "npl_finding": appetite.judge_ratio("NPL ratio", npl, ratios.npl, period),
        "npl_chart": charts.ratios(portfolio, ratios),
        "bucket_finding": appetite.judge_buckets(counts, charts.WORST),
        "bucket_chart": charts.buckets(today),
        "on_time": today.of("bucket", "0"),
        "growth_finding": appetite.judge_growth(today.of("total", "outstanding")[1], before, base),
        "growth_chart": charts.outstanding(portfolio),
        "state_finding": appetite.judge_applications(waiting, investigated),
        "state_chart": charts.states(today),
        "product_finding": appetite.judge_products({line.name: line.npl for line in products}),
        "products": products,
        "branch_lines": lines if len(branches) > 1 else [],
    }


def _products(today: Day) -> list[ShareLine]:
    """Products by outstanding principal, largest first."""
    found = today.keys("product")
    names = product_names(found)
    lines = [
        ShareLine(names.get(code, code), code, count, amount, share(today.of("product_npl", code)[1], amount))
        for code, (count, amount) in found.items()
    ]
    return sorted(lines, key=lambda line: -line.outstanding)


def kpis_of(portfolio: Portfolio, bank: BankState, ratios: Appetite) -> list[Kpi]:
    """The six figures of the strip, against the close before."""
    days = portfolio.days
    now, before = days[-1], days[-2] if len(days) > 1 else None
    base = f"vs {charts.label_of(before.business_date, portfolio.is_monthly)}" if before else ""
    stale = now.business_date < bank.business_date - timedelta(days=1)
    note = f"from {formats.short_day(now.business_date, bank.business_date)}" if stale else ""
    outstanding = [day.of("total", "outstanding")[1] for day in days]
    growth = appetite.relative_change(outstanding[-1], outstanding[-2]) if before else None
    open_count, open_amount = charts.open_of(now)
    arrears = [day.of("total", "arrears")[1] for day in days]
    arrears_growth = appetite.relative_change(arrears[-1], arrears[-2]) if before else None
    return [
        Kpi(
            "Outstanding principal",
            formats.compact(outstanding[-1]),
            unit=bank.currency,
            change="" if growth is None else formats.signed_percent(growth),
            change_base=base,
            limit=note,
            points=outstanding,
        ),
        _ratio("NPL ratio", [charts.npl_of(day) for day in days], ratios.npl, base, note),
        _ratio("30+ DPD", [charts.late_of(day) for day in days], ratios.past_due_30, base, note),
        Kpi(
            "Arrears",
            formats.compact(arrears[-1]),
            unit=bank.currency,
            change="" if arrears_growth is None else formats.signed_percent(arrears_growth),
            change_base=base,
            change_status="bad" if arrears_growth and arrears_growth > 0 else "",
            limit=note,
            points=arrears,
        ),
        Kpi("Running loans", formats.number(now.of("total", "outstanding")[0]), limit=note),
        Kpi("Open applications", formats.number(open_count), unit=formats.compact(open_amount, bank.currency), limit=note),
    ]


def _ratio(name: str, values: list[Decimal | None], limit: Decimal, base: str, note: str) -> Kpi:
    now, before = values[-1], values[-2] if len(values) > 1 else None
    if now is None:
        return Kpi(name, "no loans yet", limit=note)
    change = now - before if before is not None else None
    words = f"{'Above' if now > limit else 'Within'} appetite {formats.percent(limit, 2)}"
    return Kpi(
        name,
        formats.percent(now, 2),
        status="bad" if now > limit else "",
        change="" if change is None else formats.signed_points(change),
        change_base=base,
        change_status="bad" if change and change > 0 else "",
        limit=f"{words}, {note}" if note else words,
        points=[value or Decimal(0) for value in values],
        series="s1",
    )
