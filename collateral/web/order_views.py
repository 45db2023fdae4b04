"""Ordering valuations, and setting side by side what several appraisers say of one asset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from collateral.domain.orders import MOST_APART
from collateral.models import Valuation
from collateral.selectors.assets import access_asset
from collateral.selectors.rounds import appraised_values, distance_of, set_beside
from collateral.services.valuations import order_another_valuation, order_valuation
from collateral.web.asset_page import act_on, asset_page
from collateral.web.evidence_words import comparables_of, inputs_of_value
from collateral.web.forms import AnotherForm, CompareForm, OrderForm
from collateral.web.works_words import told as works_told
from collateral.web.works_words import works_of
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import STAFF, role_required
from core.web.formats import day, money, number, percent
from core.web.http import HtmxRequest, add_faults

SEALED = "sealed"


@require_POST
@role_required(Role.INVESTIGATOR, Role.RISK_MANAGER)
def valuation_order(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Order a valuation; who values is drawn by lot."""
    asset = access_asset(request.user, asset_id)
    form = OrderForm(request.POST)
    if not form.is_valid():
        return asset_page(request, asset, status=422, order_form=form)
    outside, reason = form.cleaned_data["third_party"], form.cleaned_data["outside_reason"]
    try:
        made = order_valuation(
            asset=asset, actor=request.user, business_date=get_business_date(), third_party=outside, outside_reason=reason
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return asset_page(request, asset, status=refusal.status, order_form=form)
    two = made.together().count() > 1
    said = "Two valuations are ordered. Neither appraiser learns of the other." if two else "A valuation is ordered."
    how = "Nobody else was eligible, so there was no lot." if made.drawn_alone else "Who values was drawn by lot."
    messages.success(request, f"{said} {how}")
    return redirect("collateral:asset_detail", asset_id)


@require_POST
@role_required(Role.INVESTIGATOR, Role.RISK_MANAGER)
def valuation_another(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Have the asset valued once more, beside the values that wait."""
    asset = access_asset(request.user, asset_id)
    form = AnotherForm(request.POST, auto_id="another_%s")
    if not form.is_valid():
        return asset_page(request, asset, status=422, another_form=form)

    def order() -> None:
        order_another_valuation(asset=asset, actor=request.user, business_date=get_business_date(), **form.cleaned_data)

    done = "Another valuation is ordered. Who values was drawn by lot and does not see the other values."
    return act_on(request, asset, form, "another_form", order, done)


@role_required(*(STAFF - {Role.APPRAISER}))
def valuations_compared(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """What each appraiser says, beside each other, with what differs."""
    asset = access_asset(request.user, asset_id)
    found = appraised_values(asset)
    natural = set_beside(found)
    known = [(one.pk, _called(one)) for one in found if one.market_value is not None]
    asked = request.GET if {"first", "second"} & request.GET.keys() else None
    # Chosen are those that stand there: the first two of several.
    pair = [str(one.pk) for one in natural if one.market_value is not None][:2]
    form = CompareForm(asked, values=known, initial=dict(zip(("first", "second"), pair, strict=False)))
    by_key = {str(one.pk): one for one in found}
    chosen = form.chosen()
    values = [by_key[key] for key in chosen] if chosen else natural
    distance = distance_of(values)
    context = {
        "asset": asset,
        "form": form,
        "several": len(known) > 1,
        "values": values,
        "rows": side_by_side(values),
        "distance": distance,
        "limit": MOST_APART,
        "too_far": distance is not None and distance > MOST_APART,
        "sealed": any(one.sealed for one in values),
    }
    return render(request, "collateral/valuations_compared.html", context)


def _called(one: Valuation) -> str:
    """One valuation in a list to choose from."""
    said = SEALED if one.sealed else money(one.market_value or Decimal(0), one.currency, 0)
    return f"{day(one.valued_date or one.ordered_date)}, {said}, {one.appraiser.full_name if one.appraiser else 'imported'}, {one.get_state_display().lower()}"


@dataclass(frozen=True)
class Row:
    """One thing that each appraiser says; `differs` is None where it is not compared."""

    name: str
    cells: list[str]
    differs: bool | None


def side_by_side(values: list[Valuation]) -> list[Row]:
    """Each thing the appraisers say, in one row; what is sealed stays so."""

    def row(name: str, say: Callable[[Valuation], str], *, compared: bool = True) -> Row:
        cells = [SEALED if one.sealed else say(one) if one.market_value is not None else "" for one in values]
        told = [cell for cell in cells if cell and cell != SEALED]
        return Row(name, cells, (len(set(told)) > 1) if compared and len(told) > 1 else None)

    def value(one: Valuation) -> Decimal:
        return one.market_value or Decimal(0)

    def middle(one: Valuation) -> Decimal:
        return median([Decimal(item["price"]) for item in one.comparables] or [Decimal(0)])

    lowest = min((value(one) for one in values if value(one) and not one.sealed), default=Decimal(1))

    def said(label: str) -> Callable[[Valuation], str]:
        return lambda one: dict(inputs_of_value(one)).get(label, "")

    # Each input that any of them names, in the order of its method.
    inputs = dict.fromkeys(label for one in values if not one.sealed for label, _ in inputs_of_value(one))
    firms = [getattr(getattr(one.appraiser, "outside_appraiser", None), "firm", "") or "The bank's own" for one in values]
    return [
        Row("Firm", firms, None),
        Row("State", [one.get_state_display() for one in values], None),
        row("Market value", lambda one: money(value(one), one.currency, 0)),
        row("Above the lowest", lambda one: percent(value(one) / lowest - 1), compared=False),
        row("Method", lambda one: one.get_method_display()),
        row("Valued on", lambda one: day(one.valued_date)),
        row("Area that it is of", lambda one: f"{number(one.valued_area)} m²" if one.valued_area else ""),
        *[row(label, said(label)) for label in inputs],
        *([row("Works that raise it", lambda one: works_told(one) or "none")] if any(works_of(one) for one in values) else []),
        row("Comparables", lambda one: "; ".join(f"{what}, {price}" for what, price in comparables_of(one)) or "none"),
        row("Median of the comparables", lambda one: money(middle(one), one.currency, 0)),
        row("Above that median", lambda one: percent(value(one) / middle(one) - 1) if middle(one) else "", compared=False),
        row("Independence declared", lambda one: "Yes" if one.independence_declared else "No"),
        row("Remarks", lambda one: one.remarks, compared=False),
    ]
