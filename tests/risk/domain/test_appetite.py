"""What the figures of the portfolio say, as sentences."""

from __future__ import annotations

from decimal import Decimal

import pytest

from risk.domain.appetite import judge_applications, judge_buckets, judge_growth, judge_products, judge_ratio, relative_change, share

D = Decimal
LIMIT = D("0.03")


class TestJudgeRatio:
    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ([], "NPL ratio has no figures yet"),
            ([None, None], "NPL ratio has no figures yet"),
            (["0.01"], "NPL ratio is within appetite"),
            (["0.04"], "NPL ratio is above appetite"),
            (["0.03", "0.0301"], "NPL ratio passed appetite this month"),
            (["0.04", "0.05"], "NPL ratio is above appetite"),
            (["0.04", "0.03"], "NPL ratio fell back within appetite this month"),
            (["0.01", "0.015", "0.02", "0.025"], "NPL ratio rose for three months in a row, within appetite"),
            (["0.01", "0.015", "0.02"], "NPL ratio is within appetite"),
            (["0.02", None, "0.031"], "NPL ratio passed appetite this month"),
        ],
    )
    def test_says_where_it_stands(self, values: list[str | None], words: str) -> None:
        assert judge_ratio("NPL ratio", [None if one is None else D(one) for one in values], LIMIT) == words


class TestTheOthers:
    def test_share_and_change_need_a_ground(self) -> None:
        assert share(D(1), D(3)) == D("0.333333")
        assert share(D(1), D(0)) is None
        assert relative_change(D(110), D(100)) == D("0.1")
        assert relative_change(D(110), D(0)) is None

    def test_growth_names_its_base(self) -> None:
        assert judge_growth(D(1018), D(1000), "Oct 26") == "The book grew by 1.8% since Oct 26 close"
        assert judge_growth(D(900), D(1000), "Oct 26") == "The book shrank by 10.0% since Oct 26 close"
        assert judge_growth(D(1000), D(1000), "Oct 26").startswith("The book stands")
        assert judge_growth(D(1000), None, "") == "Outstanding principal over time"

    def test_buckets_count_the_late_and_the_very_late(self) -> None:
        worst = ("91-180", ">360")
        assert judge_buckets({}, worst) == "No loan is running"
        assert judge_buckets({"0": 9}, worst) == "Every loan is on time"
        assert judge_buckets({"0": 9, "1-30": 1}, worst) == "1 loan is late, none by more than 90 days"
        assert judge_buckets({"0": 9, "1-30": 1, ">360": 2}, worst) == "3 loans are late, 2 of them by more than 90 days"

    def test_products_name_the_worst(self) -> None:
        assert (
            judge_products({"Mortgage": D("0.01"), "Car loan": D("0.05"), "New": None})
            == "Car loan carries the highest non-performing share"
        )
        assert judge_products({"Mortgage": D(0)}) == "No product has non-performing loans"

    def test_applications_say_what_waits(self) -> None:
        assert judge_applications(0, 0) == "No application waits"
        assert judge_applications(0, 1) == "1 application is being investigated, none waits for a decision"
        assert judge_applications(2, 5) == "2 applications wait for a decision"
