"""A company's debt service is held against what the bureau and our own books show: the highest counts, and what differs is explained."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import User
from loans.models import Application, Instalment, Loan
from risk.domain.affordability import STANDARD, Firm
from risk.domain.own_loans import Promised, Since, own_loans_of
from risk.domain.request_parts import firm_of, under_stress
from risk.models import BureauReport, PolicyVersion
from risk.selectors.own_loans import own_loans
from risk.services.accounts import record_accounts
from risk.services.assessment import assess_application
from risk.services.bureau import yearly_payments
from risk.services.cross_checks import differences
from risk.services.facts import UnableToRecordFact, record_computed, record_fact
from risk.services.field_work import explain_difference
from tests.risk.book import make_past_loans
from tests.risk.conftest import TODAY
from tests.risk.files import add_document
from tests.risk.own_books import lend
from tests.risk.test_annual_accounts import GOOD, YEAR
from tests.risk.test_replay_figures import received


@pytest.fixture
def told(company: Application, investigator: User, policy: PolicyVersion) -> dict[str, Any]:
    """A company whose accounts show interest and principal of 100 a year, with the paper."""
    who: dict[str, Any] = {"application": company, "actor": investigator, "business_date": TODAY}
    record_accounts(year_end=YEAR, figures=GOOD, evidence=add_document(company, "accounts.pdf"), **who)
    return who


def answered(company: Application, monthly: str, on: date = TODAY) -> BureauReport:
    """The bureau's report on the company, in the file, told as of this day."""
    report = received(company, monthly=monthly, on=on)
    found = {code: (report.figures[code], "Bureau report SB-0", "THIRD_PARTY") for code in ("bureau_worst_dpd", "bureau_enquiries")}
    facts = found | yearly_payments(report)
    record_computed(
        application=company, facts=facts, business_date=TODAY, as_of_dates=dict.fromkeys(facts, on), author_name="credit bureau"
    )
    return report


def cover(company: Application) -> tuple[Decimal, dict[str, Any]]:
    facts = assess_application(application=company, business_date=TODAY).facts
    instalment = Decimal(facts["new_instalment"]["value"])
    # (EBITDA 300 - tax 60 - maintenance 60 + working capital 0) over what it has to pay in the year.
    return Decimal(180) / Decimal(facts["dscr"]["value"]) - 12 * instalment, facts


