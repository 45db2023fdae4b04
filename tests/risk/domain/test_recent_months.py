"""What is paid and earned lately counts by itself: a new debt is no smaller for the months before it, and what is paid once in a quarter
is spread over it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import pytest

from risk.domain.statement_facts import facts_of_many, untold_figures
from risk.domain.statement_months import Rules

DAY = date(2026, 3, 1)
YEAR = range(12)


def lines(debts: Collection[int] = (), amount: float = 800, wages: Collection[int] = YEAR, end: int = 0) -> list[dict[str, Any]]:
    """A year of wages of 3,000 and 900 of living in each month (0 is the last one), debts paid in some, all of it `end` days ago."""
    rows = [(362, 1.0, "OTHER"), (1, -1.0, "CARD")]
    for month in YEAR:
        rows += [(30 * month + 11, 3000.0, "SALARY")] if month in wages else []
        rows += [(30 * month + 10, -900.0, "HOUSEHOLD")]
        rows += [(30 * month + 9, -amount, "LOAN")] if month in debts else []
    return [
        {"account": 0, "date": DAY - timedelta(days=ago + end), "amount": size, "category": kind, "coding": "FULL", "balance": None}
        for ago, size, kind in rows
        if ago + end <= 365
    ]


def shown(rows: list[dict[str, Any]], **how: Any) -> dict[str, float | None]:
    [found] = facts_of_many(rows, [DAY], **how)
    return found


class TestPaymentsToLenders:
    @pytest.mark.parametrize(
        ("months", "amount", "paid"),
        [
            (YEAR, 800, 800),
            (range(5), 800, 800),  # a loan taken five months ago
            (range(2), 800, 800),
            ([0], 800, 800),  # and one of last month
            ([1, 4, 7, 10], 3000, 1000),  # a quarterly instalment
            ([2, 8], 3000, 1000),  # a half-yearly one, paid lately
            ([5, 11], 3000, 500),
            ([4], 1200, 100),  # once a year
            (range(3, 12), 800, 800),  # what a usual month shows is owed until somebody explains why it ended
            ([], 800, 0),
        ],
    )
    def test_are_the_highest_of_a_usual_month_the_last_three_and_the_year(
        self, months: Collection[int], amount: float, paid: float
    ) -> None:
        assert shown(lines(months, amount))["statement_obligations"] == pytest.approx(paid)

    @pytest.mark.parametrize(
        ("older", "amount", "newer", "paid"),
        [
            (YEAR, 300, [0, 1, 2], 1100),
            (YEAR, 300, [0, 1], 1100),
            (YEAR, 300, [0], 1100),
            (YEAR, 1, [0], 801),  # a trifle paid before hides nothing
            (range(3, 12), 300, [0], 500 + 300 / 3),  # the older one ended: what is beyond it counts in full
            (YEAR, 300, [2], 300 + 800 / 3),  # paid once, and not since
            ([1, 4, 7, 10], 900, [1], 300 + 800 / 2),  # beside a quarterly instalment, paid in the same month
            ([0, 3, 6, 9], 900, [0], 1100),
        ],
    )
    def test_of_a_new_debt_come_on_top_of_the_older_ones(
        self, older: Collection[int], amount: float, newer: Collection[int], paid: float
    ) -> None:
        rows = lines(older, amount) + [one for one in lines(newer) if one["category"] == "LOAN"]
        assert shown(rows)["statement_obligations"] == pytest.approx(paid)
        assert shown(rows)["statement_outgoings"] == pytest.approx(paid + 900)

    @pytest.mark.parametrize(("every", "days_of_four"), [(1, 1), (3, 0), (6, 0)])
    def test_of_one_debt_are_not_new_however_the_days_of_its_months_fall(self, every: int, days_of_four: int) -> None:
        """Paid on the first of a month or the working day after, so that thirty days hold two instalments at times and at times none. From
        3 February to 1 May are four in ninety days, more than any three months before show.
        """
        due = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(0, 30, every)]
        paid = [day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0) for day in due]
        days = [date(2025, 3, 1) + timedelta(days=number) for number in range(365)]
        rows = [
            {"account": place, "date": day, "amount": size, "category": category}
            for place, until in enumerate(days)
            for day, size, category in [
                (until - timedelta(days=365), 1.0, "OTHER"),
                (until - timedelta(days=1), -1.0, "CARD"),
                *((one, -300.0, "LOAN") for one in paid),
            ]
            if until - timedelta(days=365) <= day < until
        ]
        found, former = facts_of_many(rows, days), facts_of_many(rows, days, rules=Rules.BY_SOURCE | Rules.LATELY)
        assert len([day for day, now, then in zip(days, found, former, strict=True) if now != then]) == days_of_four

    @pytest.mark.parametrize("days", [70, 95, 125])
    def test_of_a_new_debt_on_a_short_statement_count_in_full_too(self, days: int) -> None:
        rows = lines(YEAR, 300) + [one for one in lines([0]) if one["category"] == "LOAN"]
        young = [one for one in rows if one["date"] >= DAY - timedelta(days=days)]
        assert shown(young)["statement_obligations"] == 1100

    @pytest.mark.parametrize("end", [0, 10, 25, 40, 58])
    def test_of_a_statement_that_ends_weeks_ago_are_no_smaller(self, end: int) -> None:
        found = shown(lines(range(5), end=end))
        assert (found["statement_obligations"], found["recent_income"]) == (800, 3000)

    @pytest.mark.parametrize("days", [40, 70, 100])
    def test_of_a_short_statement_are_those_of_its_months(self, days: int) -> None:
        young = [one for one in lines(YEAR) if one["date"] >= DAY - timedelta(days=days)]
        assert shown(young)["statement_obligations"] == 800

    def test_are_among_the_regular_outgoings(self) -> None:
        assert shown(lines(range(5)))["statement_outgoings"] == 1700
        insured = [one | {"category": "INSURANCE"} if one["category"] == "LOAN" else one for one in lines([4], 1200)]
        assert shown(insured)["statement_outgoings"] == 1000, "a yearly premium is a twelfth of it a month"

    def test_are_told_account_by_account(self) -> None:
        second = [one | {"account": 1} for one in lines([1, 4, 7, 10], 3000)]
        third = [{**one, "account": 2, "date": DAY - timedelta(days=3)} for one in lines([0])]
        found = facts_of_many([*lines(range(5)), *second, *third], [DAY, DAY, DAY])
        assert [one["statement_obligations"] for one in found] == [800, 1000, None], "less than a month tells nothing"


class TestRecentIncome:
    @pytest.mark.parametrize(("months", "recent"), [(YEAR, 3000), (range(3, 12), 0), (range(2, 12), 0), (range(1, 12), 3000)])
    def test_is_that_of_a_usual_month_of_the_last_three(self, months: Collection[int], recent: float) -> None:
        found = shown(lines(wages=months))
        assert (found["statement_income"], found["recent_income"]) == (3000, recent)
        assert found["income_trend"] == recent / 3000

    @pytest.mark.parametrize(("months", "trend"), [(3, 0.5), (4, 0.5), (5, 0.5), (1, 1.0)])
    def test_that_fell_is_a_share_of_the_usual(self, months: int, trend: float) -> None:
        fell = [
            one | {"amount": 1500.0} if one["category"] == "SALARY" and one["date"] > DAY - timedelta(30 * months) else one
            for one in lines()
        ]
        assert shown(fell)["income_trend"] == trend and shown(fell)["income_regularity"] == 1.0, "half of the usual is regular"
        assert shown(fell, rules=Rules.BY_SOURCE)["income_trend"] > trend or trend == 1.0

    def test_of_who_earns_nothing_is_no_share(self) -> None:
        assert shown(lines(wages=[]))["income_trend"] is None

    def test_is_no_less_for_the_day_of_the_month_that_wages_are_paid_on(self) -> None:
        for day in (1, 15, 28):
            paid = [date(2024 + month // 12, month % 12 + 1, day) for month in range(26)]
            days = [DAY + timedelta(days=number) for number in range(-300, 1)]
            rows = [
                {"account": place, "date": one, "amount": 2000.0, "category": "SALARY"}
                for place, until in enumerate(days)
                for one in paid
                if until - timedelta(days=365) <= one < until
            ]
            assert {one["recent_income"] for one in facts_of_many(rows, days)} == {2000.0}

    def test_of_less_than_three_months_is_that_of_those_there_are(self) -> None:
        young = [one for one in lines() if one["date"] >= DAY - timedelta(days=50)]
        assert shown(young)["recent_income"] == 3000


def test_older_rules_read_as_they_read_then() -> None:
    for rules in (Rules.FIRST, Rules.BY_SOURCE):
        found = shown(lines(range(5)), rules=rules)
        assert (found["statement_obligations"], found["statement_outgoings"], found["recent_income"]) == (0, 900, None)
    both = lines(YEAR, 300) + [one for one in lines([0]) if one["category"] == "LOAN"]
    assert shown(both, rules=Rules.BY_SOURCE | Rules.LATELY)["statement_obligations"] == pytest.approx((3 * 300 + 800) / 3, abs=1e-4)
    untold = [one | {"coding": "NONE"} for one in lines()]
    assert "recent_income" in untold_figures(untold, DAY) and "recent_income" not in untold_figures(untold, DAY, rules=Rules.BY_SOURCE)
