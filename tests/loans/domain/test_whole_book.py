"""The schedules of a whole book are the engine's, instalment by instalment."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import numpy as np

from loans.domain.schedule import Terms, build_schedule
from loans.domain.schedule.whole_book import plan_book


def test_every_loan_of_a_book_is_planned_as_the_engine_plans_it() -> None:
    chance = random.Random(2026)
    principals = [chance.choice([chance.randrange(10_000, 50_000_000), 100 * chance.randrange(10, 5_000)]) for _ in range(400)]
    rates = [Decimal(chance.choice([0, chance.randrange(1, 3000), 600, 900, 1200])) / 10_000 for _ in principals]
    terms = [chance.randrange(1, 61) for _ in principals]
    found = plan_book(np.array(principals), rates, np.array(terms))
    for row, (principal, rate, term) in enumerate(zip(principals, rates, terms, strict=True)):
        lines = build_schedule(
            Terms("EUR", Decimal(principal) / 100, rate, date(2026, 1, 15), term, interest_period="per_instalment", respread=False)
        ).instalments
        count = len(lines)
        assert [int(line.principal * 100) for line in lines] == found.principal[row, :count].tolist(), (principal, rate, term)
        assert [int(line.interest * 100) for line in lines] == found.interest[row, :count].tolist()
        assert not found.principal[row, count:].any()
