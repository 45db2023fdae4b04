"""Registered assets like one: what agrees, and the word of who perfects a pledge on whether they are the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from collateral.models import Asset, Pledge, TwinJudgement
from collateral.selectors.assets import access_asset
from collateral.selectors.twin_evidence import possible_twins
from collateral.selectors.twins import find_twins, text_of, twin_rows
from collateral.services.twin_flags import JUDGES, judge_twin
from core.business_date import get_business_date
from core.models import User
from core.roles import Role
from core.web.access import STAFF, role_required
from core.web.http import HtmxRequest, render_page
from core.web.second_person import carried_out


class TwinForm(forms.Form):
    """Whether an asset is the same as the one that it is shown beside."""

    key = forms.CharField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label="Your judgement", choices=[("other", "Another thing"), ("same", "The same thing")], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@role_required(*(STAFF - {Role.APPRAISER}))
def twins(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Registered assets that may be this one: a panel on its page, and a page of its own."""
    asset = access_asset(request.user, asset_id)
    form = None
    if request.method == "POST":
        form = TwinForm(request.POST, auto_id=f"twin_{request.POST.get('key', '')}_%s")

        def judge() -> None:
            given = form.cleaned_data
            judge_twin(
                asset=asset,
                key=given["key"],
                same=given["outcome"] == "same",
                reason=given["reason"],
                actor=request.user,
                business_date=get_business_date(),
            )

        if carried_out(request, form, judge, "Your word on the two is recorded."):
            return redirect("collateral:asset_detail", asset.pk)
    status = 422 if form else 200
    return render_page(request, "collateral/twins.html", "collateral/_twins.html", status=status, **_context(asset, request.user, form))


def _context(asset: Asset, user: User, form: TwinForm | None) -> dict[str, Any]:
    """Those that are to be judged come first, each with its form where the reader judges."""
    waits = asset.pledges.filter(state__in=Pledge.WAITING).exists()
    met = [one for one in possible_twins(asset) if one.twin is not None] if waits else []
    asked = {one.asset.pk for one in met}
    others = [twin for twin in find_twins(text_of(asset), without=asset.pk) if twin.asset.pk not in asked]
    rows = twin_rows(user, [*(one.twin for one in met if one.twin), *others])
    judges = user.has_role(*JUDGES)
    return {
        "asset": asset,
        "twins": [
            (row, form if form is not None and form.data.get("key") == one.key else _blank(one.key) if judges else None, True)
            for row, one in zip(rows, met, strict=False)
        ]
        + [(row, None, False) for row in rows[len(met) :]],
        "form": form,
        "judged": TwinJudgement.objects.filter(asset=asset).select_related("judged_by"),
    }


def _blank(key: str) -> TwinForm:
    return TwinForm(initial={"key": key}, auto_id=f"twin_{key}_%s")
