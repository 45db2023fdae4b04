"""Revolving limits on their pages: read by lending, drawn by officers, changed by two people, nobody else's business."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from core.models import Proposal, User
from core.roles import Role
from loans.models import Application, Facility, Loan, ProductVersion
from loans.services.changes import PROPOSERS
from loans.services.facility_standing import SUSPENDERS
from loans.web.queue_views import LENDING
from tests.every_role import every_role
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.lines_of_credit import facility, first_drawing, line_product
from tests.loans.web.conftest import SignIn

__all__ = ["facility", "first_drawing", "line_product"]

pytestmark = pytest.mark.django_db
DRAWING = {"amount": "1,500.00", "term_months": "6"}
LIMIT = {"limit": "9,000.00", "reason": "Turnover fell"}


def url(name: str, facility: Facility) -> str:
    return reverse(f"loans:{name}", args=[facility.pk])


def everything() -> Any:
    return snapshot(), list(Facility.objects.values()), Proposal.objects.count()


@every_role(Role)
def test_every_role_sees_and_does_what_is_its_work(
    role: Role, facility: Facility, first_drawing: Loan, person_with: Callable[[Role], User], sign_in: SignIn
) -> None:
    client = sign_in(person_with(role))
    before = everything()
    for name, readers in (
        ("facility_detail", LENDING),
        ("drawing_new", (Role.OFFICER,)),
        ("facility_limit", LENDING),
        ("facility_standing", LENDING),
    ):
        page = client.get(url(name, facility))
        assert (page.status_code == 200) is (role in readers), name
    for name, typed in (("drawing_new", {"amount": "6,000.01", "term_months": "6"}), ("facility_limit", {**LIMIT, "limit": "1"})):
        assert client.post(url(name, facility), typed).status_code in (403, 422)
    assert client.post(reverse("loans:drawing_take_back", args=[first_drawing.public_id])).status_code in (302, 403)
    assert everything() == before
    if role not in PROPOSERS:
        assert client.post(url("facility_limit", facility), LIMIT).status_code == 403
    if role not in SUSPENDERS:
        assert client.post(url("facility_standing", facility), {"kind": "suspend", "reason": "x"}).status_code == 403
    if role not in PROPOSERS:
        # An approver suspends, but begins nothing that takes two.
        assert client.post(url("facility_standing", facility), {"kind": "cancel", "reason": "x"}).status_code in (403, 422)
    if role != Role.OFFICER:
        assert client.post(url("drawing_new", facility), DRAWING).status_code == 403
    assert everything() == before


def test_is_drawn_paid_out_and_lowered(facility: Facility, officer: User, collector: User, approver: User, sign_in: SignIn) -> None:
    client = sign_in(officer)
    assert url("drawing_new", facility) in client.get(url("facility_detail", facility)).text
    answer = client.post(url("drawing_new", facility), DRAWING)
    loan = Loan.objects.get(principal=1500)
    assert answer.status_code == 302 and answer["Location"] == reverse("loans:loan_detail", args=[loan.public_id])
    page = client.get(answer["Location"])
    assert url("facility_detail", facility) in page.text and "Take drawing back" in page.text
    refused = client.post(url("drawing_new", facility), {"amount": "4,500.01", "term_months": "6"})
    assert refused.status_code == 422 and "Only 4,500.00 EUR" in refused.text and "4,500.01" in refused.text
    assert sign_in(collector).post(url("facility_limit", facility), LIMIT).status_code == 302
    proposal = Proposal.objects.get(kind="facility_limit")
    decide = reverse("loans:limit_decide", args=[proposal.pk])
    assert sign_in(collector).post(decide, {"decision": "confirm"}).status_code == 422
    other = sign_in(approver)
    assert "9,000.00 EUR" in other.get(url("facility_limit", facility)).text
    assert other.post(decide, {"decision": "reject", "reason": ""}).status_code == 422
    assert other.post(decide, {"decision": "confirm"}).status_code == 302
    facility.refresh_from_db()
    assert (facility.limit_amount, facility.drawn) == (9_000, 5500)
    text = other.get(url("facility_detail", facility)).text
    assert "Limit changed" in text and loan.reference in text
    assert other.post(decide, {"decision": "confirm"}).status_code in (409, 422)
    assert client.post(reverse("loans:drawing_take_back", args=[loan.public_id])).status_code == 302
    facility.refresh_from_db()
    assert facility.drawn == 4000


def test_is_nobody_elses_business(facility: Facility, loan: Loan, stranger: User, officer: User, sign_in: SignIn) -> None:
    client = sign_in(stranger)
    for name in ("facility_detail", "drawing_new", "facility_limit", "facility_standing"):
        assert client.get(url(name, facility)).status_code == 404
    assert client.post(url("drawing_new", facility), DRAWING).status_code == 404
    assert sign_in(officer).get(url("facility_detail", loan.facility)).status_code == 404


def test_the_contract_names_the_first_drawing(
    line_product: ProductVersion, accepted: Callable[..., Application], officer: User, sign_in: SignIn, today: date
) -> None:
    application = accepted(amount="10000.00", product="line")
    client = sign_in(officer)
    address = reverse("loans:contract_new", args=[application.pk])
    page = client.get(address, {"start_date": today.isoformat(), "first_draw": "2500.00"})
    assert page.status_code == 200 and "First drawing" in page.text and "2,500.00" in page.text
    assert client.post(address, {"start_date": today.isoformat(), "first_draw": "10,000.01"}).status_code == 422
    assert client.post(address, {"start_date": today.isoformat(), "first_draw": "2500.00"}).status_code == 302
    made = Loan.objects.get(application=application)
    assert (made.principal, made.facility.limit_amount, made.facility.available) == (2500, 10_000, Decimal(7500))


def test_is_suspended_by_one_and_opened_again_by_two(
    facility: Facility, first_drawing: Loan, collector: User, approver: User, officer: User, sign_in: SignIn
) -> None:
    client, other = sign_in(collector), sign_in(approver)
    address = url("facility_standing", facility)
    assert client.post(address, {"kind": "suspend", "reason": ""}).status_code == 422
    assert client.post(address, {"kind": "suspend", "reason": "Payroll fell"}).status_code == 302
    page = sign_in(officer).get(url("facility_detail", facility)).text
    assert "Suspended" in page and "Payroll fell" in page and url("drawing_new", facility) not in page
    assert client.post(address, {"kind": "resume", "reason": "Payroll is back"}).status_code == 302
    proposal = Proposal.objects.get(kind="facility_standing")
    decide = reverse("loans:standing_decide", args=[proposal.pk])
    assert "Take it back" in client.get(address).text and "Open the limit again" in other.get(address).text
    assert client.post(decide, {"outcome": "confirm"}).status_code == 422
    assert other.post(decide, {"outcome": "refuse", "reason": ""}).status_code == 422
    assert other.post(decide, {"outcome": "confirm", "reason": ""}).status_code == 302
    facility.refresh_from_db()
    assert facility.state == "AVAILABLE"
    # Whoever comes second is told so.
    assert other.post(decide, {"outcome": "confirm"}).status_code == 422
    assert "May be drawn" in other.get(url("facility_detail", facility)).text
