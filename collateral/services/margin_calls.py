"""Margin calls: made by the night, and at once under new haircuts, when cover falls under what was agreed, met by whatever puts it right,
escalated when nothing does.

All three steps work on a range of loan ids and are idempotent: run again they change nothing and tell nobody.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from collateral.domain.margin import Standing, answer_of, shortfall
from collateral.domain.revaluation import Settings
from collateral.events import CoverageFellShort, LiensExceedValue, MarginCallUnanswered
from collateral.models import Covenant, Cover, MarginCall, Pledge
from collateral.selectors.lapsed import available_with_lapsed, standings_of
from collateral.selectors.value_settings import settings_in_force
from collateral.services.covers import refresh_covers
from core import audit
from core.bulk_rows import BATCH, copy_in, in_batches, read_batches
from core.business_date import closed_days
from core.events import publish_all
from core.models import AuditEntry
from core.workdays import shift
from loans.models import Loan
from loans.selectors.loans import LIVE

# Where a value ran out this finds more than is called: what it last was is counted after.
SHORT = """
SELECT c.loan_id, c.exposure, c.available, c.pledges, c.unvalued, v.min_coverage, l.reference, l.branch_id,
       (SELECT coalesce(max(number), 0) FROM collateral_margincall WHERE loan_id = c.loan_id) AS last
FROM collateral_cover c
JOIN loans_loan l ON l.id = c.loan_id AND l.state = 'ACTIVE'
JOIN collateral_covenant v ON v.application_id = l.application_id
WHERE c.loan_id BETWEEN %(first)s AND %(last)s AND c.exposure > 0
  AND c.exposure * v.min_coverage - c.available > c.exposure * %(least)s
  AND NOT EXISTS (SELECT 1 FROM collateral_margincall m WHERE m.loan_id = c.loan_id AND m.state IN ('OPEN', 'ESCALATED'))
