"""A night on which much goes wrong at once: each step writes in the same number of statements however many it concerns, with an entry in
the audit trail and an event for each, and what was cut off in the middle ends as if it had run once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from collateral.domain.inspections import DEFAULT_RULES
from collateral.models import Asset, Covenant, InspectionPlan, InspectionRound, InspectionStop, MarginCall, RedFlag, Valuation
from collateral.services.inspection_rounds import plan_rounds
from collateral.services.insurance import watch_insurance
from collateral.services.lapses import settle_lapses
from collateral.services.margin_calls import watch_covers
from collateral.services.valuations import remind_overdue
from core import audit
from core.models import AuditEntry, Branch, OutboxEvent, UserBranch
from core.roles import Role
from loans.models import ApplicationHold
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import hire
from tests.shared_rows import shared

FEW, MANY = 3, 30
Night = Callable[[Sequence[Lent]], int]


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@shared
def lent(book: Book) -> list[Lent]:
    """Loans of 100,000 that their houses covered until the market fell; of each something is still to be paid out, and an order waits."""
    made = []
    for _ in range(FEW + MANY):
        lent, house = book.lend(100_000), book.asset(100_000)
        book.pledge(house, lent, 150_000)
        Covenant.objects.create(application=lent.application, min_coverage=1, agreed_date=book.today)
        lent.loan.undrawn = 10
        lent.loan.save(update_fields=["undrawn"])
        made.append(lent)
    book.sweep()
    return made


def calls(lent: Sequence[Lent], day: date) -> int:
    return watch_covers(business_date=day, first_loan_id=lent[0].loan.pk, last_loan_id=lent[-1].loan.pk)


def houses(lent: Sequence[Lent]) -> Any:
    return Asset.objects.filter(pledges__application__in=[one.application for one in lent])


def steps(book: Book) -> dict[str, Night]:
    """What a night does of some loans, by what it is called; each is made due first where it would not be."""
    late = book.today + timedelta(days=40)

    def meet(lent: Sequence[Lent]) -> int:
        Valuation.objects.update(market_value=1_000_000)
        book.sweep()
        return calls(lent, late)

    def lapse(lent: Sequence[Lent]) -> int:
        return watch_insurance(business_date=book.today, first_loan_id=lent[0].loan.pk, last_loan_id=lent[-1].loan.pk)

    def hold(lent: Sequence[Lent]) -> int:
        Asset.objects.update(kind="LAND")
        Valuation.objects.filter(asset__in=houses(lent)).update(expires_date=book.today)
        return settle_lapses(business_date=book.today)

    def let_go(_: Sequence[Lent]) -> int:
        Valuation.objects.update(expires_date=late)
        return settle_lapses(business_date=book.today)

    def remind(lent: Sequence[Lent]) -> int:
        Valuation.objects.filter(asset__in=houses(lent)).update(state="ORDERED", due_date=book.today - timedelta(days=1))
        return remind_overdue(business_date=book.today)

    def rounds(lent: Sequence[Lent], ends: InspectionRound.State) -> int:
        """A round to see each house, of which the day has passed; those that end see what backs nothing any more."""
        state = InspectionRound.State.OPEN
        if not InspectionRound.objects.exists():
            inspector = hire("ines_inspector", Role.APPRAISER, branch=book.branch)
            seen = list(houses(lent))
            days = {"planned_date": book.today - timedelta(days=9), "due_date": book.today - timedelta(days=1)}
            made = [
                InspectionRound(reference=f"IR-{one.reference}", branch=book.branch, area="NW", inspector=inspector, **days) for one in seen
            ]
            InspectionRound.objects.bulk_create(made)
            stops = [InspectionStop(round=one, asset=asset, position=1) for one, asset in zip(made, seen, strict=True)]
            InspectionStop.objects.bulk_create(stops)
            if ends == InspectionRound.State.ESCALATED:
                plan: dict[str, Any] = {"loan": lent[0].loan, "level": "HIGH", "due_date": late, "status_date": book.today}
                InspectionPlan.objects.bulk_create([InspectionPlan(asset=asset, **plan) for asset in seen])
        waiting = InspectionRound.objects.filter(state=state).count()
        plan_rounds(business_date=book.today)
        return waiting - InspectionRound.objects.filter(state=state).count()

    return {
        "round late": lambda lent: rounds(lent, InspectionRound.State.ESCALATED),
        "round over": lambda lent: rounds(lent, InspectionRound.State.DONE),
        "called": lambda lent: calls(lent, book.today),
        "escalated": lambda lent: calls(lent, late),
        "met": meet,
        "lapsed": lapse,
        "held": hold,
        "let go": let_go,
        "reminded": remind,
    }


def written() -> list[list[tuple[Any, ...]]]:
    """All that a night may write, without keys and instants."""
    rows = [
        MarginCall.objects.values_list("loan", "number", "state", "answer", "called", "due_date", "ended_date"),
        RedFlag.objects.values_list("asset", "code", "text", "state", "raised_date"),
        ApplicationHold.objects.values_list("application", "reason", "source", Q(released_at=None)),
        Valuation.objects.values_list("asset", "state", "reminders", "reminded_date"),
        InspectionRound.objects.values_list("reference", "state", "ended_date"),
        AuditEntry.objects.values_list("action", "target_label", "branch", "business_date", "details"),
        OutboxEvent.objects.values_list("name", "payload__loan_id", "payload__asset_id"),
    ]
    return [sorted(one, key=str) for one in rows]


@pytest.mark.parametrize(
    ("step", "action", "event"),
    [
        ("called", "margin_call.made", "CoverageFellShort"),
        ("escalated", "margin_call.escalated", "MarginCallUnanswered"),
        ("met", "margin_call.met", ""),
        ("lapsed", "red_flag.raised", "RedFlagRaised"),
        ("held", "application.held", ""),
        ("let go", "application.released", ""),
        ("reminded", "valuation.reminded", "ValuationOverdue"),
        ("round late", "inspection_round.escalated", "InspectionRoundOverdue"),
        ("round over", "inspection_round.ended", ""),
    ],
)
class TestStep:
    @staticmethod
    def _before(step: str, book: Book, lent: list[Lent]) -> Night:
        nights = steps(book)
        for earlier in {"escalated": ["called"], "met": ["called"], "let go": ["held"]}.get(step, []):
            assert nights[earlier](lent)
        return nights[step]

    def test_costs_as_many_statements_for_three_as_for_thirty(
        self, book: Book, lent: list[Lent], step: str, action: str, event: str
    ) -> None:
        cost, entries = {}, {}
        for some in (lent[:FEW], lent[FEW:]):
            with transaction.atomic():
                night = self._before(step, book, some)
                known = AuditEntry.objects.filter(action=action).count()
                with CaptureQueriesContext(connection) as asked:
                    assert night(some) >= len(some)
                cost[len(some)], entries[len(some)] = len(asked), AuditEntry.objects.filter(action=action).count() - known
                if event:
                    assert OutboxEvent.objects.filter(name=event).count() == len(some)
                transaction.set_rollback(True)
        assert cost[FEW] == cost[MANY] and entries == {FEW: FEW, MANY: MANY}

    def test_ends_after_a_cut_as_if_it_had_run_once(
        self, book: Book, lent: list[Lent], step: str, action: str, event: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever carried it out was killed after the first batches, each of seven;
        another one begins anew, and yet another comes too late.
        """
        monkeypatch.setattr("core.bulk_rows.BATCH", 7)
        night = self._before(step, book, lent)
        with transaction.atomic():
            night(lent)
            once = written()
            transaction.set_rollback(True)
        before, record_all = written(), audit.record_all
        batches: list[int] = []

        def killed(rows: Sequence[AuditEntry]) -> None:
            batches.append(len(rows))
            if len(batches) == 3:
                raise KeyboardInterrupt
            record_all(rows)

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt), transaction.atomic():
            patch.setattr(audit, "record_all", killed)
            night(lent)
        assert batches == [7, 7, 7] and written() == before
        night(lent)
        assert written() == once
        assert night(lent) == 0 and written() == once


