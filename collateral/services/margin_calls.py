"""Margin calls: made by the night when cover falls under what was agreed, met by whatever puts it right, escalated when nothing does.

All three steps work on a range of loan ids and are idempotent: run again they change nothing and tell nobody.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max

from collateral.domain.margin import Standing, answer_of, shortfall
from collateral.events import CoverageFellShort, LiensExceedValue, MarginCallUnanswered
from collateral.models import Covenant, Cover, MarginCall, Pledge
from collateral.selectors.lapsed import available_with_lapsed, standings_of
from collateral.selectors.value_settings import settings_in_force
from collateral.services.covers import refresh_covers
from core import audit
from core.business_date import closed_days
from core.events import publish_all
from core.workdays import shift
from loans.models import Loan
from loans.selectors.loans import LIVE

# Where a value ran out this finds more than is called: what it last was is counted after.
SHORT = """
SELECT c.loan_id, c.exposure, c.available, c.pledges, c.unvalued, v.min_coverage
FROM collateral_cover c
JOIN loans_loan l ON l.id = c.loan_id AND l.state = 'ACTIVE'
JOIN collateral_covenant v ON v.application_id = l.application_id
WHERE c.loan_id BETWEEN %(first)s AND %(last)s AND c.exposure > 0
  AND c.exposure * v.min_coverage - c.available > c.exposure * %(least)s
  AND NOT EXISTS (SELECT 1 FROM collateral_margincall m WHERE m.loan_id = c.loan_id AND m.state IN ('OPEN', 'ESCALATED'))
ORDER BY c.loan_id
"""
TELL = """
UPDATE collateral_cover SET told = overhang > 0
WHERE loan_id BETWEEN %(first)s AND %(last)s AND told <> (overhang > 0)
RETURNING loan_id, overhang, told
"""


def watch_covers(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """End the calls that are met, escalate those past their day, make new ones, and tell of liens beyond the value. Returns how many."""
    waiting = list(
        MarginCall.objects.filter(state__in=MarginCall.WAITING, loan__gte=first_loan_id, loan__lte=last_loan_id).select_related("loan")
    )
    ended = _end_met(waiting, business_date)
    late = _escalate([call for call in waiting if call.ended_date is None], business_date)
    settings = settings_in_force()
    asked: dict[str, Any] = {"first": first_loan_id, "last": last_loan_id, "least": settings.least_call}
    with connection.cursor() as cursor:
        cursor.execute(SHORT, asked)
        short = cursor.fetchall()
        cursor.execute(TELL, asked)
        told = [row for row in cursor.fetchall() if row[2]]
    counted = available_with_lapsed([row[0] for row in short if row[4]], business_date=business_date)
    made = 0
    for loan_id, exposure, available, pledges, _, min_coverage in short:
        standing = Standing(exposure, counted.get(loan_id, available), pledges)
        if shortfall(standing, min_coverage) > exposure * settings.least_call:
            _call(loan_id, standing, min_coverage, business_date)
            made += 1
    publish_all([LiensExceedValue(loan_id=loan_id, overhang=str(overhang)) for loan_id, overhang, _ in told])
    return ended + late + made + len(told)


def review_cover(loan: Loan, *, business_date: date) -> Cover | None:
    """Measure one loan anew after a change, and end its call when it is met."""
    refresh_covers(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
    _end_met(list(MarginCall.objects.filter(state__in=MarginCall.WAITING, loan=loan).select_related("loan")), business_date)
    return Cover.objects.filter(loan=loan).first()


def review_covers(application_id: UUID, *, business_date: date) -> None:
    """Measure every running loan of an application anew after what secures it changed: under a limit there are many."""
    for loan in Loan.objects.filter(application=application_id, state__in=LIVE).order_by("pk"):
        review_cover(loan, business_date=business_date)


def _call(loan_id: int, standing: Standing, min_coverage: Decimal, today: date) -> MarginCall:
    last = MarginCall.objects.filter(loan_id=loan_id).aggregate(last=Max("number"))["last"] or 0
    call = MarginCall.objects.create(
        loan=Loan.objects.get(pk=loan_id),
        number=last + 1,
        exposure=standing.exposure,
        available=standing.available,
        pledges=standing.pledges,
        min_coverage=min_coverage,
        called=shortfall(standing, min_coverage),
        raised_date=today,
        due_date=shift(today + timedelta(days=settings_in_force().cure_days), closed_days(), "following"),
    )
    _record("margin_call.made", call, today, called=call.called, due=call.due_date)
    publish_all([CoverageFellShort(loan_id=loan_id, margin_call_id=str(call.pk))])
    return call


def _end_met(waiting: list[MarginCall], today: date) -> int:
    standings = standings_of(Cover.objects.filter(loan__in=[call.loan_id for call in waiting]), business_date=today)
    agreed = {
        c.application_id: c.min_coverage for c in Covenant.objects.filter(application__in=[call.loan.application_id for call in waiting])
    }
    met = 0
    for call in waiting:
        now = standings[call.loan_id]
        least = agreed.get(call.loan.application_id, Decimal(0))
        if shortfall(now, least) > 0:
            continue
        given = Pledge.objects.filter(application=call.loan.application_id, state="SUBSTITUTED", ended_date__gte=call.raised_date).exists()
        # What is met only because less is asked for now was waived by whoever agreed to that.
        waived = least < call.min_coverage and shortfall(now, call.min_coverage) > 0
        call.state = MarginCall.State.WAIVED if waived else MarginCall.State.MET
        call.answer = "" if waived else answer_of(Standing(call.exposure, call.available, call.pledges), now, given)
        call.ended_date = today
        call.save(update_fields=["state", "answer", "ended_date"])
        _record("margin_call.waived" if waived else "margin_call.met", call, today, answer=call.answer)
        met += 1
    return met


def _escalate(waiting: list[MarginCall], today: date) -> int:
    late = [call for call in waiting if call.state == MarginCall.State.OPEN and call.due_date < today]
    for call in late:
        call.state = MarginCall.State.ESCALATED
        call.save(update_fields=["state"])
        _record("margin_call.escalated", call, today)
    publish_all([MarginCallUnanswered(loan_id=call.loan_id, margin_call_id=str(call.pk)) for call in late])
    return len(late)


def _record(action: str, call: MarginCall, today: date, **details: Any) -> None:
    audit.record(
        action,
        actor=None,
        actor_name="rule",
        target=call,
        branch=call.loan.branch_id,
        label=call.reference,
        business_date=today,
        **details,
    )
