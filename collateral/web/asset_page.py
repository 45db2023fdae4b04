"""The page of one asset, which every act about it comes back to: what it is, who says what it is worth, what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render

from collateral.domain.modifications import KINDS as WITH_WORKS
from collateral.models import Asset, Pledge, Realisation, RedFlag, Valuation
from collateral.selectors import assets as selectors
from collateral.selectors import flags as flag_selectors
from collateral.selectors.asset_documents import papers_of
from collateral.selectors.evidence import missing_evidence
from collateral.selectors.inspections import inspections_of, plan_of
from collateral.selectors.owners import owners_on
from collateral.selectors.rounds import set_beside
from collateral.selectors.secured import secures_nothing
from collateral.selectors.value_caps import find_caps
from collateral.selectors.value_settings import blind_from, class_in_calendar
from collateral.selectors.worth import is_far_above, worths_of
from collateral.services import flags
from collateral.services.assets import TITLED_KINDS
from collateral.services.owner_sales import CONFIRMERS
from collateral.services.owner_sales import PROPOSERS as SELLERS
from collateral.services.pledge_obstacles import obstacles_of
from collateral.services.pledge_proposals import PLEDGERS
from collateral.web.asset_words import FLAG_STATES, PLEDGE_STATES, ended_words, happened, in_use_words, valuation_state
from collateral.web.cover_views import COVER_READERS
from collateral.web.evidence_views import WITH_EVIDENCE
from collateral.web.evidence_words import comparables_of, computed_words, flag_words, inputs_of_value
from collateral.web.forms import AnotherForm, FlagForm, GiveBackForm, JudgeForm, OrderForm, OwnInterestForm, PerfectForm, ValuationForm
from collateral.web.inspection_views import planned, seen_rows
from collateral.web.works_words import works_choices
from core import audit
from core.business_date import get_business_date
from core.errors import DomainError
from core.models import User
from core.roles import Role
from core.web.fields import in_currency
from core.web.history import events_of
from core.web.http import HtmxRequest, add_faults

# So many of the latest entries stand on an asset's page; the audit trail has all of them.
MOST_EVENTS = 50


def _made_from(valuation: Valuation) -> str:
    """What a computed value was worked out from; empty for an appraiser's."""
    computed = getattr(valuation, "computed", None)
    return computed_words(computed, valuation.currency) if computed else ""


def flag_form(flag: RedFlag, data: Any = None) -> FlagForm:
    """The form that decides one red flag, told apart from those of the others."""
    return FlagForm(data, auto_id=f"flag_{flag.pk}_%s", revision=str(flag.revision))


def perfect_form(pledge: Pledge, *data: Any) -> PerfectForm:
    """The form that perfects one pledge, told apart from those of the others."""
    return PerfectForm(*data, asset=pledge.asset, auto_id=f"perfect_{pledge.pk}_%s")


def is_outside(valuation: Valuation) -> bool:
    """Whether its appraiser works for another firm, and so has to send a report."""
    return getattr(valuation.appraiser, "outside_appraiser", None) is not None


