"""The exact schedule of 360 instalments, against a bare float loop of the same recurrence."""

from __future__ import annotations

from bench.results import Result, measure
from loans.domain.quote import parse_terms
from loans.domain.schedule import build_schedule

ROUNDS = 50
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
    return [Result("schedule of 360 instalments, against a float loop", ours * 1000, bare * 1000, "ms", 10)]


def _bare() -> tuple[float, list[tuple[int, float, float, float]]]:
    rate, balance, lines = 0.0425 / 12, 250_000.0, []
    level = balance * rate / (1 - (1 + rate) ** -360)
    for number in range(360):
        interest = round(balance * rate, 2)
        principal = level - interest
        balance -= principal
        lines.append((number, principal, interest, balance))
    return level, lines
