"""The register, one asset with its valuations and red flags, and the panel on an application's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from collateral.models import Asset, Pledge, Realisation, RedFlag, Valuation
from collateral.selectors import assets as selectors
from collateral.selectors.appraisers import READERS as PERFORMANCE_READERS
from collateral.selectors.asset_documents import papers_of
from collateral.selectors.coverage import coverage_of
from collateral.selectors.inspections import ROUND_READERS, inspections_of, plan_of
from collateral.selectors.stated_items import list_items
from collateral.selectors.value_settings import settings_in_force
from collateral.services import flags, pledges, valuations
from collateral.services.assets import TITLED_KINDS
from collateral.services.realisations import RECORDERS
from collateral.web.asset_words import FLAG_STATES, PLEDGE_STATES, VALUATION_STATES, happened
from collateral.web.cover_views import COVER_READERS
from collateral.web.evidence_views import WITH_EVIDENCE
from collateral.web.evidence_words import comparables_of, computed_words, flag_words
from collateral.web.forms import AnotherForm, AssetFilter, FlagForm, JudgeForm, OrderForm, PerfectForm, ValuationForm
from collateral.web.inspection_views import planned, seen_rows
from core import audit
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import STAFF, role_required
from core.web.components import Event, Tab
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest, add_faults, render_page
from core.web.paging import paginate
from loans.selectors.applications import access_application

READERS = tuple(STAFF)
# So many of the latest entries stand on an asset's page; the audit trail has all of them.
MOST_EVENTS = 50


@role_required(*READERS)
def asset_list(request: HtmxRequest) -> HttpResponse:
    """The register of collateral; for an appraiser the open orders."""
    filters = AssetFilter(request.GET)
    chosen = filters.cleaned_data if filters.is_valid() else {}
    alone = selectors.values_alone(request.user)
    view = "all" if alone else request.GET.get("view", "all")
    rows = selectors.list_assets(request.user, kind=chosen.get("kind", ""), text=chosen.get("text", ""), flagged=view == "flagged")
    if wanted(request):
        columns = [
            ("Reference", lambda a: a.reference),
            ("Class", lambda a: a.get_kind_display()),
            ("Description", lambda a: a.description),
            ("Owner", lambda a: a.owner_name),
            ("Your value" if alone else "Market value", lambda a: a.market_value),
            ("Currency", lambda a: a.currency),
            ("Valued on", lambda a: a.valued_date),
        ]
        if not alone:
            columns.append(("Open red flags", lambda a: a.open_flags))
        return export_rows(request, columns, rows, "collateral")
    appraiser = request.user.has_role(Role.APPRAISER)
    views = [Tab("All", "?view=all", current=view != "flagged"), Tab("With open red flags", "?view=flagged", current=view == "flagged")]
    return render(
        request,
        "collateral/asset_list.html",
        {
            "page": paginate(request, rows),
            "filters": filters,
            "filtered": any(chosen.values()),
            "view": view,
            "views": [] if alone else views,
            "alone": alone,
            "orders": selectors.list_orders(request.user) if appraiser else [],
            "appraiser": appraiser,
            "sees_records": request.user.has_role(*PERFORMANCE_READERS),
            "reads_rounds": request.user.has_role(*ROUND_READERS),
            "today": get_business_date(),
        },
    )


@role_required(*READERS)
def asset_detail(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """One asset: what it is, who says what it is worth, what is wrong with it."""
    return _asset_page(request, selectors.access_asset(request.user, asset_id, valuing=True))


def _made_from(valuation: Valuation) -> str:
    """What a computed value was worked out from; empty for an appraiser's."""
    computed = getattr(valuation, "computed", None)
    return computed_words(computed, valuation.currency) if computed else ""


def is_outside(valuation: Valuation) -> bool:
    """Whether its appraiser works for another firm, and so has to send a report."""
    return getattr(valuation.appraiser, "outside_appraiser", None) is not None