ORDER BY c.loan_id
"""
# Two who measure the same loans call once: the second waits for the first, and then sees what it made.
HELD = "SELECT FROM collateral_cover WHERE loan_id = ANY(%(loans)s) ORDER BY loan_id FOR UPDATE"
CALLED = "SELECT loan_id FROM collateral_margincall WHERE loan_id = ANY(%(loans)s) AND state IN ('OPEN', 'ESCALATED')"
UNTOLD = "SELECT loan_id FROM collateral_cover WHERE loan_id BETWEEN %(first)s AND %(last)s AND told <> (overhang > 0) ORDER BY loan_id"
TELL = """
UPDATE collateral_cover SET told = overhang > 0 WHERE loan_id = ANY(%(loans)s) AND told <> (overhang > 0)
RETURNING loan_id, overhang, told
"""
# By compare and set: a call that somebody ended meanwhile is not ended again.
END = """
UPDATE collateral_margincall t SET state = n.state, answer = n.answer, ended_date = %(day)s
FROM unnest(%(calls)s::uuid[], %(states)s::text[], %(answers)s::text[]) AS n(id, state, answer)
WHERE t.id = n.id AND t.state IN ('OPEN', 'ESCALATED')
RETURNING t.id
"""
# Of a call, its loan and its cover what is looked at: a loan has many columns, and a bad night many calls.
_READ = (
    *(field.name for field in MarginCall._meta.concrete_fields),
    "loan__reference",
    "loan__branch",
    *(f"loan__cover__{name}" for name in ("exposure", "available", "pledges", "unvalued")),
)


def watch_covers(*, business_date: date, first_loan_id: int, last_loan_id: int, late: bool = True) -> int:
    """End the calls that are met, escalate those past their day (unless not `late`: a day ends at night), make new ones, and tell of liens
    beyond the value: a batch at a time, each with the same few statements, however many fall short on one night. Returns how many."""
    changed = 0
    waiting = _waiting().filter(loan__gte=first_loan_id, loan__lte=last_loan_id).order_by("loan")
    for calls in in_batches(waiting.iterator(chunk_size=BATCH)):
        ended = _end_met(calls, business_date)
        changed += len(ended) + (_escalate([call for call in calls if call.pk not in ended], business_date) if late else 0)
    settings = settings_in_force()
    asked: dict[str, Any] = {"first": first_loan_id, "last": last_loan_id, "least": settings.least_call}
    for short in read_batches(SHORT, asked):
        changed += _call(short, settings, business_date)
    for untold in read_batches(UNTOLD, asked):
        with connection.cursor() as cursor:
            cursor.execute(TELL, {"loans": [loan_id for (loan_id,) in untold]})
            told = sorted((loan_id, overhang) for loan_id, overhang, stands in cursor.fetchall() if stands)
        publish_all([LiensExceedValue(loan_id=loan_id, overhang=str(overhang)) for loan_id, overhang in told])
        changed += len(told)
    return changed


def review_cover(loan: Loan, *, business_date: date) -> Cover | None:
    """Measure one loan anew after a change, and end its call when it is met."""
    refresh_covers(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
    _end_met(list(_waiting().filter(loan=loan)), business_date)
    return Cover.objects.filter(loan=loan).first()


def review_covers(application_id: UUID, *, business_date: date) -> None:
    """Measure every running loan of an application anew after what secures it changed: under a limit there are many."""
    for loan in Loan.objects.filter(application=application_id, state__in=LIVE).order_by("pk"):
        review_cover(loan, business_date=business_date)


def _waiting() -> QuerySet[MarginCall]:
    """Calls that wait, each with its loan and its cover, what is agreed now, and whether another asset came for one before since."""
    agreed = Covenant.objects.filter(application=OuterRef("loan__application"))
    swapped = Pledge.objects.filter(application=OuterRef("loan__application"), state="SUBSTITUTED", ended_date__gte=OuterRef("raised_date"))
    rows = MarginCall.objects.filter(state__in=MarginCall.WAITING).select_related("loan__cover").only(*_READ)
    return rows.annotate(agreed=Subquery(agreed.values("min_coverage")), swapped=Exists(swapped))


def _call(short: list[tuple[Any, ...]], settings: Settings, today: date) -> int:
    """Ask for what is lacking, of those rows of SHORT that lack it with values that ran out counted too and were not called meanwhile."""
    asked = {"loans": [row[0] for row in short]}
    with connection.cursor() as cursor:
        cursor.execute(HELD, asked)
        cursor.execute(CALLED, asked)
        called_before = {loan_id for (loan_id,) in cursor.fetchall()}
    short = [row for row in short if row[0] not in called_before]
    counted = available_with_lapsed([row[0] for row in short if row[4]], business_date=today)
    due = shift(today + timedelta(days=settings.cure_days), closed_days(), "following")
    calls, entries = [], []
    for loan_id, exposure, available, pledges, _, min_coverage, reference, branch_id, last in short:
        standing = Standing(exposure, counted.get(loan_id, available), pledges)
        called = shortfall(standing, min_coverage)
        if called <= exposure * settings.least_call:
            continue
        call = MarginCall(
            loan_id=loan_id,
            number=last + 1,
            exposure=exposure,
            available=standing.available,
            pledges=pledges,
            min_coverage=min_coverage,
            called=called,
            raised_date=today,
            due_date=due,
        )
        calls.append(call)
        entries.append(_entry("margin_call.made", call, f"{reference}/{call.number}", branch_id, today, called=called, due=due))
    if calls:
        copy_in(MarginCall, calls)
        audit.record_all(entries)
        publish_all([CoverageFellShort(loan_id=call.loan_id, margin_call_id=str(call.pk)) for call in calls])
    return len(calls)


def _end_met(waiting: list[MarginCall], today: date) -> set[UUID]:
    """End those of `_waiting` calls that are met. Gives their keys."""
    standings = standings_of([call.loan.cover for call in waiting], business_date=today)
    met: dict[UUID, tuple[MarginCall, str, str]] = {}
    for call in waiting:
        now, least = standings[call.loan_id], getattr(call, "agreed", None) or Decimal(0)
        if shortfall(now, least) > 0:
            continue
        # What is met only because less is asked for now was waived by whoever agreed to that.
        waived = least < call.min_coverage and shortfall(now, call.min_coverage) > 0
        answer = "" if waived else answer_of(Standing(call.exposure, call.available, call.pledges), now, getattr(call, "swapped", False))
        met[call.pk] = (call, MarginCall.State.WAIVED if waived else MarginCall.State.MET, answer)
    if not met:
        return set()
    asked: dict[str, Any] = {
        "day": today,
        "calls": list(met),
        "states": [state for _, state, _ in met.values()],
        "answers": [answer for _, _, answer in met.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(END, asked)
        ended = {key for (key,) in cursor.fetchall()}
    audit.record_all(
        [_about(f"margin_call.{state.lower()}", call, today, answer=answer) for key, (call, state, answer) in met.items() if key in ended]
    )
    return ended


def _escalate(waiting: list[MarginCall], today: date) -> int:
    late = {call.pk: call for call in waiting if call.state == MarginCall.State.OPEN and call.due_date < today}
    if not late:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE collateral_margincall SET state = 'ESCALATED' WHERE id = ANY(%s) AND state = 'OPEN' RETURNING id", [list(late)]
        )
        done = {key for (key,) in cursor.fetchall()}
    calls = [call for key, call in late.items() if key in done]
    audit.record_all([_about("margin_call.escalated", call, today) for call in calls])
    publish_all([MarginCallUnanswered(loan_id=call.loan_id, margin_call_id=str(call.pk)) for call in calls])
    return len(calls)


def _about(action: str, call: MarginCall, today: date, **details: Any) -> AuditEntry:
    return _entry(action, call, call.reference, call.loan.branch_id, today, **details)


def _entry(action: str, call: MarginCall, label: str, branch: int, today: date, **details: Any) -> AuditEntry:
    return audit.entry(action, actor=None, actor_name="rule", target=call, branch=branch, label=label, business_date=today, **details)
