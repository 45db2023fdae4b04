"""Products: what is offered now, and every version there was."""

from __future__ import annotations

from django.db.models import Count, Prefetch, QuerySet

from core import access
from core.errors import NotFound
from loans.models import Loan, Product, ProductVersion
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


def list_products() -> QuerySet[Product]:
    """Every product by name with its versions, newest first, in `all_versions`: two queries however many there are."""
    versions = ProductVersion.objects.order_by("-number")
    return Product.objects.prefetch_related(Prefetch("versions", queryset=versions, to_attr="all_versions")).order_by("name")


def access_product(code: str) -> Product:
    """One product, or NotFound. Products belong to the bank, not to a branch."""
    return access.one(Product.objects.all(), code=code)


def list_versions(product: Product) -> list[tuple[ProductVersion, int]]:
    """The versions of a product, newest first, each with the number of contracts made under it: two queries."""
    made = dict(
        Loan.objects.filter(product_version__product=product).order_by().values_list("product_version").annotate(number=Count("pk"))
    )
    return [(version, made.get(version.pk, 0)) for version in product.versions.order_by("-number")]