class TestDebtService:
    def test_of_the_bureau_counts_where_it_is_higher(self, told: dict[str, Any], company: Application) -> None:
        before, _ = cover(company)
        assert abs(before - 100) < 20  # four places of a small ratio
        answered(company, "500.00")
        after, facts = cover(company)
        assert abs(after - 6000) < 120 and facts["bureau_debt_service"]["value"] == "6000.00"
        assert facts["dscr"]["as_of_date"] == YEAR.isoformat() and "Bureau report SB-0" in facts["dscr"]["source"]
        assert Decimal(facts["stressed_dscr"]["value"]) < Decimal(facts["dscr"]["value"])

    def test_of_the_accounts_counts_where_the_bureau_shows_less(self, told: dict[str, Any], company: Application) -> None:
        answered(company, "5.00")
        counted, facts = cover(company)
        assert abs(counted - 100) < 20 and facts["failed_checks"]["value"] == "0"
        assert not [row for row in differences(company, business_date=TODAY) if row.code.startswith("service")]

    def test_on_our_books_is_asked_once_in_an_assessment(self, told: dict[str, Any], company: Application) -> None:
        lend(company)
        with CaptureQueriesContext(connection) as queries:
            assess_application(application=company, business_date=TODAY)
        assert sum("count(i.id)" in query["sql"] for query in queries) == 1

    def test_that_differs_is_a_check_not_in_order_until_it_is_explained(self, told: dict[str, Any], company: Application) -> None:
        answered(company, "500.00")
        [row] = [row for row in differences(company, business_date=TODAY) if row.code.startswith("service")]
        assert (row.code, row.seen_by, row.stated, row.seen) == ("service_bureau_counted", "bureau report", "100.00", "6000.00")
        assert cover(company)[1]["failed_checks"]["value"] == "1"
        explain_difference(check_code=row.code, code="ELSEWHERE", reason="Leases, in the notes of the accounts.", **told)
        counted, facts = cover(company)
        assert facts["failed_checks"]["value"] == "0" and abs(counted - 6000) < 120, "explained, it is owed all the same"

    def test_typed_from_contracts_hides_no_loan_with_us(self, told: dict[str, Any], company: Application) -> None:
        loan = Loan.objects.get(application=make_past_loans(company.branch, ["good"])[0])
        Loan.objects.filter(pk=loan.pk).update(borrower=company.borrower, state="ACTIVE")
        Instalment.objects.filter(loan=loan).update(due_date=date(2020, 1, 1))
        for number, due in enumerate(
            (date(2026, 2, 27), date(2026, 3, 1), date(2026, 9, 1), date(2027, 2, 28), date(2027, 3, 1)), start=101
        ):
            Instalment.objects.create(loan=loan, number=number, due_date=due, principal=1000, interest=50, balance=0)
        assert company.borrower is not None
        asked: dict[str, Any] = {"currency": loan.currency, "day": TODAY, "without": company.pk}
        found = own_loans(company.borrower.pk, **asked)
        assert found == own_loans(company.borrower.pk, **asked | {"day": date(2026, 3, 31)}) and own_loans_of(found).yearly == 3150
        assert own_loans(company.borrower.pk, **asked | {"without": loan.application_id}) == [], "a loan of the file itself"
        paper = add_document(company, "contracts.pdf")
        record_fact(code="debt_service", value="110", source="Contracts", authenticity="DOCUMENT", as_of_date=TODAY, evidence=paper, **told)
        counted, facts = cover(company)
        assert abs(counted - 3150) < 60 and facts["own_debt_service"]["source"] == "Our books"
        assert [row.code for row in differences(company, business_date=TODAY)] == ["service_own_counted"]
        Loan.objects.filter(pk=loan.pk).update(state="CLOSED", closed_date=TODAY)
        assert "own_debt_service" not in cover(company)[1] and not differences(company, business_date=TODAY)

    @pytest.mark.parametrize(
        ("code", "better", "worse"), [("equity_ratio", "0.9", "0.1"), ("tax_paid", "1", "90"), ("debt_service", "5", "400")]
    )
    def test_and_what_stands_beside_it_is_not_typed_past_the_accounts(
        self, told: dict[str, Any], company: Application, code: str, better: str, worse: str
    ) -> None:
        """Nobody states these; who types a better one than the accounts show has to say why."""
        paper = add_document(company, "letter.pdf")
        typed = {"code": code, "source": "A letter", "authenticity": "DOCUMENT", "as_of_date": TODAY, "evidence": paper}
        for value, found in ((worse, []), (better, [f"{code}_accounts", f"{code}_superseded"])):
            record_fact(value=value, **typed, **told)
            assert [row.code for row in differences(company, business_date=TODAY)] == found

    def test_is_no_source_that_anybody_types(self, told: dict[str, Any]) -> None:
        with pytest.raises(UnableToRecordFact):
            record_fact(code="debt_service", value="1", source="our  books", authenticity="UNVERIFIED", as_of_date=TODAY, **told)

    def test_that_nobody_recorded_is_not_taken_from_the_bureau(self) -> None:
        seen = {"ebitda": Decimal(300), "bureau_debt_service": Decimal(50)}
        assert firm_of(seen) == Firm(ebitda=Decimal(300))
        assert firm_of(seen | {"debt_service": Decimal(10)}).debt_service == 50

    @pytest.mark.parametrize(("signed", "on_top"), [(date(2026, 2, 28), 2400), (date(2026, 2, 27), 0)])
    def test_of_the_bureau_takes_on_top_what_we_lent_after_its_report(
        self, told: dict[str, Any], company: Application, signed: date, on_top: int
    ) -> None:
        """The report is of 27 February, the contracts were typed since: a loan in between is in these and cannot be in that."""
        paper = add_document(company, "contracts.pdf")
        record_fact(code="debt_service", value="110", source="Contracts", authenticity="DOCUMENT", as_of_date=TODAY, evidence=paper, **told)
        report = answered(company, "500.00", on=date(2026, 2, 27))
        assert company.borrower is not None and report.as_of_date == date(2026, 2, 27)
        loan = lend(company, month=200)
        Loan.objects.filter(pk=loan.pk).update(signed_date=signed)
        counted, facts = cover(company)
        assert abs(counted - 6000 - on_top) < 120 and facts["own_debt_service"]["value"] == "2400.00"
        assert facts.get("later_bureau_service", {}).get("value") == ("2400.00" if on_top else None)
        assert "later_debt_service" not in facts

    def test_of_the_bureau_takes_on_top_what_was_granted_on_its_day_and_is_not_signed(self) -> None:
        offer = Promised("a", Decimal(1200), Decimal(0), 12, "annuity", "month", 1, [], since=TODAY, signed=False)
        for day, on_top in ((TODAY, Decimal(1200)), (date(2026, 12, 1), None)):
            found = own_loans_of([offer], Since(bureau=day))
            assert (found.yearly, found.later_bureau, found.later_yearly) == (1200, on_top, None)

    def test_takes_the_highest_with_what_is_younger_than_each(self) -> None:
        """Evidence that knows of nothing younger than the report is worked out as it was."""
        kept = {"debt_service": Decimal(50), "later_debt_service": Decimal(20), "bureau_debt_service": Decimal(100)}
        assert firm_of(kept).debt_service == 100
        assert firm_of(kept | {"later_bureau_service": Decimal(20)}).debt_service == 120
        assert firm_of({"debt_service": Decimal(50), "later_bureau_service": Decimal(20)}).debt_service == 50
        assert firm_of(kept | {"later_bureau_service": Decimal(20), "own_debt_service": Decimal(130)}).debt_service == 130

    def test_of_a_past_assessment_counts_under_stress_too(self) -> None:
        values = {"ebitda": "300", "tax_paid": "60", "maintenance_capex": "60", "working_capital_change": "0", "debt_service": "100"}
        known: dict[str, Any] = {code: {"value": value, "authenticity": "DOCUMENT", "stale": False} for code, value in values.items()}
        asked: dict[str, Any] = {"amount": Decimal(1200), "months": 12, "annual_rate": Decimal(0), "stress": STANDARD, "is_company": True}
        alone = under_stress(known, ["stressed_dscr"], **asked)["stressed_dscr"]["value"]
        known["bureau_debt_service"] = {"value": "600", "authenticity": "THIRD_PARTY", "stale": False}
        beside = under_stress(known, ["stressed_dscr"], **asked)["stressed_dscr"]["value"]
        assert Decimal(beside) < Decimal(alone)
