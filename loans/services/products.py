"""Products and their versions. A version in force is never changed; a new one takes its place."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from core import audit
from core.models import User
from loans.models import Product, ProductVersion
from loans.models.products import VersionState


@transaction.atomic
def publish_product(
    *, code: str, name: str, terms: dict[str, Any], actor: User | None, business_date: date, description: str = ""
) -> ProductVersion:
    """Offer a product under new terms: the version before is retired, contracts made under it keep it.

    `terms` are the fields of ProductVersion. Used by set-up; changes by people go through four eyes.
    """
    product, _ = Product.objects.get_or_create(code=code, defaults={"name": name, "description": description})
    Product.objects.select_for_update().get(pk=product.pk)
    ProductVersion.objects.filter(product=product, state=VersionState.ACTIVE).update(state=VersionState.RETIRED)
    number = product.versions.count() + 1
    version = ProductVersion.objects.create(
        product=product, number=number, state=VersionState.ACTIVE, activated_date=business_date, **terms
    )
    audit.record("product.published", actor=actor, target=version, label=str(version), business_date=business_date)
    return version
