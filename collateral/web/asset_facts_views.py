"""What an asset is by its class and where: a panel on its page, and a page of its own where it is recorded and its history stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from collateral.domain.asset_facts import FACTS, Fact
from collateral.models import Asset
from collateral.selectors.asset_facts import Change, choices_of, facts_now, list_changes, list_versions, section_of
from collateral.selectors.assets import access_asset
from collateral.selectors.counting import counted_of
from collateral.selectors.receivables import list_receivables, rows_of, sums_of
from collateral.services.assets import TITLED_KINDS
from collateral.services.facts import RECORDERS, record_facts
from collateral.services.places import record_place
from collateral.services.seen import PLACE, ChangedMeanwhile, revision_of
from collateral.web.fact_forms import FactsForm, SeenPlaceForm
from collateral.web.seen_forms import SeenForm
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import STAFF, role_required
from core.web.fields import in_currency
from core.web.formats import day, money
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from core.web.paging import paginate

# So many receivables are shown beside the other facts; the rest stands on the list's own page.
FIRST = 6
SECTIONS = {
    "class": "What it is",
    "home": "The home",
    "equipment": "What it cost",
    "holding": "The holding",
    "receivable": "A receivable",
    "place": "Where it is",
    "title": "Its title",
}


@role_required(*STAFF)
def asset_facts(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The facts of an asset; sent, a new version of them."""
    asset = access_asset(request.user, asset_id, valuing=True)
    if request.method != "POST":
        return _page(request, asset)
    if not request.user.has_role(*RECORDERS):
        raise PermissionDenied
    form = _facts_form(asset, request.POST)

    def keep() -> None:
        record_facts(
            asset=asset,
            facts=form.facts(),
            valid_from=form.cleaned_data.get("valid_from"),
            actor=request.user,
            business_date=get_business_date(),
            seen=form.cleaned_data["seen"],
        )

    return _carry_out(request, asset, form, section_of(asset.kind), "facts_form", keep, "The facts are kept.")


@require_POST
@role_required(*RECORDERS)
def asset_place(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Keep where an asset is."""
    asset = access_asset(request.user, asset_id)
    form = SeenPlaceForm(request.POST, auto_id="place_%s")

    def keep() -> None:
        record_place(asset=asset, **form.cleaned_data, actor=request.user, business_date=get_business_date())

    return _carry_out(request, asset, form, PLACE, "place_form", keep, "The place is kept.")


def _carry_out(
    request: HtmxRequest, asset: Asset, form: SeenForm, section: str, name: str, keep: Callable[[], None], done: str
) -> HttpResponse:
    """Keep what a form says; what somebody else kept meanwhile is shown first, beside what was typed."""
    if form.is_valid():
        try:
            keep()
        except ChangedMeanwhile as refusal:
            form.renew(revision_of(asset, section))
            form.add_error(None, refusal.detail)
            asset = access_asset(request.user, asset.pk)
            return _page(request, asset, status=refusal.status, **{name: form})
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, done)
            return redirect("collateral:asset_facts", asset.pk)
    return _page(request, asset, status=422, **{name: form})


def _dated(asset: Asset) -> bool:
    """Receivables and holdings carry their own days."""
    return asset.kind not in ("RECEIVABLES", "SECURITIES")


def _page(request: HtmxRequest, asset: Asset, *, status: int = 200, **given: forms.Form) -> HttpResponse:
    today = get_business_date()
    facts = facts_now(asset)
    counted = counted_of(asset, on=today)
    versions = None if is_htmx(request) else paginate(request, list_versions(asset))
    initial: dict[str, Any] = {**(_empty(asset) if asset.kind == "RECEIVABLES" else facts or _empty(asset)), "valid_from": today}
    position = asset.coordinates()
    place: dict[str, Any] = {"address_line": asset.address_line, "postcode": asset.postcode, "city": asset.city, "country": asset.country}
    if position is not None:
        place |= {"latitude": position[0], "longitude": position[1]}
    may_record = request.user.has_role(*RECORDERS) and asset.state == Asset.State.REGISTERED
    # Which state of the file the forms are made from; who is shown none costs no look for it.
    made_from = {section: revision_of(asset, section) if may_record else "" for section in (section_of(asset.kind), PLACE)}
    context: dict[str, Any] = {
        "asset": asset,
        "linked": True,
        "facts": shown_facts(asset, facts),
        "where": where(asset),
        "counted": counted,
        "receivables": rows_of(list_receivables(asset, on=today)[:FIRST], on=today) if asset.kind == "RECEIVABLES" else [],
        "sums": sums_of(asset, on=today) if asset.kind == "RECEIVABLES" else {},
        "versions": versions,
        "changes": [
            (SECTIONS.get(one.version.section, one.version.section), one.version, shown_change(asset, one))
            for one in list_changes(asset, versions.rows)
        ]
        if versions is not None
        else [],
        "may_record": may_record,
        "facts_form": _facts_form(asset, initial=initial, revision=made_from[section_of(asset.kind)]),
        "placed": asset.kind in TITLED_KINDS,
        "place_form": SeenPlaceForm(auto_id="place_%s", initial=place, revision=made_from[PLACE]),
        "form": next(iter(given.values()), None),
        **given,
    }
    return render_page(request, "collateral/asset_facts.html", "collateral/_asset_facts.html", status=status, **context)


def _empty(asset: Asset) -> dict[str, Any]:
    return {"own_bank": True, "currency": asset.currency}


def where(asset: Asset) -> list[tuple[str, str]]:
    """An asset's address and position in words; claims on money are nowhere."""
    if asset.kind not in TITLED_KINDS:
        return []
    known = [part for part in (asset.address_line, f"{asset.postcode} {asset.city}".strip()) if part]
    address = ", ".join([*known, asset.country]) if known else ""
    position = asset.coordinates()
    return [("Address", address), ("Position", in_degrees(*position) if position else "")]


def in_degrees(latitude: Decimal, longitude: Decimal) -> str:
    """A position as it is read: 54.301200° N, 9.103400° E."""
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.6f}° {north}, {abs(longitude):.6f}° {east}"


