"""What the bank's own evidence says an asset is worth, by its class: sales of homes, a depreciation curve, or market prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from collateral.models import Asset, AssetKind, Valuation
from collateral.selectors.asset_facts import facts_now
from collateral.selectors.assets import access_asset
from collateral.selectors.evidence import Evidence, evidence_of
from collateral.selectors.holdings import CurveEvidence, QuoteEvidence, curve_evidence, quote_evidence
from collateral.selectors.sales import list_markets
from collateral.selectors.value_settings import settings_in_force
from collateral.services.holdings import record_equipment, record_holding
from collateral.services.home_facts import record_home
from collateral.services.seen import ChangedMeanwhile, revision_of
from collateral.web.evidence_forms import EquipmentForm, HoldingForm, HomeForm
from collateral.web.seen_forms import SeenForm
from core.business_date import get_business_date
from core.charts import Chart, HBar, HBars, Limit, Line, Lines
from core.errors import DomainError
from core.models import User
from core.roles import Role
from core.web.access import STAFF, role_required
from core.web.fields import in_currency
from core.web.formats import compact, day, money, percent
from core.web.http import HtmxRequest, add_faults, render_page

# An appraiser finds the value alone: what the bank's own evidence says would be an anchor.
EVIDENCE_READERS = tuple(STAFF - {Role.APPRAISER})
MACHINES = (AssetKind.MACHINERY, AssetKind.VEHICLE)
WITH_EVIDENCE = (AssetKind.REAL_ESTATE, AssetKind.SECURITIES, *MACHINES)
# The section that what evidence rests on is kept under.
SECTIONS: dict[str, str] = {AssetKind.REAL_ESTATE: "home", AssetKind.SECURITIES: "holding", **dict.fromkeys(MACHINES, "equipment")}


@role_required(*EVIDENCE_READERS)
def evidence(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The evidence about one asset: a panel on its page, and a page of its own where its facts are recorded."""
    asset = access_asset(request.user, asset_id)
    if request.method != "POST":
        return _page(request, asset, _form(asset))
    form = _form(asset, request.POST)
    if form is not None and form.is_valid():
        try:
            _record(asset, form, request.user)
        except ChangedMeanwhile as refusal:
            form.renew(_revision(asset))
            form.add_error(None, refusal.detail)
            return _page(request, access_asset(request.user, asset.pk), form, status=refusal.status)
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, "The facts are kept.")
            return redirect("collateral:evidence", asset.pk)
    return _page(request, asset, form, status=422)


def _form(asset: Asset, sent: Any = None) -> SeenForm | None:
    """The form of the asset's class, filled with what is on file; None for a class without evidence."""
    made_from = {"revision": _revision(asset)} if sent is None else {}
    if asset.kind == AssetKind.REAL_ESTATE:
        return HomeForm(sent, markets=[market.code for market in list_markets()], initial=_home(asset), **made_from)
    if asset.kind in MACHINES:
        curves = sorted(settings_in_force().curves)
        return in_currency(EquipmentForm(sent, curves=curves, initial=_equipment(asset), **made_from), asset.currency)
    if asset.kind == AssetKind.SECURITIES:
        return HoldingForm(sent, initial=_kept(asset, "holding", HoldingForm), **made_from)
    return None


def _revision(asset: Asset) -> str:
    """Which state of the facts of its class the form is made from."""
    section = SECTIONS.get(asset.kind)
    return revision_of(asset, section) if section else ""


def _record(asset: Asset, form: SeenForm, actor: User) -> None:
    today = get_business_date()
    if isinstance(form, HomeForm):
        record_home(
            asset=asset,
            market=form.cleaned_data["market"],
            facts=form.facts(),
            actor=actor,
            business_date=today,
            seen=form.cleaned_data["seen"],
        )
    elif isinstance(form, EquipmentForm):
        record_equipment(asset=asset, **form.cleaned_data, actor=actor, business_date=today)
    else:
        record_holding(asset=asset, **form.cleaned_data, actor=actor, business_date=today)


def _page(request: HtmxRequest, asset: Asset, form: SeenForm | None, *, status: int = 200) -> HttpResponse:
    today = get_business_date()
    appraised = asset.valuations.filter(market_value__isnull=False, computed__isnull=True)
    given = appraised.select_related("appraiser").order_by("-valued_date", "-id").first()
    context: dict[str, Any] = {"asset": asset, "given": given, "form": form, "sales": None, "chart": None, "facts": [], "reason": ""}
    if asset.kind in MACHINES:
        curve = curve_evidence(asset, business_date=today)
        context |= (
            _by_curve(curve, asset.currency, given)
            if curve
            else {"reason": "Nothing is on file of what it cost when new, and when that was."}
        )
    elif asset.kind == AssetKind.SECURITIES:
        quote = quote_evidence(asset, business_date=today)
        context |= _by_quote(quote, asset, given) if quote else {"reason": "No price of the paper is on file in the asset's currency."}
    elif asset.kind == AssetKind.REAL_ESTATE:
        found = evidence_of(asset, business_date=today)
        sales = isinstance(found, Evidence)
        context |= {"sales": found, "chart": _by_sales(found, given)} if isinstance(found, Evidence) else {}
        context["reason"] = "" if sales else getattr(found, "reason", "")
    else:
        context["reason"] = "The bank has no evidence of its own for this class of collateral."
    return render_page(
        request,
        "collateral/evidence.html",
        "collateral/_evidence.html",
        status=status,
        **context,
        may_record=request.user.has_role(Role.OFFICER, Role.INVESTIGATOR) and form is not None,
    )


