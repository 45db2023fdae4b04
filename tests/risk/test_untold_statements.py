"""Where the statements on file do not say what payments are for, every page that lacks a figure for it says so, and what to ask for."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import BankState, User
from loans.domain.statement_words import Telling
from loans.models import Application
from risk.domain.statement_unknown import HOLES, NO_BALANCES, SHORT, UNTOLD, why_unknown
from risk.models import Investigation, PolicyEvaluation, PolicyVersion
from risk.services.assessment import assess_application
from risk.services.statements import statement_facts_again
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make
from tests.risk.test_statement_files import IBAN, camt, csv, rows_of, send, shown

HIDDEN = ("returned_count", "gambling_share", "cash_share", "income_regularity", "income_trend")
"""What P22 to P26 and P32 of the default policy ask."""


@pytest.fixture(autouse=True)
def _bank(bank: BankState, settings: Any, tmp_path: Path) -> None:
    BankState.objects.update(business_date=TODAY)
    settings.MEDIA_ROOT = str(tmp_path / "media")


def coded(*months: int) -> str:
    """The same lines as `csv` with what they are for."""
    words = {"SALA": "SALARY", "GAMB": "gambling", "SUPP": "PMNT/ICDT/SUPP"}
    lines = [f"{day},{amount}.00,EUR,{IBAN},Text of {code},{words[code]}" for month in months for day, amount, code in rows_of(month)]
    return "date,amount,currency,account,text,code\n" + "\n".join(lines) + "\n"


def rows(evaluation: PolicyEvaluation) -> dict[str, tuple[str, str | None]]:
    return {row["fact"]: (row["result"], row["value"]) for row in evaluation.rows}


def page(client: Client, name: str, application: Application) -> str:
    return client.get(reverse(f"risk:{name}", args=[application.pk])).text


class TestCsvWithoutCodes:
    def test_says_beside_income_and_each_row_why_it_is_missing(
        self, in_work: Investigation, investigator: User, policy: PolicyVersion, client: Client
    ) -> None:
        application = in_work.application
        send(application, csv(*range(9)))
        found = rows(assess_application(application=application, business_date=TODAY))
        assert {found[code] for code in HIDDEN} == {("MISSING", None)}
        client.force_login(investigator)
        assert page(client, "field_panel", application).count(UNTOLD) == 2  # income, and payments to lenders
        facts = page(client, "facts_panel", application)
        assert facts.count(UNTOLD) == 7 and NO_BALANCES in facts
        changes = page(client, "file_changes", application)
        assert UNTOLD.rstrip(".") in changes and NO_BALANCES.rstrip(".") in changes

    def test_is_frozen_with_the_assessment_and_reads_the_same_again(self, apply: Make, policy: PolicyVersion) -> None:
        application = apply()
        send(application, csv(*range(9)))
        kept = json.loads(json.dumps(shown(application).parts))
        assert set(HIDDEN) <= set(kept["untold"])
        assert statement_facts_again(kept, currency="EUR").parts == kept

    def test_of_an_assessment_from_before_it_was_kept_reads_the_same_again(self, apply: Make, policy: PolicyVersion) -> None:
        application = apply()
        send(application, csv(*range(9)))
        kept = {name: value for name, value in json.loads(json.dumps(shown(application).parts)).items() if name != "untold"}
        again = statement_facts_again(kept, currency="EUR")
        assert again.parts == kept and again == shown(application)
        assert why_unknown("cash_share", kept) == ""


class TestCsvWithCodes:
    def test_shows_what_camt_shows(self, in_work: Investigation, investigator: User, policy: PolicyVersion, client: Client) -> None:
        application = in_work.application
        send(application, coded(*range(9)))
        seen = shown(application)
        assert seen["gambling_share"][0] == Decimal("0.2632") and seen["statement_income"][0] == 2000
        found = rows(assess_application(application=application, business_date=TODAY))
        assert all(found[code][1] is not None for code in HIDDEN)
        client.force_login(investigator)
        assert UNTOLD not in page(client, "field_panel", application) + page(client, "facts_panel", application)

    def test_leaves_unknown_what_too_many_cells_leave_open(self, apply: Make, policy: PolicyVersion) -> None:
        application = apply()
        send(application, coded(*range(9)).replace("gambling", ""))
        seen = shown(application)
        assert seen["gambling_share"][0] is None and seen["returned_count"][0] is None and seen["statement_obligations"][0] is None
        assert seen["statement_income"][0] == 2000 and seen["income_regularity"][0] is not None


class TestBalances:
    def test_follow_from_the_opening_balance_of_a_file_that_adds_up(self, apply: Make, policy: PolicyVersion) -> None:
        """From 5,000: wages of 2,000, 500 gambled away, 1,400 to a supplier, each month."""
        application = apply()
        send(application, camt(*range(9)))
        seen = shown(application)
        assert (seen["lowest_balance"][0], seen["last_balance"][0], seen["negative_days"][0]) == (5100, 5900, 0)
        assert rows(assess_application(application=application, business_date=TODAY))["lowest_balance"] == ("PASS", "5100.00")

    def test_are_unknown_of_a_file_that_does_not_add_up(self, apply: Make, policy: PolicyVersion) -> None:
        application = apply()
        send(application, camt(*range(9)).replace('<Amt Ccy="EUR">500</Amt>', '<Amt Ccy="EUR">300</Amt>', 1))
        seen = shown(application)
        assert seen["lowest_balance"][0] is None and why_unknown("lowest_balance", seen.parts) == NO_BALANCES


class TestReasons:
    def test_tell_days_that_are_missing_from_lines_that_are_not_told(self, apply: Make, policy: PolicyVersion) -> None:
        application = apply()
        send(application, camt(0, 1, 2))
        send(application, camt(5, 6, 7, 8))
        parts = shown(application).parts
        assert {why_unknown(code, parts) for code in (*HIDDEN, "statement_income", "lowest_balance")} == {HOLES}

    def test_tell_a_short_history(self, apply: Make, policy: PolicyVersion) -> None:
        application = apply()
        day = TODAY - timedelta(days=9)
        send(application, f"date,amount,currency,account,code\n{day},2000.00,EUR,{IBAN},SALARY\n")
        seen = shown(application)
        assert seen["statement_income"][0] is None and why_unknown("statement_income", seen.parts) == SHORT

    def test_are_not_that_a_statement_is_short_where_nothing_was_earned(self) -> None:
        long = {"untold": [], "holes": []}
        assert why_unknown("income_trend", long) == "" == why_unknown("statement_dsti", long)
        assert why_unknown("statement_dsti", {"untold": ["statement_obligations"], "holes": []}) == UNTOLD
        assert why_unknown("statement_dsti", long | {"holes": [["2025-09-01", "2025-09-02"]]}) == HOLES

    def test_are_given_of_figures_of_statements_alone(self) -> None:
        kept = {"untold": ["cash_share"], "holes": []}
        assert why_unknown("cash_share", kept) == UNTOLD and why_unknown("monthly_income", kept) == "" == why_unknown("cash_share", None)
        assert why_unknown("monthly_income", kept | {"holes": [["2025-09-01", "2025-09-02"]]}) == ""


class TestWordsOfAFile:
    def test_count_what_is_not_told_and_what_is_told_among_few(self) -> None:
        assert Telling(9, 9, 0).words("CSV").startswith("This file does not say") and "column code" in Telling(9, 9, 0).words("CSV")
        assert Telling(1200, 1100, 100).words("MT940").startswith("1,100 of 1,200 new lines do not say")
        assert "few kinds" in Telling(20, 0, 20).words("OFX") and "CAMT.053 with its transaction codes" in Telling(9, 9).words("CAMT.053")
        assert Telling(100, 5, 0).words("CAMT.053") == Telling(100, 0, 0).words("CSV") == ""
