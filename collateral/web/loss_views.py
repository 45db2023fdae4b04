"""That an asset is no more: proposed, decided by a second person, and whose insurance is to be asked."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import Asset
from collateral.selectors.assets import access_asset
from collateral.selectors.secured import waiting_files
from collateral.services import total_loss
from collateral.web.cover_views import COVER_READERS
from collateral.web.release_views import second_word
from core import four_eyes
from core.business_date import get_business_date
from core.web.access import role_required, step_up_required
from core.web.fields import DayField
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out, seen_in


class LossForm(forms.Form):
    """Since when it is no more, and what shows it."""

    lost_date = DayField(label="Lost on")
    reason = forms.CharField(label="What happened, and what shows it", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


@role_required(*COVER_READERS)
def loss(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The total loss of an asset, and the proposal to record it."""
    asset = access_asset(request.user, asset_id)
    if request.method != "POST":
        return _page(request, asset, LossForm(), second_word())
    form = LossForm(request.POST)

    def propose() -> None:
        path = reverse("collateral:loss", args=[asset.pk])
        total_loss.propose_total_loss(asset=asset, **form.cleaned_data, actor=request.user, business_date=get_business_date(), path=path)

    if carried_out(request, form, propose, "The loss is proposed. A risk manager or approver decides it."):
        return redirect("collateral:loss", asset.pk)
    return _page(request, asset, form, second_word(), status=422)


@require_POST
@role_required(*total_loss.CONFIRMERS, *total_loss.PROPOSERS)
@step_up_required
def loss_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about a total loss; who proposed it may take it back."""
    asset = access_asset(request.user, asset_id)
    form = second_word(request.POST)

    def decide() -> None:
        total_loss.decide_total_loss(
            asset=asset, **form.word(), seen=seen_in(request), actor=request.user, business_date=get_business_date()
        )

    if carried_out(request, form, decide):
        return redirect("collateral:loss", asset.pk)
    return _page(request, asset, LossForm(), form, status=422)


def _page(request: HtmxRequest, asset: Asset, form: LossForm, decision: SecondPersonForm, *, status: int = 200) -> HttpResponse:
    user, today = request.user, get_business_date()
    asset.refresh_from_db(fields=["state"])
    proposal = four_eyes.open_proposal(kind=total_loss.KIND, target=asset)
    context = {
        "asset": asset,
        "policies": [(policy, policy.from_date <= today <= (policy.ended_date or policy.until_date)) for policy in asset.policies.all()],
        "pledges": asset.pledges.filter(ended_date=None).select_related("application__borrower").order_by("rank", "id"),
        "waiting_files": waiting_files(asset, reader=request.user) if asset.state == Asset.State.REGISTERED else [],
        "proposal": proposal,
        "decided": four_eyes.decided_proposals(kind=total_loss.KIND, target=asset),
        "may_propose": proposal is None and asset.state == Asset.State.REGISTERED and user.has_role(*total_loss.PROPOSERS),
        "may_decide": proposal is not None and proposal.proposed_by_id != user.pk and user.has_role(*total_loss.CONFIRMERS),
        "form": form,
        "decision": decision,
    }
    return render(request, "collateral/loss.html", context, status=status)
