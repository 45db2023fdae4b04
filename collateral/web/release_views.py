"""Giving a pledge back, and selling what is pledged: each proposed with what it would do, and decided by a second person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import Asset, AssetDocument, Pledge, Realisation, SaleRest
from collateral.selectors.assets import access_asset, access_pledge
from collateral.selectors.ended_pledges import EndedPledge, as_seen_by
from collateral.selectors.flags import standing_flags
from collateral.selectors.sale_values import sale_value_of
from collateral.selectors.secured import waiting_files
from collateral.services import enforcement, pledges, releases
from collateral.services.pledge_proposals import PLEDGERS
from collateral.services.sale_buyers import opened
from collateral.services.sale_costs import Papers, papers_in
from collateral.web.asset_document_forms import ProvedForm
from collateral.web.cover_views import COVER_READERS
from core import four_eyes
from core.business_date import get_business_date
from core.crypto import mask
from core.errors import DomainError
from core.models import Proposal
from core.web.access import role_required, step_up_required
from core.web.fields import AmountField, DayField
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out, seen_in


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
        self.others = {str(other.pk): other for other in releases.replacements_for(pledge)}
        field = self.fields["replacement"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose"), *((key, f"{p.asset.reference} {p.asset.description}") for key, p in self.others.items())]
        # Each is asked for with one kind alone, and needed then.
        kind = self.data.get("kind")
        self.fields["amount"].required = kind in (None, releases.PART)
        field.required = kind in (None, releases.SUBSTITUTION)


class EnforcementForm(ProvedForm):
    """What a pledged asset was sold for, what that cost, and what proves both."""

    proving = AssetDocument.Kind.SALE_RECORD
    sold_date = DayField(label="Sold on")
    price = AmountField(label="Price")
    costs = AmountField(label="Costs of the sale", required=False)
    payee = forms.CharField(label="Costs paid to", max_length=120, required=False)
    buyer = forms.CharField(label="Buyer", max_length=120)
    number = forms.CharField(label="Their number", max_length=40, required=False)
    remark = forms.CharField(label="Why all the same", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    reason = forms.CharField(label="How it was sold", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, asset=asset, **kwargs)
        kind = AssetDocument.Kind.COSTS_INVOICE
        self.invoices = self.offer(asset, kind, document="invoice_document", paper="invoice")

    def proofs(self) -> Papers:
        """What proves the sale and its costs."""
        data = self.cleaned_data
        invoice = data["invoice"] or self.invoices.get(data.get("invoice_document", ""))
        return Papers(self.proof(), invoice if data["costs"] else None)

    def proof_fields(self) -> list[BoundField]:
        """The fields of the papers."""
        return [self[name] for name in ("document", "paper", "invoice_document", "invoice") if name in self.fields]


def second_word(sent: Any = None) -> SecondPersonForm:
    """Confirming needs no reason; the services ask for one where something is refused."""
    return SecondPersonForm(sent, confirm="Confirm", reason_needed=False)


def tell_restored(request: HtmxRequest, ended: Sequence[EndedPledge]) -> None:
    """Say what became of each pledge that had ended with an asset that is on file again."""
    for one in as_seen_by(request.user, ended):
        if one.why_not:
            messages.warning(request, f"The pledge for {one.file} is not back: {one.why_not}.")
        else:
            messages.success(request, f"The pledge for {one.file} waits again.")


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

    def decide() -> None:
        releases.decide_release(pledge=pledge, **form.word(), seen=seen_in(request), actor=request.user, business_date=get_business_date())

    if carried_out(request, form, decide):
        return redirect("collateral:pledge_release", pledge.pk)
    return _release(request, pledge, ReleaseForm(pledge=pledge), form, status=422)


def _release(request: HtmxRequest, pledge: Pledge, form: ReleaseForm, decision: SecondPersonForm, *, status: int = 200) -> HttpResponse:
    user, today = request.user, get_business_date()
    proposal = four_eyes.open_proposal(kind=releases.KIND, target=pledge)
    standing = pledge.state in Pledge.STANDING
    content = proposal.content if proposal else {"kind": releases.RELEASE, "amount": "", "replacement": ""}
    context = {
        "pledge": pledge,
        "asset": pledge.asset,
        "loan": releases.loan_of(pledge),
        "outlook": releases.outlook(pledge=pledge, content=content, business_date=today) if standing else None,
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


@role_required(*COVER_READERS)
def enforce(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The sale of a pledged asset: how its price falls to the liens, and what is proposed."""
    asset = access_asset(request.user, asset_id)
    if request.method != "POST":
        return _enforce(request, asset, EnforcementForm(asset=asset), second_word())
    form = EnforcementForm(request.POST, request.FILES, asset=asset)

    def propose() -> None:
        data = form.cleaned_data
        enforcement.propose_enforcement(
            asset=asset,
            sold_date=data["sold_date"],
            price=data["price"],
            costs=data["costs"] or Decimal(0),
            reason=data["reason"],
            buyer=data["buyer"],
            number=data["number"],
            remark=data["remark"],
            payee=data["payee"],
            papers=form.proofs(),
            actor=request.user,
            business_date=get_business_date(),
            path=reverse("collateral:enforce", args=[asset.pk]),
        )

    if carried_out(request, form, propose, "The sale is proposed. A risk manager or approver has it booked."):
        return redirect("collateral:enforce", asset.pk)
    return _enforce(request, asset, form, second_word(), status=422)


