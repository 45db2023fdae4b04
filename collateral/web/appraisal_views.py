"""What appraisers do about their orders, and what others say of their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from collateral.models import Valuation
from collateral.selectors.assets import access_valuation
from collateral.selectors.evidence import missing_evidence
from collateral.selectors.owners import owners_on
from collateral.selectors.value_caps import find_cap
from collateral.selectors.value_settings import class_in_calendar
from collateral.services import valuations
from collateral.services.interests import declare_interest_in_owner
from collateral.web.asset_page import act_on, asset_page, is_outside
from collateral.web.forms import GiveBackForm, JudgeForm, OwnInterestForm, ValuationForm
from collateral.web.works_words import works_choices
from core.business_date import get_business_date
from core.roles import Role
from core.web.access import role_required
from core.web.fields import in_currency
from core.web.http import HtmxRequest


@require_POST
@role_required(Role.APPRAISER)
def valuation_submit(request: HtmxRequest, valuation_id: UUID) -> HttpResponse:
    """Hand in a value."""
    valuation = access_valuation(request.user, valuation_id)
    asset = valuation.asset
    form = in_currency(ValuationForm(request.POST, request.FILES, kind=asset.kind, outside=is_outside(valuation)), asset.currency)
    if not form.is_valid():
        return asset_page(request, valuation.asset, status=422, valuation_form=form)

    def submit() -> None:
        data = form.cleaned_data
        try:
            valuations.submit_valuation(
                valuation=valuation,
                market_value=data["market_value"],
                method=data["method"],
                comparables=form.comparables(),
                independence_declared=data["independence_declared"],
                remarks=data["remarks"],
                valued_date=data["valued_date"],
                valued_area=data.get("valued_area"),
                attachments=form.attachments(),
                confirmed_value=form.confirmed(),
                inputs=form.inputs(),
                works=form.works(),
                actor=request.user,
                business_date=get_business_date(),
            )
        except valuations.UnableToSubmitValuation as refusal:
            form.ask_again(refusal, data["market_value"], valuation.currency)
            raise

    return act_on(request, valuation.asset, form, "valuation_form", submit, "The valuation is submitted.")


@require_POST
@role_required(Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER)
def valuation_judge(request: HtmxRequest, valuation_id: UUID) -> HttpResponse:
    """Accept, challenge or reject a value."""
    valuation = access_valuation(request.user, valuation_id)
    today = get_business_date()
    waits = valuation.state == Valuation.State.SUBMITTED
    form = JudgeForm(
        request.POST,
        auto_id=f"judge_{valuation.pk}_%s",
        unproved=missing_evidence(valuation.asset, business_date=today),
        kind=class_in_calendar(valuation.asset),
        works=works_choices(valuation, find_cap(valuation) if waits else None),
    )
    if not form.is_valid():
        return asset_page(request, valuation.asset, status=422, judged=valuation.pk, judge_form=form)
    judges: dict[str, Callable[..., Any]] = {
        "accept": valuations.accept_valuation,
        "challenge": valuations.challenge_valuation,
        "reject": valuations.reject_valuation,
    }
    judge = judges[form.cleaned_data["outcome"]]
    given = {"reason": form.cleaned_data["reason"]}
    if judge is valuations.accept_valuation:
        given |= {name: form.cleaned_data.get(name, "") for name in ("no_evidence", "works")}
    return act_on(
        request,
        valuation.asset,
        form,
        "judge_form",
        lambda: judge(valuation=valuation, **given, actor=request.user, business_date=today),
        "Your judgement is on file.",
        judged=valuation.pk,
    )


@require_POST
@role_required(Role.APPRAISER)
def valuation_take_back(request: HtmxRequest, valuation_id: UUID) -> HttpResponse:
    """Take one's own value back before somebody judged it."""
    return _give_back(request, valuation_id, "take_back", valuations.take_back_valuation, "The value is taken back. Hand in the right one.")


@require_POST
@role_required(Role.APPRAISER)
def order_decline(request: HtmxRequest, valuation_id: UUID) -> HttpResponse:
    """Give an order back that one cannot answer."""
    return _give_back(request, valuation_id, "decline", valuations.decline_order, "The order is given back. Somebody else is asked.")


@require_POST
@role_required(Role.APPRAISER)
def owner_interest(request: HtmxRequest, valuation_id: UUID) -> HttpResponse:
    """Declare an interest in an owner of what is to be valued, and so give the order back."""
    valuation = access_valuation(request.user, valuation_id)
    today = get_business_date()
    owners = {row.owner_id: row.owner for row in owners_on(valuation.asset, today)}
    form = OwnInterestForm(request.POST, owners=[(key, owner.person.name) for key, owner in owners.items()], auto_id="interest_%s")
    if not form.is_valid():
        return asset_page(request, valuation.asset, status=422, interest_form=form)
    data = form.cleaned_data

    def declare() -> None:
        owner = owners[UUID(data["owner"])]
        declare_interest_in_owner(
            valuation=valuation, owner=owner, kind=data["kind"], reason=data["reason"], actor=request.user, business_date=today
        )

    return act_on(
        request,
        valuation.asset,
        form,
        "interest_form",
        declare,
        "Your interest is on record. The order is given back; somebody else is asked.",
    )


def _give_back(request: HtmxRequest, valuation_id: UUID, name: str, act: Callable[..., Valuation | None], said: str) -> HttpResponse:
    valuation = access_valuation(request.user, valuation_id)
    form = GiveBackForm(request.POST, auto_id=f"{name}_%s")
    if not form.is_valid():
        given: dict[str, Any] = {f"{name}_form": form}
        return asset_page(request, valuation.asset, status=422, **given)
    reason = form.cleaned_data["reason"]

    def give() -> None:
        act(valuation=valuation, reason=reason, actor=request.user, business_date=get_business_date())

    return act_on(request, valuation.asset, form, f"{name}_form", give, said)
