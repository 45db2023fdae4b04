"""Rounds of inspections: planned once a night from what is due, each for one person drawn by lot, escalated when its day passes."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from collateral.domain.inspections import Candidate, InspectionRules, Level, share_out
from collateral.events import InspectionRoundOverdue
from collateral.models import AssetOwner, InspectionPlan, InspectionRound, InspectionStop, Pledge, Valuation
from collateral.selectors.coverage import ACCEPTED_LAST
from collateral.selectors.inspection_settings import inspection_rules_in_force
from collateral.selectors.interests import interested_in_assets
from core import audit
from core.bulk_rows import in_batches
from core.errors import Conflict, DomainError
from core.events import publish_all
from core.models import AuditEntry, User, UserBranch
from core.references import next_references
from core.roles import Role
from loans.models import ApplicationOutcome

INSPECTORS = (Role.APPRAISER, Role.INVESTIGATOR)
PLANNERS = (Role.RISK_MANAGER,)
# Of one branch a night. What is left over is planned the next night, the most urgent first.
MOST_ROUNDS = 40
# The column's own length.
LONGEST_AREA = 80

# What is due, with what falls due soon in the same area of postcodes (the same town where none is on file), cut into rounds; those with the
# closest watch and the oldest day come first.
DUE = """
WITH due AS (
    SELECT i.asset_id, i.level, i.grounds, i.due_date, a.branch_id, trim(a.city) AS city, a.postcode_area,
           coalesce(nullif(a.postcode_area, ''), a.country || ' ' || lower(trim(a.city))) AS area,
           array_position(ARRAY['ORDINARY', 'RAISED', 'HIGH']::varchar[], i.level) AS closeness
    FROM collateral_inspectionplan i JOIN collateral_asset a ON a.id = i.asset_id
    WHERE i.due_date <= %(until)s
      AND NOT EXISTS (SELECT 1 FROM collateral_inspectionstop s WHERE s.asset_id = i.asset_id AND s.state = 'OPEN')
), cut AS (
    SELECT d.*, (row_number() OVER (PARTITION BY branch_id, area ORDER BY due_date > %(day)s, closeness DESC, due_date, asset_id) - 1)
           / %(stops)s AS part
    FROM due d
), judged AS (
    SELECT c.*, max(closeness) OVER r AS closest, min(due_date) OVER r AS first_due
    FROM cut c WINDOW r AS (PARTITION BY branch_id, area, part)
), ranked AS (
    SELECT j.*, dense_rank() OVER (PARTITION BY branch_id ORDER BY closest DESC, first_due, area, part) AS place
    FROM judged j WHERE first_due <= %(day)s
)
SELECT branch_id, place, asset_id, postcode_area, city, level, grounds FROM ranked WHERE place <= %(most)s
ORDER BY branch_id, place, closeness DESC, due_date, asset_id
"""


class UnableToHandOver(DomainError):
    """The round stays with whom it was given to."""

    title = "The round was not handed over"
    messages = {
        "not_entitled": "Only risk managers give a round to somebody else.",
        "reason_missing": "Write down why; the reason goes into the audit trail.",
        "nobody": "Nobody else of this branch may see what is left of this round or has room for it.",
    }


class Due(NamedTuple):
    """One asset for a round."""

    branch_id: int
    place: int
    asset_id: UUID
    postcode_area: str
    city: str
    level: str
    grounds: list[str]


class Drawn(NamedTuple):
    """Whom the lot fell on, and what they go to see."""

    inspector_id: int
    stops: list[Due]

    @property
    def is_closest(self) -> bool:
        return any(one.level == Level.HIGH for one in self.stops)


def plan_rounds(*, business_date: date) -> int:
    """Drop what backs nothing any more, end what is finished, escalate what is late, and give out what is due. Run again it does nothing.
    Returns how many rounds were given out."""
    _drop_and_end(business_date)
    _escalate(business_date)
    rules = inspection_rules_in_force()
    asked: dict[str, Any] = {
        "day": business_date,
        "until": business_date + timedelta(days=rules.ahead_days),
        "stops": rules.stops,
        "most": MOST_ROUNDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(DUE, asked)
        due = [Due(*row)._replace(grounds=json.loads(row[-1])) for row in cursor.fetchall()]
    barred = barred_from(one.asset_id for one in due)
    staff, people = candidates({one.branch_id for one in due}, business_date)
    drawn = []
    for (branch_id, _), together in groupby(due, key=lambda one: (one.branch_id, one.place)):
        if (round_of := _draw(list(together), barred, staff[branch_id], people, rules)) is not None:
            drawn.append(round_of)
    _give_out(drawn, rules, business_date)
    return len(drawn)


def _draw(
    due: list[Due], barred: dict[UUID, set[int]], staff: list[int], people: dict[int, Candidate], rules: InspectionRules
) -> Drawn | None:
    """Who of the `staff` of a branch sees what of a round; what they were given by now stands in `people` afterwards."""
    able = share_out([one.asset_id for one in due], barred, [people[key] for key in staff], rules.most_stops)
    if not able:
        return None
    inspector_id, taken = secrets.choice(able)
    stops = [one for one in due if one.asset_id in set(taken)]
    one = people[inspector_id]
    people[inspector_id] = replace(one, given=one.given + len(stops), open=one.open + len(stops))
    return Drawn(inspector_id, stops)


@transaction.atomic
def _give_out(drawn: list[Drawn], rules: InspectionRules, today: date) -> None:
    """Write the rounds of a night, a batch at a time: five statements each."""
    for batch in in_batches(drawn):
        inspectors = User.objects.in_bulk({one.inspector_id for one in batch})
        rounds = [
            InspectionRound(
                reference=reference,
                branch_id=one.stops[0].branch_id,
                inspector=inspectors[one.inspector_id],
                area=area_in_words(one.stops),
                planned_date=today,
                due_date=today + timedelta(days=rules.high_round_days if one.is_closest else rules.round_days),
            )
            for one, reference in zip(batch, next_references("IR", len(batch)), strict=True)
        ]
        InspectionRound.objects.bulk_create(rounds)
        InspectionStop.objects.bulk_create(
            InspectionStop(round=given, asset_id=stop.asset_id, position=number, level=stop.level, grounds=stop.grounds)
            for given, one in zip(rounds, batch, strict=True)
            for number, stop in enumerate(one.stops, start=1)
        )
        said = [
            _entry("inspection_round.given_out", given, today, inspector=given.inspector.username, stops=len(one.stops), due=given.due_date)
            for given, one in zip(rounds, batch, strict=True)
        ]
        audit.record_all(said)


def area_in_words(stops: list[Due]) -> str:
    """Where a round goes: the area of its postcodes with the towns in it, or the town where no postcode is on file."""
    towns = ", ".join({one.city.lower(): one.city for one in reversed(stops) if one.city}.values())
    area = stops[0].postcode_area
    words = f"{area}: {towns}" if area and towns else area or towns
    return words if len(words) <= LONGEST_AREA else f"{words[: LONGEST_AREA - 2].rstrip(', ')} …"


def candidates(branch_ids: Collection[int], today: date) -> tuple[dict[int, list[int]], dict[int, Candidate]]:
    """Who of each branch may be sent, the bank's own inspectors, and what each of them was given, in whatever branch. Two queries."""
    eligible = User.objects.filter(is_active=True, role_rows__role__in=INSPECTORS, outside_appraiser__isnull=True)
    rows = UserBranch.objects.filter(branch__in=branch_ids, user__in=eligible).values_list("branch_id", "user_id")
    staff = {key: sorted(user for branch, user in rows if branch == key) for key in branch_ids}
    keys = sorted({user for _, user in rows})
    since = today - timedelta(days=365)
    counts = {
        row[0]: row[1:]
        for row in InspectionStop.objects.filter(round__inspector__in=keys, round__planned_date__gt=since)
        .order_by()
        .values("round__inspector")
        .annotate(given=Count("pk"), waiting=Count("pk", filter=Q(state=InspectionStop.State.OPEN)))
        .values_list("round__inspector", "given", "waiting")
    }
    return staff, {key: Candidate(key, *counts.get(key, (0, 0))) for key in keys}


