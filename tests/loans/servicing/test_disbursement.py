"""Money out: requested by one, confirmed by another, once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from blacklist.models import ScreeningHit
from blacklist.services import confirm_entry, propose_entry
from core.errors import DomainError
from core.models import Branch, OutboxEvent, Proposal, User
from core.roles import Role
from loans.ledger import chart, selectors
from loans.ledger.models import Entry
from loans.models import Application, ApplicationHold, Disbursement, Loan
from loans.services.contracts import make_contract
from loans.services.disbursement import (
    UnableToConfirmDisbursement,
    UnableToRejectDisbursement,
    UnableToRequestDisbursement,
    confirm_disbursement,
    reject_disbursement,
    request_disbursement,
)
from loans.services.holds import hold_application
from loans.services.products import publish_product
from tests.loans.servicing.books import lines, snapshot
from tests.loans.servicing.conftest import IBAN, ask, hire, product_terms

pytestmark = pytest.mark.django_db


class TestRequestDisbursement:
    def test_moves_nothing_and_asks_for_a_second_person(self, requested: Disbursement, officer: User) -> None:
        proposal = Proposal.objects.get(kind="disbursement")
        assert requested.state == "REQUESTED"
        assert proposal.proposed_by == officer and proposal.roles == ["APPROVER", "RISK_MANAGER"]
        assert not Entry.objects.exists()
        assert requested.loan.undrawn == requested.loan.principal

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"amount": Decimal(0)}, "bad_amount"),
            ({"amount": Decimal(-1)}, "bad_amount"),
            ({"amount": Decimal("0.005")}, "bad_amount"),
            ({"amount": Decimal("NaN")}, "bad_amount"),
            ({"amount": Decimal("12000.01")}, "limit_exceeded"),
            ({"payee_name": "  "}, "payee_missing"),
            ({"payee_iban": "DE00370400440532013000"}, "invalid_iban"),
            ({"payee_iban": ""}, "invalid_iban"),
            ({"actor": None}, "not_entitled"),
        ],
    )
    def test_refuses_what_cannot_be_paid(
        self, signed: Callable[..., Loan], officer: User, today: date, changes: dict[str, Any], code: str
    ) -> None:
        values = {
            "loan": signed(),
            "amount": Decimal(100),
            "payee_name": "Tools",
            "payee_iban": IBAN,
            "actor": officer,
            "business_date": today,
        }
        before = snapshot()
        with pytest.raises(UnableToRequestDisbursement, match=code):
            request_disbursement(**{**values, **changes})
        assert snapshot() == before

    def test_refuses_the_same_request_twice(self, requested: Disbursement, officer: User, today: date) -> None:
        with pytest.raises(UnableToRequestDisbursement, match="already_requested"):
            ask(requested.loan, officer, today)
        assert Disbursement.objects.count() == 1

    def test_keeps_the_account_number_encrypted(self, requested: Disbursement) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT payee_iban FROM loans_disbursement")
            (stored,) = cursor.fetchone()
        assert IBAN.encode() not in bytes(stored)
        assert Disbursement.objects.get().payee_iban == IBAN


class TestConfirmDisbursement:
    def test_posts_both_entries_and_tells_the_world(self, requested: Disbursement, approver: User, today: date) -> None:
        confirm_disbursement(disbursement=requested, actor=approver, business_date=today)
        loan = Loan.objects.get()
        paid = Disbursement.objects.get()
        transit, sent = Entry.objects.order_by("id")
        assert (paid.state, paid.confirmed_by, paid.value_date) == ("PAID", approver, today)
        assert (loan.state, loan.undrawn, loan.outstanding_principal, loan.disbursed_date) == ("ACTIVE", 0, Decimal(12_000), today)
        assert lines(transit) == [(chart.PRINCIPAL, Decimal(12_000)), (chart.PAYOUTS_IN_TRANSIT, Decimal(-12_000))]
        assert lines(sent) == [(chart.PAYOUTS_IN_TRANSIT, Decimal(12_000)), (chart.CASH, Decimal(-12_000))]
        assert OutboxEvent.objects.filter(name="LoanDisbursed", payload__loan_id=loan.pk).count() == 1
        assert Proposal.objects.get(kind="disbursement").state == "CONFIRMED"

    def test_counts_interest_from_the_day_the_money_leaves(
        self, signed: Callable[..., Loan], officer: User, approver: User, today: date, on: Callable[[date], date]
    ) -> None:
        loan = signed()
        later = on(today + timedelta(days=10))
        confirm_disbursement(disbursement=ask(loan, officer, later), actor=approver, business_date=later)
        loan.refresh_from_db()
        rows = list(loan.instalments.all())
        assert rows[0].due_date == loan.first_due_date == date(2026, 4, 12)
        assert sum(row.principal for row in rows) == loan.principal

    def test_keeps_the_fees_of_the_contract(self, accepted: Callable[..., Application], officer: User, approver: User, today: date) -> None:
        fees = [{"code": "origination", "amount": "100.00", "when": "payout"}]
        publish_product(code="consumer", name="Consumer loan", terms=product_terms(fees=fees), actor=None, business_date=today)
        application = accepted()
        application.conditions.all().delete()
        loan = make_contract(application=application, actor=officer, business_date=today)
        confirm_disbursement(disbursement=ask(loan, officer, today), actor=approver, business_date=today)
        balances = selectors.balances_of_loan(loan.pk)
        assert balances == {chart.PRINCIPAL: Decimal(12_000), chart.CASH: Decimal(-11_900), chart.FEE_INCOME: Decimal(-100)}

    def test_refuses_the_person_who_requested_it(self, requested: Disbursement, today: date) -> None:
        before = snapshot()
        assert requested.requested_by is not None
        with pytest.raises(UnableToConfirmDisbursement, match="own_request"):
            confirm_disbursement(disbursement=requested, actor=requested.requested_by, business_date=today)
        assert snapshot() == before

    def test_refuses_other_roles_other_branches_and_nobody(
        self, requested: Disbursement, branch: Branch, other_branch: Branch, collector: User, today: date
    ) -> None:
        before = snapshot()
        stranger = hire("stan_stranger", Role.APPROVER, branch=other_branch)
        second_officer = hire("omar_officer", Role.OFFICER, branch=branch)
        for actor in (collector, stranger, second_officer, None):
            with pytest.raises(UnableToConfirmDisbursement, match="not_entitled"):
                confirm_disbursement(disbursement=requested, actor=actor, business_date=today)
        assert snapshot() == before

    def test_refuses_while_a_condition_is_open(
        self, accepted: Callable[..., Application], officer: User, approver: User, today: date
    ) -> None:
        loan = make_contract(application=accepted(), actor=officer, business_date=today)
        payout = ask(loan, officer, today)
        before = snapshot()
        with pytest.raises(UnableToConfirmDisbursement, match="open_condition") as refused:
            confirm_disbursement(disbursement=payout, actor=approver, business_date=today)
        assert "Contract signed by the borrower" in refused.value.detail
        assert snapshot() == before

    def test_refuses_while_the_application_is_on_hold(self, requested: Disbursement, approver: User, today: date) -> None:
        hold_application(
            application=requested.loan.application, reason=ApplicationHold.Reason.DISPUTE, source="test", actor=None, business_date=today
        )
        before = snapshot()
        with pytest.raises(UnableToConfirmDisbursement, match="on_hold"):
            confirm_disbursement(disbursement=requested, actor=approver, business_date=today)
        assert snapshot() == before

    @pytest.mark.parametrize("who", ["borrower", "payee"])
    def test_refuses_a_screening_hit_and_keeps_it_for_compliance(
        self, requested: Disbursement, branch: Branch, approver: User, collector: User, today: date, who: str
    ) -> None:
        name = requested.loan.borrower.name if who == "borrower" else requested.payee_name
        entry = propose_entry(
            subject_kind_code="person" if who == "borrower" else "company",
            names=[name],
            reason_code="default",
            evidence="Known from elsewhere.",
            source="person",
            source_reference="",
            subject_key="",
            identifiers={},
            addresses=[],
            country="DE",
            birth_date=None,
            actor=collector,
            business_date=today,
        )
        confirm_entry(entry=entry, actor=hire("carl_compliance", Role.COMPLIANCE, branch=branch), business_date=today)
        before = snapshot()
        with pytest.raises(UnableToConfirmDisbursement, match="screening_hit"):
            confirm_disbursement(disbursement=requested, actor=approver, business_date=today)
        assert snapshot() == before
        assert ScreeningHit.objects.count() == 1

    def test_refuses_more_than_is_left(self, signed: Callable[..., Loan], officer: User, approver: User, today: date) -> None:
        loan = signed()
        first = ask(loan, officer, today, Decimal(8000))
        second = ask(loan, officer, today, Decimal(8000) + 1)
        confirm_disbursement(disbursement=first, actor=approver, business_date=today)
        before = snapshot()
        with pytest.raises(UnableToConfirmDisbursement, match="limit_exceeded"):
            confirm_disbursement(disbursement=second, actor=approver, business_date=today)
        assert snapshot() == before
        loan.refresh_from_db()
        assert (loan.undrawn, loan.outstanding_principal) == (Decimal(4000), Decimal(8000))

    def test_happens_once(self, requested: Disbursement, approver: User, second_approver: User, today: date) -> None:
        confirm_disbursement(disbursement=requested, actor=approver, business_date=today)
        before = snapshot()
        with pytest.raises(UnableToConfirmDisbursement, match="already_decided"):
            confirm_disbursement(disbursement=requested, actor=second_approver, business_date=today)
        assert snapshot() == before

    def test_the_database_refuses_what_the_service_would(self, requested: Disbursement) -> None:
        for statement in (
            "UPDATE loans_disbursement SET confirmed_by_id = requested_by_id",
            "UPDATE loans_disbursement SET amount = 0",
            "UPDATE loans_loan SET undrawn = -1",
            "UPDATE loans_loan SET undrawn = principal + 1",
        ):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


class TestRejectDisbursement:
    def test_ends_the_request_for_a_reason(self, requested: Disbursement, approver: User, today: date) -> None:
        with pytest.raises(UnableToRejectDisbursement, match="reason_missing"):
            reject_disbursement(disbursement=requested, reason=" ", actor=approver, business_date=today)
        reject_disbursement(disbursement=requested, reason="Wrong payee", actor=approver, business_date=today)
        assert Disbursement.objects.get().state == "REJECTED"
        assert Proposal.objects.get().state == "REJECTED"
        with pytest.raises(UnableToConfirmDisbursement, match="already_decided"):
            confirm_disbursement(disbursement=requested, actor=approver, business_date=today)
        assert not Entry.objects.exists()

    def test_lets_the_requester_take_it_back(self, requested: Disbursement, officer: User, collector: User, today: date) -> None:
        with pytest.raises(UnableToRejectDisbursement, match="not_entitled"):
            reject_disbursement(disbursement=requested, reason="Why not", actor=collector, business_date=today)
        reject_disbursement(disbursement=requested, reason="Typing error", actor=officer, business_date=today)
        assert Disbursement.objects.get().state == "CANCELLED"


def at_once(*actions: Callable[[], object]) -> list[str]:
    """Do everything at the same moment, each on a connection of its own. Gives "ok" or the refusal's code."""
    start = threading.Barrier(len(actions))
    results: list[str] = []

    def run(action: Callable[[], object]) -> None:
        start.wait()
        try:
            action()
            results.append("ok")
        except DomainError as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_of_two_confirmations_gets_through(
        self, requested: Disbursement, approver: User, second_approver: User, today: date
    ) -> None:
        results = at_once(
            *(
                lambda actor=actor: confirm_disbursement(
                    disbursement=Disbursement.objects.get(pk=requested.pk), actor=actor, business_date=today
                )
                for actor in (approver, second_approver)
            )
        )
        assert results == ["already_decided", "ok"]
        assert Entry.objects.count() == 2
        assert Loan.objects.get().outstanding_principal == Decimal(12_000)

    def test_two_payouts_of_the_last_of_the_limit_become_one(
        self, signed: Callable[..., Loan], officer: User, approver: User, second_approver: User, today: date
    ) -> None:
        loan = signed()
        payouts = [ask(loan, officer, today, amount) for amount in (Decimal(12_000), Decimal(11_999))]
        results = at_once(
            *(
                lambda actor=actor, payout=payout: confirm_disbursement(disbursement=payout, actor=actor, business_date=today)
                for actor, payout in zip((approver, second_approver), payouts, strict=True)
            )
        )
        assert results == ["limit_exceeded", "ok"]
        assert Disbursement.objects.filter(state="PAID").count() == 1
