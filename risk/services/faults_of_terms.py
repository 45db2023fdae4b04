"""What is wrong with an amount, a term or a rate that somebody would grant: outside the product, or not what the outcome says."""

from __future__ import annotations

from decimal import Decimal

from core.errors import Fault
from loans.models import Application, ProductVersion
from risk.domain.affordability import places_of, step_of

WRITTEN = Decimal("0.000001")
KEPT = Decimal("0.00000001")
"""The places of a rate in the database: six of a percent."""


def faults_of_range(
    application: Application, version: ProductVersion, amount: Decimal | None, term: int | None, rate: Decimal | None
) -> list[Fault]:
    """What the product does not lend, or nobody asked for."""
    faults = []
    if amount is None or not version.min_amount <= amount <= version.max_amount:
        faults.append(
            Fault("amount", "out_of_range", f"The product lends {version.min_amount:,.0f} to {version.max_amount:,.0f} {version.currency}.")
        )
    elif amount != amount.quantize(step_of(version.currency)):
        faults.append(Fault("amount", "too_fine", f"{version.currency} has {places_of(step_of(version.currency))} decimals."))
    elif application.amount is not None and amount > application.amount:
        faults.append(Fault("amount", "above_request", f"Nobody asked for more than {application.amount:,.0f} {version.currency}."))
    if term is None or not version.min_term_months <= term <= version.max_term_months:
        faults.append(
            Fault("term_months", "out_of_range", f"The product runs {version.min_term_months} to {version.max_term_months} months.")
        )
    if rate is not None and not 0 <= rate < 1:
        faults.append(Fault("annual_rate", "out_of_range", "Write the yearly rate in percent, between 0 and 100."))
    elif rate is not None and rate != rate.quantize(KEPT):
        # Rounded without a word, the contract would be of another rate than the one that was looked at.
        faults.append(Fault("annual_rate", "too_fine", "Write the yearly rate with at most six decimals, such as 6.125."))
    return faults


def same_rate(one: Decimal, other: Decimal) -> bool:
    """Whether two rates are one as people write them: to a ten-thousandth of a percent."""
    return one.quantize(WRITTEN) == other.quantize(WRITTEN)
