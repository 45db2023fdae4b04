"""Looking up a name by hand."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from blacklist.services.lookup import Found, look_up_name
from blacklist.web.forms import LookUpForm
from blacklist.web.hit_views import GRADES
from core.business_date import get_business_date
from core.roles import Role
from core.web.access import role_required
from core.web.http import HtmxRequest


@role_required(Role.COMPLIANCE)
def look_up(request: HtmxRequest) -> HttpResponse:
    """Ask the list in force about a name; sent by POST, so that no name stands in an address or a log."""
    form = LookUpForm(request.POST or None)
    found: list[Found] | None = None
    if request.method == "POST" and form.is_valid():
        found = look_up_name(
            name=form.cleaned_data["name"],
            birth_date=form.cleaned_data["birth_date"],
            national_id=form.cleaned_data["identifier"],
            actor=request.user,
            business_date=get_business_date(),
        )
    context = {
        "form": form,
        "found": None if found is None else [(row, *GRADES[row.grade]) for row in found],
    }
    return render(
        request,
        "blacklist/look_up.html",
        context,
        status=422 if form.is_bound and form.errors else 200,
    )