def asset_page(
    request: HtmxRequest, asset: Asset, *, status: int = 200, judged: UUID | None = None, **given: django_forms.Form | DomainError
) -> HttpResponse:
    """The page of an asset. `judged` is the value, red flag or pledge that a form in `given` is about."""
    user, today = request.user, get_business_date()
    found = list(
        asset.valuations.select_related(
            "appraiser__outside_appraiser", "decided_by", "computed", "modification__decided_by"
        ).prefetch_related(Prefetch("files", to_attr="kept_files"))
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
    worth = worths_of([asset])[asset.pk]
    all_flags = list(asset.flags.select_related("reviewer", "decided_by", "lifted_by"))
    open_flags = [flag for flag in all_flags if flag.state == RedFlag.State.OPEN]
    orders = not alone and user.has_role(Role.INVESTIGATOR, Role.RISK_MANAGER)
    judge = user.has_role(Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER) and asset.registered_by_id != user.pk
    unproved = missing_evidence(asset, business_date=today) if judge and judgeable else ""
    caps = find_caps([v.pk for v in judgeable]) if judge and judgeable and asset.kind in WITH_WORKS else {}
    idle = secures_nothing(asset)
    context = {
        "asset": asset,
        "valuations": [
            (v, valuation_state(v, found, today), [*inputs_of_value(v), *comparables_of(v)], _made_from(v), ended_words(v)) for v in found
        ],
        "flags": [] if alone else [(f, FLAG_STATES[f.state], flag_words(f.evidence, asset.currency)) for f in all_flags],
        "may_lift": user.has_role(*flags.DECIDERS),
        "open_flags": [(one, given.get("flag_form") if one.pk == judged else flag_form(one)) for one in open_flags]
        if not alone and user.has_role(*flags.DECIDERS)
        else [],
        "flag_too_late": given.get("flag_form") if not any(one.pk == judged for one in open_flags) else None,
        "pledges": [] if alone else [(p, PLEDGE_STATES.get(p.state, "neutral"), is_far_above(p, worth)) for p in pledged],
        "liens": [] if alone else asset.liens.filter(ended_date=None).order_by("rank"),
        "mine": mine,
        **_own(user, found, mine, today),
        "waiting": [
            (
                v,
                flag_selectors.cleared_flags(user, asset, v).first(),
                given.get("judge_form")
                if v.pk == judged
                else JudgeForm(
                    auto_id=f"judge_{v.pk}_%s", unproved=unproved, kind=class_in_calendar(asset), works=works_choices(v, caps.get(v.pk))
                ),
                caps.get(v.pk),
            )
            for v in judgeable
        ]
        if judge
        else [],
        "may_order": orders and not idle and not ordered and not open_values,
        "may_order_another": orders and not idle and bool(open_values) and not ordered,
        "order_form": OrderForm(),
        "another_form": AnotherForm(auto_id="another_%s"),
        "comparable": not alone and len(set_beside([v for v in found if getattr(v, "computed", None) is None])) > 1,
        # Of each, what is missing still; the form is for what is ready.
        "perfectable": [
            (
                p,
                [one.detail for one in obstacles_of(p, actor=user, business_date=today)],
                given.get("perfect_form") if p.pk == judged else perfect_form(p),
            )
            for p in pledged
            if p.state in Pledge.WAITING
        ]
        if orders
        else [],
        "valuation_form": in_currency(
            ValuationForm(kind=asset.kind, initial={"valued_date": today}, outside=mine is not None and is_outside(mine)), asset.currency
        ),
        "blind_from": blind_from(asset.currency),
        "withdrawable": [v for v in found if v.is_overdue(today) and v.appraiser_id != user.pk] if orders else [],
        "today": today,
        "papers": papers_of(asset, user),
        "pledges_waiting": Pledge.WAITING,
        "withdraws": user.has_role(*PLEDGERS),
        "events": [] if alone else events_of(audit.entries_about(asset, *found, *all_flags, *pledged)[:MOST_EVENTS], happened),
        "gives_back": not alone and user.has_role(*COVER_READERS),
        "in_use": in_use_words(asset, [] if alone else all_flags),
        "tangible": asset.kind in TITLED_KINDS,
        "may_sell": not alone and asset.state == "REGISTERED" and user.has_role(*SELLERS),
        "sees_sale": user.has_role(*SELLERS, *CONFIRMERS),
        "enforceable": any(p.state in Pledge.STANDING for p in pledged),
        "sale": Realisation.objects.filter(asset=asset, of_loss=False).first(),
        "with_evidence": asset.kind in WITH_EVIDENCE,
        "stated_shown": not alone,
        "inspections": [] if alone else seen_rows(inspections_of(asset)),
        "inspection_plan": planned(plan_of(asset, user)),
    }
    context["form"] = None if context["flag_too_late"] else next(iter(given.values()), None)
    context.update(given)
    return render(request, "collateral/asset_detail.html", context, status=status)


def _own(user: User, found: Sequence[Valuation], mine: Valuation | None, today: date) -> dict[str, Any]:
    """What appraisers may do about their own order beside answering it: give it back, take a value back, declare an interest."""
    given = next((one for one in found if one.appraiser_id == user.pk and one.state == Valuation.State.SUBMITTED), None)
    owners = [(row.owner_id, row.owner.person.name) for row in owners_on(mine.asset, today)] if mine else []
    return {
        "given": given,
        "take_back_form": GiveBackForm(auto_id="take_back_%s") if given else None,
        "decline_form": GiveBackForm(auto_id="decline_%s") if mine else None,
        "interest_form": OwnInterestForm(owners=owners, auto_id="interest_%s") if owners else None,
    }


def act_on(
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
        return asset_page(request, asset, status=refusal.status, judged=judged, **{name: form})
    messages.success(request, done)
    return redirect("collateral:asset_detail", asset.pk)
