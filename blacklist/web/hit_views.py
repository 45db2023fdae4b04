"""Pages of screening hits: the queue, and one hit with both sides next to each other."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from blacklist.domain.states import HitState
from blacklist.selectors.hits import (
    DECIDERS,
    READERS,
    access_hit,
    count_hits_by_state,
    get_hit_file,
    hit_rows,
    list_hits,
)
from blacklist.services import UnableToDecideHit, decide_hit
from blacklist.web.forms import HitForm
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required
from core.web.components import Tab
from core.web.http import HtmxRequest, add_faults
from core.web.paging import paginate

VIEWS = (
    ("OPEN", "Open"),
    ("PROPOSED_FALSE", "Second person"),
    ("NEEDS_MORE", "Needs more"),
    ("TRUE_MATCH", "True matches"),
    ("FALSE_POSITIVE", "False positives"),
    ("ENDED", "Entry ended"),
)
GRADES = {"HIGH": ("bad", "High"), "MEDIUM": ("warn", "Medium"), "LOW": ("info", "Low")}
STATES = {
    "OPEN": ("info", "Open"),
    "PROPOSED_FALSE": ("warn", "Waits for a second person"),
    "NEEDS_MORE": ("info", "Needs more"),
    "TRUE_MATCH": ("bad", "True match"),
    "FALSE_POSITIVE": ("good", "False positive"),
    "ENDED": ("neutral", "Entry ended"),
}


@role_required(*READERS)
def hit_list(request: HtmxRequest) -> HttpResponse:
    """Hits waiting for a person, strongest first."""
    view = request.GET.get("view", HitState.OPEN.value)
    if view not in STATES:
        view = HitState.OPEN.value
    counts = count_hits_by_state(request.user)
    page = paginate(request, list_hits(request.user, state=view))
    context = {
        "page": page,
        "rows": [(row, *GRADES[row.hit.grade]) for row in hit_rows(list(page))],
        "tabs": [Tab(words, f"?view={key}", counts.get(key, 0), current=key == view) for key, words in VIEWS],
        "view": view,
        "may_look_up": request.user.has_role(Role.COMPLIANCE),
    }
    return render(request, "blacklist/hit_list.html", context)


@role_required(*READERS)
def hit_detail(request: HtmxRequest, hit_id: UUID) -> HttpResponse:
    """One hit, both sides compared fact by fact."""
    return _page(request, hit_id, HitForm())


@require_POST
@role_required(*DECIDERS)
def hit_decide(request: HtmxRequest, hit_id: UUID) -> HttpResponse:
    """Decide the hit and go on to the next one."""
    form = HitForm(request.POST)
    if not form.is_valid():
        return _page(request, hit_id, form, status=422)
    following = get_hit_file(request.user, hit_id).next_hit_id
    try:
        hit = decide_hit(
            hit=access_hit(request.user, hit_id),
            actor=request.user,
            business_date=get_business_date(),
            **form.cleaned_data,
        )
    except UnableToDecideHit as refusal:
        if refusal.code == "already_decided":
            return _page(request, hit_id, form, refusal=refusal, status=409)
        add_faults(form, refusal)
        return _page(request, hit_id, form, status=422)
    messages.success(request, f"Recorded: {STATES[hit.state][1].lower()}.")
    return redirect("blacklist:hit_detail", following) if following else redirect("blacklist:hit_list")


def _page(
    request: HtmxRequest,
    hit_id: UUID,
    form: HitForm,
    *,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    file = get_hit_file(request.user, hit_id)
    context = {
        "file": file,
        "hit": file.hit,
        "entry": file.entry,
        "grade": GRADES[file.hit.grade],
        "state": STATES[file.hit.state],
        "form": form,
        "conflict": refusal.params if refusal is not None else None,
        "kept": form["reason"].value() if form.is_bound else "",
        "here": reverse("blacklist:hit_detail", args=[hit_id]),
    }
    return render(request, "blacklist/hit_detail.html", context, status=status)
