"""What a bad night tells of becomes alerts in as many statements for three as for thirty, one each, whoever was told before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from blacklist.models import BlacklistEntry
from collateral.events import (
    CoverageFellShort,
    FlagReviewOverdue,
    InspectionFoundFault,
    InspectionRoundOverdue,
    InsuranceEnds,
    LiensExceedValue,
    MarginCallUnanswered,
    RevaluationDue,
    ValuationOverdue,
)
from collateral.models import Asset, Inspection, InspectionRound, InspectionStop, MarginCall, RedFlag, Valuation
from core.events import Event, deliver_pending, publish_all
from core.models import AuditEntry, Branch, OutboxEvent, PartnerClient, Proposal, User
from core.roles import Role
from loans.events import LoanMaturedUnpaid, LoanPassedMilestone
from loans.models import Application, Loan, WebhookDelivery, WebhookEndpoint
from monitoring.models import Alert
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import hire
from tests.shared_rows import shared

FEW, MANY = 3, 30
# What also proposes an entry of the blacklist for who borrows.
LISTED = ("DEFAULTED", "MATURED_UNPAID")
Pledged = Sequence[tuple[Lent, Asset]]


@shared
def pledged(branch: Branch, product: Any, today: Any) -> list[tuple[Lent, Asset]]:
    """Loans with their houses."""
    book = Book(branch, product, today)
    return [(book.lend(1_000), book.asset(2_000)) for _ in range(FEW + MANY)]


@shared
def partner(branch: Branch) -> PartnerClient:
    """A partner who brought the loans, and wants to be told of those that fall behind."""
    made = PartnerClient.objects.create(name="Portal", client_id="portal", branch=branch)
    WebhookEndpoint.objects.create(partner=made, url="https://portal.example/", events=["loan.overdue"], secret="whsec_x")
    return made


@shared
def inspector(branch: Branch) -> User:
    return hire("ines_inspector", Role.APPRAISER, branch=branch)


def calls(some: Pledged) -> list[MarginCall]:
    shared_values: dict[str, Any] = {"number": 1, "exposure": 1_000, "available": 500, "pledges": 1, "min_coverage": 1, "called": 500}
    days = [(asset.registered_date, asset.registered_date + timedelta(days=9)) for _, asset in some]
    rows = [
        MarginCall(loan=lent.loan, raised_date=first, due_date=last, **shared_values)
        for (lent, _), (first, last) in zip(some, days, strict=True)
    ]
    return MarginCall.objects.bulk_create(rows)


def late_values(some: Pledged, person: User) -> list[Event]:
    Valuation.objects.filter(asset__in=[asset for _, asset in some]).update(state="ORDERED", appraiser=person)
    rows = Valuation.objects.filter(asset__in=[asset for _, asset in some])
    return [ValuationOverdue(valuation_id=str(row.pk), asset_id=str(row.asset_id), due_date="2026-03-01") for row in rows]


def late_flags(some: Pledged) -> list[Event]:
    flags = [RedFlag(asset=asset, code="idle", text="Idle.", raised_date=asset.registered_date) for _, asset in some]
    told = [FlagReviewOverdue(flag_id=str(row.pk), asset_id=str(row.asset_id), due_date="") for row in RedFlag.objects.bulk_create(flags)]
    return list(told)


def late_rounds(some: Pledged, person: User) -> list[Event]:
    day = some[0][1].registered_date
    planned: dict[str, Any] = {"inspector": person, "branch": some[0][1].branch, "planned_date": day - timedelta(days=9), "due_date": day}
    rounds = InspectionRound.objects.bulk_create([InspectionRound(reference=f"IR-{asset.reference}", **planned) for _, asset in some])
    stops = [InspectionStop(round=one, asset=asset, position=1) for one, (_, asset) in zip(rounds, some, strict=True)]
    InspectionStop.objects.bulk_create(stops)
    return [InspectionRoundOverdue(inspection_round_id=str(one.pk)) for one in rounds]


def found_faults(some: Pledged, person: User) -> list[Event]:
    late_rounds(some, person)
    seen: dict[str, Any] = {"inspector": person, "presence": "ABSENT", "faults": ["not_found"], "fingerprint": "x"}
    rows = [
        Inspection(
            stop=stop, asset=stop.asset, client_key=uuid4(), seen_date=stop.round.due_date, recorded_date=stop.round.due_date, **seen
        )
        for stop in InspectionStop.objects.filter(asset__in=[asset for _, asset in some]).select_related("round", "asset")
    ]
    return [InspectionFoundFault(inspection_id=str(row.pk)) for row in Inspection.objects.bulk_create(rows)]


def told(kind: str, some: Pledged, person: User) -> Sequence[Event]:
    """The events of one kind about some loans and houses."""
    makers: dict[str, Callable[[], Sequence[Event]]] = {
        "REVALUATION_DUE": lambda: [
            RevaluationDue(asset_id=str(asset.pk), loan_id=lent.loan.pk, expired_date="2026-03-01", reason="FELL") for lent, asset in some
        ],
        "INSURANCE_LAPSED": lambda: [
            InsuranceEnds(asset_id=str(asset.pk), loan_id=lent.loan.pk, until_date="", lapsed=True) for lent, asset in some
        ],
        "LIENS": lambda: [LiensExceedValue(loan_id=lent.loan.pk, overhang="500") for lent, _ in some],
        "MARGIN_CALL": lambda: [CoverageFellShort(loan_id=call.loan_id, margin_call_id=str(call.pk)) for call in calls(some)],
        "MARGIN_LATE": lambda: [MarginCallUnanswered(loan_id=call.loan_id, margin_call_id=str(call.pk)) for call in calls(some)],
        "VALUATION_LATE": lambda: late_values(some, person),
        "REVIEW_LATE": lambda: late_flags(some),
        "ROUND_LATE": lambda: late_rounds(some, person),
        "INSPECTION": lambda: found_faults(some, person),
        "OVERDUE": lambda: [
            LoanPassedMilestone(loan_id=lent.loan.pk, milestone=1, days_past_due=1, business_date="2026-03-01") for lent, _ in some
        ],
        "DEFAULTED": lambda: [
            LoanPassedMilestone(loan_id=lent.loan.pk, milestone=91, days_past_due=91, business_date="2026-03-01") for lent, _ in some
        ],
        "MATURED_UNPAID": lambda: [LoanMaturedUnpaid(loan_id=lent.loan.pk, business_date="2026-03-01") for lent, _ in some],
    }
    return makers[kind]()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind",
    [
        "REVALUATION_DUE", "INSURANCE_LAPSED", "LIENS", "MARGIN_CALL", "MARGIN_LATE", "VALUATION_LATE", "REVIEW_LATE", "ROUND_LATE",
        "INSPECTION", "OVERDUE", *LISTED,
    ],
)  # fmt: skip
def test_cost_as_many_statements_for_three_as_for_thirty(
    pledged: list[tuple[Lent, Asset]], inspector: User, partner: PartnerClient, kind: str
) -> None:
    cost = {}
    for some in (pledged[:FEW], pledged[FEW:]):
        with transaction.atomic():
            OutboxEvent.objects.all().delete()
            Loan.objects.update(arrears=500)
            Application.objects.filter(loans__in=[lent.loan for lent, _ in some]).update(partner=partner)
            events = told(kind, some, inspector)
            publish_all(events)
            with CaptureQueriesContext(connection) as asked:
                assert deliver_pending(limit=len(some)) == len(some)
            cost[len(some)] = len(asked)
            alerts = Alert.objects.filter(kind=Alert.Kind[kind])
            assert alerts.count() == len(some) == AuditEntry.objects.filter(action="alert.raised").count()
            assert OutboxEvent.objects.filter(name="AlertRaised", delivered_at=None).count() == len(some)
            assert alerts.values("subject").distinct().count() == len(some) and not alerts.filter(branch=None).exists()
            # One that is open already is not raised again, told alone or with others.
            publish_all([*events[:1], *events])
            deliver_pending()
            assert alerts.count() == len(some) and not OutboxEvent.objects.filter(delivered_at=None).exists()
            listed = BlacklistEntry.objects.filter(state="PROPOSED", source="rule")
            assert listed.count() == Proposal.objects.filter(kind="blacklist.entry").count() == (len(some) if kind in LISTED else 0)
            assert {entry.subject_key for entry in listed} <= {lent.loan.borrower.subject_key for lent, _ in some}
            messages = WebhookDelivery.objects.filter(endpoint__partner=partner, kind="loan.overdue").count()
            assert messages == (2 * len(some) + 1 if kind in ("OVERDUE", "DEFAULTED") else 0), "each milestone that is told, told"
            transaction.set_rollback(True)
    assert cost[FEW] == cost[MANY] <= (60 if kind in LISTED else 29)
