"""What a trial of a policy knows of the loans that came of past applications: which went bad, and what was lost on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import BankState, User
from loans.models import Adjustment, Application, Loan, Payment, PaymentAllocation
from risk.domain.policy_trial import PastCase
from risk.models import PolicyVersion
from risk.selectors.policy_runs import past_cases
from risk.services import policy_runs
from risk.services.policies import draft_policy
from risk.services.policy_runs import try_policy, work_runs
from tests.risk.book import lent
from tests.risk.conftest import TODAY

LATER = TODAY + timedelta(days=300)
Reviewed = Callable[..., Application]


def the_case() -> PastCase:
    [(_, case)] = past_cases("EUR", [], day=LATER, after=None, limit=10)
    return case


def written_off(loan: Loan, amount: int, *, officer: User) -> None:
    """As a write-off leaves it: what was due is settled without money."""
    Adjustment.objects.create(loan=loan, kind="WRITE_OFF", amount=amount, booking_date=LATER, reason="gone", confirmed_by=officer)


def recovered(loan: Loan, amount: int) -> None:
    payment = Payment.objects.create(
        reference=f"RC-{loan.pk}", loan=loan, amount=amount, currency="EUR", value_date=LATER, booking_date=LATER, source="IMPORT"
    )
    PaymentAllocation.objects.create(payment=payment, instalment=loan.instalments.get(), component="recovery", amount=amount)


class TestLost:
    def test_is_what_was_written_off_less_what_came_in_again(self, in_review: Application, officer: User) -> None:
        loan = lent(in_review, late=None, written_off_date=LATER, outstanding_principal=0)
        written_off(loan, 11_000, officer=officer)
        recovered(loan, 2_500)
        case = the_case()
        assert (case.is_bad, case.loss, case.granted) == (True, Decimal(8_500), Decimal(12_000))

    def test_is_what_is_owed_still_besides_of_a_bad_loan_alone(self, in_review: Application, officer: User) -> None:
        loan = lent(in_review, late=None, outstanding_principal=9_000)
        written_off(loan, 1_000, officer=officer)
        assert (the_case().is_bad, the_case().loss) == (True, Decimal(10_000))

    def test_is_the_part_written_off_of_a_loan_that_goes_on_and_is_bad_for_it(self, in_review: Application, officer: User) -> None:
        loan = lent(in_review, outstanding_principal=9_000)
        written_off(loan, 1_000, officer=officer)
        assert (the_case().is_bad, the_case().loss) == (True, Decimal(1_000))


class TestBad:
    @pytest.mark.parametrize(
        ("late", "changes", "bad"),
        [
            (90, {}, False),
            (91, {}, True),
            (200, {"state": "CLOSED", "closed_date": LATER}, True),
            (0, {"state": "CLOSED", "closed_date": LATER}, False),
            (0, {"state": "ENFORCEMENT"}, True),
        ],
    )
    def test_is_what_was_ever_too_late_whatever_it_is_today(
        self, in_review: Application, late: int, changes: dict[str, Any], bad: bool
    ) -> None:
        lent(in_review, late=late, days_past_due=0, **changes)
        assert the_case().is_bad is bad

    def test_is_what_was_restructured_and_its_successor_grants_nothing_anew(self, in_review: Application) -> None:
        first = lent(in_review, state="SETTLED", closed_date=LATER)
        lent(in_review, reference="LN-NEXT", restructured_from=first, principal=11_000, outstanding_principal=11_000)
        case = the_case()
        assert (case.is_bad, case.loss, case.granted) == (True, Decimal(11_000), Decimal(12_000))

    def test_is_asked_of_every_loan_of_an_application(self, in_review: Application) -> None:
        lent(in_review, late=None, outstanding_principal=4_000)
        lent(in_review, reference="LN-NEXT", principal=3_000, outstanding_principal=3_000)
        case = the_case()
        assert (case.is_bad, case.loss, case.granted) == (True, Decimal(7_000), Decimal(15_000))

    def test_is_not_known_where_nothing_was_paid_out(self, in_review: Application) -> None:
        lent(in_review, disbursed_date=None)
        assert (the_case().is_bad, the_case().loss, the_case().granted) == (None, Decimal(0), Decimal(0))


def test_a_run_that_outlives_its_day_begins_anew(
    policy: PolicyVersion, reviewed: Reviewed, risk_manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The books of two days are never mixed: what was counted before the day was closed is counted again."""
    loans = [lent(reviewed(number=f"L01X00T5{number}"), late=None, outstanding_principal=9_000) for number in (1, 2)]
    first, *rest = policy.rules
    draft = draft_policy(actor=risk_manager, business_date=TODAY, rules=[first | {"soft": "0.01", "hard": "0.01"}, *rest])
    BankState.objects.update(business_date=LATER)
    run = try_policy(version=draft, actor=risk_manager, business_date=LATER)
    monkeypatch.setattr(policy_runs, "BATCH", 1)
    assert policy_runs._work_batch(run.pk) == 1
    Loan.objects.filter(pk__in=[loan.pk for loan in loans]).update(written_off_date=LATER + timedelta(days=1))
    BankState.objects.update(business_date=LATER + timedelta(days=1))
    work_runs()
    run.refresh_from_db()
    assert (run.state, run.done, run.business_date) == ("DONE", 2, LATER + timedelta(days=1))
    assert list(run.changes.values_list("is_bad", flat=True)) == [True, True]


def test_a_batch_costs_the_same_queries_at_any_size(policy: PolicyVersion, reviewed: Reviewed) -> None:
    costs = []
    for number in (1, 2):
        lent(reviewed(number=f"L01X00T5{number}"))
        with CaptureQueriesContext(connection) as queries:
            assert len(past_cases("EUR", ["dsti"], day=LATER, after=None, limit=10)) == number
        costs.append(len(queries))
    assert costs == [4, 4]
