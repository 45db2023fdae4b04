"""Products that are offered now."""

from __future__ import annotations

from django.db.models import QuerySet

from core.errors import NotFound
from loans.models import ProductVersion
from loans.models.products import VersionState


def list_offered() -> QuerySet[ProductVersion]:
    """The active version of every product, by name."""
    return ProductVersion.objects.filter(state=VersionState.ACTIVE).select_related("product").order_by("product__name")


def access_offered(code: str) -> ProductVersion:
    """The active version of one product, or NotFound."""
    version = list_offered().filter(product__code=code).first()
    if version is None:
        raise NotFound()
    return version
