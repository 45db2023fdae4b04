"""A loan that is paid out in stages gets no more money once what secured it is sold, until two people open it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from collateral.models import Asset
from collateral.services.enforcement import decide_enforcement
from core.models import Branch, User
from loans.models import Facility, Loan, ProductVersion
from loans.services.disbursement import UnableToConfirmDisbursement, UnableToRequestDisbursement, confirm_disbursement
from loans.services.facility_standing import UnableToChangeStanding, decide_standing, propose_standing
from tests.collateral.books import Book, Lent
from tests.collateral.test_enforcement import propose
from tests.loans.servicing.conftest import (
    accepted,
    active,
    approver,
    ask,
    branch,
    collector,
    officer,
    product,
    risk_manager,
    second_approver,
    signed,
)

__all__ = ["accepted", "active", "approver", "branch", "collector", "officer", "product", "risk_manager", "second_approver", "signed"]


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
