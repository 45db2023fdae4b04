"""From terms to instalments. Interest runs on the outstanding balance (flat: on the original principal); the last instalment
takes the residue.

The regular instalment is the annuity over the periods that are left, rounded; when the last one would differ by more than half
a minor unit per instalment it is spread again once, and kept only if the difference shrinks.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from core.money import MODES, round_money, unit
from loans.domain.schedule.calendar import Measure, due_dates, shifted
from loans.domain.schedule.terms import METHODS, Fee, Instalment, Schedule, ScheduleError, Terms, Tranche

MAX_INSTALMENTS = 1200
ZERO, ONE = Decimal(0), Decimal(1)


def build_schedule(terms: Terms) -> Schedule:
    """The schedule of these terms. Raises ScheduleError when they contradict themselves."""
    _check(terms)
    count = terms.instalments or MAX_INSTALMENTS
    draws = terms.tranches or (Tranche(terms.start_date, terms.principal),)
    dates = due_dates(terms, count)
    builder = _Builder(terms, dates, draws)
    lines = builder.run()
    if terms.method == "annuity" and terms.respread and terms.instalment_amount is None and len(builder.levels) == 1:
        lines = _respread(builder, lines)
    return Schedule(terms=terms, instalments=tuple(lines), payout_fees=_payout_fees(terms), draws=draws)


def _check(terms: Terms) -> None:
    if terms.method not in METHODS:
        raise ScheduleError("/method", "unknown", "This method is not offered.")
    if terms.instalments is None and terms.instalment_amount is None:
        raise ScheduleError("/instalments", "required", "Say how many instalments there are, or how large each is.")
    if terms.instalments is not None and not 1 <= terms.instalments <= MAX_INSTALMENTS:
        raise ScheduleError("/instalments", "out_of_range", f"The number of instalments has to be between 1 and {MAX_INSTALMENTS}.")
    if terms.first_due_date is not None and terms.first_due_date <= terms.start_date:
        raise ScheduleError("/first_due_date", "too_early", "The first due date has to lie after the start.")
    if terms.tranches and sum((t.amount for t in terms.tranches), ZERO) != terms.principal:
        raise ScheduleError("/tranches", "sum_differs", "The tranches have to sum to the principal.")
    if terms.tranches and min(t.date for t in terms.tranches) < terms.start_date:
        raise ScheduleError("/tranches", "too_early", "No tranche can be drawn before the start.")
    if terms.instalments is not None and terms.grace_principal >= terms.instalments:
        raise ScheduleError("/grace/principal_instalments", "too_long", "Grace has to end before the last instalment.")


class _Builder:
    """One pass over the periods. `bump` moves the regular instalment by the re-spread."""

    def __init__(self, terms: Terms, dates: list[date], draws: Sequence[Tranche]) -> None:
        self.terms = terms
        self.draws = sorted(draws, key=lambda tranche: tranche.date)
        planned = itertools.pairwise([terms.start_date, *dates])
        due = list(itertools.pairwise([terms.start_date, *shifted(terms, dates)]))
        if any(end <= start for start, end in due):
            raise ScheduleError("/holidays/shift", "dates_meet", "Moved off holidays, two instalments would fall on one day.")
        self.measures = [Measure(terms, *period, plan) for period, plan in zip(due, planned, strict=True)]
        self.every_fee = tuple(fee for fee in terms.fees if fee.when == "each_instalment")
        self.step = terms.rounding_multiple or unit(terms.currency)
        self.plain = terms.rounding_multiple is None
        self.mode = MODES[terms.rounding]
        self.levels: list[Decimal] = []
        self.bump = ZERO
        if self.draws[-1].date >= self.measures[-1].end:
            raise ScheduleError("/tranches", "too_late", "Every tranche has to be drawn before the last instalment.")

    def round(self, value: Decimal) -> Decimal:
        # round_money, with the step and mode of these terms at hand.
        if self.plain:
            return value.quantize(self.step, self.mode)
        return (value / self.step).quantize(ONE, self.mode) * self.step

    def run(self) -> list[Instalment]:
        self.levels = []
        terms, lines = self.terms, []
        waiting = list(self.draws)
        balance = self._join(waiting, terms.start_date)
        deferred = ZERO
        level = ZERO
        stale = True
        rate = self.terms.rate_on(terms.start_date)
        final, bullet = len(self.measures) - 1, terms.method == "bullet"
        for index, measure in enumerate(self.measures):
            interest, added = self._interest(measure, balance, waiting, free=index < terms.interest_free)
            balance += added
            stale = stale or bool(added)
            if terms.rate_changes:
                stale = stale or terms.rate_on(measure.start) != rate
                rate = terms.rate_on(measure.start)
            deferred += interest
            last = index == final
            due_interest = ZERO if index < terms.grace_interest or (bullet and not last) else deferred
            if stale and index >= terms.grace_principal:
                level = self._level(index, balance, interest)
                stale = False
            principal = self._principal(index, balance, interest, level, last=last)
            if principal >= balance and not waiting:
                # Nothing is left afterwards: this is the last instalment, and it collects what was deferred.
                principal, due_interest, last = balance, deferred, True
            deferred -= due_interest
            balance -= principal
            if waiting:
                joined = self._join(waiting, measure.end)
                balance += joined
                stale = stale or (bool(joined) and terms.instalment_basis == "drawn")
            fees = self._fees(principal + due_interest) if self.every_fee else ZERO
            lines.append(Instalment(index + 1, measure.end, principal, due_interest, fees, balance))
            if last:
                break
        if balance:
            raise ScheduleError("/instalment_amount", "too_small", "This instalment never repays the loan.")
        return lines

    def _join(self, waiting: list[Tranche], day: date) -> Decimal:
        """What is drawn up to and on `day`, taken off the list."""
        joined = ZERO
        while waiting and waiting[0].date <= day:
            joined += waiting.pop(0).amount
        return joined

    def _interest(self, measure: Measure, balance: Decimal, waiting: list[Tranche], *, free: bool) -> tuple[Decimal, Decimal]:
        """Interest of one period, each stretch between draws and rate changes rounded on its own, and what was drawn within."""
        terms = self.terms
        if not terms.rate_changes and (not waiting or waiting[0].date >= measure.end):
            base = terms.principal if terms.method == "flat" else balance
            return (ZERO if free else self.round(base * terms.annual_rate * measure.whole)), ZERO
        cuts = {c.date for c in terms.rate_changes if measure.start < c.date < measure.end}
        cuts |= {t.date for t in waiting if measure.start < t.date < measure.end}
        edges = [measure.start, *sorted(cuts), measure.end]
        total = added = ZERO
        for start, end in itertools.pairwise(edges):
            if start != measure.start:
                added += self._join(waiting, start)
            base = terms.principal if terms.method == "flat" else balance + added
            total += self.round(base * self.terms.rate_on(start) * measure.share(start, end))
        return (ZERO if free else total), added

    def _level(self, index: int, balance: Decimal, interest: Decimal) -> Decimal:
        """The regular instalment from period `index` on (annuity), or the regular part of principal (the other methods)."""
        terms = self.terms
        left = len(self.measures) - index
        if terms.instalment_amount is not None:
            return terms.instalment_amount
        basis = balance
        if terms.instalment_basis == "committed" and not self.levels:
            basis = terms.principal
        elif terms.instalment_basis == "committed":
            return self.levels[-1]
        if terms.method == "annuity":
            exact = self._annuity(index, basis, interest if basis == balance else None)
            level = self._to_multiple(exact) + self.bump
        elif terms.method == "flat":
            level = self._to_multiple(basis / left + interest)
        else:
            level = self.round(basis / left)
        self.levels.append(level)
        return level

    def _annuity(self, index: int, basis: Decimal, first_interest: Decimal | None) -> Decimal:
        """Equal instalment over the periods left: basis × Π(1+fᵢ) / Σⱼ Πᵢ₎ⱼ(1+fᵢ), with each period's own factor fᵢ.

        The rate is the one in force when it is computed: a change to come moves no instalment before it.
        """
        rate = self.terms.rate_on(self.measures[index].start)
        factors = [rate * m.whole for m in self.measures[index:]]
        if first_interest is not None and basis and index < self.terms.interest_free:
            factors[0] = first_interest / basis
        for offset in range(len(factors)):
            if index + offset < self.terms.interest_free:
                factors[offset] = ZERO
        growth, annuities = Decimal(1), ZERO
        for factor in reversed(factors):
            annuities += growth
            growth *= 1 + factor
        return basis * growth / annuities

    def _to_multiple(self, value: Decimal) -> Decimal:
        if self.terms.instalment_multiple:
            return round_money(value, self.terms.currency, self.terms.rounding, self.terms.instalment_multiple)
        return self.round(value)

    def _principal(self, index: int, balance: Decimal, interest: Decimal, level: Decimal, *, last: bool) -> Decimal:
        terms = self.terms
        if last and terms.instalments is not None:
            return balance
        if index < terms.grace_principal or terms.method in ("interest_only", "bullet"):
            return ZERO
        if terms.method == "equal_principal":
            return min(level, balance)
        part = level - interest
        if part <= 0 and terms.instalment_amount is not None:
            raise ScheduleError("/instalment_amount", "too_small", "This instalment does not even cover the interest.")
        return min(max(part, ZERO), balance)

    def _fees(self, due: Decimal) -> Decimal:
        return sum((fee_amount(fee, due, self.terms) for fee in self.every_fee), ZERO)


def _respread(builder: _Builder, lines: list[Instalment]) -> list[Instalment]:
    """Spread the residue of the last instalment over all once, kept only if the difference shrinks."""
    paying = len(lines) - builder.terms.grace_principal
    if paying < 2:
        return lines
    difference = lines[-1].total - lines[-1].fees - builder.levels[0]
    minor = unit(builder.terms.currency)
    if abs(difference) / minor <= paying // 2:
        return lines
    step = builder.terms.instalment_multiple or builder.terms.rounding_multiple
    builder.bump = round_money(difference / paying, builder.terms.currency, builder.terms.rounding, step)
    if not builder.bump:
        return lines
    again = builder.run()
    renewed = again[-1].total - again[-1].fees - builder.levels[0]
    return again if abs(renewed) < abs(difference) and len(again) == len(lines) else lines


def fee_amount(fee: Fee, base: Decimal, terms: Terms) -> Decimal:
    """A fee in money: its amount, or its percentage of `base`, rounded; never above its cap."""
    amount = fee.amount
    if amount is None:
        amount = round_money(base * (fee.percent or ZERO) / 100, terms.currency, terms.rounding)
    return amount if fee.cap is None else min(amount, fee.cap)


def _payout_fees(terms: Terms) -> Decimal:
    return sum((fee_amount(fee, terms.principal, terms) for fee in terms.fees if fee.when == "payout"), ZERO)
