"""What holds of every schedule, whatever the terms: thousands of random ones, a fixed sample unless CREDENCE_LONG asks for fresh ones."""

from __future__ import annotations

import os
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.daycount import CONVENTIONS
from core.money import round_money, unit
from loans.domain.quote import QuoteRefused, build, parse_terms, quote
from loans.domain.schedule import Schedule
from loans.domain.schedule.apr import annual_percentage_rate, solve, unit_periods_per_year
from loans.domain.schedule.yields import effective_annual_rate

LONG = bool(os.environ.get("CREDENCE_LONG"))
sample = settings(
    max_examples=20_000 if LONG else 150,
    derandomize=not LONG,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
CURRENCIES = {"EUR": 2, "JPY": 0, "KWD": 3, "CHF": 2}
days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
rates = st.integers(0, 6000).map(lambda basis_points: format(Decimal(basis_points) / 10_000, "f"))


def amount(value: Decimal, currency: str) -> str:
    return format(value.quantize(unit(currency)), "f")


@st.composite
def plain_terms(draw: st.DrawFn) -> dict[str, Any]:
    """Terms of an equal instalment without anything special."""
    currency = draw(st.sampled_from(sorted(CURRENCIES)))
    return {
        "currency": currency,
        "principal": amount(draw(st.decimals(100, 5_000_000, places=CURRENCIES[currency])), currency),
        "annual_rate": draw(rates),
        "start_date": draw(days).isoformat(),
        "instalments": draw(st.integers(1, 120)),
        "frequency": {"unit": draw(st.sampled_from(["day", "week", "month", "year"])), "every": draw(st.integers(1, 3))},
        "day_count": draw(st.sampled_from(CONVENTIONS)),
        "interest_period": draw(st.sampled_from(["daily", "per_instalment"])),
        "month_end": draw(st.sampled_from(["keep", "clamp", "roll_forward"])),
        "rounding": {"mode": draw(st.sampled_from(["half_even", "half_up"]))},
    }


@st.composite
def any_terms(draw: st.DrawFn) -> dict[str, Any]:
    """Terms with everything that `POST /quotes` takes."""
    terms = draw(plain_terms())
    currency, count, start = terms["currency"], terms["instalments"], date.fromisoformat(terms["start_date"])
    terms["method"] = draw(st.sampled_from(["annuity", "equal_principal", "interest_only", "bullet", "flat"]))
    terms["respread"] = draw(st.booleans())
    terms["instalment_basis"] = draw(st.sampled_from(["drawn", "committed"]))
    if draw(st.booleans()):
        terms["first_due_date"] = (start + timedelta(days=draw(st.integers(1, 80)))).isoformat()
    if draw(st.booleans()):
        most = max(count - 1, 0)
        names = ("principal_instalments", "interest_instalments", "interest_free_instalments")
        terms["grace"] = {name: draw(st.integers(0, most)) for name in names}
    if draw(st.integers(0, 3)) == 0:
        terms["instalment_multiple"] = amount(Decimal(draw(st.sampled_from([1, 5, 10]))), currency)
    if draw(st.integers(0, 3)) == 0:
        parts = draw(st.integers(1, 4))
        whole = Decimal(terms["principal"])
        share = round_money(whole / parts, currency)
        sums = [share] * (parts - 1) + [whole - share * (parts - 1)]
        terms["tranches"] = [
            {"date": (start + timedelta(days=draw(st.integers(0, 60)) if number else 0)).isoformat(), "amount": amount(value, currency)}
            for number, value in enumerate(sums)
        ]
    if draw(st.integers(0, 3)) == 0:
        terms["rate_changes"] = [
            {"date": (start + timedelta(days=draw(st.integers(1, 900)))).isoformat(), "annual_rate": draw(rates)}
            for _ in range(draw(st.integers(1, 3)))
        ]
    if draw(st.integers(0, 3)) == 0:
        terms["fees"] = [
            {"code": "a", "percent": "1.25", "when": draw(st.sampled_from(["payout", "each_instalment"]))},
            {"code": "b", "percent": "0.5", "cap": amount(Decimal(25), currency), "when": "each_instalment"},
        ]
    if draw(st.integers(0, 3)) == 0:
        terms["holidays"] = {"country": "DE", "shift": draw(st.sampled_from(["following", "preceding", "modified_following"]))}
    return terms


def built(body: dict[str, Any]) -> Schedule:
    try:
        return build(parse_terms(body))
    except QuoteRefused as refused:
        if refused.problem["status"] != 422 or not refused.problem["errors"]:
            raise
        assume(False)
        raise


class TestEverySchedule:
    @sample
    @given(body=any_terms())
    def test_repays_exactly_what_was_lent(self, body: dict[str, Any]) -> None:
        schedule = built(body)
        lines = schedule.instalments
        assert sum(line.principal for line in lines) == Decimal(body["principal"])
        assert lines[-1].balance == 0
        assert all(part >= 0 for line in lines for part in (line.principal, line.interest, line.fees, line.balance))
        step = unit(body["currency"])
        assert all(part % step == 0 for line in lines for part in (line.principal, line.interest, line.fees))

    @sample
    @given(body=any_terms())
    def test_carries_its_balance_from_line_to_line(self, body: dict[str, Any]) -> None:
        schedule = built(body)
        drawn = {line.due_date: Decimal(0) for line in schedule.instalments}
        balance, waiting = Decimal(0), sorted(schedule.draws, key=lambda draw: draw.date)
        previous = schedule.terms.start_date - timedelta(days=1)
        for line in schedule.instalments:
            drawn[line.due_date] = sum((draw.amount for draw in waiting if previous < draw.date <= line.due_date), Decimal(0))
            balance += drawn[line.due_date] - line.principal
            assert balance == line.balance
            assert line.due_date > previous
            previous = line.due_date

    @sample
    @given(body=any_terms())
    def test_has_as_many_lines_as_agreed(self, body: dict[str, Any]) -> None:
        schedule = built(body)
        assert 1 <= len(schedule.instalments) <= body["instalments"]
        assert [line.number for line in schedule.instalments] == list(range(1, len(schedule.instalments) + 1))


class TestTheEqualInstalment:
    @sample
    @given(body=plain_terms())
    def test_leaves_a_last_one_within_the_rule(self, body: dict[str, Any]) -> None:
        spread, kept = built({**body, "respread": True}).instalments, built({**body, "respread": False}).instalments
        assume(len(spread) > 1 and all(line.total == kept[0].total for line in kept[:-1]))
        step = unit(body["currency"])
        before, after = (abs(rows[-1].total - rows[0].total) for rows in (kept, spread))
        assert after <= before
        if before / step <= len(kept) // 2:
            assert spread == kept

    @sample
    @given(body=plain_terms())
    def test_is_the_closed_form(self, body: dict[str, Any]) -> None:
        body = {**body, "interest_period": "per_instalment", "respread": False}
        body["frequency"] = {"unit": "month", "every": 1}
        assume(body["instalments"] > 1)
        found = built(body).instalments[0].total
        with localcontext() as context:
            context.prec = 60
            rate, count, principal = Decimal(body["annual_rate"]) / 12, body["instalments"], Decimal(body["principal"])
            exact = principal / count if not rate else principal * rate / (1 - (1 + rate) ** -count)
        expected = round_money(+exact, body["currency"], body["rounding"]["mode"])
        interest = round_money(principal * rate, body["currency"], body["rounding"]["mode"])
        # Where less than a minor unit would be repaid, the first instalment is its interest and the last one carries the loan.
        assert found == max(expected, interest)


def worth(flows: list[tuple[date, Decimal]], rate: Decimal) -> float:
    start = flows[0][0]
    return sum(float(value) * (1 + float(rate)) ** (-(day - start).days / 365) for day, value in flows)


class TestTheYield:
    @sample
    @given(body=any_terms())
    def test_makes_all_flows_worth_nothing(self, body: dict[str, Any]) -> None:
        schedule = built(body)
        rate = effective_annual_rate(schedule)
        assume(rate is not None)
        assert rate is not None
        flows = [(draw.date, -draw.amount) for draw in schedule.draws] + [(schedule.draws[0].date, schedule.payout_fees)]
        flows += [(line.due_date, line.total) for line in schedule.instalments]
        flows.sort(key=lambda flow: flow[0])
        half = Decimal("0.0000051")
        low, high = worth(flows, rate - half), worth(flows, rate + half)
        assert low * high <= 0 or min(abs(low), abs(high)) < 1e-6 * float(schedule.terms.principal)


class TestTheRateOfRegulationZ:
    def test_is_that_of_the_examples_in_appendix_j(self) -> None:
        regular = solve([(-5000.0, 0, 0.0), *((230.0, number, 0.0) for number in range(1, 25))])
        long_first = solve([(-6000.0, 0, 0.0), *((200.0, number, 19 / 30) for number in range(1, 37))])
        assert regular is not None and long_first is not None
        assert round(regular * 12, 4) == 0.0969
        assert round(long_first * 12, 4) == 0.1182

    def test_stands_in_the_answer_where_it_is_asked_for(self) -> None:
        body = {
            "currency": "USD", "principal": "5000.00", "annual_rate": "0.0969", "start_date": "1978-01-10", "instalments": 24,
            "interest_period": "per_instalment",
        }  # fmt: skip
        assert "apr" not in quote(body)
        assert quote({**body, "apr": "regulation_z"})["apr"] == {"rule": "regulation_z", "rate": "0.09690"}
        with_fee = quote({**body, "apr": "regulation_z", "fees": [{"code": "origination", "amount": "50.00"}]})
        assert Decimal(with_fee["apr"]["rate"]) > Decimal("0.105")
        with pytest.raises(QuoteRefused):
            quote({**body, "apr": "made_up"})

    @sample
    @given(body=plain_terms())
    def test_is_the_contract_rate_of_a_regular_loan_without_fees(self, body: dict[str, Any]) -> None:
        body = {**body, "interest_period": "per_instalment", "day_count": "30/360", "month_end": "keep", "currency": "EUR"}
        body["principal"] = "1000000.00"
        body["frequency"] = {"unit": "month", "every": body["frequency"]["every"]}
        body["start_date"] = body["start_date"][:8] + "15"
        schedule = built(body)
        rate = annual_percentage_rate(schedule)
        assert rate is not None
        assert abs(rate - Decimal(body["annual_rate"])) <= Decimal("0.00002")

    @sample
    @given(body=any_terms())
    def test_lies_below_the_effective_rate_compounded(self, body: dict[str, Any]) -> None:
        """Nominal against effective: (1 + APR/w)^w − 1 is the yield of the same flows but for the counting of days."""
        schedule = built({**body, "frequency": {"unit": "month", "every": 1}})
        nominal, effective = annual_percentage_rate(schedule), effective_annual_rate(schedule)
        assume(nominal is not None and effective is not None and Decimal("0.001") < effective < 1)
        assume((schedule.instalments[-1].due_date - schedule.terms.start_date).days > 300)
        assert nominal is not None and effective is not None
        periods = unit_periods_per_year(schedule.terms)
        compounded = (1 + float(nominal) / periods) ** periods - 1
        assert abs(compounded - float(effective)) < 0.08 * float(effective)
