"""Reviews of red flags: which wait and since when, and lifting one whose ground is gone."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render

from collateral.selectors.assets import access_flag
from collateral.selectors.flags import VIEWS, count_flags, list_flags
from collateral.services.flags import DECIDERS, lift_flag
from collateral.web.evidence_words import flag_words
from core import audit
from core.business_date import get_business_date
from core.roles import Role
from core.web.access import role_required
from core.web.components import Tab
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest
from core.web.paging import paginate
from core.web.second_person import carried_out

READERS = (*DECIDERS, Role.INVESTIGATOR, Role.COMPLIANCE, Role.AUDITOR)


class LiftForm(forms.Form):
    """Why the ground of a red flag is gone."""

    reason = forms.CharField(label="What has changed", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


@role_required(*READERS)
def flag_list(request: HtmxRequest) -> HttpResponse:
    """Red flags that wait for a person, the oldest first."""
    today = get_business_date()
    view = request.GET.get("view", "waiting")
    view = view if view in dict(VIEWS) else "waiting"
    rows = list_flags(request.user, view=view, today=today)
    if wanted(request):
        columns = [
            ("Asset", lambda f: f.asset.reference),
            ("Description", lambda f: f.asset.description),
            ("Red flag", lambda f: f.text),
            ("State", lambda f: f.get_state_display()),
            ("Raised", lambda f: f.raised_date),
            ("Due", lambda f: f.due_date),
            ("Decided by", lambda f: f.decided_by.full_name if f.decided_by else ""),
            ("Reason", lambda f: f.reason),
        ]
        return export_rows(request, columns, rows, "red-flags")
    counts = count_flags(request.user, today=today)
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": [
            (flag, flag_words(flag.evidence, flag.asset.currency), (today - flag.raised_date).days, max(0, (today - flag.due_date).days))
            for flag in page
        ],
        "view": view,
        "views": [Tab(label, f"?view={name}", counts[name], current=name == view) for name, label in VIEWS],
        "may_lift": request.user.has_role(*DECIDERS),
    }
    return render(request, "collateral/flag_list.html", context)


@role_required(*DECIDERS)
def flag_lift(request: HtmxRequest, flag_id: UUID) -> HttpResponse:
    """One upheld red flag: say that its ground is gone."""
    flag = access_flag(request.user, flag_id)
    form = LiftForm(request.POST or None)

    def lift() -> None:
        lift_flag(flag=flag, reason=form.cleaned_data["reason"], actor=request.user, business_date=get_business_date())

    if request.method == "POST" and carried_out(request, form, lift, "The red flag is lifted."):
        return redirect("collateral:asset_detail", flag.asset_id)
    context = {
        "flag": flag,
        "asset": flag.asset,
        "words": flag_words(flag.evidence, flag.asset.currency),
        "form": form,
        "own": flag.decided_by_id == request.user.pk,
        "history": audit.entries_about(flag),
    }
    return render(request, "collateral/flag_lift.html", context, status=422 if request.method == "POST" else 200)