def _asset_page(
    request: HtmxRequest, asset: Asset, *, status: int = 200, judged: UUID | None = None, **given: django_forms.Form | DomainError
) -> HttpResponse:
    """The page of an asset. `judged` is the value or red flag that a form in `given` is about."""
    user, today = request.user, get_business_date()
    found = list(
        asset.valuations.select_related("appraiser__outside_appraiser", "decided_by", "computed").prefetch_related(
            Prefetch("files", to_attr="kept_files")
        )
    )
    alone = selectors.is_blind(user, asset)
    if alone:
        # Whoever values finds the value alone: neither others' values nor what rules say of them.
        found = [valuation for valuation in found if valuation.appraiser_id == user.pk]
    pledged = asset.pledges.select_related("application__borrower", "perfected_by", "registration")
    mine = next((v for v in found if v.appraiser_id == user.pk and v.state in Valuation.WITH_APPRAISER), None)
    open_values = [v for v in found if v.state in (Valuation.State.SUBMITTED, Valuation.State.CHALLENGED)]
    ordered = any(v.state == Valuation.State.ORDERED for v in found)
    judgeable = [v for v in open_values if v.state == Valuation.State.SUBMITTED and not v.sealed and v.appraiser_id != user.pk]
    open_flags = [flag for flag in asset.flags.select_related("reviewer") if flag.state == RedFlag.State.OPEN]
    orders = not alone and user.has_role(Role.INVESTIGATOR, Role.RISK_MANAGER)
    judge = user.has_role(Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER) and asset.registered_by_id != user.pk
    context = {
        "asset": asset,
        "valuations": [(v, VALUATION_STATES[v.state], comparables_of(v), _made_from(v)) for v in found],
        "flags": []
        if alone
        else [
            (f, FLAG_STATES[f.state], flag_words(f.evidence, asset.currency)) for f in asset.flags.select_related("decided_by", "lifted_by")
        ],
        "may_lift": user.has_role(*flags.DECIDERS),
        "open_flags": [(one, given.get("flag_form") if one.pk == judged else _flag_form(one)) for one in open_flags]
        if not alone and user.has_role(*flags.DECIDERS)
        else [],
        "flag_too_late": given.get("flag_form") if not any(one.pk == judged for one in open_flags) else None,
        "pledges": [] if alone else [(p, PLEDGE_STATES.get(p.state, "neutral")) for p in pledged],
        "mine": mine,
        "waiting": [(v, given.get("judge_form") if v.pk == judged else JudgeForm(auto_id=f"judge_{v.pk}_%s")) for v in judgeable]
        if judge
        else [],
        "may_order": orders and not ordered and not any(v.state == Valuation.State.SUBMITTED for v in open_values),
        "may_order_another": orders and open_values and not ordered,
        "order_form": OrderForm(),
        "another_form": AnotherForm(auto_id="another_%s"),
        "comparable": not alone and len([v for v in found if v.round and v.round == found[0].round]) > 1,
        "perfectable": [p for p in pledged if p.state == "PROPOSED"] if orders else [],
        "valuation_form": ValuationForm(initial={"valued_date": today}, outside=mine is not None and is_outside(mine)),
        "blind_from": settings_in_force().blind_from,
        "withdrawable": [v for v in found if v.is_overdue(today) and v.appraiser_id != user.pk] if orders else [],
        "today": today,
        "papers": papers_of(asset, user),
        "perfect_form": PerfectForm(asset=asset) if orders and any(p.state == "PROPOSED" for p in pledged) else None,
        "withdraws": user.has_role(*pledges.PLEDGERS),
        "events": []
        if alone
        else [Event(happened(entry), entry.at, entry.actor_name) for entry in audit.entries_about(asset)[:MOST_EVENTS]],
        "gives_back": not alone and user.has_role(*COVER_READERS),
        "tangible": asset.kind in TITLED_KINDS,
        "may_sell": not alone and asset.state == "REGISTERED" and user.has_role(*RECORDERS),
        "enforceable": any(p.state in Pledge.STANDING for p in pledged),
        "sale": Realisation.objects.filter(asset=asset).first(),
        "with_evidence": asset.kind in WITH_EVIDENCE,
        "stated_shown": not alone,
        "inspections": [] if alone else seen_rows(inspections_of(asset)),
        "inspection_plan": planned(plan_of(asset, user)),
    }
    context["form"] = None if context["flag_too_late"] else next(iter(given.values()), None)
    context.update(given)
    return render(request, "collateral/asset_detail.html", context, status=status)


def _act(
    request: HtmxRequest,
    asset: Asset,
    form: django_forms.Form,
    name: str,
    act: Callable[[], object],
    done: str,
    *,
    judged: UUID | None = None,
) -> HttpResponse:
    """Carry out one service call on an asset; a refusal comes back in the form, with what was typed."""
    try:
        act()
    except DomainError as refusal:
        add_faults(form, refusal)
        return _asset_page(request, asset, status=refusal.status, judged=judged, **{name: form})
    messages.success(request, done)
    return redirect("collateral:asset_detail", asset.pk)


