"""Reviews of red flags: which wait and since when, and lifting one whose ground is gone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from collateral.models import RedFlag
from collateral.selectors.assets import access_flag
from collateral.selectors.flags import VIEWS, count_flags, list_flags, people_on_asset, reviewers_for, vouched_for
from collateral.services.flags import DECIDERS, lift_flag
from collateral.services.reviews import give_review_back, take_review
from collateral.web.asset_words import happened
from collateral.web.evidence_words import flag_words
from core import audit
from core.business_date import get_business_date
from core.errors import DomainError
from core.models import User
from core.roles import Role
from core.web.access import role_required
from core.web.components import Tab
from core.web.export import export_rows, wanted
from core.web.history import events_of
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
            ("In the hands of", lambda f: f.reviewer.full_name if f.reviewer else ""),
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


class ReviewForm(forms.Form):
    """Into whose hands a review goes."""

    def __init__(self, *args: Any, flag: RedFlag, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in reviewers_for(flag.asset)}
        choices = [(key, person.full_name) for key, person in self.people.items()]
        self.fields["reviewer"] = forms.ChoiceField(label="Who decides it", choices=choices)

    def chosen(self) -> User:
        """The person who was chosen."""
        return self.people[self.cleaned_data["reviewer"]]


@role_required(*DECIDERS)
def flag_review(request: HtmxRequest, flag_id: UUID) -> HttpResponse:
    """Who is responsible for deciding a red flag: taken, given on by a risk manager, or given back."""
    flag = access_flag(request.user, flag_id)
    user, today = request.user, get_business_date()
    form = ReviewForm(request.POST if "give" in request.POST else None, flag=flag, initial={"reviewer": flag.reviewer_id})
    refusal = None
    if request.method == "POST":
        try:
            if "back" in request.POST:
                give_review_back(flag=flag, actor=user, business_date=today)
                messages.success(request, "The review is in nobody's hands now.")
            elif "give" in request.POST:
                if form.is_valid():
                    chosen = form.chosen()
                    take_review(flag=flag, actor=user, business_date=today, reviewer=chosen)
                    messages.success(request, f"The review is in the hands of {chosen.full_name}.")
            else:
                take_review(flag=flag, actor=user, business_date=today)
                messages.success(request, "The review is yours.")
        except DomainError as fault:
            refusal = fault
        if refusal is None and not form.errors:
            return redirect("collateral:flag_review", flag.pk)
        flag.refresh_from_db()
    manager = user.has_role(Role.RISK_MANAGER)
    context = {
        "flag": flag,
        "asset": flag.asset,
        "words": flag_words(flag.evidence, flag.asset.currency),
        "late": max(0, (today - flag.due_date).days),
        "form": form,
        "refusal": refusal,
        "open": flag.state == RedFlag.State.OPEN,
        "may_take": flag.reviewer_id is None and user.pk not in people_on_asset(flag.asset) | vouched_for(flag.asset),
        "may_give_back": flag.reviewer_id is not None and (flag.reviewer_id == user.pk or manager),
        "may_give": manager,
        "events": events_of(audit.entries_about(flag), happened),
    }
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "collateral/flag_review.html", context, status=status)


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
