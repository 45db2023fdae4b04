"""The terms of a product with amount and term, in the form that quotes take. Stores nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from core.errors import DomainError, Fault
from core.money import to_text
from loans.models import ApplicationOutcome, ProductVersion
from loans.selectors.products import list_offered
from loans.services.contracts import contract_terms


class UnableToQuote(DomainError):
    """The product is not offered so."""

    title = "The product is not offered so"
    messages = {"invalid": "The product is not offered with these terms."}


def find_offered(code: str) -> ProductVersion:
    """The version of a product that is offered now. Raises UnableToQuote: `invalid` at `product`."""
    version = list_offered().filter(product__code=code).first()
    if version is None:
        raise UnableToQuote("invalid", faults=[Fault("product", "unknown", "This product is not offered.")])
    return version


def product_terms(
    *, version: ProductVersion, amount: Decimal, currency: str, term_months: int, start_date: date, first_due_date: date | None
) -> dict[str, Any]:
    """What a contract over this amount and term would be scheduled from. Raises UnableToQuote with every fault."""
    faults = []
    if currency != version.currency:
        faults.append(Fault("currency", "other_currency", f"This product is in {version.currency}."))
    least, most = to_text(version.min_amount, version.currency), to_text(version.max_amount, version.currency)
    if not version.min_amount <= amount <= version.max_amount:
        faults.append(Fault("amount", "out_of_range", f"The amount has to lie between {least} and {most} {version.currency}."))
    if not version.min_term_months <= term_months <= version.max_term_months:
        span = f"{version.min_term_months} and {version.max_term_months}"
        faults.append(Fault("term_months", "out_of_range", f"The term has to lie between {span} months."))
    if faults:
        raise UnableToQuote("invalid", faults=faults)
    agreed = ApplicationOutcome(amount=amount, annual_rate=version.annual_rate, term_months=term_months)
    return contract_terms(version, agreed, start_date=start_date, first_due_date=first_due_date)
