"""The exact schedule of 360 instalments against a bare float loop, and the schedules of a whole book against bare numpy."""

from __future__ import annotations

import random
from decimal import Decimal

import numpy as np

from bench.results import Result, measure
from loans.domain.quote import parse_terms
from loans.domain.schedule import build_schedule
from loans.domain.schedule.whole_book import plan_book

ROUNDS = 50
LOANS = 100_000
TERMS = {
    "currency": "EUR",
    "principal": "250000.00",
    "annual_rate": "0.0425",
    "start_date": "2026-01-15",
    "instalments": 360,
    "interest_period": "per_instalment",
}


def run(scale: float) -> list[Result]:
    """Milliseconds of one schedule, best of fifty. Ours includes dates, checks and the choice of the last instalment."""
    terms = parse_terms(TERMS)
    if abs(float(build_schedule(terms).instalments[0].total) - _bare()[0]) > 0.01:
        raise RuntimeError("the loop and the engine do not agree")
    ours = min(measure(lambda: build_schedule(terms)) for _ in range(ROUNDS))
    bare = min(measure(_bare) for _ in range(ROUNDS))
    one = Result("schedule of 360 instalments, against a float loop", ours * 1000, bare * 1000, "ms", 10)
    return [one, _book(int(LOANS * scale))]


def _book(loans: int) -> Result:
    """Seconds for the schedules of a whole book, best of three; the bare recurrence rounds in binary and keeps no whole amounts."""
    chance = random.Random(7)
    principals = np.array([chance.randrange(10_000, 50_000_000) for _ in range(loans)])
    rates = [Decimal(chance.randrange(100, 2_000)) / 10_000 for _ in range(loans)]
    terms = np.array([chance.choice((12, 24, 36, 48, 60)) for _ in range(loans)])
    plain = np.array([float(rate) / 12 for rate in rates])

    def bare() -> None:
        balance = principals.astype(float)
        level = balance * plain / (1 - (1 + plain) ** -terms)
        principal, interest = np.zeros((loans, 60)), np.zeros((loans, 60))
        for column in range(60):
            due = np.rint(balance * plain)
            part = np.where(terms == column + 1, balance, np.minimum(level - due, balance))
            principal[:, column], interest[:, column] = part, due
            balance = balance - part

    ours = min(measure(lambda: plan_book(principals, rates, terms)) for _ in range(3))
    return Result(
        f"schedules of {loans:,} loans to the cent, against the bare numpy recurrence", ours, min(measure(bare) for _ in range(3)), "s", 5
    )


def _bare() -> tuple[float, list[tuple[int, float, float, float]]]:
    rate, balance, lines = 0.0425 / 12, 250_000.0, []
    level = balance * rate / (1 - (1 + rate) ** -360)
    for number in range(360):
        interest = round(balance * rate, 2)
        principal = level - interest
        balance -= principal
        lines.append((number, principal, interest, balance))
    return level, lines
