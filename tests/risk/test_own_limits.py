"""What is left of a limit with us counts as if it were drawn: it may be, on the day after another loan is paid out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from loans.models import Application, ApplicationOutcome, Borrower, Facility, Loan, ProductVersion
from risk.domain.affordability import heaviest_payment
from risk.domain.own_loans import OwnLoans
from risk.models import PolicyVersion
from risk.selectors.terms import repayment_by
from tests.risk.own_books import figures, limit, of

pytestmark = pytest.mark.django_db


class TestLimit:
    """What is left of one may be drawn on the day after another loan is paid out, and nobody asks then whether it is carried."""

    def test_counts_in_full_over_the_rest_of_its_term(self, in_review: Application) -> None:
        facility = limit(in_review)
        version = facility.application.product_version
        assert version is not None
        month = heaviest_payment(Decimal(99_900), version.annual_rate, 24, repayment_by(version))
        assert of(in_review) == OwnLoans(100 + 12 * month, 10 + month, Decimal(100_000))

    @pytest.mark.parametrize(("decided", "priced"), [(Decimal("0.12"), Decimal("0.12")), (None, Decimal("0.09"))])
    def test_costs_what_was_decided(self, in_review: Application, decided: Decimal | None, priced: Decimal) -> None:
        """One that came from another system costs what its product costs."""
        file = limit(in_review, drawn=4000).application
        assert file.product_version is not None
        ProductVersion.objects.filter(pk=file.product_version_id).update(annual_rate=Decimal("0.09"))
        if decided is not None:
            terms: dict[str, Any] = {"amount": Decimal(100_000), "term_months": 36, "annual_rate": decided}
            ApplicationOutcome.objects.create(application=file, outcome="APPROVED", decided_date=date(2026, 1, 2), **terms)
        assert of(in_review).monthly == 10 + heaviest_payment(Decimal(96_000), priced, 24, repayment_by(file.product_version))

    @pytest.mark.parametrize(("state", "counts"), [("SUSPENDED", True), ("COMMITTED", True), ("EXPIRED", False), ("CANCELLED", False)])
    def test_counts_while_it_may_be_drawn_or_opened_again(self, in_review: Application, state: str, counts: bool) -> None:
        facility = limit(in_review)
        Facility.objects.filter(pk=facility.pk).update(state=state)
        assert of(in_review).owed == (100_000 if counts else 100)

    def test_that_is_drawn_whole_is_the_loan_alone(self, in_review: Application) -> None:
        limit(in_review, amount=100)
        assert of(in_review) == OwnLoans(Decimal(100), Decimal(10), Decimal(100))

    def test_makes_debt_service_and_debt_of_the_file_dearer(self, in_review: Application) -> None:
        before = figures(in_review)
        limit(in_review)
        after = figures(in_review)
        income = Decimal(before["monthly_income"])
        assert Decimal(after["dti"]) > Decimal(100_000) / income / 12
        assert Decimal(after["dsti"]) > Decimal(before["dsti"]) + Decimal(3000) / income
        assert "later_obligations" not in after

    def test_comes_on_top_of_what_was_recorded_before_it_was_signed(self, in_review: Application) -> None:
        limit(in_review, signed=date(2026, 3, 3))
        after = figures(in_review)
        assert (after["later_debt"], after["later_obligations"]) == ("100000.00", after["own_obligations"])

    def test_granted_to_two_is_owed_by_each(self, in_review: Application) -> None:
        file = limit(in_review).application
        other = Borrower.objects.create(reference="BR-X", branch=in_review.branch, kind="PERSON", name="Jon Adler", country="DE")
        Application.objects.filter(pk=file.pk).update(borrower=other)
        Loan.objects.filter(application=file).update(borrower=other)
        assert of(in_review) == OwnLoans()
        file.parties.create(borrower=in_review.borrower, part="CO_BORROWER")
        assert of(in_review).owed == 100_000

    def test_makes_a_company_cover_more(self, company: Application, policy: PolicyVersion) -> None:
        facility = limit(company, drawn=10_000)
        version = facility.application.product_version
        assert version is not None
        month = heaviest_payment(Decimal(90_000), version.annual_rate, 24, repayment_by(version))
        assert figures(company)["own_debt_service"] == str(100 + 12 * month)