@require_POST
@role_required(Role.APPRAISER)
def valuation_submit(request: HtmxRequest, valuation_id: UUID) -> HttpResponse:
    """Hand in a value."""
    valuation = selectors.access_valuation(request.user, valuation_id)
    form = ValuationForm(request.POST, request.FILES, outside=is_outside(valuation))
    if not form.is_valid():
        return _asset_page(request, valuation.asset, status=422, valuation_form=form)
    data = form.cleaned_data
    return _act(
        request,
        valuation.asset,
        form,
        "valuation_form",
        lambda: valuations.submit_valuation(
            valuation=valuation,
            market_value=data["market_value"],
            method=data["method"],
            comparables=form.comparables(),
            independence_declared=data["independence_declared"],
            remarks=data["remarks"],
            valued_date=data["valued_date"],
            attachments=form.attachments(),
            actor=request.user,
            business_date=get_business_date(),
        ),
        "The valuation is submitted.",
    )


@require_POST
@role_required(Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER)
def valuation_judge(request: HtmxRequest, valuation_id: UUID) -> HttpResponse:
    """Accept, challenge or reject a value."""
    valuation = selectors.access_valuation(request.user, valuation_id)
    form = JudgeForm(request.POST, auto_id=f"judge_{valuation.pk}_%s")
    if not form.is_valid():
        return _asset_page(request, valuation.asset, status=422, judged=valuation.pk, judge_form=form)
    judges: dict[str, Callable[..., Any]] = {
        "accept": valuations.accept_valuation,
        "challenge": valuations.challenge_valuation,
        "reject": valuations.reject_valuation,
    }
    judge = judges[form.cleaned_data["outcome"]]
    reason = form.cleaned_data["reason"]
    today = get_business_date()
    return _act(
        request,
        valuation.asset,
        form,
        "judge_form",
        lambda: judge(valuation=valuation, reason=reason, actor=request.user, business_date=today),
        "Your judgement is on file.",
        judged=valuation.pk,
    )


@require_POST
@role_required(Role.APPROVER, Role.RISK_MANAGER)
def flag_decide(request: HtmxRequest, flag_id: UUID) -> HttpResponse:
    """Clear or uphold a red flag."""
    flag = selectors.access_flag(request.user, flag_id)
    form = _flag_form(flag, request.POST)
    if not form.is_valid():
        return _asset_page(request, flag.asset, status=422, judged=flag.pk, flag_form=form)
    uphold = form.cleaned_data["outcome"] == "uphold"
    reason = form.cleaned_data["reason"]
    today = get_business_date()
    return _act(
        request,
        flag.asset,
        form,
        "flag_form",
        lambda: flags.decide_flag(flag=flag, uphold=uphold, reason=reason, actor=request.user, business_date=today),
        "The red flag is decided.",
        judged=flag.pk,
    )


def _flag_form(flag: RedFlag, data: Any = None) -> FlagForm:
    return FlagForm(data, auto_id=f"flag_{flag.pk}_%s")


@require_POST
@role_required(Role.INVESTIGATOR, Role.RISK_MANAGER)
def pledge_perfect(request: HtmxRequest, pledge_id: UUID) -> HttpResponse:
    """Record the registered lien."""
    pledge = selectors.access_pledge(request.user, pledge_id)
    form = PerfectForm(request.POST, request.FILES, asset=pledge.asset)
    if not form.is_valid():
        return _asset_page(request, pledge.asset, status=422, perfect_form=form)
    reference = form.cleaned_data["registry_reference"]
    today = get_business_date()
    return _act(
        request,
        pledge.asset,
        form,
        "perfect_form",
        lambda: pledges.perfect_pledge(
            pledge=pledge, registry_reference=reference, proof=form.proof(), actor=request.user, business_date=today
        ),
        "The pledge is perfected.",
    )


@role_required(*READERS)
def application_panel(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """What secures an application: a panel on its page, and a page of its own."""
    application = access_application(request.user, application_id)
    today = get_business_date()
    rows = application.pledges.select_related("asset").order_by("id")
    blind = selectors.is_blind_to_file(request.user, application)
    return render_page(
        request,
        "collateral/application_collateral.html",
        "collateral/_application_collateral.html",
        application=application,
        blind=blind,
        pledges=[(pledge, PLEDGE_STATES.get(pledge.state, "neutral")) for pledge in rows],
        coverage=coverage_of(application, business_date=today),
        waiting=[item for item in list_items(application) if not item.registered and not blind],
        may_register=request.user.has_role(Role.OFFICER, Role.INVESTIGATOR),
    )
