"""What of an enforced sale is not the bank's: whose it is, and paying it out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import SaleRest
from collateral.selectors.sale_doubts import owner_doubts, party_of
from collateral.selectors.sale_rests import access_sale_rest
from collateral.services import sale_rests
from collateral.web.asset_acts import second_word
from collateral.web.cover_views import COVER_READERS
from core import four_eyes
from core.business_date import get_business_date
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out, decided


class PayoutForm(forms.Form):
    """To which account it is paid, and how it is known that it is theirs; and who that is where nobody is on file."""

    paid_to = forms.CharField(
        label="Paid to", max_length=120, help_text="Nobody is on file for this. The name is screened before it is paid."
    )
    iban = forms.CharField(label="IBAN of their account", max_length=42)
    reason = forms.CharField(label="Proof that it is theirs, and of the account", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


def _payout_form(rest: SaleRest, sent: Any = None) -> PayoutForm:
    """Who is paid is asked only where nobody is on file, or it is in doubt whose it is;
    unless it is, the name on the asset stands in it already.
    """
    sale, to_owner = rest.realisation, rest.to == SaleRest.To.OWNER
    doubts = owner_doubts(sale.asset, sale.sold_date) if to_owner else []
    form = PayoutForm(sent, initial={"paid_to": sale.asset.owner_name} if to_owner and not doubts else {})
    if doubts:
        form.fields["paid_to"].help_text = " ".join([*doubts, "The name is screened before it is paid."])
    if party_of(rest):
        del form.fields["paid_to"]
    return form


@role_required(*COVER_READERS)
def sale_rest(request: HtmxRequest, sale_rest_id: UUID) -> HttpResponse:
    """One rest of a sale, and the proposal to pay it out."""
    rest = access_sale_rest(request.user, sale_rest_id)
    if request.method != "POST":
        return _page(request, rest, _payout_form(rest), second_word())
    form = _payout_form(rest, request.POST)

    def propose() -> None:
        path = reverse("collateral:sale_rest", args=[rest.pk])
        sale_rests.propose_rest_payout(rest=rest, **form.cleaned_data, actor=request.user, business_date=get_business_date(), path=path)

    if carried_out(request, form, propose, "The payout is proposed. A risk manager or approver decides it."):
        return redirect("collateral:sale_rest", rest.pk)
    return _page(request, rest, form, second_word(), status=422)


@require_POST
@role_required(*sale_rests.CONFIRMERS, *sale_rests.PROPOSERS)
@step_up_required
def sale_rest_decide(request: HtmxRequest, sale_rest_id: UUID) -> HttpResponse:
    """The second person about a payout."""
    rest = access_sale_rest(request.user, sale_rest_id)
    form = second_word(request.POST)

    if decided(request, form, sale_rests.decide_rest_payout, rest=rest):
        return redirect("collateral:sale_rest", rest.pk)
    return _page(request, rest, _payout_form(rest), form, status=422)


def _page(request: HtmxRequest, rest: SaleRest, form: PayoutForm, decision: SecondPersonForm, *, status: int = 200) -> HttpResponse:
    user = request.user
    proposal = four_eyes.open_proposal(kind=sale_rests.KIND, target=rest)
    context = {
        "rest": rest,
        "asset": rest.realisation.asset,
        "proposal": proposal,
        "decided": four_eyes.decided_proposals(kind=sale_rests.KIND, target=rest),
        "may_propose": proposal is None and rest.paid_date is None and user.has_role(*sale_rests.PROPOSERS),
        "may_decide": proposal is not None and proposal.proposed_by_id != user.pk and user.has_role(*sale_rests.CONFIRMERS),
        "form": form,
        "decision": decision,
    }
    return render(request, "collateral/sale_rest.html", context, status=status)