@require_POST
@role_required(*enforcement.CONFIRMERS, *enforcement.PROPOSERS)
@step_up_required
def enforce_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about an enforced sale."""
    asset = access_asset(request.user, asset_id)
    form = second_word(request.POST)

    def decide() -> None:
        enforcement.decide_enforcement(
            asset=asset, **form.word(), seen=seen_in(request), actor=request.user, business_date=get_business_date()
        )

    if carried_out(request, form, decide):
        return redirect("collateral:enforce", asset.pk)
    return _enforce(request, asset, EnforcementForm(asset=asset), form, status=422)


def _enforce(request: HtmxRequest, asset: Asset, form: EnforcementForm, decision: SecondPersonForm, *, status: int = 200) -> HttpResponse:
    user = request.user
    proposal = four_eyes.open_proposal(kind=enforcement.KIND, target=asset)
    price = costs = Decimal(0)
    if proposal is not None:
        price, costs = Decimal(proposal.content["price"]), Decimal(proposal.content["costs"])
    plan = refusal = None
    try:
        plan = enforcement.plan_proceeds(asset=asset, price=price, costs=costs, business_date=get_business_date())
    except DomainError as fault:
        refusal = fault
    value = sale_value_of(asset, business_date=get_business_date())
    buyer, number = (proposal.content.get("buyer", ""), opened(proposal.content.get("number", ""))) if proposal else ("", "")
    payee = proposal.content.get("payee", "") if proposal else ""
    groundless = plan is not None and not enforcement.has_ground(plan)
    saleable = plan is not None and not groundless and asset.state == Asset.State.REGISTERED
    context = {
        "asset": asset,
        "plan": plan,
        "nothing": refusal.detail if refusal else "",
        "proposal": proposal,
        "decided": four_eyes.decided_proposals(kind=enforcement.KIND, target=asset),
        "price": price,
        "value": value,
        "of_value": value.share(price) if proposal else None,
        "net": max(Decimal(0), price - costs),
        "payee": payee,
        "proofs": [paper for paper in papers_in(proposal.content) if paper] if proposal else [],
        "buyer": buyer,
        "buyer_number": mask(number) if number else "",
        "doubts": enforcement.doubts_about(asset, price, costs, buyer, number, payee, get_business_date()) if proposal else [],
        "costs": costs,
        "waiting_files": [] if asset.state != Asset.State.REGISTERED else waiting_files(asset, reader=request.user),
        "groundless": groundless and proposal is not None,
        "late_days": enforcement.LATE_DAYS,
        "no_ground": groundless and proposal is None and asset.state == Asset.State.REGISTERED,
        "loss": max(Decimal(0), costs - price),
        "sold_date": date.fromisoformat(proposal.content["sold_date"]) if proposal else None,
        "sale": Realisation.objects.filter(asset=asset).select_related("recorded_by", "paper", "invoice").first(),
        "booked": enforcement.proceeds_of(asset),
        "rests": SaleRest.objects.filter(realisation__asset=asset).select_related("owner__person", "lien"),
        "may_propose": saleable and proposal is None and user.has_role(*enforcement.PROPOSERS),
        "may_decide": proposal is not None and proposal.proposed_by_id != user.pk and user.has_role(*enforcement.CONFIRMERS),
        "form": form,
        "decision": decision,
    }
    return render(request, "collateral/enforce.html", context, status=status)
