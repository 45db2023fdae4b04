"""By whose word a fact is known: who wants the loan is never a third party, however the paper comes in."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.models import Branch, PartnerClient, User
from loans.models import Application, BankAccount, StatementImport, StatementLine
from loans.services.statement_imports import read_waiting, receive_statement
from risk.models import Fact, Investigation, PolicyVersion
from risk.selectors.facts import current_facts
from risk.services.assessment import assess_application
from risk.services.cross_checks import cross_checks
from risk.services.facts import UnableToRecordFact, record_fact, stated_values
from risk.services.statements import Seen, statement_facts, statement_facts_of_many
from risk.web.wording import fact_groups
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make
from tests.risk.files import add_document
from tests.shared_rows import shared

IBAN = "DE89370400440532013000"
CSV = f"date,amount,currency,account,id,text\n2026-02-20,2500.00,EUR,{IBAN},1,Salary\n".encode()


@shared
def partner(branch: Branch) -> PartnerClient:
    return PartnerClient.objects.create(name="Car Dealer GmbH", client_id="dealer", branch=branch)


def send(application: Application, **by: Any) -> None:
    """A statement that somebody sends, read."""
    receive_statement(application=application, upload=SimpleUploadedFile("s.csv", CSV), **({"partner": None, "actor": None} | by))
    assert read_waiting() == 1 and StatementImport.objects.filter(state="DONE").exists()


def kept_by_us(application: Application) -> BankAccount:
    """An account with us, and a line of it that the bank itself kept."""
    account = BankAccount.objects.create(borrower=application.borrower, iban=IBAN, is_ours=True)
    file = StatementImport.objects.create(account=account, source="core banking", sha256="ab" * 32, state="DONE")
    StatementLine.objects.create(
        account=account, statement=file, external_id="own", date=TODAY.replace(day=1), amount=Decimal(9), currency="EUR"
    )
    return account


def said_of(seen: Seen) -> tuple[str, str]:
    """Mark and source, the same of all figures."""
    (said,) = {(mark, source) for _, source, mark in seen.values()}
    return said


class TestStatements:
    def test_of_an_account_with_us_are_our_own_books(self, apply: Make) -> None:
        application = apply()
        kept_by_us(application)
        assert said_of(statement_facts(application, business_date=TODAY)) == ("THIRD_PARTY", "Statements 01 Mar 2026 to 01 Mar 2026")

    def test_in_another_currency_or_between_own_accounts_are_no_income(self, apply: Make) -> None:
        application = apply()
        account = kept_by_us(application)
        other = BankAccount.objects.create(borrower=application.borrower, iban="DE02120300000000202051")
        for number, (currency, index) in enumerate((("JPY", None), ("EUR", account.iban_index))):
            StatementLine.objects.create(
                account=other, external_id=str(number), date=TODAY.replace(day=1), amount=Decimal(90_000), currency=currency, category="INCOME",
                counterparty_index=index,
            )  # fmt: skip
        seen = statement_facts(application, business_date=TODAY)
        assert (seen["largest_credit"][0], seen["statement_lines"][0]) == (Decimal("9.0"), 2)
        assert next(iter(statement_facts_of_many([(application, TODAY)]))) == seen

    def test_over_the_counter_are_a_document(self, apply: Make, officer: User) -> None:
        application = apply()
        send(application, actor=officer)
        assert said_of(statement_facts(application, business_date=TODAY))[0] == "DOCUMENT"

    def test_of_a_partner_are_a_document_that_names_the_partner(self, apply: Make, partner: PartnerClient, policy: PolicyVersion) -> None:
        application = apply()
        send(application, partner=partner)
        said = ("DOCUMENT", "Statements 20 Feb 2026 to 20 Feb 2026, from the partner Car Dealer GmbH")
        assert said_of(statement_facts(application, business_date=TODAY)) == said
        assert [said_of(seen) for seen in statement_facts_of_many([(application, TODAY)])] == [said]
        facts = assess_application(application=application, business_date=TODAY).facts
        assert (facts["largest_credit"]["authenticity"], facts["largest_credit"]["source"]) == said

    def test_of_a_partner_make_the_banks_own_lines_no_better_than_a_document(self, apply: Make, partner: PartnerClient) -> None:
        application = apply()
        kept_by_us(application)
        send(application, partner=partner)
        assert said_of(statement_facts(application, business_date=TODAY)) == (
            "DOCUMENT",
            "Statements 20 Feb 2026 to 01 Mar 2026, from the partner Car Dealer GmbH",
        )


class TestPapers:
    @pytest.mark.parametrize("by", ["partner", "officer"])
    def test_of_who_wants_the_loan_are_no_word_of_a_third_party(
        self, by: str, in_work: Investigation, investigator: User, officer: User
    ) -> None:
        application = in_work.application
        paper = add_document(application)
        if by == "officer":
            paper.uploaded_by = officer
            paper.save()
        given: dict[str, Any] = {
            "application": application, "code": "employment_months", "value": "24", "source": "Employer's letter",
            "as_of_date": TODAY, "evidence": paper, "actor": investigator, "business_date": TODAY,
        }  # fmt: skip
        before = Fact.objects.count()
        with pytest.raises(UnableToRecordFact) as refusal:
            record_fact(authenticity="THIRD_PARTY", **given)
        assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("authenticity", "handed_in")]
        assert "Otto Officer handed this paper in" in refusal.value.faults[0].detail and Fact.objects.count() == before
        assert record_fact(authenticity="DOCUMENT", **given).authenticity == "DOCUMENT"

    def test_that_came_to_the_bank_itself_are(self, in_work: Investigation, investigator: User) -> None:
        application = in_work.application
        paper = add_document(application)
        paper.uploaded_by = investigator
        paper.save()
        kept = record_fact(
            application=application, code="employment_months", value="24", source="Employer's letter", authenticity="THIRD_PARTY",
            as_of_date=TODAY, evidence=paper, actor=investigator, business_date=TODAY,
        )  # fmt: skip
        assert kept.authenticity == "THIRD_PARTY"


class TestAge:
    def test_is_as_stated_until_the_identity_is_verified(self, apply: Make, policy: PolicyVersion) -> None:
        application = apply()
        evaluation = assess_application(application=application, business_date=TODAY)
        assert {row["fact"]: row["result"] for row in evaluation.rows}["age"] == "UNVERIFIED"
        for value, mark in (("true", "DOCUMENT"), ("false", "UNVERIFIED")):
            Fact.objects.create(
                application=application, code="identity_verified", value=value, source="Passport", authenticity="DOCUMENT",
                as_of_date=TODAY, recorded_date=TODAY, author_name="x",
            )  # fmt: skip
            facts = assess_application(application=application, business_date=TODAY).facts
            assert {facts[code]["authenticity"] for code in ("age", "age_at_maturity")} == {mark}


def test_the_facts_name_who_handed_their_paper_in(to_sign_off: Investigation) -> None:
    application = to_sign_off.application
    lines = [line for _, group in fact_groups(current_facts(application, business_date=TODAY), "EUR") for line in group]
    assert {line.handed_in_by for line in lines if line.document} == {"Otto Officer"}
    assert {line.handed_in_by for line in lines if not line.document} == {""}


@pytest.mark.parametrize(
    ("obligations", "said"),
    [
        ([{"monthly_payment": "100", "outstanding": "2000"}, {"monthly_payment": "50", "outstanding": "0"}], ("150", "2000")),
        ([{"monthly_payment": "100", "outstanding": "2000"}, {"monthly_payment": "50"}], ("150", None)),
        ([{"monthly_payment": "100"}, {"outstanding": "900"}], (None, None)),
    ],
)
def test_a_debt_that_one_line_does_not_say_is_not_known(obligations: Any, said: tuple[str | None, str | None]) -> None:
    found = stated_values({"obligations": obligations})
    assert tuple(None if code not in found else str(found[code]) for code in ("monthly_obligations", "total_debt")) == said


def account_of(application: Application, *rows: tuple[str, int, str]) -> None:
    """Four months of these lines on an account elsewhere: kind, amount, how far it is told."""
    account = BankAccount.objects.create(borrower=application.borrower, iban=IBAN)
    for month in range(4):
        for number, (category, amount, coding) in enumerate(rows):
            StatementLine.objects.create(
                account=account, external_id=f"{month}-{number}", date=TODAY - timedelta(days=30 * month + 5), amount=Decimal(amount),
                currency="EUR", category=category, coding=coding,
            )  # fmt: skip


class TestStatedBesideStatements:
    def test_other_money_stands_beside_the_income_and_never_makes_it_agree(
        self, in_work: Investigation, investigator: User, client: Client
    ) -> None:
        """2,600 of wages and 1,600 in cash are not the 4,200 that were stated."""
        application = in_work.application
        account_of(application, ("SALARY", 2600, "FULL"), ("CASH_IN", 1600, "FULL"))
        check = next(row for row in cross_checks(application, business_date=TODAY) if row.code == "income_statements")
        assert check.differs and (Decimal(check.seen or 0), Decimal(check.beside or 0)) == (2600, 1600)
        client.force_login(investigator)
        page = client.get(reverse("risk:field_panel", args=[application.pk]), headers={"HX-Request": "true"}).text
        assert "and 1,600.00 EUR other money a month" in page

    def test_what_is_not_told_agrees_with_nothing(self, in_work: Investigation, policy: PolicyVersion) -> None:
        application = in_work.application
        account_of(application, ("TRANSFER_IN", 4200, "NONE"), ("TRANSFER_OUT", -900, "NONE"))
        checks = {row.code: row for row in cross_checks(application, business_date=TODAY)}
        assert [checks[code].verdict for code in ("income_statements", "obligations_statements")] == ["OPEN", "OPEN"]
        rows = assess_application(application=application, business_date=TODAY).rows
        asked = {
            row["fact"]: row["result"]
            for row in rows
            if row["fact"] in ("gambling_share", "cash_share", "returned_count", "income_regularity")
        }
        assert set(asked.values()) == {"MISSING"} and len(asked) == 4
