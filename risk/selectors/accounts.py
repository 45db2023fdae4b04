"""Reads of annual accounts: the years of a file with their ratios, and how they stand among companies of the industry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from core.industries import INDUSTRIES, section_of
from core.row_security import whole_bank
from loans.models import Application
from risk.domain.accounts import RATIOS
from risk.domain.financial_year import FinancialYear, Period, year_to
from risk.models import AnnualAccounts

LEAST_PEERS = 5
PEER_DAYS = 800
"""How far back a peer's year may end: the two last sets of accounts."""


def years_of(application: Application) -> list[AnnualAccounts]:
    """The accounts that count of each year, oldest first: one query."""
    rows = (
        AnnualAccounts.objects.filter(application=application).select_related("evidence").order_by("year_end", "-id").distinct("year_end")
    )
    return list(rows)


def figures_of(row: AnnualAccounts) -> dict[str, Decimal]:
    """The lines of stored accounts as amounts."""
    return {code: Decimal(amount) for code, amount in row.figures.items()}


def year_of(row: AnnualAccounts) -> FinancialYear:
    """Stored accounts with the days they are of."""
    period = year_to(row.year_end) if row.first_day is None else Period(row.first_day, row.year_end)
    return FinancialYear(period, figures_of(row), row.currency)


def years_by_end(rows: Iterable[AnnualAccounts]) -> dict[date, FinancialYear]:
    """Stored accounts by their last day."""
    return {row.year_end: year_of(row) for row in rows}


@dataclass(frozen=True)
class Peers:
    """How a ratio is spread among other companies of an industry, a division or a section: how many, lower quartile, median, upper
    quartile.
    """

    industry: str
    companies: int
    lower: Decimal
    median: Decimal
    upper: Decimal


def peers_of(application: Application, *, industry: str, on: date) -> dict[str, Peers]:
    """The spread of every ratio over the newest accounts of each other company of the industry in the whole bank: of the division, or of
    the whole section where the division has too few. A query for each.

    A ratio with fewer than five companies is left out, so that nobody is recognised in it.
    """
    levels = dict.fromkeys((industry, section_of(industry))) if industry else {}
    return next((found for code in levels if (found := _spread(application, code, on))), {})


def _spread(application: Application, code: str, on: date) -> dict[str, Peers]:
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH newest AS (
                SELECT DISTINCT ON (borrower_id) ratios FROM risk_annualaccounts
                WHERE industry = ANY (%s) AND borrower_id <> %s AND year_end >= %s
                ORDER BY borrower_id, year_end DESC, id DESC
            )
            SELECT key, count(*), percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY value::numeric)
            FROM newest, jsonb_each_text(ratios) WHERE value IS NOT NULL GROUP BY key HAVING count(*) >= %s
            """,
            [[one for one in INDUSTRIES if one.startswith(code)], application.borrower_id, on - timedelta(days=PEER_DAYS), LEAST_PEERS],
        )
        rows = cursor.fetchall()
    return {
        ratio: Peers(code, count, *(Decimal(str(value)).quantize(Decimal("0.0001")) for value in quartiles))
        for ratio, count, quartiles in rows
        if ratio in RATIOS
    }
