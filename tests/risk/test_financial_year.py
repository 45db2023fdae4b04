"""Accounts of more or fewer months than twelve: what they earned and paid counts by the year, nothing of it from fewer than six months."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import User
from loans.models import Application
from risk.domain.financial_year import FinancialYear, Period, period_to, year_to
from risk.models import AnnualAccounts, PolicyVersion
from risk.selectors.accounts import years_of
from risk.selectors.facts import current_facts
from risk.services.accounts import UnableToRecordAccounts, import_accounts, record_accounts
from risk.services.assessment import assess_application
from risk.services.replay import replay_decision
from tests.risk.conftest import TODAY
from tests.risk.files import add_document
from tests.risk.test_accounts_in_any_order import OLDER
from tests.risk.test_annual_accounts import GOOD, YEAR
from tests.risk.test_replay_figures import frozen, names

LONG = date(2024, 7, 1)  # eighteen months to the end of 2025


@pytest.fixture
def who(company: Application, investigator: User) -> dict[str, Any]:
    return {"application": company, "actor": investigator, "business_date": TODAY, "evidence": None}


def values(application: Application) -> dict[str, str]:
    return {code: fact.row.value for code, fact in current_facts(application, business_date=TODAY).items()}


def refused(**asked: Any) -> list[tuple[str, str]]:
    with pytest.raises(UnableToRecordAccounts) as refusal:
        record_accounts(figures=GOOD, **asked)
    return [(fault.field, fault.code) for fault in refusal.value.faults if fault.field in ("first_day", "year_end")]


class TestPeriod:
    @pytest.mark.parametrize(
        ("first", "end", "months"),
        [
            (date(2025, 1, 1), YEAR, 12),
            (date(2024, 12, 29), date(2025, 12, 27), 12),  # 52 weeks
            (date(2024, 12, 29), date(2026, 1, 3), 12),  # 53 weeks
            (LONG, YEAR, 18),
            (date(2025, 7, 1), YEAR, 6),
            (date(2025, 9, 1), YEAR, 4),
            (YEAR, YEAR, 1),
        ],
    )
    def test_has_so_many_months(self, first: date, end: date, months: int) -> None:
        assert Period(first, end).months == months

    def test_without_a_first_day_is_a_year_that_follows_the_one_before(self) -> None:
        assert year_to(date(2024, 2, 29)) == Period(date(2023, 3, 1), date(2024, 2, 29))
        assert period_to(date(2025, 12, 27), [date(2024, 12, 28)]).first == date(2024, 12, 29)
        assert period_to(YEAR, [date(2025, 6, 30)]).first == date(2025, 1, 1)

    def test_leaves_what_stands_on_one_day_as_it_is(self) -> None:
        yearly = FinancialYear(Period(LONG, YEAR), GOOD).yearly()
        assert (yearly["turnover"], yearly["principal_repaid"]) == (Decimal("1333.33"), Decimal("53.33"))
        assert all(yearly[code] == GOOD[code] for code in ("cash", "equity", "total_assets", "opening_cash"))
        assert "turnover" not in FinancialYear(Period(date(2025, 9, 1), YEAR), GOOD).yearly()


class TestEighteenMonths:
    def test_count_by_the_year_and_say_so(self, who: dict[str, Any], company: Application, policy: PolicyVersion) -> None:
        """Eighteen months of cash flow over twelve months of debt would cover it half too well."""
        paper = add_document(company, "accounts.pdf")
        record_accounts(year_end=YEAR, first_day=LONG, figures=GOOD, **who | {"evidence": paper})
        found = values(company)
        assert (found["turnover"], found["ebitda"], found["debt_service"]) == ("1333.33", "200.00", "66.66")
        assert found["current_ratio"] == "2.0000" and found["net_debt_to_ebitda"] == "1.5000"
        known = current_facts(company, business_date=TODAY)
        assert known["ebitda"].row.source == "Annual accounts 2025, 18 months brought to twelve"
        assert known["interest_cover"].row.source == "Computed: Annual accounts 2025, 18 months brought to twelve"
        facts = assess_application(application=company, business_date=TODAY).facts
        yearly = 12 * Decimal(facts["new_instalment"]["value"])
        assert Decimal(facts["dscr"]["value"]) == (Decimal(120) / (Decimal("66.66") + yearly)).quantize(Decimal("0.0001"))

    def test_grow_from_what_the_year_before_earned(self, who: dict[str, Any], company: Application) -> None:
        before = OLDER | {"turnover": Decimal(1000), "cost_of_sales": Decimal(200)}
        record_accounts(year_end=date(2024, 6, 30), figures=before, **who)
        record_accounts(year_end=YEAR, first_day=LONG, figures=GOOD, **who)
        assert values(company)["turnover_growth"] == "0.3333"

    def test_tie_with_the_year_before(self, who: dict[str, Any]) -> None:
        record_accounts(
            year_end=date(2024, 6, 30),
            figures=OLDER | {"cash": Decimal(90), "opening_cash": Decimal(70), "receivables": Decimal(310)},
            **who,
        )
        with pytest.raises(UnableToRecordAccounts) as refusal:
            record_accounts(year_end=YEAR, first_day=LONG, figures=GOOD, **who)
        assert [fault.code for fault in refusal.value.faults] == ["opening"]

    def test_stay_so_when_they_are_entered_again(self, who: dict[str, Any], company: Application) -> None:
        record_accounts(year_end=YEAR, first_day=LONG, figures=GOOD, **who)
        record_accounts(year_end=YEAR, figures=GOOD | {"inventory": Decimal(150), "other_current_assets": Decimal(50)}, **who)
        assert years_of(company)[0].first_day == LONG and values(company)["turnover"] == "1333.33"
        record_accounts(year_end=YEAR, first_day=date(2025, 1, 1), figures=GOOD, **who)
        assert values(company)["turnover"] == "2000.00"

    def test_replay_by_their_days(self, who: dict[str, Any], company: Application, policy: PolicyVersion) -> None:
        record_accounts(year_end=date(2024, 6, 30), figures=OLDER, **who)
        record_accounts(year_end=YEAR, first_day=LONG, figures=GOOD, **who)
        decision = frozen(company)
        accounts = decision.evidence["parts"]["accounts"]
        assert (accounts["first_day"], accounts["before_end"]) == ("2024-07-01", "2024-06-30")
        assert replay_decision(decision=decision).differences == ()
        del accounts["first_day"]
        assert {"Interest cover", "Growth of turnover"} <= names(replay_decision(decision=decision))


class TestFewMonths:
    def test_say_nothing_of_a_year(self, who: dict[str, Any], company: Application, policy: PolicyVersion) -> None:
        paper = add_document(company, "accounts.pdf")
        record_accounts(year_end=date(2024, 12, 31), figures=OLDER, **who | {"evidence": paper})
        assert {"turnover", "dscr"} <= set(assess_application(application=company, business_date=TODAY).facts)
        record_accounts(year_end=date(2025, 4, 30), first_day=date(2025, 1, 1), figures=GOOD, **who | {"evidence": paper})
        evaluation = assess_application(application=company, business_date=TODAY)
        assert not {"turnover", "ebitda", "debt_service", "dscr", "accounts_dscr", "turnover_growth"} & set(evaluation.facts)
        assert evaluation.facts["equity_ratio"]["value"] == "0.4000" and evaluation.outcome == "REFER"

    def test_of_half_a_year_are_doubled(self, who: dict[str, Any], company: Application) -> None:
        record_accounts(year_end=YEAR, first_day=date(2025, 7, 1), figures=GOOD, **who)
        assert values(company)["turnover"] == "4000.00"


class TestDays:
    def test_of_two_years_do_not_overlap(self, who: dict[str, Any]) -> None:
        """Half a year cannot be counted in two years."""
        record_accounts(year_end=date(2025, 6, 30), figures=OLDER, **who)
        assert refused(year_end=YEAR, **who) == [("first_day", "overlap")]
        record_accounts(year_end=YEAR, first_day=date(2025, 7, 1), figures=GOOD, **who)

    def test_are_those_of_a_financial_year(self, who: dict[str, Any]) -> None:
        assert refused(year_end=YEAR, first_day=date(2023, 1, 1), **who) == [("first_day", "too_long")]
        assert refused(year_end=YEAR, first_day=date(2026, 1, 1), **who) == [("first_day", "order")]
        assert refused(year_end=date(2026, 12, 31), **who) == [("year_end", "future")]

    def test_of_weeks_follow_each_other(self, who: dict[str, Any]) -> None:
        record_accounts(year_end=date(2025, 12, 27), figures=GOOD, **who)
        record_accounts(year_end=date(2024, 12, 28), figures=OLDER, **who)
        assert [row.ratios["turnover_growth"] for row in years_of(who["application"])] == [None, "0.2500"]

    def test_of_accounts_of_before_are_a_year(self, who: dict[str, Any], company: Application) -> None:
        kept = {code: str(amount) for code, amount in OLDER.items()}
        AnnualAccounts.objects.create(
            application=company, borrower=company.borrower, currency="EUR", year_end=date(2024, 12, 31), figures=kept, ratios={},
            author_name="x", recorded_date=TODAY,
        )  # fmt: skip
        record_accounts(year_end=YEAR, figures=GOOD, **who)
        assert values(company)["turnover_growth"] == "0.2500"

    def test_stand_in_the_head_of_a_column(self, who: dict[str, Any], company: Application) -> None:
        rows = "\n".join(f"{code};{amount}" for code, amount in GOOD.items())
        asked = {name: value for name, value in who.items() if name != "evidence"}

        def sent(head: str) -> SimpleUploadedFile:
            return SimpleUploadedFile("a.csv", f"Line;{head}\n{rows}".encode())

        with pytest.raises(UnableToRecordAccounts) as refusal:
            import_accounts(upload=sent("2025-12-31/2024-07-01"), **asked)
        assert refusal.value.faults[0].detail == "Cell B1, 2024: The first day does not lie before the last one."
        with pytest.raises(UnableToRecordAccounts, match="unreadable") as unread:
            import_accounts(upload=sent("July 2024/2025"), **asked)
        assert "or the first and the last as 2024-07-01/2025-12-31" in unread.value.faults[0].detail
        import_accounts(upload=sent("2024-07-01/2025-12-31"), **asked)
        assert values(company)["turnover"] == "1333.33"
