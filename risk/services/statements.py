"""What the statements of a borrower's accounts show, as facts: the lines of a year before the business date, one query."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from loans.models import Application, StatementLine
from risk.domain.facts import CATALOGUE, FactType
from risk.domain.statement_facts import facts_of
from risk.models import Fact

WINDOW_DAYS = 365


def statement_facts(application: Application, *, business_date: date) -> dict[str, tuple[Any, str, str]]:
    """Facts of the last year of statements before the business date, over all accounts; nothing when there is no line.

    Figures the lines cannot give are left unknown (None).
    """
    rows = (
        StatementLine.objects.filter(
            account__borrower=application.borrower_id, date__gte=business_date - timedelta(days=WINDOW_DAYS), date__lt=business_date
        )
        .order_by("date", "id")
        .values("date", "amount", "category", "balance")
    )
    lines = list(rows)
    if not lines:
        return {}
    said = f"Statements {lines[0]['date']:%d %b %Y} to {lines[-1]['date']:%d %b %Y}"
    return {code: (_exact(code, value), said, Fact.Authenticity.THIRD_PARTY) for code, value in facts_of(lines, business_date).items()}


def _exact(code: str, value: float | None) -> Decimal | int | None:
    """A statistic as it is stored: counts as whole numbers, the rest as the decimal the float shows."""
    if value is None:
        return None
    return round(value) if CATALOGUE[code].type == FactType.INTEGER else Decimal(repr(value))
