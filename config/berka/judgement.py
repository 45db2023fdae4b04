"""The later loans: applications with what was known on the day of the grant, scored by scorecards that had not seen them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from config.berka.foundation import PURPOSE, product_version
from config.berka.past import KnownLoan
from config.berka.progress import Progress
from config.berka.standing import ACTOR, brought_by, note_step
from core import events
from core.business_date import get_business_date
from core.models import User
from loans.models import Borrower
from loans.services.past_applications import record_past_application
from risk.services.investigations import open_investigation
from risk.services.past_loans import Judged, PastLoan, judge_past_loans

STEP = "judgement"


def judge(loans: list[KnownLoan], *, progress: Progress) -> dict[str, Any]:
    """Take the applications in and have them judged, once. Nothing of what came after the grant is looked at. Returns what it brought."""
    if (done := brought_by(STEP)) is not None:
        return done
    with transaction.atomic():
        past = [_take_in(known) for known in loans]
        statuses = {one.application.pk: known.row.status for one, known in zip(past, loans, strict=True)}
        judged, area = judge_past_loans(
            loans=past,
            actor=User.objects.get(username="risk1"),
            business_date=get_business_date(),
            progress=lambda done, of: progress(done, of, "scoring loans"),
        )
        brought = note_step(
            STEP,
            {
                "loans": len(judged),
                "auc": None if area is None else round(area, 4),
                "by_outcome": _by_outcome(judged, statuses),
                "amount": f"{sum((one.loan.application.amount or Decimal(0) for one in judged), Decimal(0)):.2f}",
            },
        )
    while events.deliver_pending():
        pass
    return brought


def _take_in(known: KnownLoan) -> PastLoan:
    row = known.row
    borrower = Borrower.objects.get(pk=known.account.borrower_id)
    application = record_past_application(
        borrower=borrower,
        version=product_version(),
        amount=row.amount,
        term_months=row.months,
        purpose_code=PURPOSE,
        external_reference=known.reference,
        business_date=row.granted_date,
        actor_name=ACTOR,
    )
    open_investigation(application=application, business_date=row.granted_date)
    return PastLoan(application, row.granted_date, row.is_bad)


def _by_outcome(judged: list[Judged], statuses: dict[Any, str]) -> dict[str, Any]:
    """By how the loans ended (their status): how many, their mean score, and what was recommended on the day."""
    found: dict[str, Any] = {}
    for status in sorted(set(statuses.values())):
        group = [one for one in judged if statuses[one.loan.application.pk] == status]
        points = [one.points for one in group if one.points is not None]
        found[status] = {
            "loans": len(group),
            "mean_score": round(sum(points) / len(points), 1) if points else None,
            "recommended": {word: sum(one.recommendation == word for one in group) for word in ("APPROVE", "REFER", "DECLINE")},
        }
    return found