def _stands(given: Valuation | None, low: Decimal, high: Decimal, words: str) -> str:
    """Where the appraiser's value stands beside the evidence, as a sentence without its end."""
    if given is None or given.market_value is None:
        return words
    place = "above" if given.market_value > high else "below" if given.market_value < low else "inside"
    return f"The appraiser's {compact(given.market_value, given.currency)} lies {place} {words[0].lower()}{words[1:]}"


def _by_sales(found: Evidence, given: Valuation | None) -> Chart:
    """The appraiser's value above the ends and the middle of the model's range."""
    rows = [HBar("Sales, low end", found.low, "s2"), HBar("Sales, middle", found.middle, "s2"), HBar("Sales, high end", found.high, "s2")]
    if given is not None and given.market_value is not None:
        rows.insert(0, HBar("Appraiser", given.market_value, "s1"))
    between = f"{money(found.low, places=0)} to {money(found.high, found.version.currency, places=0)}"
    words = _stands(given, found.low, found.high, f"The range of comparable sales, {between}")
    return HBars(words, rows, unit="money", width=440, measure="Value", axis="Whose word")


def _by_curve(found: CurveEvidence, currency: str, given: Valuation | None) -> dict[str, Any]:
    """The whole curve, and what it leaves today."""
    kept = found.equipment
    between = f"what the curve leaves, {money(found.expected, currency, places=0)} give or take a quarter"
    chart = Lines(
        _stands(given, found.expected * Decimal("0.75"), found.expected * Decimal("1.25"), between),
        labels=[f"Year {year}" for year, _ in found.points],
        lines=[Line("Worth", [value for _, value in found.points], "s2", area=True)],
        limits=[Limit("Appraiser", given.market_value)] if given is not None and given.market_value is not None else [],
        unit="money",
        width=440,
        axis="Age",
    )
    return {
        "chart": chart,
        "facts": [
            ("Price when new", money(kept.new_price, currency, places=0)),
            ("First used", day(kept.bought)),
            ("Ages like", kept.curve.replace("_", " ")),
            ("Left of the price", percent(found.left)),
        ],
    }


def _by_quote(found: QuoteEvidence, asset: Asset, given: Valuation | None) -> dict[str, Any]:
    """The prices of late, times the quantity."""
    quantity, held = found.quantity, found.holding
    waits = [] if held.confirmed else [("Waits for a second person", f"{held.quantity.normalize():,f} of {held.isin}")]
    words = f"the market's {money(found.value, asset.currency, places=0)} of {day(found.price_date)}"
    chart = Lines(
        _stands(given, found.value * Decimal("0.95"), found.value * Decimal("1.05"), words),
        labels=[day(on) for on, _ in found.prices],
        lines=[Line("Worth", [price * quantity for _, price in found.prices], "s2", area=True)],
        unit="money",
        width=440,
        axis="Day",
    )
    last = f"{money(found.price, asset.currency)} on {day(found.price_date)}"
    return {
        "chart": chart,
        "facts": [
            ("ISIN", found.isin),
            ("Quantity", f"{quantity.normalize():,f}"),
            ("Last price", f"{last}, too old to stand for today" if found.stale else last),
            *waits,
        ],
    }


def _home(asset: Asset) -> dict[str, Any]:
    """A home's facts on file, as the form shows them."""
    home = getattr(asset, "home", None)
    if home is None:
        return {"country": asset.country, **_begun(asset)}
    latitude, longitude = home.coordinates()
    shown = {name: getattr(home, name) for name in HomeForm.base_fields if hasattr(home, name)}
    plain = {name: f"{Decimal(str(value)).normalize():f}" if isinstance(value, float) else value for name, value in shown.items()}
    return {**plain, "country": asset.country, "latitude": f"{latitude:.6f}", "longitude": f"{longitude:.6f}"}


def _equipment(asset: Asset) -> dict[str, Any]:
    """What a machine cost, as the form shows it; a vehicle was first used when it was first registered."""
    first = facts_now(asset).get("first_registration")
    return _kept(asset, "equipment", EquipmentForm) or ({"bought_date": first} if first else {})


def _begun(asset: Asset) -> dict[str, Any]:
    """What is on file of a property already, so that nobody types it twice."""
    facts, position = facts_now(asset), asset.coordinates()
    begun = {
        "living_area": facts.get("floor_area"), "plot_area": facts.get("plot_area"), "built_year": facts.get("built_year"),
        "latitude": position and position[0], "longitude": position and position[1],
    }  # fmt: skip
    return {name: value for name, value in begun.items() if value is not None}


def _kept(asset: Asset, related: str, form: type[forms.Form]) -> dict[str, Any]:
    row = getattr(asset, related, None)
    return {} if row is None else {name: getattr(row, name) for name in form.base_fields}
