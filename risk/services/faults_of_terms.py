"""What is wrong with an amount, a term or a rate that somebody would grant: outside the product, or not what the outcome says."""

from __future__ import annotations

from decimal import Decimal

from core.errors import Fault
from loans.models import Application, ProductVersion
from risk.domain.overrides import fault_of_price

WRITTEN = Decimal("0.000001")


def faults_of_range(
    application: Application, version: ProductVersion, amount: Decimal | None, term: int | None, rate: Decimal | None
) -> list[Fault]:
    """What the product does not lend, or nobody asked for."""
    faults = []
    if amount is None or not version.min_amount <= amount <= version.max_amount:
        faults.append(
            Fault("amount", "out_of_range", f"The product lends {version.min_amount:,.0f} to {version.max_amount:,.0f} {version.currency}.")
        )
    elif application.amount is not None and amount > application.amount:
        faults.append(Fault("amount", "above_request", f"Nobody asked for more than {application.amount:,.0f} {version.currency}."))
    if term is None or not version.min_term_months <= term <= version.max_term_months:
        faults.append(
            Fault("term_months", "out_of_range", f"The product runs {version.min_term_months} to {version.max_term_months} months.")
        )
    if rate is not None and not 0 <= rate < 1:
        faults.append(Fault("annual_rate", "out_of_range", "Write the yearly rate in percent, between 0 and 100."))
    return faults


def faults_of_offer(
    application: Application, amount: Decimal | None, term: int | None, rate: Decimal | None, *, price: Decimal, counter: bool
) -> list[Fault]:
    """A counter-offer that changes nothing, or another outcome that changes something. `price` is that of the grade."""
    differs = amount != application.amount or term != application.term_months
    other_price = rate is not None and not same_rate(rate, price)
    if counter:
        return [] if differs or other_price else [Fault("amount", "same", "A counter-offer changes the amount, the term or the rate.")]
    faults = []
    if differs:
        faults.append(Fault("amount", "differs", "The amount or term differs from the request. Choose the counter-offer."))
    if not differs and rate is not None and other_price and rate > price:
        said = f"The rate is above the price of grade {application.grade or 'none'}, {price * 100:.2f}%. Choose the counter-offer."
        faults.append(Fault("annual_rate", "above_price", said))
    return faults


def faults_of_price(application: Application, rate: Decimal | None, code: str, *, price: Decimal) -> list[Fault]:
    """Another price than that of the grade takes a reason of its own, below it as above."""
    other = rate is not None and not same_rate(rate, price)
    below, above = other and rate is not None and rate < price, other and rate is not None and rate > price
    said = f"The price of grade {application.grade or 'none'} is {price * 100:.2f}%."
    words = fault_of_price(code, below=below, above=above, said=said)
    return [Fault("price_code", "unfit", words)] if words else []


def same_rate(one: Decimal, other: Decimal) -> bool:
    """Whether two rates are one as people write them: to a ten-thousandth of a percent."""
    return one.quantize(WRITTEN) == other.quantize(WRITTEN)
