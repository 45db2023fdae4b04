"""What the bank asks of a file on some terms: the price of the grade that it has on them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from core.errors import Fault
from loans.models import Application, ProductVersion
from risk.domain.overrides import fault_of_price
from risk.models import PolicyEvaluation
from risk.selectors.terms import priced_rate
from risk.services.faults_of_terms import faults_of_range, same_rate
from risk.services.other_terms import holding


@dataclass(frozen=True)
class Price:
    """The yearly rate of a grade, a fraction."""

    grade: str
    rate: Decimal

    @classmethod
    def of(cls, version: ProductVersion, grade: str) -> Self:
        return cls(grade, priced_rate(version, grade))

    @property
    def words(self) -> str:
        return f"the price of grade {self.grade or 'none'}, {self.rate * 100:.2f}%"

    def below(self, rate: Decimal | None) -> bool:
        """Whether the rate is below this price, as people write rates."""
        return rate is not None and rate < self.rate and not same_rate(rate, self.rate)

    def above(self, rate: Decimal | None) -> bool:
        return rate is not None and rate > self.rate and not same_rate(rate, self.rate)


def price_on_terms(application: Application, evaluation: PolicyEvaluation, amount: Decimal | None, term_months: int | None) -> Price:
    """The price of the grade that the file has on these terms, which may be another than on those asked for. Terms that the product does
    not lend have that of the request.
    """
    version = application.product_version
    assert version is not None  # the database refuses a submitted application without one
    as_asked = (amount, term_months) == (application.amount, application.term_months)
    if as_asked or amount is None or term_months is None or faults_of_range(application, version, amount, term_months, None):
        return Price.of(version, application.grade)
    return Price.of(version, holding(application, evaluation)(amount, term_months, None).grade)


def faults_of_offer(
    application: Application, amount: Decimal | None, term: int | None, rate: Decimal | None, *, price: Price, counter: bool
) -> list[Fault]:
    """A counter-offer that changes nothing, or another outcome that changes something."""
    differs = amount != application.amount or term != application.term_months
    if counter:
        same = not differs and not price.below(rate) and not price.above(rate)
        return [Fault("amount", "same", "A counter-offer changes the amount, the term or the rate.")] if same else []
    if differs:
        return [Fault("amount", "differs", "The amount or term differs from the request. Choose the counter-offer.")]
    if price.above(rate):
        return [Fault("annual_rate", "above_price", f"The rate is above {price.words}. Choose the counter-offer.")]
    return []


def faults_of_price(rate: Decimal | None, code: str, price: Price) -> list[Fault]:
    """Another rate than the price takes a reason of its own, below it as above."""
    said = f"The rate is not {price.words}."
    words = fault_of_price(code, below=price.below(rate), above=price.above(rate), said=said)
    return [Fault("price_code", "unfit", words)] if words else []
