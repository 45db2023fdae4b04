"""Pages of indices, price files and the settings by which values age."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.domain.revaluation import Settings, from_document
from collateral.models import AssetKind, IndexSeries, Valuation, ValueSettings
from collateral.selectors.covers import open_cover_run
from collateral.selectors.indices import (
    access_index_series,
    access_value_settings,
    last_points,
    list_index_series,
    list_value_settings,
)
from collateral.selectors.sales import list_value_files
from collateral.selectors.value_settings import CALENDAR_CLASSES, settings_in_force
from collateral.services.file_intake import IMPORTERS
from collateral.services.index_use import INDEX, propose_index_use
from collateral.services.price_changes import open_changes
from collateral.services.value_files import import_index, import_prices
from collateral.services.value_settings import decide_value_settings, propose_value_settings
from collateral.web.cover_views import COVER_READERS
from collateral.web.evidence_views import EVIDENCE_READERS
from collateral.web.sales_forms import IndexFilter, ValueFileForm
from collateral.web.sales_views import MAX_UPLOAD
from collateral.web.settings_forms import SettingsForm, counting_rows, rests_of, thresholds_of
from core.business_date import get_business_date
from core.charts import Line, Lines
from core.errors import DomainError
from core.four_eyes import open_proposal
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.formats import number, percent
from core.web.http import HtmxRequest, add_faults
from core.web.paging import paginate
from core.web.second_person import SecondPersonForm, carried_out

SETTINGS_STATES = {
    "PROPOSED": ("info", "Proposed"),
    "ACTIVE": ("good", "In force"),
    "RETIRED": ("neutral", "Replaced"),
    "REJECTED": ("bad", "Refused"),
}


@role_required(*EVIDENCE_READERS)
def indices(request: HtmxRequest) -> HttpResponse:
    """The indices there are, which of them values follow, and the files of indices and prices."""
    return _indices(request, ValueFileForm())


@require_POST
@role_required(*IMPORTERS)
def values_import(request: HtmxRequest) -> HttpResponse:
    """Take in a file of an index or of prices; each line that cannot be used is named."""
    form = ValueFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _indices(request, form, status=422)
    upload, kind = form.cleaned_data["file"], form.cleaned_data["kind"]
    if upload.size > MAX_UPLOAD:
        form.add_error("file", "The file is larger than 20 MB. Take it in with manage.py import_index or import_prices.")
        return _indices(request, form, status=422)
    shared = {"stream": upload.file, "file_name": upload.name, "actor": request.user, "business_date": get_business_date()}
    try:
        taken = import_prices(**shared) if kind == "PRICES" else import_index(**shared, measure=kind)
    except DomainError as refusal:
        add_faults(form, refusal)
        return _indices(request, form, status=422)
    waiting = f" {len(taken.held):,} wait for a second person." if taken.held else ""
    said = f"{taken.kept:,} values new, {taken.known:,} known already, {taken.refused:,} lines refused.{waiting}"
    messages.success(request, said)
    return redirect("collateral:indices")


def _indices(request: HtmxRequest, form: ValueFileForm, *, status: int = 200) -> HttpResponse:
    filters = IndexFilter(request.GET)
    text = filters.cleaned_data["text"].strip() if filters.is_valid() else ""
    context = {
        "page": paginate(request, list_index_series(text=text)),
        "filters": filters,
        "text": text,
        "files": [*list_value_files("INDEX")[:5], *list_value_files("PRICES")[:5]],
        "form": form,
        "waiting": len(open_changes()),
        "may_import": request.user.has_role(*IMPORTERS),
    }
    return render(request, "collateral/indices.html", context, status=status)


@role_required(*EVIDENCE_READERS)
def index_series(request: HtmxRequest, index_series_id: int) -> HttpResponse:
    """One index over its last ten years; a risk manager proposes whether values follow it, another one confirms."""
    series = access_index_series(request.user, index_series_id)
    refusal = None
    if request.method == "POST":
        try:
            propose_index_use(series=series, used=not series.used, actor=request.user, business_date=get_business_date())
            messages.success(request, "It is proposed. Another risk manager has to confirm it.")
            return redirect("collateral:index_series", series.pk)
        except DomainError as fault:
            refusal = fault
    points = last_points(series)
    context = {
        "series": series,
        "points": points,
        "chart": _index_chart(series, points) if len(points) > 1 else None,
        "waits": (waits := open_proposal(kind=INDEX, target=series)),
        "may_use": waits is None and request.user.has_role(Role.RISK_MANAGER) and series.measure == IndexSeries.Measure.NOMINAL,
        "refusal": refusal,
    }
    return render(request, "collateral/index_series.html", context, status=refusal.status if refusal else 200)


def _index_chart(series: IndexSeries, points: list[Any]) -> Lines:
    change = points[-1].value / points[0].value - 1
    words = "rose" if change >= 0 else "fell"
    first, last = points[0].period_end, points[-1].period_end
    return Lines(
        f"{series.title} {words} by {percent(abs(change))} from {first:%b %Y} to {last:%b %Y}",
        labels=[f"{point.period_end:%b %y}" for point in points],
        lines=[Line("Index", [point.value for point in points], "s1", area=True)],
        unit="number",
        width=640,
        axis="Quarter",
    )


@role_required(*EVIDENCE_READERS)
def value_settings(request: HtmxRequest) -> HttpResponse:
    """The revaluation calendar and the curves in force, their versions, and what is proposed."""
    if request.method != "POST":
        return _settings(request, SettingsForm(settings=settings_in_force()), SecondPersonForm())
    form = SettingsForm(request.POST, settings=settings_in_force())

    def propose() -> None:
        propose_value_settings(
            document=form.document(), reason=form.cleaned_data["reason"], actor=request.user, path=reverse("collateral:value_settings")
        )

    if carried_out(request, form, propose, "The settings are proposed. Another risk manager has to put them in force."):
        return redirect("collateral:value_settings")
    return _settings(request, form, SecondPersonForm(), status=422)


@require_POST
@role_required(Role.RISK_MANAGER)
@step_up_required
def value_settings_decide(request: HtmxRequest, value_settings_id: UUID) -> HttpResponse:
    """The second person about proposed settings; who proposed them may take them back."""
    proposed = access_value_settings(request.user, value_settings_id)
    # Who takes their own back owes nobody a reason.
    form = SecondPersonForm(request.POST, reason_needed=proposed.proposed_by_id != request.user.pk)
    if carried_out(request, form, lambda: decide_value_settings(proposed=proposed, **form.word(), actor=request.user)):
        return redirect("collateral:value_settings")
    return _settings(request, SettingsForm(settings=settings_in_force()), form, status=422)


def _changes(now: Settings, proposed: ValueSettings) -> list[tuple[str, str, str]]:
    """What the proposed settings would change: what it is about, now, and then."""
    then = from_document(proposed.document)

    def told(settings: Settings) -> dict[str, str]:
        found = {"Fall of the market": percent(settings.decline), **dict(_haircuts(settings)), **dict(_orders(settings))}
        for rule in settings.rules:
            words = f"holds {rule.valid_days}, computed every {rule.computed_after}, appraiser after {rule.appraise_days} days"
            found[f"{CALENDAR_CLASSES[rule.kind]} from {number(rule.from_value)}"] = words
        return {**found, **{name.replace("_", " ").capitalize(): _shares(curve) for name, curve in settings.curves.items()}}

    before, after = told(now), told(then)
    names = list(dict.fromkeys([*before, *after]))
    return [(name, before.get(name, "none"), after.get(name, "none")) for name in names if before.get(name) != after.get(name)]


def _haircuts(settings: Settings) -> list[tuple[str, str]]:
    """The haircut of each class, when a margin call is made, then what comes off besides by method, in words."""
    classes = [(f"Haircut of {AssetKind(kind).label.lower()}", percent(share)) for kind, share in settings.haircuts.items()]
    methods = settings.extra_haircuts.items()
    calls = [
        ("Move of a price that waits for a second person", percent(settings.price_move)),
        ("Costs of a sale that need a remark, of its price", percent(settings.costs_share)),
        ("Markets that rest on other days than Saturday and Sunday", "; ".join(rests_of(settings)) or "none"),
        ("Days to answer a margin call", str(settings.cure_days)),
        ("Least shortfall that is called", percent(settings.least_call)),
        ("Days a value that ran out counts in margin calls", str(settings.grace_days)),
        ("Days before insurance ends that it is told of", str(settings.notice_days)),
        ("Days before a silent registry is told of", str(settings.registry_days)),
        ("Sent to a registry", ", ".join(AssetKind(kind).label for kind in settings.registry_kinds) or "nothing"),
    ]
    return [
        *classes,
        *calls,
        *((f"Besides, for a value by {Valuation.Method(name).label.lower()}", percent(share)) for name, share in methods),
        *((label, percent(share)) for _, label, share in counting_rows(settings)),
    ]


def _orders(settings: Settings) -> list[tuple[str, str]]:
    """How long an appraiser has and when two are asked, in words."""
    funds = number(settings.own_funds) if settings.own_funds else "not known"
    return [
        ("Days an appraiser has", str(settings.order_days)),
        ("Comparables that a value rests on", str(settings.least_comparables)),
        ("Areas of one asset may differ by", percent(settings.area_tolerance)),
        ("Two value blind from", number(settings.two_from)),
        ("Own funds of the bank", funds),
        ("Share of own funds from which two value", percent(settings.own_funds_share)),
        ("So two value from", number(settings.blind_from)),
        ("In other currencies two value from", "; ".join(thresholds_of(settings)) or "any amount"),
    ]


def _shares(curve: tuple[Decimal, ...]) -> str:
    return ", ".join(number(share * 100) for share in curve)


def _settings(request: HtmxRequest, form: SettingsForm, decision: SecondPersonForm, *, status: int = 200) -> HttpResponse:
    settings = settings_in_force()
    proposed = ValueSettings.objects.filter(state=ValueSettings.State.PROPOSED).select_related("proposed_by").first()
    manager = request.user.has_role(Role.RISK_MANAGER)
    context = {
        "run": open_cover_run(get_business_date()) if request.user.has_role(*COVER_READERS) else None,
        "rules": [(CALENDAR_CLASSES[rule.kind], rule) for rule in settings.rules],
        "decline": settings.decline,
        "haircuts": _haircuts(settings),
        "orders": _orders(settings),
        "curves": [(name.replace("_", " ").capitalize(), _shares(curve)) for name, curve in settings.curves.items()],
        "versions": [(version, *SETTINGS_STATES[version.state]) for version in list_value_settings()[:20]],
        "proposed": proposed,
        "changes": _changes(settings, proposed) if proposed else [],
        "may_propose": manager and proposed is None,
        "may_decide": manager and proposed is not None and proposed.proposed_by_id != request.user.pk,
        "form": form,
        "decision": decision,
    }
    return render(request, "collateral/value_settings.html", context, status=status)