def shown_facts(asset: Asset, facts: dict[str, Any]) -> list[tuple[str, str]]:
    """The facts that hold now, each as a reader reads it; nothing where none is on file."""
    return [(fact.label, shown(fact, facts[fact.name], asset.currency)) for fact in FACTS[asset.kind] if fact.name in facts]


def shown(fact: Fact, value: Any, currency: str) -> str:
    """One value in words; what is secret by its end alone."""
    if value in (None, ""):
        return "No" if fact.kind == "yes" else ""
    if fact.secret:
        return f"… {str(value)[-4:]}"
    if fact.kind == "choice":
        return dict(choices_of(fact)).get(str(value), str(value))
    if fact.kind == "yes":
        return "Yes" if str(value) == "True" else "No"
    if fact.kind == "money":
        return money(Decimal(value), currency)
    if fact.kind == "day":
        return day(value if isinstance(value, date) else date.fromisoformat(str(value)))
    if fact.kind == "number" or (fact.kind == "whole" and not fact.name.endswith("_year")):
        return f"{Decimal(value).normalize():,f}"
    return str(value)


def shown_change(asset: Asset, change: Change) -> list[tuple[str, str, str]]:
    """What a version changed, in words: (fact, before, after)."""
    known = {fact.name: fact for fact in FACTS[asset.kind]} if change.version.section in ("class", "holding", "receivable") else {}

    def told(name: str, value: str | None) -> str:
        if value in (None, ""):
            return "none"
        return shown(known[name], value, asset.currency) if name in known else str(value)

    return [
        (known[name].label if name in known else name.replace("_", " ").capitalize(), told(name, before), told(name, after))
        for name, before, after in change.rows
        if before or after
    ]


def _facts_form(asset: Asset, *sent: Any, **options: Any) -> FactsForm:
    """The form of the class of an asset, amounts in its currency."""
    return in_currency(FactsForm(*sent, kind=asset.kind, dated=_dated(asset), auto_id="facts_%s", **options), asset.currency)