def test_rounds_are_given_out_in_as_many_statements_for_three_as_for_thirty(book: Book, lent: list[Lent], other_branch: Branch) -> None:
    """Each in a place of its own, half of them of another branch; whoever sits in both is given no more than there is room for."""
    for name in ("ida_inspector", "ina_inspector"):
        hire(name, Role.APPRAISER, branch=book.branch)
    there, both = hire("ira_inspector", Role.APPRAISER, branch=other_branch), hire("ivo_inspector", Role.INVESTIGATOR, branch=book.branch)
    UserBranch.objects.create(user=both, branch=other_branch)
    cost = {}
    for some in (lent[:FEW], lent[FEW:]):
        with transaction.atomic():
            seen = list(houses(some))
            for number, one in enumerate(seen):
                one.city, one.branch = f"Town {number}", (book.branch, other_branch)[number % 2]
            Asset.objects.bulk_update(seen, ["city", "branch"])
            plan: dict[str, Any] = {"loan": some[0].loan, "level": "HIGH", "due_date": book.today, "status_date": book.today}
            InspectionPlan.objects.bulk_create([InspectionPlan(asset=one, **plan) for one in seen])
            with CaptureQueriesContext(connection) as asked:
                assert plan_rounds(business_date=book.today) == len(some)
            cost[len(some)] = len(asked)
            given = InspectionRound.objects.all()
            assert set(given.values_list("area", flat=True)) == {one.city for one in seen}
            assert InspectionStop.objects.filter(state="OPEN").count() == len(some)
            assert set(given.filter(branch=other_branch).values_list("inspector", flat=True)) <= {there.pk, both.pk}
            assert given.filter(inspector=both).count() <= DEFAULT_RULES.most_stops
            said = AuditEntry.objects.filter(action="inspection_round.given_out")
            assert {entry.target_label for entry in said} == {one.reference for one in given} and len(said) == len(some)
            assert plan_rounds(business_date=book.today) == 0 and given.count() == len(some)
            transaction.set_rollback(True)
    assert cost[FEW] == cost[MANY] <= 25
