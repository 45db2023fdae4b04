"""Annual accounts: what ties and what is refused in words with its cell, the ratios, the facts that follow, peers, who may."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from config.simulator.annual_accounts import accounts_table
from config.simulator.people import invent
from core.models import User
from loans.models import Application
from risk.domain.accounts import CASH, LINES, absent_for, check_accounts, facts_of, ratios
from risk.domain.accounts_file import NO_RESULT, read_accounts
from risk.models import AnnualAccounts, Fact, PolicyVersion
from risk.selectors.accounts import peers_of, years_of
from risk.selectors.facts import current_facts
from risk.services.accounts import UnableToRecordAccounts, import_accounts, record_accounts
from risk.services.assessment import assess_application
from risk.services.facts import record_fact
from risk.services.file_work import UnableToInvestigate
from risk.web.wording import policy_groups
from tests.risk.conftest import TODAY
from tests.risk.files import add_document

YEAR = date(2025, 12, 31)
GOOD = {
    code: Decimal(amount)
    for code, amount in {
        "cash": 100, "receivables": 300, "inventory": 200, "fixed_assets": 400, "total_assets": 1000,
        "payables": 200, "short_term_debt": 100, "long_term_debt": 300, "equity": 400,
        "turnover": 2000, "cost_of_sales": 1200, "operating_expenses": 500, "depreciation": 50, "interest_paid": 20,
        "tax_paid": 60, "net_income": 170,
        "other_current_assets": 0, "other_assets": 0, "other_current_liabilities": 0, "other_liabilities": 0, "other_result": 0,
        "opening_cash": 80, "operating_cash": 220, "working_capital_change": 0, "investing_cash": -150, "maintenance_capex": 60, "financing_cash": -50,
        "principal_repaid": 80,
    }.items()
}  # fmt: skip


def table(*, name: str = "accounts.csv", **changes: str) -> SimpleUploadedFile:
    """The good accounts as a CSV file, with some lines written otherwise."""
    rows = [f"{code};{changes.get(code, amount)}" for code, amount in GOOD.items()]
    return SimpleUploadedFile(name, "\n".join(["Line;2025", *rows]).encode())


class TestTies:
    def test_good_accounts_tie(self) -> None:
        assert check_accounts(GOOD, cash_before=Decimal(80)) == []

    @pytest.mark.parametrize(
        ("line", "amount", "code", "words"),
        [
            ("inventory", 250, "assets", "The assets add up to 1,050.00, but total assets say 1,000.00: 50.00 apart."),
            ("equity", 390, "balance", "Liabilities and equity add up to 990.00, but total assets say 1,000.00: 10.00 apart."),
            ("net_income", 200, "income", "Turnover less costs comes to 170.00, but net income says 200.00: 30.00 apart."),
            (
                "financing_cash",
                0,
                "cash",
                "Opening cash and the cash flows come to 150.00, but the balance sheet's cash says 100.00: 50.00 apart.",
            ),
            ("depreciation", -50, "negative", "Depreciation cannot be below zero; write it as a positive number."),
        ],
    )
    def test_what_does_not_is_said_with_both_figures(self, line: str, amount: int, code: str, words: str) -> None:
        found = check_accounts(GOOD | {line: Decimal(amount)})
        assert (code, words) in [(one.code, one.words) for one in found]

    def test_the_cash_of_the_year_before_is_where_the_year_begins(self) -> None:
        assert [one.code for one in check_accounts(GOOD, cash_before=Decimal(95))] == ["opening"]
        assert [one.line for one in check_accounts({"cash": Decimal(1)})][:2] == ["total_assets", "equity"]

    def test_a_company_without_a_cash_flow_statement_leaves_all_of_it_out(self) -> None:
        plain = {code: amount for code, amount in GOOD.items() if LINES[code].statement != CASH}
        assert check_accounts(plain, cash_before=Decimal(95)) == []
        assert ratios(plain)["accounts_dscr"] is None and ratios(plain)["interest_cover"] == 15
        begun = check_accounts(plain | {"maintenance_capex": Decimal(60)})
        assert [one.line for one in begun] == ["opening_cash", "operating_cash", "investing_cash", "financing_cash"]

    @pytest.mark.parametrize(
        ("line", "unknown"),
        [
            ("other_current_assets", {"current_ratio"}),
            ("short_term_debt", {"debt_to_equity", "current_ratio", "net_debt_to_ebitda"}),
            ("interest_paid", {"interest_cover", "accounts_dscr", "debt_service"}),
            ("principal_repaid", {"accounts_dscr", "debt_service"}),
            ("tax_paid", {"accounts_dscr", "tax_paid"}),
            ("maintenance_capex", {"accounts_dscr", "maintenance_capex"}),
            ("working_capital_change", {"accounts_dscr", "working_capital_change"}),
            ("cost_of_sales", {"ebitda", "ebitda_margin", "interest_cover", "net_debt_to_ebitda", "accounts_dscr"}),
        ],
    )
    def test_a_line_that_is_left_out_is_never_taken_for_nothing(self, line: str, unknown: set[str]) -> None:
        found = facts_of({code: amount for code, amount in GOOD.items() if code != line}, {"turnover": Decimal(1600)})
        assert {code for code, value in found.items() if value is None} == unknown
        assert all(absent_for(code, GOOD.keys() - {line}) == (line,) for code in unknown)  # type: ignore[arg-type]

    def test_what_does_not_add_up_names_the_lines_that_were_left_out(self) -> None:
        found = check_accounts({code: amount for code, amount in GOOD.items() if code not in ("inventory", "other_assets")})
        assert [one.words for one in found] == [
            "The assets add up to 800.00, but total assets say 1,000.00: 200.00 apart. Not given: Inventory, Other assets."
        ]

    def test_ratios_by_hand(self) -> None:
        found = ratios(GOOD, {"turnover": Decimal(1600)})
        assert {code: str(value) for code, value in found.items()} == {
            "equity_ratio": "0.4000",  # 400 / 1000
            "debt_to_equity": "1.0000",  # (100 + 300) / 400
            "current_ratio": "2.0000",  # (100 + 300 + 200) / (200 + 100)
            "ebitda_margin": "0.1500",  # (2000 - 1200 - 500) / 2000
            "net_margin": "0.0850",  # 170 / 2000
            "interest_cover": "15.0000",  # 300 / 20
            "net_debt_to_ebitda": "1.0000",  # (400 - 100) / 300
            "accounts_dscr": "1.8000",  # (300 - 60 - 60 + 0) / (20 + 80)
            "receivable_days": "54.7500",  # 300 * 365 / 2000
            "turnover_growth": "0.2500",  # 400 / 1600
        }
        loss = ratios(GOOD | {"operating_expenses": Decimal(900), "equity": Decimal(-10)})
        assert (loss["net_debt_to_ebitda"], loss["debt_to_equity"]) == (None, None), "a loss never looks like little debt"
        assert loss["accounts_dscr"] is not None and loss["accounts_dscr"] < 0


class TestFiles:
    @pytest.mark.parametrize(
        ("content", "cell", "words"),
        [
            (b"Line;2025\ncash;12,3x\n", "B2", "is no amount"),
            (b"Line;2025\ncash;1.234,50\n", "B2", "is no amount"),
            (b"Line;2025\ncash;NaN\n", "B2", "is no amount"),
            (b"Line;2025\ngoodwill;5\n", "A2", "is no line of the accounts"),
            (b"Line;2025\ncash;5\nCash;6\n", "A3", "stands twice"),
            (b"Line;last year\ncash;5\n", "B1", "is no year"),
            (b"Line;2025;2025\ncash;5;6\n", "C1", "twice"),
            (b"\xff\xfe\x00", "", "no text in UTF-8"),
            (b"", "A1", "The table is empty"),
        ],
    )
    def test_every_refusal_names_its_cell(self, content: bytes, cell: str, words: str) -> None:
        found = read_accounts(content, "a.csv").faults
        assert found and found[0].cell == cell and words in found[0].words

    def test_a_workbook_is_read_like_a_text(self) -> None:
        book = Workbook()
        sheet = book.active
        sheet.append(["Line", 2024, date(2025, 12, 31)])
        sheet.append(["Total assets", 1000, 1100.5])
        sheet.append(["equity", "400", 0.1 + 0.2])
        sheet.append(["Cash", "=1+1", 1.005])
        kept = io.BytesIO()
        book.save(kept)
        read = read_accounts(kept.getvalue(), "a.xlsx")
        assert read.years[YEAR] == {"total_assets": Decimal("1100.50"), "equity": Decimal("0.30")}
        assert [(fault.cell, fault.words) for fault in read.faults] == [("B4", NO_RESULT), ("C4", "1.005 has more than two decimals.")]
        assert read_accounts(b"PK\x03\x04 no workbook", "a.xlsx").faults[0].words == "The file is no workbook that can be read."


class TestRecording:
    def test_puts_the_newest_year_into_the_file_as_facts(self, company: Application, investigator: User) -> None:
        paper = add_document(company, "accounts.pdf")
        who: dict[str, Any] = {"application": company, "actor": investigator, "business_date": TODAY}
        record_accounts(year_end=YEAR, figures=GOOD, evidence=paper, **who)
        older = GOOD | {"opening_cash": Decimal(60), "cash": Decimal(80), "operating_cash": Decimal(220), "receivables": Decimal(320)}
        record_accounts(year_end=date(2024, 12, 31), figures=older, evidence=None, **who)
        known = current_facts(company, business_date=TODAY)
        values = {code: fact.row.value for code, fact in known.items()}
        assert (values["turnover"], values["ebitda"], values["debt_service"]) == ("2000.00", "300.00", "100.00")
        assert (values["current_ratio"], values["net_debt_to_ebitda"]) == ("2.0000", "1.0000")
        assert {known[code].row.authenticity for code in ("turnover", "interest_cover")} == {"DOCUMENT"}, "the older year changes no fact"
        assert known["turnover"].row.as_of_date == YEAR and known["turnover"].row.evidence == paper
        assert [row.year_end.year for row in years_of(company)] == [2024, 2025]

    def test_leaves_unknown_what_a_cash_flow_statement_would_have_said(self, company: Application, investigator: User) -> None:
        plain = {code: amount for code, amount in GOOD.items() if LINES[code].statement != CASH}
        record_accounts(application=company, year_end=YEAR, figures=plain, evidence=None, actor=investigator, business_date=TODAY)
        known = current_facts(company, business_date=TODAY)
        assert known["ebitda"].row.value == "300.00"
        assert not {"debt_service", "maintenance_capex", "working_capital_change", "accounts_dscr"} & set(known)

    def test_what_newer_accounts_leave_out_is_not_known_from_older_ones(
        self, company: Application, investigator: User, policy: PolicyVersion
    ) -> None:
        who: dict[str, Any] = {"application": company, "actor": investigator, "business_date": TODAY}
        older = GOOD | {"opening_cash": Decimal(60), "cash": Decimal(80), "receivables": Decimal(320)}
        record_accounts(year_end=date(2024, 12, 31), figures=older, evidence=add_document(company, "older.pdf"), **who)
        assert {"dscr", "tax_paid", "current_ratio"} <= set(assess_application(application=company, business_date=TODAY).facts)
        newer = {code: amount for code, amount in GOOD.items() if code not in ("tax_paid", "other_current_assets")}
        newer["operating_expenses"] += GOOD["tax_paid"]
        record_accounts(year_end=YEAR, figures=newer, evidence=add_document(company, "newer.pdf"), **who)
        evaluation = assess_application(application=company, business_date=TODAY)
        assert not {"dscr", "stressed_dscr", "tax_paid", "current_ratio", "accounts_dscr"} & set(evaluation.facts)
        assert {row["fact"]: row["result"] for row in evaluation.rows}["dscr"] == "MISSING" and evaluation.outcome == "REFER"
        assert evaluation.facts["ebitda"]["as_of_date"] == YEAR.isoformat()
        lines = [line for group in policy_groups(evaluation.rows, "EUR", evaluation.facts) for line in group.lines]
        assert {line.source for line in lines if line.title.startswith("Debt service cover")} == {"not known: Tax per year"}
        # Another paper may say what the accounts do not.
        record_fact(
            code="tax_paid", value="60", source="Tax assessment", authenticity="DOCUMENT", as_of_date=TODAY,
            evidence=add_document(company, "tax.pdf"), **who,
        )  # fmt: skip
        assert "dscr" in assess_application(application=company, business_date=TODAY).facts

    def test_a_file_is_taken_whole_or_not_at_all(self, company: Application, investigator: User) -> None:
        who: dict[str, Any] = {"application": company, "actor": investigator, "business_date": TODAY}
        before = (AnnualAccounts.objects.count(), Fact.objects.count(), company.documents.count())
        with pytest.raises(UnableToRecordAccounts) as refusal:
            import_accounts(upload=table(inventory="250"), **who)
        assert [fault.detail for fault in refusal.value.faults] == [
            "Cell B6, 2025: The assets add up to 1,050.00, but total assets say 1,000.00: 50.00 apart."
        ]
        assert (AnnualAccounts.objects.count(), Fact.objects.count(), company.documents.count()) == before
        kept = import_accounts(upload=table(), **who)
        assert kept[0].evidence == company.documents.get() and kept[0].author == investigator
        with pytest.raises(UnableToRecordAccounts, match="unreadable"):
            import_accounts(upload=SimpleUploadedFile("a.exe", b"MZ"), **who)

    def test_is_for_companies_and_for_who_works_on_the_file(self, company: Application, officer: User, investigator: User) -> None:
        with pytest.raises(UnableToInvestigate, match="not_entitled"):
            record_accounts(application=company, year_end=YEAR, figures=GOOD, evidence=None, actor=officer, business_date=TODAY)
        with pytest.raises(UnableToRecordAccounts, match="untied"):
            record_accounts(
                application=company, year_end=date(2026, 12, 31), figures=GOOD, evidence=None, actor=investigator, business_date=TODAY
            )
        assert company.borrower is not None
        company.borrower.kind = "PERSON"
        with pytest.raises(UnableToRecordAccounts, match="not_a_company"):
            record_accounts(application=company, year_end=YEAR, figures=GOOD, evidence=None, actor=investigator, business_date=TODAY)
        assert not AnnualAccounts.objects.exists()


class TestPeers:
    def test_tells_the_middle_half_of_five_other_companies(
        self, company: Application, file: Callable[..., Application], investigator: User
    ) -> None:
        for number in range(5):
            other = file(number)
            for year, share in ((2024, "0.9"), (2025, f"0.{number + 1}")):
                AnnualAccounts.objects.create(
                    application=other,
                    borrower=other.borrower,
                    industry="F43",
                    currency="EUR",
                    year_end=date(year, 12, 31),
                    figures={},
                    ratios={"equity_ratio": share, "interest_cover": "2" if number else None},
                    author_name="x",
                    recorded_date=TODAY,
                )
            with CaptureQueriesContext(connection) as queries:
                found = peers_of(company, industry="F43", on=TODAY)
            assert len(queries) == (1 if number == 4 else 2) and bool(found) is (number == 4), "fewer than five would name them"
        spread = found["equity_ratio"]
        assert (spread.companies, spread.lower, spread.median, spread.upper) == (5, Decimal("0.2"), Decimal("0.3"), Decimal("0.4"))
        assert spread.industry == "F43" and "interest_cover" not in found and peers_of(company, industry="B08", on=TODAY) == {}
        assert peers_of(company, industry="F42", on=TODAY)["equity_ratio"] == replace(spread, industry="F"), "of a division with too few"
        assert peers_of(company, industry="", on=TODAY) == {}


def test_invented_accounts_tie() -> None:
    from itertools import pairwise
    from random import Random

    for number in range(3, 40, 4):
        read = read_accounts(accounts_table(invent(number, Random(number), TODAY, company=True), TODAY), "a.csv")
        years = [read.years[end] for end in sorted(read.years)]
        assert not read.faults and len(years) == 3
        for before, after in pairwise(years):
            assert check_accounts(after, cash_before=before["cash"]) == []
