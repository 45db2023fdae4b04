"""A loan that is paid out in stages gets no more money once what secured it is sold, until two people open it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from collateral.models import Asset
from collateral.services.enforcement import decide_enforcement
from core.models import Branch, Proposal, User
from loans.models import Facility, Loan, ProductVersion
from loans.selectors.audit import first_difference
from loans.services.calling import call_loan
from loans.services.disbursement import UnableToConfirmDisbursement, UnableToRequestDisbursement, confirm_disbursement
from loans.services.facility_standing import UnableToChangeStanding, decide_standing, propose_standing
from loans.services.figures import refresh_loan
from tests.collateral.books import Book, Lent
from tests.collateral.enforcement.selling import propose
from tests.loans.servicing.conftest import ask, move


def test_gets_no_more_money_until_two_people_open_it_again(
    active: Callable[..., Loan],
    signed: Callable[..., Loan],
    branch: Branch,
    product: ProductVersion,
    officer: User,
    collector: User,
    approver: User,
    second_approver: User,
    today: date,
) -> None:
    book, late, staged, untouched = Book(branch, product, today), active(), signed(), signed()
    machine = book.asset(60_000, kind="MACHINERY")
    confirm_disbursement(disbursement=ask(staged, officer, today, Decimal(4_000)), actor=approver, business_date=today)
    for rank, loan in enumerate((late, staged, untouched), 1):
        book.pledge(machine, Lent(loan, loan.application), 12_000, rank=rank)
    waiting = ask(staged, officer, today, Decimal(3_000))
    Loan.objects.filter(pk=late.pk).update(days_past_due=95)
    propose(book, machine, collector)
    decide_enforcement(asset=machine, confirm=True, reason="Seen", actor=second_approver, business_date=today)
    found = dict(Facility.objects.values_list("loans", "state"))
    assert (found[staged.pk], found[untouched.pk]) == ("SUSPENDED", "SUSPENDED") and found[late.pk] == "AVAILABLE"
    with pytest.raises(UnableToConfirmDisbursement, match="limit_closed"):
        confirm_disbursement(disbursement=waiting, actor=second_approver, business_date=today)
    with pytest.raises(UnableToRequestDisbursement, match="limit_closed"):
        ask(Loan.objects.get(pk=staged.pk), officer, today, Decimal(1_000))

    client, other = Client(), Client()
    client.force_login(collector)
    other.force_login(second_approver)
    page = client.get(reverse("loans:loan_detail", args=[staged.public_id])).text
    standing = reverse("loans:facility_standing", args=[staged.facility_id])
    assert "Nothing more is paid out of it until two people open it again." in page and standing in page
    offered = client.get(standing).text
    assert 'value="resume"' in offered and 'value="cancel"' not in offered
    step: dict[str, Any] = {"facility": staged.facility, "actor": collector, "business_date": today}
    with pytest.raises(UnableToChangeStanding, match="not_revolving"):
        propose_standing(**step, kind="cancel", reason="Gone")
    client.post(standing, {"kind": "resume", "reason": "Another press is pledged"})
    assert "Another press is pledged" in other.get(standing).text
    decide_standing(facility=staged.facility, confirm=True, actor=second_approver, business_date=today)
    assert Facility.objects.get(loans=staged).state == "AVAILABLE"
    assert other.get(reverse("loans:facility_standing", args=[late.facility_id])).status_code == 404
    assert Asset.objects.get().state == "SOLD"


@pytest.mark.parametrize(("price", "state"), [("4500.00", "CALLED"), ("60000.00", "CLOSED")])
def test_with_a_ground_falls_due_as_far_as_it_was_paid_out(
    signed: Callable[..., Loan],
    branch: Branch,
    product: ProductVersion,
    officer: User,
    collector: User,
    approver: User,
    second_approver: User,
    today: date,
    price: str,
    state: str,
) -> None:
    book, staged = Book(branch, product, today), signed()
    machine = book.asset(60_000, kind="MACHINERY")
    confirm_disbursement(disbursement=ask(staged, officer, today, Decimal(7_000)), actor=approver, business_date=today)
    book.pledge(machine, Lent(staged, staged.application), 12_000)
    waiting = ask(staged, officer, today, Decimal(3_000))
    Loan.objects.filter(pk=staged.pk).update(days_past_due=95)
    propose(book, machine, collector, price, "0.00")
    decide_enforcement(asset=machine, confirm=True, reason="Seen", actor=second_approver, business_date=today)
    staged.refresh_from_db()
    waiting.refresh_from_db()
    assert (staged.state, staged.undrawn, staged.principal) == (state, 0, 7_000)
    assert staged.outstanding_principal == (2_500 if state == "CALLED" else 0)
    assert not staged.instalments.filter(due_date__gt=today).exists() and first_difference() is None
    assert waiting.state == "CANCELLED" and not Proposal.objects.filter(state="OPEN", target_id=str(waiting.pk)).exists()
    with pytest.raises(UnableToConfirmDisbursement, match="already_decided"):
        confirm_disbursement(disbursement=waiting, actor=second_approver, business_date=today)
    with pytest.raises(UnableToRequestDisbursement, match="not_open"):
        ask(staged, officer, today, Decimal(1_000))
    # The books agree the day after too, when what was due is late.
    refresh_loan(staged, business_date=today + timedelta(days=1))
    assert first_difference() is None and staged.days_past_due == (1 if state == "CALLED" else 0)


def test_with_more_fallen_due_than_was_paid_out_owes_what_it_got(
    signed: Callable[..., Loan], officer: User, approver: User, second_approver: User, today: date
) -> None:
    """A twelfth fell due each month, of twelve thousand; a thousand was paid out."""
    staged = signed()
    confirm_disbursement(disbursement=ask(staged, officer, today, Decimal(1_000)), actor=approver, business_date=today)
    months = list(staged.instalments.order_by("number").values_list("due_date", flat=True))
    assert call_loan(loan=staged, reason="Its cover was sold", actor=second_approver, business_date=move(months[-3]))
    staged.refresh_from_db()
    assert (staged.state, staged.undrawn, staged.outstanding_principal) == ("CALLED", 0, 1_000)
    assert sum(row.principal for row in staged.instalments.all()) == 1_000 and first_difference() is None
