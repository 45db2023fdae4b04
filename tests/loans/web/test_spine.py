"""One loan from the first word typed to the last cent paid, through the pages alone; the books agree at every step."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import User
from loans.models import Application, Disbursement, Loan, Payment, ProductVersion
from loans.selectors.audit import first_difference
from loans.services.applications import start_review
from loans.services.decisions import decide_application
from tests.loans.web.conftest import SignIn

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]


def press(client: Client, page: Any, words: str, **typed: str) -> Any:
    """Send the form of a page whose button carries these words, with its hidden fields and what is typed."""
    forms = re.findall(r'<form method="post"[^>]*>.*?</form>', page.text, re.DOTALL)
    [form] = [form for form in forms if re.search(rf"<button[^>]*>{words}", form)]
    [tag] = re.findall(r"<form[^>]*>", form)
    found = re.search(r' action="([^"]*)"', tag)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    named = re.search(rf'<button[^>]*name="(\w+)" value="(\w+)"[^>]*>{words}', form)
    data = {**hidden, **({named[1]: named[2]} if named else {}), **typed}
    return client.post(found[1] if found else page.request["PATH_INFO"], data, follow=True)


def test_a_loan_from_the_first_word_to_the_last_cent(
    product: ProductVersion,
    officer: User,
    approver: User,
    risk_manager: User,
    sign_in: SignIn,
    today: date,
    on: Move,
) -> None:
    desk, second = sign_in(officer), sign_in(approver)

    desk.post(
        f"{reverse('loans:application_new')}?product=consumer",
        {
            "amount": "3,000.00",
            "term_months": "3",
            "purpose_code": "equipment",
            "payee_name": "Tools and Sons",
            "payee_iban": "DE89 3704 0044 0532 0130 00",
            "kind": "person",
            "name": "Mira Number",
            "birth_date": "1985-04-12",
            "national_id": "ID-9000001",
            "country": "DE",
            "submit": "1",
        },
        follow=True,
    )
    application = Application.objects.get()
    start_review(application=application, actor=None, business_date=today)
    decide_application(
        application=application,
        outcome="APPROVED",
        amount=Decimal(3000),
        term_months=3,
        annual_rate=Decimal("0.06"),
        conditions=[],
        reasons=[],
        actor=risk_manager,
        business_date=today,
    )

    page = press(desk, desk.get(reverse("loans:application_detail", args=[application.pk])), "Applicant accepts")
    contract = re.search(r'href="([^"]+/contract/)"', page.text)
    assert contract is not None
    page = press(desk, desk.get(contract[1]), "Make contract")
    loan = Loan.objects.get()
    page = press(desk, page, "Record signature", **{"signature-note": "Signed in the branch"})
    page = desk.get(reverse("loans:payout_new", args=[loan.public_id]))
    press(desk, page, "Request payout", amount="3,000.00", payee_name="Tools and Sons", payee_iban="")
    assert first_difference() is None

    press(second, second.get(reverse("loans:loan_detail", args=[loan.public_id])), "Confirm payout")
    assert Disbursement.objects.get().state == "PAID"
    assert first_difference() is None

    for instalment in loan.instalments.all():
        on(instalment.due_date)
        page = desk.get(reverse("loans:payment_new", args=[loan.public_id]))
        owed = instalment.principal + instalment.interest
        typed = {"amount": f"{owed:.2f}", "value_date": instalment.due_date.isoformat(), "reference": ""}
        page = press(desk, page, "Show what it pays", **typed)
        page = press(desk, page, "Book")
        assert "is booked" in page.text
        assert first_difference() is None
    loan.refresh_from_db()
    assert (loan.state, loan.outstanding_principal, Payment.objects.count()) == ("CLOSED", 0, 3)
    page = desk.get(reverse("loans:loan_detail", args=[loan.public_id]))
    assert "Every instalment is paid." in page.text
    assert "Principal is as planned" in page.text