def barred_from(asset_ids: Iterable[UUID]) -> dict[UUID, set[int]]:
    """Who may not see each asset for the bank: whoever owns or registered it, took a file in that it backs, decided it, gave the last
    value that an appraiser gave, whatever rules computed since, or declared an interest in a party of such a file. Eight queries at most,
    however many assets.
    """
    found: dict[UUID, set[int]] = defaultdict(set)
    keys = list(asset_ids)
    pledges = Pledge.objects.filter(asset__in=keys).values_list(
        "asset_id", "asset__registered_by", "application__officer", "application_id", "asset__owner_name"
    )
    files: dict[UUID, list[UUID]] = defaultdict(list)
    owned: dict[str, set[UUID]] = defaultdict(set)
    for asset_id, registered_by, officer, application_id, owner in pledges:
        found[asset_id] |= {registered_by, officer}
        files[application_id].append(asset_id)
        owned[owner.lower()].add(asset_id)
    for asset_id, owner in AssetOwner.objects.filter(asset__in=keys).values_list("asset_id", "person__name"):
        owned[owner.lower()].add(asset_id)
    for person, name in User.objects.annotate(known=Lower("full_name")).filter(known__in=owned).values_list("pk", "known"):
        for asset_id in owned[name]:
            found[asset_id].add(person)
    for application_id, decided_by in ApplicationOutcome.objects.filter(application__in=files).values_list("application_id", "decided_by"):
        for asset_id in files[application_id]:
            found[asset_id].add(decided_by)
    counted = (Valuation.State.ACCEPTED, Valuation.State.EXPIRED)
    valued = Valuation.objects.filter(asset__in=keys, state__in=counted, appraiser__isnull=False)
    for asset_id, appraiser in dict(valued.order_by(*ACCEPTED_LAST).values_list("asset_id", "appraiser")).items():
        found[asset_id].add(appraiser)
    for asset_id, staff in interested_in_assets(keys).items():
        found[asset_id] |= staff
    return found


