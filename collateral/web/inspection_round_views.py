"""Rounds of inspections for those who answer for the book: how much of it was seen, which rounds are late,
and how often things are seen.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.domain.inspections import NUMBERS, InspectionRules, from_document
from collateral.models import AssetKind, InspectionRound, InspectionSettings, InspectionStop
from collateral.selectors.inspection_settings import access_inspection_settings, inspection_rules_in_force, list_inspection_settings
from collateral.selectors.inspections import (
    ROUND_READERS,
    VIEWS,
    SeenBook,
    access_round,
    count_rounds,
    in_order_by_class,
    list_rounds,
    seen_book,
    stops_of,
)
from collateral.services.inspection_rounds import PLANNERS, hand_over_round
from collateral.services.inspection_settings import decide_inspection_settings, propose_inspection_settings
from collateral.web.inspection_forms import LABELS, HandOverForm, InspectionSettingsForm
from collateral.web.inspection_views import LEVELS, STOPS, seen_rows, words_of
from collateral.web.value_views import SETTINGS_STATES
from core import audit
from core.business_date import get_business_date
from core.charts import HBar, HBars
from core.errors import DomainError
from core.models import User
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.components import Kpi, Tab
from core.web.export import export_rows, wanted
from core.web.formats import number, percent
from core.web.history import events_of
from core.web.http import HtmxRequest, add_faults
from core.web.paging import paginate
from core.web.second_person import SecondPersonForm, carried_out

STATES = {"OPEN": ("info", "Open"), "ESCALATED": ("bad", "Overdue"), "DONE": ("good", "Done")}


@role_required(*ROUND_READERS)
def inspection_round_list(request: HtmxRequest) -> HttpResponse:
    """Rounds by state with their progress, and the share of the book that is in order and that was really seen."""
    view = request.GET.get("view", "waiting")
    view = view if view in dict(VIEWS) else "waiting"
    rows = list_rounds(request.user, view=view)
    if wanted(request):
        columns = [
            ("Round", lambda r: r.reference),
            ("Branch", lambda r: r.branch.name),
            ("Place", lambda r: r.area),
            ("Inspector", lambda r: r.inspector.full_name),
            ("Seen", lambda r: r.seen),
            ("Of", lambda r: r.total),
            ("Given out", lambda r: r.planned_date),
            ("Due", lambda r: r.due_date),
            ("Ended", lambda r: r.ended_date),
            ("State", lambda r: r.get_state_display()),
        ]
        return export_rows(request, columns, rows, "inspection-rounds")
    user, today = request.user, get_business_date()
    counts = count_rounds(user)
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": [(given, STATES[given.state]) for given in page],
        "view": view,
        "views": [Tab(label, f"?view={name}", counts[name], current=name == view) for name, label in VIEWS],
        "kpis": _kpis(seen_book(user, today=today), counts),
        "chart": _chart(user),
    }
    return render(request, "collateral/inspection_round_list.html", context)


def _kpis(book: SeenBook, counts: dict[str, int]) -> list[Kpi]:
    share, seen = book.share, book.seen_share
    how_many = f"{number(book.in_time)} of {number(book.assets)}; {number(book.never)} never seen"
    return [
        Kpi("In order", "nothing to see" if share is None else percent(share), limit="seen in time or not due yet"),
        Kpi("Seen in time", "nothing to see" if seen is None else percent(seen), limit=how_many),
        Kpi("Due", number(book.due), limit=f"{number(book.waiting)} on nobody's round", status="warn" if book.waiting else ""),
        Kpi("Watched most closely", number(book.high)),
        Kpi("Rounds open", number(counts["waiting"])),
        Kpi("Rounds overdue", number(counts["late"]), status="bad" if counts["late"] else ""),
    ]


def _chart(user: User) -> HBars | None:
    rows = in_order_by_class(user, today=get_business_date())
    if not rows:
        return None
    least = min(rows, key=lambda row: row[2] / row[1])
    return HBars(
        f"{AssetKind(least[0]).label} is furthest behind: {percent(least[2] / least[1])} in order",
        rows=[HBar(AssetKind(kind).label, in_order / total, note=f"{in_order} of {total}") for kind, total, in_order in rows],
        unit="percent",
        width=640,
        axis="Class",
        measure="In order",
    )


@role_required(*ROUND_READERS)
def inspection_round(request: HtmxRequest, inspection_round_id: UUID) -> HttpResponse:
    """One round: its assets with what was seen of each; a risk manager gives it to somebody else."""
    return _round(request, access_round(request.user, inspection_round_id), HandOverForm())


@require_POST
@role_required(*PLANNERS)
def inspection_round_hand_over(request: HtmxRequest, inspection_round_id: UUID) -> HttpResponse:
    """Draw somebody else."""
    given = access_round(request.user, inspection_round_id)
    form = HandOverForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            now = hand_over_round(
                inspection_round=given, reason=form.cleaned_data["reason"], actor=request.user, business_date=get_business_date()
            )
        except DomainError as refusal:
            add_faults(form, refusal)
            status = refusal.status
        else:
            messages.success(request, f"The lot fell on {now.inspector.full_name}.")
            return redirect("collateral:inspection_round", given.pk)
    return _round(request, given, form, status=status)


def _round(request: HtmxRequest, given: InspectionRound, form: HandOverForm, *, status: int = 200) -> HttpResponse:
    stops = stops_of(given)
    counted = [stop for stop in stops if stop.state != InspectionStop.State.DROPPED]
    waiting = given.state in InspectionRound.WAITING
    context = {
        "given": given,
        "state": STATES[given.state],
        "stops": [
            (stop, STOPS[stop.state], LEVELS[stop.level], words_of(stop.grounds), seen_rows(list(stop.inspections.all()))) for stop in stops
        ],
        "progress": f"{sum(stop.state == InspectionStop.State.DONE for stop in counted)} of {len(counted)} seen",
        "form": form,
        "may_hand_over": waiting and request.user.has_role(*PLANNERS),
        "events": events_of(audit.entries_about(given)),
    }
    return render(request, "collateral/inspection_round.html", context, status=status)


@role_required(*ROUND_READERS)
def inspection_settings(request: HtmxRequest) -> HttpResponse:
    """How often assets are seen by class and risk, the versions, and what is proposed."""
    rules = inspection_rules_in_force()
    if request.method != "POST":
        return _settings(request, InspectionSettingsForm(rules=rules), SecondPersonForm())
    form = InspectionSettingsForm(request.POST, rules=rules)

    def propose() -> None:
        propose_inspection_settings(
            document=form.document(), reason=form.cleaned_data["reason"], actor=request.user, path=reverse("collateral:inspection_settings")
        )

    if carried_out(request, form, propose, "The settings are proposed. Another risk manager has to put them in force."):
        return redirect("collateral:inspection_settings")
    return _settings(request, form, SecondPersonForm(), status=422)


@require_POST
@role_required(Role.RISK_MANAGER)
@step_up_required
def inspection_settings_decide(request: HtmxRequest, inspection_settings_id: UUID) -> HttpResponse:
    """The second person about proposed settings; who proposed them may take them back."""
    proposed = access_inspection_settings(request.user, inspection_settings_id)
    # Who takes their own back owes nobody a reason.
    form = SecondPersonForm(request.POST, reason_needed=proposed.proposed_by_id != request.user.pk)
    if carried_out(request, form, lambda: decide_inspection_settings(proposed=proposed, **form.word(), actor=request.user)):
        return redirect("collateral:inspection_settings")
    return _settings(request, InspectionSettingsForm(rules=inspection_rules_in_force()), form, status=422)


def _told(rules: InspectionRules) -> dict[str, str]:
    days = {
        AssetKind(one.kind).label: f"every {one.ordinary}, {one.raised} or {one.high} days" if one.ordinary else "never"
        for one in rules.intervals
    }
    return {**days, **{LABELS[name]: number(getattr(rules, name)) for name in NUMBERS}}


def _settings(request: HtmxRequest, form: InspectionSettingsForm, decision: SecondPersonForm, *, status: int = 200) -> HttpResponse:
    rules = inspection_rules_in_force()
    proposed = InspectionSettings.objects.filter(state=InspectionSettings.State.PROPOSED).select_related("proposed_by").first()
    before, after = _told(rules), _told(from_document(proposed.document)) if proposed else {}
    manager = request.user.has_role(Role.RISK_MANAGER)
    context = {
        "intervals": [(AssetKind(one.kind).label, one) for one in rules.intervals],
        "numbers": [(label, number(getattr(rules, name))) for name, label in LABELS.items()],
        "versions": [(version, *SETTINGS_STATES[version.state]) for version in list_inspection_settings()[:20]],
        "proposed": proposed,
        "changes": [(name, before[name], after[name]) for name in after if before[name] != after[name]],
        "may_propose": manager and proposed is None,
        "may_decide": manager and proposed is not None and proposed.proposed_by_id != request.user.pk,
        "form": form,
        "decision": decision,
    }
    return render(request, "collateral/inspection_settings.html", context, status=status)
