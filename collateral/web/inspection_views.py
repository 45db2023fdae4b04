"""An inspector's stops on a phone: the list, and the form of one that needs no network."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from collateral.domain.inspections import takes_corrections
from collateral.models import Inspection, InspectionPlan, InspectionStop
from collateral.selectors.inspections import ROUND_READERS, access_stop, own_stops
from collateral.services.inspection_rounds import INSPECTORS
from collateral.services.inspections import record_inspection
from collateral.web.inspection_forms import InspectionForm
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required
from core.web.field_work import may_ask_for_place
from core.web.formats import day
from core.web.http import HtmxRequest, add_faults

PRESENCES = {"PRESENT": ("good", "Seen"), "ABSENT": ("bad", "Not there"), "SHUT": ("warn", "Nobody let in")}
NUMBERS = {True: ("good", "Number agrees"), False: ("bad", "Number differs"), None: ("neutral", "No number compared")}
LEVELS = {"ORDINARY": ("neutral", "Ordinary"), "RAISED": ("warn", "Raised"), "HIGH": ("bad", "High")}
STOPS = {"OPEN": ("info", "To see"), "DONE": ("good", "Done"), "DROPPED": ("neutral", "Dropped")}
GROUNDS = {
    "flagged": "an open red flag",
    "added": "pledged after the money had left",
    "faulty": "something was wrong the last time",
    "idle": "idle",
    "bad": "its loan is in default or called",
    "late": "its loan is late",
    "large": "a large value",
}


def words_of(grounds: list[str]) -> str:
    """Why an asset is watched more closely, in words."""
    return ", ".join(GROUNDS.get(code, code) for code in grounds)


def planned(plan: InspectionPlan | None) -> dict[str, Any] | None:
    """When an asset is to be seen next, with how closely it is watched and why."""
    return {"row": plan, "mark": LEVELS[plan.level], "words": words_of(plan.grounds)} if plan else None


def seen_rows(inspections: list[Inspection]) -> list[tuple[Inspection, tuple[str, str], tuple[str, str] | None]]:
    """Inspections with their marks: whether it was there, and the number, where one was compared."""
    return [(one, PRESENCES[one.presence], NUMBERS[one.number_agrees] if one.presence == "PRESENT" else None) for one in inspections]


@role_required(*INSPECTORS)
def inspection_stops(request: HtmxRequest) -> HttpResponse:
    """What the inspector has to see, what is due first first."""
    stops = own_stops(request.user)
    today = get_business_date()
    rounds = [(given, list(rows)) for given, rows in groupby(stops, key=lambda stop: stop.round)]
    context = {
        "rounds": [
            (given, f"{given.reference}, due {day(given.due_date)}", given.due_date < today, [(stop, STOPS[stop.state]) for stop in rows])
            for given, rows in rounds
        ],
        "left": sum(stop.state == InspectionStop.State.OPEN for stop in stops),
    }
    return render(request, "collateral/inspection_stops.html", context)


@role_required(*INSPECTORS)
def inspection_worker(request: HtmxRequest) -> HttpResponse:
    """The script that shows kept pages where there is no network; its address is what it may answer for."""
    return render(request, "collateral/inspection_worker.js", content_type="text/javascript")


@role_required(*INSPECTORS, *ROUND_READERS)
def inspection_stop(request: HtmxRequest, inspection_stop_id: UUID) -> HttpResponse:
    """One stop: its form for the inspector, and what was seen. A phone that asks for JSON learns whether the bank has it, or why not."""
    stop = access_stop(request.user, inspection_stop_id)
    if request.method != "POST":
        return _page(request, stop, _empty(stop))
    form = InspectionForm(request.POST, request.FILES)
    by_script = "application/json" in request.headers.get("Accept", "")
    status = 422
    if form.is_valid():
        try:
            kept = record_inspection(stop=stop, **form.sent(), actor=request.user, business_date=get_business_date())
        except DomainError as refusal:
            add_faults(form, refusal)
            status = refusal.status
        else:
            messages.success(request, _said(kept))
            back = reverse("collateral:inspection_stops")
            return JsonResponse({"kept": back}) if by_script else redirect(back)
    if by_script:
        words = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return JsonResponse({"words": f"The bank has not taken it: {words}"}, status=status)
    return _page(request, stop, form, status=status)


def _said(kept: Inspection) -> str:
    """What the inspector is told: that it is kept, and how the number compares. Never the registered number."""
    words = f"{kept.asset.reference} is kept."
    if kept.number_agrees is not None:
        words += " The number agrees with the register." if kept.number_agrees else " The number differs from the registered one."
    return words + (" Risk looks at what is wrong." if kept.faults else "")


def _empty(stop: InspectionStop) -> InspectionForm:
    newest = next(iter(stop.inspections.all()), None)
    return InspectionForm(initial={"seen_date": get_business_date(), "after": newest.pk if newest else None})


def _page(request: HtmxRequest, stop: InspectionStop, form: InspectionForm, *, status: int = 200) -> HttpResponse:
    goes = stop.round.inspector_id == request.user.pk and request.user.has_role(*INSPECTORS)
    seen, today = list(stop.inspections.all()), get_business_date()
    ended = stop.round.ended_date
    open_still = takes_corrections(ended, ended or today, today)
    context = {
        "stop": stop,
        "asset": stop.asset,
        "goes": goes,
        "form": form if goes and stop.state != InspectionStop.State.DROPPED and (open_still or form.is_bound) else None,
        "again": bool(seen),
        "seen": seen_rows(seen),
        "state": STOPS[stop.state],
        "level": LEVELS[stop.level],
        "grounds": words_of(stop.grounds),
        "reads_rounds": request.user.has_role(*ROUND_READERS),
    }
    return may_ask_for_place(render(request, "collateral/inspection_stop.html", context, status=status))
