"""Can the borrower carry it: exact ratios, unknown stays unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.domain.affordability import Household, annuity_payment, assess, disposable_income, dscr, dsti, dti, stressed_payment

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
        assert stressed_payment(D(12000), D("0.079"), 36) == annuity_payment(D(12000), D("0.109"), 36)


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

    def test_come_all_at_once(self) -> None:
        found = assess(Household(D(4200), D(300), D(1500), D(9000)), amount=D(12000), annual_rate=D("0.079"), months=36)
        assert found.dsti == dsti(D(300), found.instalment, D(4200))
        assert found.stressed_instalment > found.instalment
        assert found.stressed_disposable_income is not None and found.disposable_income is not None
        assert found.stressed_disposable_income < found.disposable_income
