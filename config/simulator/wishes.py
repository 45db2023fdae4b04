"""What an invented applicant asks for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

from config.simulator import credit_lines
from config.simulator.people import Invented


def asks_the_committee(number: int) -> bool:
    """Whether one of the bank's last applicants asks for a home that two people may not decide."""
    return number % 6 in (1, 2)


def can_afford_it(person: Invented) -> Invented:
    """The same person with an income that carries such a home, and owing nobody else."""
    return replace(person, income=max(person.income, Decimal(9_500)), obligations=Decimal(0), debt=Decimal(0))


def wish(number: int, person: Invented, draw: Random, *, late: bool) -> tuple[str, Decimal, int, str, str]:
    """Product, amount, months, purpose and kind of collateral ("" for none). `late` are those who apply in the bank's last days."""
    if person.kind == "company":
        if number % 16 == 11:
            return credit_lines.PRODUCT, Decimal(draw.randrange(10, 60) * 1000), credit_lines.MONTHS, "stock", ""
        if number % 8 == 7:
            return "working-capital", Decimal(draw.randrange(8, 60) * 1000), draw.choice((6, 12, 18)), "stock", ""
        return (
            "sme-term",
            Decimal(draw.randrange(15, 160) * 1000),
            draw.choice((24, 36, 48, 60)),
            "equipment",
            draw.choice(("", "MACHINERY")),
        )
    if number % 10 == 0 or (late and asks_the_committee(number)):
        # The last ones are large enough for the committee.
        return (
            "mortgage",
            Decimal(draw.randrange(*((252, 290) if late else (60, 240))) * 1000),
            draw.choice((240, 300, 360)),
            "purchase",
            "REAL_ESTATE",
        )
    if number % 5 == 1:
        return "auto", Decimal(draw.randrange(6, 32) * 1000), draw.choice((36, 48, 60)), "used_vehicle", "VEHICLE"
    # Some are short enough to be repaid within the year.
    months = 6 if number % 20 == 2 else draw.choice((12, 24, 36, 48))
    return "personal", Decimal(draw.randrange(4, 40) * 500), months, "home_improvement", ""
