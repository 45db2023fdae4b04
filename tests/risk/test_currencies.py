"""Amounts of currencies with three decimals or none: nothing of them is cut, and nothing is worked out that cannot be paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import User
from loans.models import Application, ProductVersion
from risk.domain.accounts_file import read_accounts
from risk.domain.affordability import annuity_payment, step_of
from risk.domain.bureau import Unusable, check_written, read_report
from risk.domain.facts import CATALOGUE
from risk.domain.financial_year import FinancialYear, Period
from risk.domain.own_loans import Promised, own_loans_of
from risk.models import AnnualAccounts, Fact, Investigation, PolicyVersion
from risk.selectors.facts import current_facts
from risk.services.accounts import import_accounts
from risk.services.assessment import assess_application
from risk.services.bureau import fetch_due
from risk.services.facts import UnableToRecordFact, record_fact
from risk.services.faults_of_terms import faults_of_range
from risk.services.replay import replay_decision
from risk.web.forms import TermsForm
from tests.risk.conftest import TODAY
from tests.risk.files import add_document
from tests.risk.test_annual_accounts import GOOD, YEAR
from tests.risk.test_financial_year import LONG
from tests.risk.test_replay_figures import frozen
from tests.risk.web.bureaus import Asked, Bureau, asked, bureau, bureau_facts, report

__all__ = ["asked", "bureau"]


def in_currency(application: Application, currency: str, amount: str) -> Application:
    """The same file in another currency, its product too."""
    ProductVersion.objects.update(currency=currency)
    Application.objects.filter(pk=application.pk).update(currency=currency, amount=Decimal(amount))
    return Application.objects.select_related("borrower", "product_version__product").get(pk=application.pk)


class TestFacts:
    @pytest.mark.parametrize(
        ("currency", "written", "stored"),
        [
            ("KWD", "1,250.125", "1250.125"), ("KWD", "1250", "1250.000"), ("JPY", "1,250", "1250"), ("JPY", "1250.00", "1250"),
            ("EUR", "1250.5", "1250.50"), ("", "1250.5", "1250.50"),
        ],
    )  # fmt: skip
    def test_keep_what_the_currency_has(self, currency: str, written: str, stored: str) -> None:
        assert CATALOGUE["monthly_income"].written(written, step_of(currency)) == stored

    @pytest.mark.parametrize(
        ("currency", "written", "words"),
        [
            ("KWD", "1250.1255", "the currency has three decimals; write it as 1,250.000."),
            ("JPY", "1250.5", "the currency has no decimals; write it as 1,250."),
            ("EUR", "1250.125", "the currency has two decimals; write it as 1,250.00."),
        ],
    )
    def test_refuse_what_would_be_cut(self, currency: str, written: str, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            CATALOGUE["monthly_income"].written(written, step_of(currency))

    @pytest.mark.parametrize(
        ("currency", "amount", "kept", "income", "refused"),
        [("KWD", "12500.125", "12500.125", "1250.125", "1250.1255"), ("JPY", "1250000", "1250000", "312500", "312500.5")],
    )
    def test_of_a_file_are_in_its_currency_and_replay(
        self, in_review: Application, investigator: User, currency: str, amount: str, kept: str, income: str, refused: str
    ) -> None:
        Investigation.objects.filter(application=in_review).update(state="OPEN")
        file = in_currency(in_review, currency, amount)
        paper: dict[str, Any] = {
            "source": "Payslip",
            "authenticity": "DOCUMENT",
            "as_of_date": TODAY,
            "evidence": add_document(file, "p.pdf"),
        }
        who: dict[str, Any] = {"application": file, "actor": investigator, "business_date": TODAY}
        record_fact(code="monthly_income", value=income, **paper, **who)
        with pytest.raises(UnableToRecordFact) as refusal:
            record_fact(code="monthly_income", value=refused, **paper, **who)
        assert [fault.field for fault in refusal.value.faults] == ["value"]
        facts = {code: fact["value"] for code, fact in assess_application(application=file, business_date=TODAY).facts.items()}
        assert (facts["loan_amount"], facts["monthly_income"]) == (kept, income)
        step = step_of(currency)
        for code in ("new_instalment", "stressed_instalment", "disposable_income"):
            assert Decimal(facts[code]).as_tuple().exponent == step.as_tuple().exponent
        decision = frozen(file)
        assert replay_decision(decision=decision).differences == ()
        rate = Decimal(decision.evidence["parts"]["charge"]["annual_rate"])
        assert Decimal(facts["new_instalment"]) == annuity_payment(Decimal(amount), rate, 36, step)

    def test_of_the_older_form_replay_in_hundredths(self, in_review: Application) -> None:
        """Whatever the currency was."""
        decision = frozen(in_currency(in_review, "KWD", "12500.125"))
        parts = decision.evidence["parts"]
        whole = decision.evidence["evaluation"]["facts"]["new_instalment"]["value"]
        parts["format"] = 1
        parts["own_loans"] = dict.fromkeys(("own_obligations", "own_debt", "later_obligations", "later_debt"))
        del parts["own_books"]
        told = {one.part: one for one in replay_decision(decision=decision).by_name}
        assert told[CATALOGUE["new_instalment"].title].replayed_words == format(Decimal(whole).quantize(Decimal("0.01")), "f")


class TestSums:
    def test_of_own_loans_are_paid_in_the_currency(self) -> None:
        offer = Promised("a", Decimal("100.125"), Decimal(0), 3, "annuity", "month", 1, [], TODAY, signed=False)
        assert own_loans_of([offer], currency="KWD").monthly == Decimal("33.375")
        assert own_loans_of([offer], currency="JPY").monthly == Decimal(33)

    def test_of_eighteen_months_are_brought_to_twelve_in_it(self) -> None:
        for currency, yearly in (("KWD", "1333.333"), ("JPY", "1333"), ("", "1333.33")):
            assert FinancialYear(Period(LONG, YEAR), GOOD, currency).yearly()["turnover"] == Decimal(yearly)


class TestReports:
    def test_are_taken_as_they_are_written(self, asked: Asked, bureau: Bureau) -> None:
        row = asked()
        Application.objects.filter(pk=row.application_id).update(currency="KWD")
        account = {"lender": "Other bank", "outstanding": "9000.125", "monthly_payment": "300.5", "dpd": 0}
        bureau.answer = (200, report(accounts=[account]), 0.0)
        fetch_due(business_date=TODAY)
        row.refresh_from_db()
        assert row.state == "RECEIVED"
        assert {code: bureau_facts(row)[code] for code in ("total_debt", "monthly_obligations")} == {
            "total_debt": "9000.125", "monthly_obligations": "300.500",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("written", "currency"),
        [("9000.125", "EUR"), ("9000.1255", "KWD"), ("9000.5", "JPY"), ("1E2", "EUR"), ("1_000", "EUR"), (" 5", "EUR")],
    )
    def test_that_would_be_cut_or_guessed_are_refused(self, written: str, currency: str) -> None:
        answer = report(accounts=[{"lender": "Other bank", "outstanding": written, "monthly_payment": "0", "dpd": 0}])
        read_report(answer, on=TODAY, currency=currency)
        if written == " 5":
            check_written(answer, currency)  # blanks are no part of an amount
            return
        with pytest.raises(Unusable, match="“outstanding” cannot be taken as it is written"):
            check_written(answer, currency)

    def test_in_a_file_of_before_are_read_as_they_were(self) -> None:
        answer = report(accounts=[{"lender": "Other bank", "outstanding": "9000.125", "monthly_payment": "1E2", "dpd": 0}])
        assert read_report(answer, on=TODAY).facts()["total_debt"] == Decimal("9000.12")


class TestAccounts:
    @pytest.mark.parametrize(
        ("currency", "cell", "read"),
        [("KWD", "1,250.125", "1250.125"), ("JPY", "1250", "1250"), ("JPY", "1250.00", "1250"), ("EUR", "1250.5", "1250.50")],
    )
    def test_are_read_in_the_decimals_of_the_currency(self, currency: str, cell: str, read: str) -> None:
        found = read_accounts(f"Line;2025\ncash;{cell}\n".encode(), "a.csv", currency)
        assert found.years[YEAR] == {"cash": Decimal(read)} and not found.faults

    @pytest.mark.parametrize(
        ("currency", "cell", "words"),
        [("KWD", "1250.1255", "three"), ("JPY", "1250.5", "no"), ("EUR", "1250.125", "two")],
    )
    def test_with_more_of_them_are_refused(self, currency: str, cell: str, words: str) -> None:
        [fault] = read_accounts(f"Line;2025\ncash;{cell}\n".encode(), "a.csv", currency).faults
        assert (fault.cell, fault.words) == ("B2", f"{cell} has more than {words} decimals.")

    def test_are_entered_and_imported_so(self, company: Application, investigator: User, policy: PolicyVersion, client: Any) -> None:
        file = in_currency(company, "KWD", "12500.125")
        figures = GOOD | {"turnover": GOOD["turnover"] + Decimal("0.125"), "cost_of_sales": GOOD["cost_of_sales"] + Decimal("0.125")}
        rows = "\n".join(f"{code};{amount}" for code, amount in figures.items())
        upload = SimpleUploadedFile("a.csv", f"Line;2025\n{rows}".encode())
        import_accounts(application=file, upload=upload, actor=investigator, business_date=TODAY)
        assert current_facts(file, business_date=TODAY)["turnover"].row.value == "2000.125"
        client.force_login(investigator)
        sent = {f"accounts-{code}": str(amount) for code, amount in figures.items()} | {"accounts-year_end": "2025-12-31"}
        assert client.post(reverse("risk:accounts_enter", args=[file.pk]), sent).status_code == 302
        assert AnnualAccounts.objects.count() == 2 and AnnualAccounts.objects.first().figures["turnover"] == "2000.125"  # type: ignore[union-attr]


def test_the_investigators_form_takes_and_refuses_them(in_work: Investigation, investigator: User, client: Any) -> None:
    file = in_currency(in_work.application, "KWD", "12500.125")
    client.force_login(investigator)
    paper = add_document(file, "p.pdf")
    sent = {
        "code": "monthly_income",
        "source": "Payslip",
        "authenticity": "DOCUMENT",
        "evidence": paper.pk,
        "as_of_date": TODAY.isoformat(),
    }
    for value, status in (("1250.1255", 422), ("1,250.125", 302)):
        answer = client.post(
            reverse("risk:fact_record", args=[file.pk]), {f"fact-{name}": text for name, text in (sent | {"value": value}).items()}
        )
        assert answer.status_code == status
    assert Fact.objects.filter(application=file, code="monthly_income", source="Payslip").latest("pk").value == "1250.125"


class TestTerms:
    """What is asked for can be granted, to its last decimal, and nothing finer."""

    def test_are_offered_and_read_in_the_decimals_of_the_currency(self, in_review: Application, approver: User, client: Any) -> None:
        file = in_currency(in_review, "KWD", "12000.125")
        ProductVersion.objects.update(max_amount=Decimal(20_000))
        client.force_login(approver)
        page = client.get(reverse("risk:decision_panel", args=[file.pk])).text
        assert 'value="12,000.125"' in page and "12,000.125 KWD over 36 months" in page
        for currency, written, right in (("KWD", "9,000.125", True), ("KWD", "9000.1255", False), ("JPY", "9000.5", False)):
            form = TermsForm({"amount": written}, currency=currency)
            assert form.is_valid() is right

    def test_that_are_finer_than_the_currency_are_refused(self, in_review: Application, approver: User) -> None:
        file = in_currency(in_review, "JPY", "12000")
        version = file.product_version
        assert version is not None
        [fault] = faults_of_range(file, version, Decimal("9000.5"), 24, None)
        assert (fault.field, fault.code, fault.detail) == ("amount", "too_fine", "JPY has no decimals.")
        assert not faults_of_range(file, version, Decimal("9000.00"), 24, None)
