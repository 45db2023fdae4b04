"""What the format of a statement does not tell is unknown and never 0, and money that comes in is income only where it is told to be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from loans.domain.statement_kinds import category_of, coding_of, telling_code
from risk.domain.statement_facts import facts_of_many
from risk.domain.statement_months import Rules

DAY = date(2026, 3, 1)
OF_SPENDING = ("statement_obligations", "statement_outgoings", "gambling_share", "household_share")
OF_INCOME = ("statement_income", "statement_received", "income_regularity", "income_trend", "spending_to_income")
COUNTED = ("returned_count", "penalty_interest_count")


def line(ago: int, amount: float, category: str, coding: str = "FULL") -> dict[str, Any]:
    return {"account": 0, "date": DAY - timedelta(days=ago), "amount": amount, "category": category, "coding": coding, "balance": None}


def year(coding: str = "FULL") -> list[dict[str, Any]]:
    """A year of wages, a loan, gambling and a returned item each month, as far as it is told."""
    told = coding != "NONE"
    kinds = ("SALARY", "LOAN", "GAMBLING", "RETURNED") if told else ("TRANSFER_IN", *["TRANSFER_OUT"] * 3)
    amounts = (2000, -400, -300, -10)
    return [line(30 * month + 5, amount, kind, coding) for month in range(12) for amount, kind in zip(amounts, kinds, strict=True)]


def shown(lines: list[dict[str, Any]], **how: Any) -> dict[str, float | None]:
    [found] = facts_of_many(lines, [DAY], **how)
    return found


class TestUntold:
    def test_is_known_where_every_line_is_told(self) -> None:
        found = shown(year())
        assert (found["statement_income"], found["statement_obligations"], found["returned_count"]) == (2000, 400, 12)
        assert found["gambling_share"] == pytest.approx(300 / 710, abs=1e-4)
        assert found["statement_received"] == 0.0 and found["income_regularity"] == 1.0

    def test_is_unknown_of_a_format_without_codes(self) -> None:
        found = shown(year("NONE"))
        assert {code for code, value in found.items() if value is None} >= {*OF_SPENDING, *OF_INCOME, *COUNTED, "cash_share"}
        assert (found["statement_months"], found["statement_lines"], found["largest_credit"]) == (11, 48, 2000)
        assert found["statement_surplus"] == pytest.approx(1290)

    def test_of_a_format_with_few_codes_is_income_and_cash_but_not_how_it_is_spent(self) -> None:
        found = shown(year("PART"))
        assert all(found[code] is None for code in OF_SPENDING)
        assert (found["statement_income"], found["cash_share"], found["returned_count"]) == (2000, 0, 12)

    def test_lines_here_and_there_hide_nothing_that_counts(self) -> None:
        few = [line(9, -20, "TRANSFER_OUT", "NONE"), line(9, 40, "TRANSFER_IN", "NONE")]
        assert shown(year() + few)["gambling_share"] is not None and shown(year() + few)["statement_income"] == 2000
        many = [line(9, -900, "TRANSFER_OUT", "NONE")]
        found = shown(year() + many)
        assert all(found[code] is None for code in OF_SPENDING) and found["statement_income"] == 2000

    def test_of_one_account_is_no_less_known_for_another(self) -> None:
        found = facts_of_many([*year(), *({**one, "account": 1} for one in year("NONE"))], [DAY, DAY])
        assert [one["gambling_share"] is None for one in found] == [False, True]


class TestIncome:
    def test_is_neither_cash_nor_a_transfer(self) -> None:
        """Wages of 2,000 and 1,500 in cash are not 3,500."""
        cash = [line(30 * month + 3, 1500, "CASH_IN") for month in range(12)]
        gift = [line(40, 12_000, "TRANSFER_IN")]
        found = shown(year() + cash + gift)
        assert found["statement_income"] == 2000 and found["statement_received"] == pytest.approx(1500 + 12_000 / 11, abs=1e-4)
        assert shown(cash + gift)["statement_income"] == 0 and shown(cash)["income_regularity"] == 0

    def test_is_pensions_and_other_income_that_are_told(self) -> None:
        lines = [line(30 * month + 3, 700, kind) for month in range(12) for kind in ("PENSION", "INCOME")]
        assert shown(lines)["statement_income"] == 1400

    def test_was_all_that_came_in_once(self) -> None:
        lines = year("NONE") + [line(30 * month + 3, 1500, "CASH_IN") for month in range(12)]
        found = shown(lines, rules=Rules.FIRST)
        assert found["statement_income"] == 3500 and found["statement_received"] is None and found["gambling_share"] == 0


class TestCodes:
    @pytest.mark.parametrize(
        ("form", "kind", "coding"),
        [
            ("CAMT.053", "SALA", "FULL"), ("CAMT.053", "ESCT", "FULL"), ("CAMT.053", "", "NONE"), ("CAMT.053", "NTAV", "NONE"),
            ("MT940", "TRF", "NONE"), ("MT940", "RTI", "PART"), ("OFX", "DIRECTDEP", "PART"), ("OFX", "XFER", "PART"),
            ("OFX", "DEBIT", "NONE"), ("CSV", "", "NONE"),
        ],
    )  # fmt: skip
    def test_tell_as_much_as_their_format_knows(self, form: str, kind: str, coding: str) -> None:
        assert coding_of(form, kind) == coding

    def test_that_name_a_kind_go_before_those_that_name_the_way(self) -> None:
        assert telling_code("SALA", "ESCT", "") == "SALA" and telling_code("", "ESCT", "166") == "ESCT" and telling_code("", "") == ""
        assert category_of(telling_code("SALA", "ESCT"), 1) == "SALARY"  # type: ignore[arg-type]
