"""The register, one asset with its valuations and red flags, and the panel on an application's page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from collateral.selectors import assets as selectors
from collateral.selectors.appraisers import READERS as PERFORMANCE_READERS
from collateral.selectors.coverage import coverage_of, is_unblocked
from collateral.selectors.covers import decided_cover_of
from collateral.selectors.inspections import ROUND_READERS
from collateral.selectors.stated_items import list_items
from collateral.selectors.worth import is_far_above, worths_of
from collateral.services import flags, pledges
from collateral.web.asset_page import act_on, asset_page, flag_form, perfect_form
from collateral.web.asset_words import PLEDGE_STATES
from collateral.web.forms import AssetFilter
from core.business_date import get_business_date
from core.roles import Role
from core.web.access import STAFF, role_required
from core.web.components import Tab
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest, render_page
from core.web.paging import paginate
from loans.selectors.applications import access_application

READERS = tuple(STAFF)


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
    return asset_page(request, selectors.access_asset(request.user, asset_id, valuing=True))


@require_POST
@role_required(Role.APPROVER, Role.RISK_MANAGER)
def flag_decide(request: HtmxRequest, flag_id: UUID) -> HttpResponse:
    """Clear or uphold a red flag."""
    flag = selectors.access_flag(request.user, flag_id)
    form = flag_form(flag, request.POST)
    if not form.is_valid():
        return asset_page(request, flag.asset, status=422, judged=flag.pk, flag_form=form)
    uphold = form.cleaned_data["outcome"] == "uphold"
    reason, seen = form.cleaned_data["reason"], form.cleaned_data["seen"]
    read = int(seen) if seen.isdecimal() else None

    def decide() -> None:
        try:
            flags.decide_flag(flag=flag, uphold=uphold, reason=reason, actor=request.user, business_date=get_business_date(), seen=read)
        except flags.FlagChanged:
            form.renew(str(flag.revision))
            raise

    return act_on(
        request,
        flag.asset,
        form,
        "flag_form",
        decide,
        "The red flag is decided.",
        judged=flag.pk,
    )


@require_POST
@role_required(Role.INVESTIGATOR, Role.RISK_MANAGER)
def pledge_perfect(request: HtmxRequest, pledge_id: UUID) -> HttpResponse:
    """Record the registered lien."""
    pledge = selectors.access_pledge(request.user, pledge_id)
    form = perfect_form(pledge, request.POST, request.FILES)
    if not form.is_valid():
        return asset_page(request, pledge.asset, status=422, perfect_form=form, judged=pledge.pk)
    given = form.written()
    today = get_business_date()
    return act_on(
        request,
        pledge.asset,
        form,
        "perfect_form",
        lambda: pledges.perfect_pledge(pledge=pledge, **given, proof=form.proof(), actor=request.user, business_date=today),
        "The pledge is perfected.",
        judged=pledge.pk,
    )


@role_required(*READERS)
def application_panel(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """What secures an application: a panel on its page, and a page of its own."""
    application = access_application(request.user, application_id)
    today = get_business_date()
    rows = application.pledges.select_related("asset").order_by("id")
    worth = worths_of(pledge.asset for pledge in rows)
    blind = selectors.is_blind_to_file(request.user, application)
    return render_page(
        request,
        "collateral/application_collateral.html",
        "collateral/_application_collateral.html",
        application=application,
        blind=blind,
        pledges=[
            (pledge, PLEDGE_STATES.get(pledge.state, "neutral"), is_far_above(pledge, worth[pledge.asset_id]), is_unblocked(pledge))
            for pledge in rows
        ],
        coverage=coverage_of(application, business_date=today),
        decided=decided_cover_of(application),
        waiting=[item for item in list_items(application) if not item.registered and not blind],
        may_register=request.user.has_role(Role.OFFICER, Role.INVESTIGATOR),
    )