@transaction.atomic
def hand_over_round(*, inspection_round: InspectionRound, reason: str, actor: User, business_date: date) -> InspectionRound:
    """Draw somebody else for what is left of a round.

    Raises UnableToHandOver: `not_entitled`, `reason_missing`, `nobody`; Conflict when it is done.
    """
    if not actor.has_role(*PLANNERS):
        raise UnableToHandOver("not_entitled")
    if not reason.strip():
        raise UnableToHandOver("reason_missing")
    locked = InspectionRound.objects.select_for_update(of=("self",)).select_related("inspector").get(pk=inspection_round.pk)
    if locked.state not in InspectionRound.WAITING:
        raise Conflict("already_advanced", state=locked.get_state_display().lower())
    left = list(locked.stops.filter(state=InspectionStop.State.OPEN).values_list("asset_id", flat=True))
    people = candidates({locked.branch_id}, business_date)[1]
    people.pop(locked.inspector_id, None)
    whole = [
        key for key, taken in share_out(left, barred_from(left), list(people.values()), inspection_rules_in_force().most_stops)
        if len(taken) == len(left)
    ]  # fmt: skip
    if not whole:
        raise UnableToHandOver("nobody")
    before = locked.inspector.username
    locked.inspector = User.objects.get(pk=secrets.choice(whole))
    locked.save(update_fields=["inspector"])
    audit.record(
        "inspection_round.handed_over",
        actor=actor,
        target=locked,
        business_date=business_date,
        reason=reason.strip(),
        before=before,
        inspector=locked.inspector.username,
    )
    return locked


@transaction.atomic
def end_finished(rounds: QuerySet[InspectionRound], today: date) -> None:
    """End those of some waiting rounds that have no open stop, a batch at a time: three statements each."""
    left = InspectionStop.objects.filter(round=OuterRef("pk"), state=InspectionStop.State.OPEN)
    finished = rounds.filter(~Exists(left), state__in=InspectionRound.WAITING).select_for_update(of=("self",)).order_by("pk")
    for batch in in_batches(finished):
        InspectionRound.objects.filter(pk__in=[one.pk for one in batch]).update(state=InspectionRound.State.DONE, ended_date=today)
        audit.record_all([_entry("inspection_round.ended", one, today) for one in batch])


def _drop_and_end(today: date) -> None:
    unplanned = InspectionStop.objects.filter(state=InspectionStop.State.OPEN).exclude(asset__in=InspectionPlan.objects.values("asset"))
    unplanned.update(state=InspectionStop.State.DROPPED)
    end_finished(InspectionRound.objects.all(), today)


@transaction.atomic
def _escalate(today: date) -> None:
    late = InspectionRound.objects.filter(state=InspectionRound.State.OPEN, due_date__lt=today)
    for batch in in_batches(late.select_for_update(of=("self",)).order_by("pk")):
        InspectionRound.objects.filter(pk__in=[one.pk for one in batch]).update(state=InspectionRound.State.ESCALATED)
        audit.record_all([_entry("inspection_round.escalated", one, today) for one in batch])
        publish_all([InspectionRoundOverdue(inspection_round_id=str(one.pk)) for one in batch])


def _entry(action: str, one: InspectionRound, today: date, **details: Any) -> AuditEntry:
    """An audit entry about a round by the night or by what follows from an inspection, not written yet."""
    return audit.entry(action, actor=None, actor_name="rule", target=one, branch=one.branch_id, business_date=today, **details)
