"""Reads of inspections: an inspector's own stops, rounds for those who answer for the book, and what was seen of an asset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q, QuerySet

from collateral.models import Asset, AssetPhoto, Inspection, InspectionPlan, InspectionRound, InspectionStop
from core import access
from core.errors import NotFound
from core.models import User
from core.roles import Role

# Rounds come unannounced: officers and collectors, who talk to borrowers, learn of them when they are done. An inspector sees their own.
ROUND_READERS = (Role.RISK_MANAGER, Role.APPROVER, Role.COMPLIANCE, Role.AUDITOR)
VIEWS = (("waiting", "Open"), ("late", "Overdue"), ("done", "Done"))
_VIEW_ROWS = {
    "waiting": Q(state__in=InspectionRound.WAITING),
    "late": Q(state=InspectionRound.State.ESCALATED),
    "done": Q(state=InspectionRound.State.DONE),
}
OPEN, DONE = InspectionStop.State.OPEN, InspectionStop.State.DONE


def visible_rounds(user: User) -> QuerySet[InspectionRound]:
    """The rounds a user may see whole: those of their branches, for whoever answers for them; else their own."""
    rows = access.within_branches(user, InspectionRound.objects.all())
    return rows if user.has_role(*ROUND_READERS) else rows.filter(inspector=user)


def list_rounds(user: User, *, view: str) -> QuerySet[InspectionRound]:
    """Rounds with how many of their assets were seen: what is due first comes first; of those done, the newest. One query."""
    rows = visible_rounds(user).filter(_VIEW_ROWS[view]).select_related("inspector", "branch")
    rows = rows.annotate(
        seen=Count("stops", filter=Q(stops__state=DONE)), total=Count("stops", filter=~Q(stops__state=InspectionStop.State.DROPPED))
    )
    return rows.order_by("-ended_date", "-id") if view == "done" else rows.order_by("due_date", "id")


def count_rounds(user: User) -> dict[str, int]:
    """How many stand in each view: one query."""
    return visible_rounds(user).aggregate(**{name: Count("pk", filter=_VIEW_ROWS[name]) for name, _ in VIEWS})


def access_round(user: User, round_id: UUID) -> InspectionRound:
    """One round, or NotFound."""
    return access.one(visible_rounds(user).select_related("inspector", "branch"), pk=round_id)


def stops_of(given: InspectionRound) -> list[InspectionStop]:
    """A round's stops in their order, each with its inspections, newest first."""
    return list(given.stops.select_related("asset").prefetch_related(_with_photos("inspections")).order_by("position"))


def access_stop(user: User, stop_id: UUID) -> InspectionStop:
    """One stop of a round the user may see, or NotFound."""
    rows = InspectionStop.objects.select_related("asset", "round__inspector", "round__branch")
    stop = access.one(rows.prefetch_related(_with_photos("inspections")), pk=stop_id)
    if not visible_rounds(user).filter(pk=stop.round_id).exists():
        raise NotFound
    return stop


def own_stops(user: User) -> list[InspectionStop]:
    """What an inspector has on open rounds, what is due first first, seen ones too: one query."""
    rows = InspectionStop.objects.filter(round__inspector=user, round__state__in=InspectionRound.WAITING)
    rows = rows.exclude(state=InspectionStop.State.DROPPED).select_related("asset", "round")
    return list(rows.order_by("round__due_date", "round_id", "position"))


def count_own_stops(user: User) -> int:
    """How many assets wait for this inspector."""
    return InspectionStop.objects.filter(round__inspector=user, state=OPEN).count()


def inspections_of(asset: Asset) -> list[Inspection]:
    """What was seen of an asset, newest first."""
    return list(asset.inspections.select_related("inspector", "stop__round").prefetch_related(_photos()).order_by("-id")[:20])


def plan_of(asset: Asset, user: User) -> InspectionPlan | None:
    """When an asset is to be seen next, for those who may know; None when it backs nothing."""
    return InspectionPlan.objects.filter(asset=asset).first() if user.has_role(*ROUND_READERS) else None


def _photos() -> Prefetch[str, QuerySet[AssetPhoto], str]:
    return Prefetch("photos", AssetPhoto.objects.select_related("document"))


def _with_photos(name: str) -> Prefetch[str, QuerySet[Inspection], str]:
    return Prefetch(name, Inspection.objects.select_related("inspector").prefetch_related(_photos()).order_by("-id"))


@dataclass(frozen=True)
class SeenBook:
    """How far the assets behind running loans are seen within their interval; `in_time`: seen, and not due again yet; `waiting`: due and on
    nobody's round."""

    assets: int
    due: int
    in_time: int
    never: int
    high: int
    waiting: int

    @property
    def share(self) -> float | None:
        """In order, which is seen within their interval or not due for the first time yet, a fraction;
        None for a book without assets to see.
        """
        return 1 - self.due / self.assets if self.assets else None

    @property
    def seen_share(self) -> float | None:
        """Seen within their interval, a fraction; None for a book without assets to see."""
        return self.in_time / self.assets if self.assets else None


def seen_book(user: User, *, today: date) -> SeenBook:
    """The figures over the plans of a user's branches: one query."""
    rows = access.within_branches(user, InspectionPlan.objects.all(), branch="asset__branch")
    open_stops = InspectionStop.objects.filter(state=OPEN).values("asset")
    found = rows.aggregate(
        assets=Count("pk"),
        due=Count("pk", filter=Q(due_date__lte=today)),
        in_time=Count("pk", filter=Q(due_date__gt=today, seen_date__isnull=False)),
        never=Count("pk", filter=Q(seen_date=None)),
        high=Count("pk", filter=Q(level=InspectionPlan.Level.HIGH)),
        waiting=Count("pk", filter=Q(due_date__lte=today) & ~Q(asset__in=open_stops)),
    )
    return SeenBook(**found)


def in_order_by_class(user: User, *, today: date) -> list[tuple[str, int, int]]:
    """By class of assets: how many there are and how many of them are in order: seen within their interval or not due yet. One query."""
    rows = access.within_branches(user, InspectionPlan.objects.all(), branch="asset__branch").annotate(kind=F("asset__kind"))
    counted = rows.order_by().values("kind").annotate(total=Count("pk"), in_order=Count("pk", filter=Q(due_date__gt=today)))
    return sorted(counted.values_list("kind", "total", "in_order"), key=lambda row: -row[1])
