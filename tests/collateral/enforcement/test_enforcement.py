"""Selling what is pledged: the proceeds by rank into the books, once, on two people's word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import reverse

from collateral.models import Asset, Pledge, Proceeds, Realisation, SaleRest
from collateral.selectors.sale_rests import list_unpaid_rests
from collateral.services.enforcement import UnableToEnforce, decide_enforcement, plan_proceeds
from collateral.services.proceeds import settles
from collateral.services.sale_rests import KIND as REST_PAYOUT
from config.simulator import enforced
from config.simulator.bank import House
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from loans.ledger import chart, selectors
from loans.models import Loan, ProductVersion
from loans.selectors.audit import first_difference
from loans.services.changes import confirm_change, propose_change
from loans.services.figures import refresh_loan
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import about_open
from tests.collateral.enforcement.selling import Two, propose
from tests.collateral.papers import sheet


def test_is_refused_with_a_reason_that_its_page_keeps(two: Two, collector: User, second_approver: User) -> None:
    book, _, machine = two
    client = Client()
    client.force_login(collector)
    address = reverse("collateral:enforce", args=[machine.pk])
    assert 'name="price"' in client.get(address).text
    propose(book, machine, collector)
    word: dict[str, Any] = {"asset": machine, "confirm": False, "actor": second_approver, "business_date": book.today}
    with pytest.raises(UnableToConfirm, match="reason_missing"):
        decide_enforcement(**word, reason=" ")
    decide_enforcement(**word, reason="Too cheap")
    page = client.get(address).text
    assert f"{second_approver.full_name}: Too cheap" in page and f"{collector.full_name}: Auctioned" in page


def test_pays_the_loans_by_rank_once_and_the_books_agree(two: Two, collector: User, second_approver: User, approver: User) -> None:
    book, (first, second), machine = two
    owed = settles(first, book.today)
    plan = plan_proceeds(asset=machine, price=Decimal(20_000), costs=Decimal(500), business_date=book.today)
    assert [part.amount for part in plan.parts] == [owed, Decimal(19_500) - 1_000 - owed] and plan.surplus == 0
    propose(book, machine, collector)
    for person in (collector, approver):
        if person == approver:
            first.application.outcomes.create(decided_by=approver, outcome="APPROVED", decided_date=book.today)
        with pytest.raises(UnableToConfirm):
            decide_enforcement(asset=machine, confirm=True, reason="", actor=person, business_date=book.today)
    decide_enforcement(asset=machine, confirm=True, reason="Seen", actor=second_approver, business_date=book.today)
    with pytest.raises(UnableToConfirm):
        decide_enforcement(asset=machine, confirm=True, reason="Again", actor=second_approver, business_date=book.today)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == "CLOSED" and second.outstanding_principal == 12_000 - (Decimal(18_500) - owed)
    assert [p.amount for p in Proceeds.objects.order_by("pledge__rank")] == [owed, Decimal(18_500) - owed]
    assert set(Pledge.objects.values_list("state", flat=True)) == {"ENFORCED"}
    assert Asset.objects.get().state == "SOLD" and Realisation.objects.get().enforced
    assert first_difference() is None


def test_what_a_price_leaves_open_of_a_late_loan_is_due_at_once_and_of_another_runs_on(
    two: Two, collector: User, second_approver: User
) -> None:
    book, (first, second), machine = two
    dates = list(second.instalments.values_list("due_date", flat=True))
    propose(book, machine, collector, "10000.00", "0.00")
    decide_enforcement(asset=machine, confirm=True, reason="Seen", actor=second_approver, business_date=book.today)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.maturity_date) == ("CALLED", book.today)
    assert not first.instalments.filter(due_date__gt=book.today).exists()
    assert first.outstanding_principal > 2_000
    assert second.state == "ACTIVE" and list(second.instalments.values_list("due_date", flat=True)) == dates
    assert first_difference() is None
    tomorrow = book.today + timedelta(days=1)
    refresh_loan(first, business_date=tomorrow)
    assert first.days_past_due == 1 and first.arrears >= first.outstanding_principal
    assert AuditEntry.objects.get(action="loan.called").details["reason"].startswith(machine.reference)


def test_is_a_recovery_where_the_debt_is_written_off(two: Two, collector: User, second_approver: User, risk_manager: User) -> None:
    book, (first, _), machine = two
    shared: dict[str, Any] = {"loan": first, "kind": "write_off", "business_date": book.today}
    propose_change(**shared, values={}, reason="Gone", actor=collector)
    confirm_change(**shared, actor=second_approver)
    propose(book, machine, collector, "9000.00", "0.00")
    decide_enforcement(asset=machine, confirm=True, reason="", actor=second_approver, business_date=book.today)
    assert selectors.balance(account=chart.RECOVERIES, currency="EUR", loan_id=first.pk) == -8_000
    assert first_difference() is None


def test_needs_a_ground_and_a_lien(two: Two, collector: User, officer: User) -> None:
    book, _, machine = two
    Loan.objects.update(days_past_due=0)
    with pytest.raises(UnableToEnforce) as refusal:
        propose(book, machine, collector)
    assert refusal.value.code == "no_ground"
    with pytest.raises(UnableToEnforce):
        propose(book, machine, officer)
    with pytest.raises(UnableToEnforce) as bare:
        propose(book, book.asset(1_000), collector)
    assert bare.value.code == "nothing_pledged"


def test_is_not_booked_when_its_ground_has_gone_meanwhile(two: Two, collector: User, second_approver: User, settings: Any) -> None:
    book, _, machine = two
    propose(book, machine, collector)
    Loan.objects.update(days_past_due=0)
    asked: dict[str, Any] = {"asset": machine, "actor": second_approver, "business_date": book.today}
    with pytest.raises(UnableToEnforce) as refusal:
        decide_enforcement(**asked, confirm=True, reason="Seen")
    assert refusal.value.code == "ground_gone" and not Realisation.objects.exists()
    client = Client()
    client.force_login(second_approver)
    assert "It can only be refused." in client.get(reverse("collateral:enforce", args=[machine.pk])).text
    assert decide_enforcement(**asked, confirm=False, reason="Cured") is None
    assert Asset.objects.get().state == "REGISTERED"


def test_is_proposed_and_decided_on_its_page(two: Two, collector: User, second_approver: User, settings: Any) -> None:
    settings.CREDENCE_REQUIRE_STEP_UP = False
    book, (first, _), machine = two
    page = reverse("collateral:enforce", args=[machine.pk])
    proposer, decider = Client(), Client()
    proposer.force_login(collector)
    decider.force_login(second_approver)
    assert page in proposer.get(reverse("collateral:asset_detail", args=[machine.pk])).text
    sent = {
        "sold_date": book.today.isoformat(),
        "price": "20000",
        "costs": "500",
        "reason": "Auctioned",
        "buyer": "Keller Works",
        "remark": "Best bid",
        "payee": "Court of Hamburg",
        "paper": sheet("record.pdf", "sale"),
        "invoice": sheet("invoice.pdf", "costs"),
        "received_date": book.today.isoformat(),
        "receipt": sheet("statement.pdf", "price"),
    }
    assert "The sale is proposed." in proposer.post(page, sent, follow=True).text
    assert f"{settles(first, book.today):,.2f}" in decider.get(page).text
    done = decider.post(reverse("collateral:enforce_decide", args=[machine.pk]), about_open(outcome="confirm", reason="Seen"), follow=True)
    assert "Your decision is recorded." in done.text and "Booked" in done.text


def test_the_simulated_bank_leaves_sales_at_every_step(
    active: Callable[..., Loan], branch: Branch, product: ProductVersion, today: date, collector: User, second_approver: User
) -> None:
    book = Book(branch, product, today)
    for kind, worth in (("VEHICLE", 30_000), ("VEHICLE", 28_000), ("REAL_ESTATE", 26_000), ("REAL_ESTATE", 25_000)):
        loan = active()
        book.pledge(book.asset(worth, kind=kind), Lent(loan, loan.application), 14_000)
    Asset.objects.update(owner_name="Hedda Lindholm", registered_date=today - timedelta(days=9))
    Loan.objects.update(days_past_due=95)
    house = cast(House, SimpleNamespace(people={"collections1": collector, "risk1": second_approver}))
    enforced.sell_up(house, today)
    enforced.leave_sales(house, today)
    kinds = list(Realisation.objects.order_by("id").values_list("asset__kind", flat=True))
    assert kinds == ["VEHICLE", "REAL_ESTATE", "VEHICLE"]
    assert Realisation.objects.filter(costs__gt=0, enforced=True).count() == 3
    first, second = SaleRest.objects.filter(to="OWNER", paid_date=None).order_by("id")
    waiting = Proposal.objects.filter(state="OPEN")
    assert {(one.kind, one.target_id) for one in waiting.filter(kind="collateral.sale_rest")} == {("collateral.sale_rest", str(first.pk))}
    assert [(one, one.proposed) for one in list_unpaid_rests(collector, kind=REST_PAYOUT)] == [(first, True), (second, False)]
    assert second.amount > 0 and waiting.filter(kind="collateral.enforcement").count() == 1
    short = Loan.objects.get(application__pledges__asset__realisation__asset__kind="REAL_ESTATE")
    assert (short.state, short.outstanding_principal > 0) == ("CALLED", True)
    assert first_difference() is None
