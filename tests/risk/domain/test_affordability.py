"""Can the borrower carry it: exact ratios, unknown stays unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.domain.quote import build, parse_terms
from risk.domain.affordability import (
    Firm,
    Household,
    Repayment,
    Stress,
    annuity_payment,
    assess,
    disposable_income,
    dscr,
    dsti,
    dti,
    heaviest_payment,
    stressed_payment,
)

D = Decimal
MONEY = st.decimals(min_value=0, max_value=100_000, places=2)


class TestAnnuityPayment:
    @pytest.mark.parametrize(
        ("principal", "rate", "months", "payment"),
        [
            # 12,000 at 7.9% over 36 months: 12000 · r (1+r)^36 / ((1+r)^36 − 1), r = 0.079/12.
            ("12000", "0.079", 36, "375.48"),
            ("100000", "0.06", 360, "599.55"),
            ("1200", "0", 12, "100.00"),
            ("1000", "0.12", 1, "1010.00"),
        ],
    )
    def test_is_that_of_the_textbook(self, principal: str, rate: str, months: int, payment: str) -> None:
        assert annuity_payment(D(principal), D(rate), months) == D(payment)

    @given(
        st.decimals(min_value=100, max_value=500_000, places=2), st.decimals(min_value=0, max_value="0.4", places=4), st.integers(1, 360)
    )
    def test_repays_the_principal_to_the_cents_of_its_rounding(self, principal: Decimal, rate: Decimal, months: int) -> None:
        payment, balance = annuity_payment(principal, rate, months), principal
        for _ in range(months):
            balance += balance * rate / 12 - payment
        growth = (1 + rate / 12) ** months
        assert abs(balance) <= D("0.0051") * months * growth

    @pytest.mark.parametrize(("principal", "rate", "months"), [("0", "0.1", 12), ("1", "0.1", 0), ("1", "-0.1", 12)])
    def test_refuses_what_is_no_loan(self, principal: str, rate: str, months: int) -> None:
        with pytest.raises(ValueError, match="positive"):
            annuity_payment(D(principal), D(rate), months)

    def test_is_higher_under_stress(self) -> None:
        assert stressed_payment(D(12000), D("0.079"), 36, D("0.03")) == annuity_payment(D(12000), D("0.109"), 36)


class TestHeaviestPayment:
    @pytest.mark.parametrize(
        ("method", "principal", "rate", "months", "payment"),
        [
            ("annuity", "10000", "0.12", 36, "332.14"),
            ("flat", "10000", "0.12", 36, "377.78"),  # 10,000 / 36 and 1% of 10,000, each month
            ("equal_principal", "50000", "0.10", 120, "833.33"),  # 416.67 and 416.67 of interest, in the first month
            # Who only carries the interest does not carry the loan.
            ("interest_only", "10000", "0.12", 36, "332.14"),
            ("bullet", "10000", "0.12", 36, "332.14"),
        ],
    )
    def test_is_that_of_the_dearest_month(self, method: str, principal: str, rate: str, months: int, payment: str) -> None:
        assert heaviest_payment(D(principal), D(rate), months, Repayment(method)) == D(payment)

    @pytest.mark.parametrize(
        ("terms", "fee", "more"),
        [
            (("annuity", "month", 1), {"amount": "15.00"}, "15.00"),
            (("annuity", "month", 3), {"amount": "15.00"}, "5.00"),
            (("annuity", "week", 1), {"amount": "3.00"}, "13.00"),  # 52 weeks a year
            (("bullet", "month", 1), {"amount": "360.00"}, "10.00"),  # once in 36 months
            (("annuity", "month", 1), {"percent": "1"}, "3.32"),  # of 332.14
            (("annuity", "month", 3), {"percent": "1"}, "3.32"),
            (("annuity", "month", 3), {"percent": "1", "cap": "6.00"}, "2.00"),
            (("annuity", "month", 1), {"amount": "15.00", "when": "payout"}, "0"),
        ],
    )
    def test_holds_the_fees_of_each_instalment(self, terms: tuple[str, str, int], fee: dict[str, Any], more: str) -> None:
        repaid = Repayment.by(*terms, [{"code": "account", "when": "each_instalment"} | fee])
        assert heaviest_payment(D(10_000), D("0.12"), 36, repaid) == D("332.14") + D(more)

    @given(
        st.decimals(min_value=1000, max_value=500_000, places=2),
        st.decimals(min_value=0, max_value="0.4", places=4),
        st.integers(2, 360),
        st.sampled_from(["annuity", "equal_principal", "flat"]),
        st.decimals(min_value="0.01", max_value=50, places=2),
        st.decimals(min_value="0.01", max_value=3, places=2),
    )
    def test_with_fees_is_the_most_that_the_schedule_asks_for(
        self, principal: Decimal, rate: Decimal, months: int, method: str, amount: Decimal, percent: Decimal
    ) -> None:
        """To the cents by which a schedule rounds each part."""
        fees = [
            {"code": "a", "amount": str(amount), "when": "each_instalment"},
            {"code": "b", "percent": str(percent), "when": "each_instalment"},
        ]
        asked = {
            "currency": "EUR",
            "principal": str(principal),
            "annual_rate": str(rate),
            "start_date": "2026-01-01",
            "day_count": "30/360",
        }
        planned = build(parse_terms(asked | {"instalments": months, "method": method, "fees": fees}))
        most = heaviest_payment(principal, rate, months, Repayment.by(method, "month", 1, fees))
        assert abs(most - max(line.total for line in planned.instalments[:-1])) <= D("0.05")

    @given(
        st.decimals(min_value=100, max_value=500_000, places=2), st.decimals(min_value=0, max_value="0.4", places=4), st.integers(2, 360)
    )
    def test_is_the_most_that_the_schedule_asks_for(self, principal: Decimal, rate: Decimal, months: int) -> None:
        part, left, most = principal / months, principal, D(0)
        for _ in range(months):
            most, left = max(most, part + left * rate / 12), left - part
        assert abs(heaviest_payment(principal, rate, months, Repayment("equal_principal")) - most) <= D("0.01")

    def test_of_a_short_loan_burdens_a_year_with_what_it_asks_in_it(self) -> None:
        firm = Firm(D(500), D(50), D(40), D(-10), D(200))
        assert firm.cover(D(100), 3) == dscr(D(500), D(50), D(40), D(-10), D(200), D(300))
        assert firm.cover(D(100), 60) == dscr(D(500), D(50), D(40), D(-10), D(200), D(1200))


class TestRatios:
    def test_are_exact(self) -> None:
        assert dsti(D(300), D(375), D(4200)) == D("0.1607")
        assert dti(D(9000), D(12000), D(4200)) == D("0.4167")
        assert dscr(D(500), D(50), D(40), D(-10), D(200), D(100)) == D("1.3333")
        assert disposable_income(D(4200), D(1500), D(300), D(375)) == D("2025.00")

    def test_stay_unknown_when_a_part_is(self) -> None:
        assert dsti(None, D(1), D(1)) is dsti(D(1), None, D(1)) is dsti(D(1), D(1), None) is None
        assert dti(None, D(1), D(1)) is None
        assert dscr(D(1), None, D(1), D(1), D(1), D(1)) is None
        assert disposable_income(D(1), None, D(1), D(1)) is None

    def test_never_look_good_without_income(self) -> None:
        assert dsti(D(0), D(0), D(0)) is None
        assert dsti(D(10), D(10), D(-5)) is None

    def test_of_a_loss_is_negative_and_so_a_breach(self) -> None:
        assert dscr(D(-100), D(0), D(0), D(0), D(50), D(50)) == D("-1.0000")

    @given(MONEY, MONEY, st.decimals(min_value=1, max_value=100_000, places=2), MONEY)
    def test_of_debt_service_only_rise_with_the_instalment(
        self, duty: Decimal, instalment: Decimal, income: Decimal, more: Decimal
    ) -> None:
        low, high = dsti(duty, instalment, income), dsti(duty, instalment + more, income)
        assert low is not None and high is not None and low <= high


AMOUNT, RATE = st.decimals(min_value=100, max_value=500_000, places=2), st.decimals(min_value=0, max_value="0.4", places=4)
STRESS = st.builds(Stress, st.decimals(min_value=0, max_value="0.2", places=4), st.decimals(min_value=0, max_value="0.99", places=4))
WORKSHOP = Firm(D(60_000), D(5_000), D(4_000), D(-1_000), D(20_000))


class TestAssess:
    def test_gives_the_measures_at_the_rate_and_under_stress(self) -> None:
        """4,200 a month less a tenth is 3,780; the instalment at 10.9% is 392.30."""
        asked: dict[str, Any] = {"amount": D(12000), "annual_rate": D("0.079"), "months": 36, "stress": Stress()}
        found = assess(Household(D(4200), D(300), D(1500)), WORKSHOP, **asked)
        assert (found.instalment, found.dsti, found.disposable_income) == (D("375.48"), D("0.1608"), D("2024.52"))
        assert (found.stressed_instalment, found.stressed_dsti) == (D("392.30"), D("0.1831"))
        assert found.stressed_disposable_income == D("1587.70")
        assert (found.dscr, found.stressed_dscr) == (D("2.0403"), D("1.7808"))
        unknown = assess(Household(), Firm(), **asked)
        assert unknown.stressed_dsti is unknown.stressed_disposable_income is unknown.stressed_dscr is None

    @given(AMOUNT, RATE, st.integers(1, 360), STRESS)
    def test_is_never_better_under_stress(self, amount: Decimal, rate: Decimal, months: int, stress: Stress) -> None:
        found = assess(Household(D(4200), D(300), D(1500)), WORKSHOP, amount=amount, annual_rate=rate, months=months, stress=stress)
        assert found.stressed_instalment >= found.instalment
        assert found.stressed_dsti is not None and found.dsti is not None and found.stressed_dsti >= found.dsti
        assert found.stressed_disposable_income is not None and found.disposable_income is not None
        assert found.stressed_disposable_income <= found.disposable_income
        assert found.stressed_dscr is not None and found.dscr is not None and found.stressed_dscr <= found.dscr

    @given(AMOUNT, RATE, st.integers(1, 360), STRESS, STRESS)
    def test_rises_with_either_shock(self, amount: Decimal, rate: Decimal, months: int, one: Stress, other: Stress) -> None:
        asked: dict[str, Any] = {"amount": amount, "annual_rate": rate, "months": months}
        household = Household(D(4200), D(300), D(1500))
        harder = Stress(max(one.rate, other.rate), max(one.income, other.income))
        mild, hard = (assess(household, WORKSHOP, **asked, stress=stress) for stress in (one, harder))
        assert mild.stressed_dsti is not None and hard.stressed_dsti is not None and mild.stressed_dsti <= hard.stressed_dsti
        assert mild.stressed_disposable_income is not None and hard.stressed_disposable_income is not None
        assert mild.stressed_disposable_income >= hard.stressed_disposable_income

    @given(st.decimals(min_value=-100_000, max_value=100_000, places=2), STRESS)
    def test_lets_a_loss_grow(self, earned: Decimal, stress: Stress) -> None:
        lowered = stress.lowered(earned)
        assert lowered is not None and lowered <= earned
