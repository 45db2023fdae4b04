"""What the bank lends: products, their versions, and the terms of each. Read only."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from core.web.access import STAFF, role_required
from core.web.formats import money, percent
from core.web.http import HtmxRequest
from loans.models import ProductVersion
from loans.selectors.products import access_product, list_products, list_versions

VERSION_STATES = {"DRAFT": ("neutral", "Draft"), "ACTIVE": ("good", "Offered now"), "RETIRED": ("neutral", "Retired")}


@role_required(*STAFF)
def product_list(request: HtmxRequest) -> HttpResponse:
    """Every product with the version offered now. Two queries for the list, however long."""
    rows = []
    for product in list_products():
        versions = product.all_versions  # type: ignore[attr-defined]
        shown = next((version for version in versions if version.state == "ACTIVE"), versions[0] if versions else None)
        rows.append((product, shown, VERSION_STATES[shown.state] if shown else ("neutral", "No version"), len(versions)))
    return render(request, "loans/product_list.html", {"rows": rows})


@role_required(*STAFF)
def product_detail(request: HtmxRequest, code: str) -> HttpResponse:
    """One product: the terms of one version, by default the one offered now; `?version=3` shows another."""
    product = access_product(code)
    versions = list_versions(product)
    asked = request.GET.get("version", "")
    shown = next(
        (version for version, _ in versions if str(version.number) == asked),
        next((version for version, _ in versions if version.state == "ACTIVE"), versions[0][0] if versions else None),
    )
    return render(
        request,
        "loans/product_detail.html",
        {
            "product": product,
            "versions": [(version, VERSION_STATES[version.state], made) for version, made in versions],
            "shown": shown,
            "state": VERSION_STATES[shown.state] if shown else ("neutral", "No version"),
            "limits": _limits(shown) if shown else [],
            "conventions": _conventions(shown) if shown else [],
            "rates": [(grade, percent(rate, 2)) for grade, rate in sorted(shown.rate_by_grade.items())] if shown else [],
        },
    )


def _limits(version: ProductVersion) -> list[tuple[str, Any]]:
    kinds = " and ".join({"PERSON": "persons", "COMPANY": "companies"}[kind] for kind in version.borrower_kinds)
    pledge = ", ".join(kind.replace("_", " ").lower() for kind in version.collateral_kinds)
    needed = "required: " if version.collateral_required else "possible: "
    return [
        ("For", kinds.capitalize()),
        ("Amount", f"{money(version.min_amount, places=0)} to {money(version.max_amount, version.currency, places=0)}"),
        ("Term", f"{version.min_term_months} to {version.max_term_months} months"),
        ("Rate per year", percent(version.annual_rate, 2)),
        ("Collateral", f"{needed}{pledge}".capitalize() if pledge else "None"),
        ("Offer stands", f"{version.offer_days} days"),
        ("Decision within", f"{version.decision_days} days"),
    ]


def _conventions(version: ProductVersion) -> list[tuple[str, Any]]:
    every = version.frequency_every
    unit = version.frequency_unit
    fees = "; ".join(_fee(fee, version.currency) for fee in version.fees)
    order = ", ".join(name.replace("_", " ") for name in version.allocation_order)
    return [
        ("Method", version.method.replace("_", " ").capitalize()),
        ("Instalments", f"Every {unit if every == 1 else f'{every} {unit}s'}"),
        ("Day count", version.day_count),
        ("Interest", version.interest_period.replace("_", " ").capitalize()),
        ("Month end", version.month_end.replace("_", " ").capitalize()),
        ("Rounding", version.rounding_mode.replace("_", " ").capitalize()),
        ("Fees", fees or "None"),
        ("Penalty rate per year", percent(version.penalty_rate, 2)),
        ("Tolerance", money(version.tolerance_amount, version.currency)),
        ("A payment pays", order.capitalize() or "Fees, penalties, overdue interest and principal, then interest and principal"),
    ]


def _fee(fee: dict[str, Any], currency: str) -> str:
    """A fee as people say it: "Origination 0.5%, from the first payout"."""
    size = f"{fee['percent']}%" if fee.get("percent") else money(fee.get("amount"), currency)
    when = "from the first payout" if fee.get("when", "payout") == "payout" else "with each instalment"
    return f"{str(fee['code']).replace('_', ' ').capitalize()} {size}, {when}"
