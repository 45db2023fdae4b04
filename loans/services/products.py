"""Products and their versions. A version in force is never changed; a new one takes its place."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from core import audit
from core.errors import DomainError, Fault
from core.models import BankState, User
from loans.models import Product, ProductVersion
from loans.models.products import VersionState


class UnableToOfferProduct(DomainError):
    """The product may not be offered so."""

    title = "The product is not offered"
    messages = {"other_currency": "{said}"}


def faults_of_currency(currency: str) -> list[Fault]:
    """What is wrong with the currency of a product: exposure, authority and appetite are counted in the bank's, so it lends in no other.
    Before the bank is opened nothing is lent in any.
    """
    own = BankState.objects.filter(id=1).values_list("currency", flat=True).first()
    if own is None or currency == own:
        return []
    return [Fault("currency", "other_currency", f"The bank lends in {own}; exposure to a customer is counted in that currency alone.")]


@transaction.atomic
def publish_product(
    *, code: str, name: str, terms: dict[str, Any], actor: User | None, business_date: date, description: str = ""
) -> ProductVersion:
    """Offer a product under new terms: the version before is retired, contracts made under it keep it.

    `terms` are the fields of ProductVersion. Used by set-up; changes by people go through four eyes.
    Raises UnableToOfferProduct `other_currency`.
    """
    if faults := faults_of_currency(terms["currency"]):
        raise UnableToOfferProduct("other_currency", said=faults[0].detail, faults=faults)
    product, _ = Product.objects.get_or_create(code=code, defaults={"name": name, "description": description})
    Product.objects.select_for_update().get(pk=product.pk)
    ProductVersion.objects.filter(product=product, state=VersionState.ACTIVE).update(state=VersionState.RETIRED)
    number = product.versions.count() + 1
    version = ProductVersion.objects.create(
        product=product, number=number, state=VersionState.ACTIVE, activated_date=business_date, **terms
    )
    audit.record("product.published", actor=actor, target=version, label=str(version), business_date=business_date)
    return version
