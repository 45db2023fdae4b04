"""What was decided does not hold for ever: accepted offers of which no contract is made, and contracts of which nothing is drawn,
end by night.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEntry, OutboxEvent, Proposal, User
from loans.models import Application, Disbursement, Loan, ProductVersion, StateChange
from loans.selectors.borrowers import exposure_of
from loans.services.contracts import UnableToMakeContract, make_contract
from loans.services.disbursement import UnableToConfirmDisbursement, confirm_disbursement
from loans.services.offers import expire_offers
from loans.services.undrawn import draw_by, lapse_undrawn
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import MakeApplication, ask
from tests.loans.web.conftest import sign_in

__all__ = ["sign_in"]
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def last_step(row: Any) -> tuple[str, str, str]:
    step = StateChange.objects.filter(target_id=str(row.pk)).order_by("-id")[0]
    return step.old_state, step.new_state, step.actor_name


class TestAcceptedOffer:
    def test_ends_after_the_days_of_its_product(self, accepted: MakeApplication, today: date) -> None:
        file = accepted()
        assert file.product_version is not None
        until = today + timedelta(days=file.product_version.contract_days)
        assert Application.objects.get(pk=file.pk).contract_by == until
        assert file.borrower is not None and exposure_of(file.borrower) == 12_000
        assert expire_offers(business_date=until) == 0, "on its last day it stands"
        assert [expire_offers(business_date=until + DAY) for _ in range(2)] == [1, 0]
        file.refresh_from_db()
        assert last_step(file) == ("ACCEPTED", "OFFER_EXPIRED", "sweep")
        assert AuditEntry.objects.filter(action="offer.expired", target_id=str(file.pk)).count() == 1
        told = OutboxEvent.objects.filter(name__endswith="ApplicationStatusChanged").order_by("-pk")[0].payload
        assert (told["application_id"], told["new_state"]) == (str(file.pk), "OFFER_EXPIRED")
        assert exposure_of(file.borrower) == 0

    def test_makes_no_contract_once_it_ended(self, accepted: MakeApplication, officer: User, today: date) -> None:
        file, later = accepted(), today + timedelta(days=31)
        expire_offers(business_date=later)
        with pytest.raises(UnableToMakeContract, match="not_accepted"):
            make_contract(application=file, actor=officer, business_date=later)
        assert not Loan.objects.exists()

    def test_follows_the_version_applied_for(self, accepted: MakeApplication, product: ProductVersion, today: date) -> None:
        ProductVersion.objects.filter(pk=product.pk).update(contract_days=3)
        assert Application.objects.get(pk=accepted().pk).contract_by == today + timedelta(days=3)

    def test_says_so_on_its_page(self, accepted: MakeApplication, officer: User, sign_in: Any) -> None:
        page = sign_in(officer).get(reverse("loans:application_detail", args=[accepted().pk])).text
        assert 'Contract made by</dt><dd><time datetime="2026-04-01"' in page


class TestUndrawnContract:
    def test_ends_with_its_limit_and_what_was_asked_for(self, requested: Disbursement, approver: User, officer: User, sign_in: Any) -> None:
        loan, before = requested.loan, snapshot()
        until = draw_by(loan)
        assert until == loan.signed_date + timedelta(days=120)
        page = sign_in(officer).get(reverse("loans:loan_detail", args=[loan.public_id])).text
        assert "First payout by" in page and "ends unless paid out by" in page
        assert lapse_undrawn(business_date=until) == 0 and snapshot() == before
        assert lapse_undrawn(business_date=until + DAY) == 1
        assert lapse_undrawn(business_date=until + DAY) == 0, "and once"
        loan = Loan.objects.select_related("facility", "borrower").get(pk=loan.pk)
        assert (loan.state, loan.closed_date, loan.facility.state) == ("CLOSED", until + DAY, "EXPIRED")
        assert last_step(loan) == ("SIGNED", "CLOSED", "sweep")
        requested.refresh_from_db()
        assert requested.state == "CANCELLED"
        assert Proposal.objects.get(target_id=str(requested.pk)).state == "VOIDED"
        with pytest.raises(UnableToConfirmDisbursement):
            confirm_disbursement(disbursement=requested, actor=approver, business_date=until + DAY)
        assert AuditEntry.objects.filter(action="contract.lapsed").count() == 1
        assert OutboxEvent.objects.filter(name__endswith="LoanClosed").count() == 1
        assert exposure_of(loan.borrower) == 0

    def test_of_which_anything_was_drawn_goes_on(self, signed: Callable[..., Loan], officer: User, approver: User, today: date) -> None:
        loan = signed()
        confirm_disbursement(disbursement=ask(loan, officer, today, Decimal(5_000)), actor=approver, business_date=today)
        assert lapse_undrawn(business_date=today + timedelta(days=500)) == 0

    def test_costs_the_same_for_any_number(self, signed: Callable[..., Loan], accepted: MakeApplication, today: date) -> None:
        counts = []
        for number in (1, 3):
            made = [signed() for _ in range(number)]
            files = [accepted() for _ in range(number)]
            with CaptureQueriesContext(connection) as queries:
                assert lapse_undrawn(business_date=today + timedelta(days=121)) == len(made)
                assert expire_offers(business_date=today + timedelta(days=121)) == len(files)
            counts.append(len(queries))
        assert counts[0] == counts[1], counts
