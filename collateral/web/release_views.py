"""Giving a pledge back: proposed with what it would do, and decided by a second person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import Pledge
from collateral.selectors.assets import access_pledge
from collateral.selectors.flags import standing_flags
from collateral.selectors.sale_values import sale_value_of
from collateral.services import pledges, releases
from collateral.services.given_up_cover import needed_for
from collateral.services.pledge_proposals import PLEDGERS
from collateral.services.to_cover import loan_of
from collateral.web.asset_acts import second_word
from collateral.web.cover_views import COVER_READERS
from core import four_eyes
from core.business_date import get_business_date
from core.models import Proposal
from core.web.access import role_required, step_up_required
from core.web.fields import AmountField, in_currency
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out, decided


class ReleaseForm(forms.Form):
    """How a pledge is given back, and why."""

    kind = forms.ChoiceField(
        label="What is asked for",
        choices=[("release", "Release"), ("part", "Release in part"), ("substitution", "Substitute")],
        widget=forms.RadioSelect,
    )
    amount = AmountField(label="Stays registered", required=False)
    replacement = forms.ChoiceField(label="In its place", required=False)
    reason = forms.CharField(label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, pledge: Pledge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, pledge.asset.currency)
        self.others = {str(other.pk): other for other in releases.replacements_for(pledge)}
        field = self.fields["replacement"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose"), *((key, f"{p.asset.reference} {p.asset.description}") for key, p in self.others.items())]
        # Each is asked for with one kind alone, and needed then.
        kind = self.data.get("kind")
        self.fields["amount"].required = kind in (None, releases.PART)
        field.required = kind in (None, releases.SUBSTITUTION)


class WithdrawForm(forms.Form):
    """Why a pledge is proposed no more."""

    reason = forms.CharField(label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


@role_required(*PLEDGERS)
def pledge_withdraw(request: HtmxRequest, pledge_id: UUID) -> HttpResponse:
    """A pledge that was proposed and does not stand in the registry: propose it no more."""
    pledge = access_pledge(request.user, pledge_id)
    form = WithdrawForm(request.POST or None)

    def withdraw() -> None:
        pledges.withdraw_pledge(pledge=pledge, reason=form.cleaned_data["reason"], actor=request.user, business_date=get_business_date())

    if request.method == "POST" and carried_out(request, form, withdraw, "The pledge is proposed no more."):
        return redirect("collateral:asset_detail", pledge.asset_id)
    context = {"pledge": pledge, "asset": pledge.asset, "form": form, "waits": pledge.state in Pledge.WAITING}
    return render(request, "collateral/pledge_withdraw.html", context, status=422 if request.method == "POST" else 200)


@role_required(*COVER_READERS)
def pledge_release(request: HtmxRequest, pledge_id: UUID) -> HttpResponse:
    """One pledge: what giving it back would leave, and what is proposed."""
    pledge = access_pledge(request.user, pledge_id)
    if request.method != "POST":
        return _release(request, pledge, ReleaseForm(pledge=pledge), second_word())
    form = ReleaseForm(request.POST, pledge=pledge)

    def propose() -> None:
        data = form.cleaned_data
        releases.propose_release(
            pledge=pledge,
            kind=data["kind"],
            amount=data["amount"],
            replacement=form.others.get(data["replacement"]),
            reason=data["reason"],
            actor=request.user,
            business_date=get_business_date(),
            path=reverse("collateral:pledge_release", args=[pledge.pk]),
        )

    if carried_out(request, form, propose, "It is proposed. An approver or risk manager decides it."):
        return redirect("collateral:pledge_release", pledge.pk)
    return _release(request, pledge, form, second_word(), status=422)


@require_POST
@role_required(*releases.CONFIRMERS, *releases.PROPOSERS)
@step_up_required
def pledge_release_decide(request: HtmxRequest, pledge_id: UUID) -> HttpResponse:
    """The second person about giving a pledge back; who proposed it may take it back."""
    pledge = access_pledge(request.user, pledge_id)
    form = second_word(request.POST)

    if decided(request, form, releases.decide_release, pledge=pledge):
        return redirect("collateral:pledge_release", pledge.pk)
    return _release(request, pledge, ReleaseForm(pledge=pledge), form, status=422)


def _release(request: HtmxRequest, pledge: Pledge, form: ReleaseForm, decision: SecondPersonForm, *, status: int = 200) -> HttpResponse:
    user, today = request.user, get_business_date()
    proposal = four_eyes.open_proposal(kind=releases.KIND, target=pledge)
    standing = pledge.state in Pledge.STANDING
    content = proposal.content if proposal else {"kind": releases.RELEASE, "amount": "", "replacement": ""}
    outlook = releases.outlook(pledge=pledge, content=content, business_date=today) if standing else None
    given = releases.given_up(pledge, outlook, today, proposal) if outlook else None
    context = {
        "pledge": pledge,
        "asset": pledge.asset,
        "loan": loan_of(pledge.application),
        "outlook": outlook,
        "needed": needed_for(given) if given else [],
        "proposal": proposal,
        "decided": four_eyes.decided_proposals(kind=releases.KIND, target=pledge),
        "asked": dict(ReleaseForm.base_fields["kind"].choices)[proposal.content["kind"]] if proposal else "",  # type: ignore[attr-defined]
        "instead": _instead(proposal),
        "stays": Decimal(proposal.content["amount"]) if proposal and proposal.content["amount"] else None,
        "may_propose": standing and proposal is None and user.has_role(*releases.PROPOSERS),
        "may_decide": proposal is not None and proposal.proposed_by_id != user.pk and user.has_role(*releases.CONFIRMERS),
        "form": form,
        "decision": decision,
    }
    return render(request, "collateral/pledge_release.html", context, status=status)


def _instead(proposal: Proposal | None) -> dict[str, Any] | None:
    """What a proposal to substitute puts in the place of the pledge:
    the other pledge, the value of its asset in force, and its red flags.
    """
    key = proposal.content["replacement"] if proposal else None
    if not key:
        return None
    other = Pledge.objects.select_related("asset").get(pk=key)
    known = sale_value_of(other.asset, business_date=get_business_date())
    return {
        "pledge": other,
        "value": known.valuation if known.in_force else None,
        "flags": standing_flags().filter(asset=other.asset_id).count(),
    }
