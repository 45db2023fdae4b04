"""The turnover of a company is held against what came in on its accounts: annual accounts that nobody forged leave money behind."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import User
from loans.models import Application, BankAccount, StatementImport, StatementLine
from risk.domain.facts import CATALOGUE
from risk.domain.statement_facts import facts_of_many
from risk.domain.statement_months import Rules
from risk.domain.statement_unknown import HOLES, LESS_THAN_HALF_A_YEAR, why_unknown
from risk.models import PolicyVersion
from risk.services.assessment import assess_application
from risk.services.cross_checks import CrossCheck, cross_checks
from risk.services.facts import record_fact
from risk.services.replay import replay_decision
from risk.services.statements import statement_facts, statement_facts_again
from tests.risk.files import TODAY, add_document
from tests.risk.test_replay_figures import frozen

COMPANY = Rules.PRESENT | Rules.SALES


def send(company: Application, *rows: tuple[str, int], months: int = 12, coding: str = "FULL", end: int = 9) -> BankAccount:
    """A statement with these kinds and amounts in each month up to `end` days ago."""
    account = BankAccount.objects.create(borrower=company.borrower, iban="DE89370400440532013000")
    file = StatementImport.objects.create(application=company, account=account, source="Branch", sha256="cd" * 32, state="DONE")
    for month in range(months):
        for number, (kind, amount) in enumerate(rows):
            StatementLine.objects.create(
                account=account, statement=file, external_id=f"{month}-{number}", date=TODAY - timedelta(days=30 * month + end), amount=Decimal(amount),
                currency="EUR", category=kind, coding=coding,
            )  # fmt: skip
    return account


def record(company: Application, turnover: str, investigator: User) -> None:
    record_fact(
        application=company, code="turnover", value=turnover, source="Balance sheet", authenticity="DOCUMENT", evidence=add_document(company),
        as_of_date=TODAY - timedelta(days=60), actor=investigator, business_date=TODAY,
    )  # fmt: skip


def checks_of(company: Application) -> dict[str, CrossCheck]:
    return {row.code: row for row in cross_checks(company, business_date=TODAY)}


class TestHeldAgainstCredits:
    def test_differs_where_far_less_came_in(self, company: Application, investigator: User, policy: PolicyVersion) -> None:
        send(company, ("INCOME", 16_000))
        record(company, "1200000", investigator)
        check = checks_of(company)["turnover_statements_counted"]
        assert (check.stated, check.seen, check.verdict) == ("1200000.00", "192000.00", "DIFFERS")
        evaluation = assess_application(application=company, business_date=TODAY)
        assert {row["code"]: row["result"] for row in evaluation.rows}["P18"] == "SOFT"
        assert evaluation.facts["statement_turnover"]["value"] == "192000.00"
        assert replay_decision(decision=frozen(company)).differences == ()

    @pytest.mark.parametrize(("turnover", "differs"), [("192000", False), ("213000", False), ("214000", True), ("100000", False)])
    def test_may_be_less_by_what_is_still_owed(self, company: Application, investigator: User, turnover: str, differs: bool) -> None:
        send(company, ("TRANSFER_IN", 15_000), ("CARD", 1_000))
        record(company, turnover, investigator)
        assert ("turnover_statements_counted" in checks_of(company)) is differs

    def test_counts_no_loan_and_no_money_of_their_own(self, company: Application) -> None:
        account = send(company, ("INCOME", 10_000), ("LOAN", 50_000), ("TRANSFER_IN", 30_000), ("SECURITIES", 900), ("RETURNED", 70))
        other = BankAccount.objects.create(borrower=company.borrower, iban="DE02120300000000202051")
        StatementLine.objects.filter(account=account, category="TRANSFER_IN").update(counterparty_index=other.iban_index)
        assert checks_of(company)["turnover_statements"].seen == "120000.00"

    def test_is_the_most_there_can_be_where_nothing_is_told(self, company: Application, investigator: User) -> None:
        """A format that tells nothing hides no forged turnover: all that came in is less."""
        send(company, ("TRANSFER_IN", 16_000), coding="NONE")
        record(company, "1200000", investigator)
        assert checks_of(company)["turnover_statements_counted"].differs

    def test_of_a_statement_that_ends_weeks_ago_is_no_less(self, company: Application) -> None:
        send(company, ("INCOME", 16_000), months=11, end=55)
        assert checks_of(company)["turnover_statements"].seen == "192000.00"

    def test_says_on_the_page_how_it_comes_about(self, company: Application, auditor: User) -> None:
        send(company, ("INCOME", 16_000))
        client = Client()
        client.force_login(auditor)
        page = client.get(reverse("risk:field_panel", args=[company.pk]), headers={"HX-Request": "true"}).text
        assert "192,000 EUR" in page and "All that came in, sales tax included" in page


class TestUnknown:
    def test_of_less_than_half_a_year_says_what_to_ask_for(self, company: Application) -> None:
        send(company, ("INCOME", 16_000), months=6)
        check = checks_of(company)["turnover_statements"]
        assert (check.seen, check.verdict, check.unseen) == (None, "OPEN", LESS_THAN_HALF_A_YEAR)

    def test_over_days_that_no_file_tells_of(self) -> None:
        kept: dict[str, Any] = {"untold": [], "holes": [["2025-09-01", "2025-09-02"]]}
        assert why_unknown("statement_turnover", kept) == HOLES

    def test_is_no_figure_of_a_person(self, in_review: Application) -> None:
        send(in_review, ("INCOME", 4_200))
        seen = statement_facts(in_review, business_date=TODAY)
        assert seen["statement_turnover"][0] is None and "sales" not in (seen.parts or {})
        assert "turnover_statements" not in checks_of(in_review)


def test_an_assessment_from_before_reads_the_same_again(company: Application) -> None:
    send(company, ("INCOME", 16_000))
    kept = json.loads(json.dumps(statement_facts(company, business_date=TODAY).parts))
    assert kept["sales"] is True and statement_facts_again(kept, currency="EUR").parts == kept
    older = {name: value for name, value in kept.items() if name not in ("sales", "lately", "new_debts")}
    again = statement_facts_again(older, currency="EUR")
    assert again.parts == older and again["statement_turnover"][0] is None


def test_of_several_accounts_is_worked_out_each_by_its_own_months() -> None:
    def rows(account: int, months: int, amount: float) -> list[dict[str, Any]]:
        days = [TODAY - timedelta(days=30 * month + 5) for month in range(months)]
        return [{"account": account, "date": day, "amount": amount, "category": "INCOME"} for day in days]

    found = facts_of_many(rows(0, 12, 100.0) + rows(1, 8, 100.0) + rows(2, 3, 100.0), [TODAY] * 3, rules=COMPANY)
    assert [one["statement_turnover"] for one in found] == [1200, 1200, None]
    assert CATALOGUE["statement_turnover"].unit == "per year"
