"""The terms of products, which every application is read with and which hardly ever change."""

from __future__ import annotations

from uuid import UUID

from django.db.models import CharField
from django.db.models.expressions import RawSQL

from core.kept_rows import KeptRows
from core.written_queries import PreparedQuery, WrittenQuery
from loans.models import Application, ProductVersion

_terms = KeptRows(
    lambda: ProductVersion.objects.select_related("product"), lambda version: version.product, "loans_productversion", "loans_product"
)
_offered = PreparedQuery(
    f"""
SELECT {_terms.mark} FROM loans_productversion JOIN loans_product ON loans_product.id = loans_productversion.product_id
WHERE loans_product.code = $1 AND loans_productversion.state = 'ACTIVE'
""",
    1,
)
_OF_APPLICATION = f"""
SELECT {_terms.mark} FROM loans_productversion JOIN loans_product ON loans_product.id = loans_productversion.product_id
WHERE loans_productversion.id = loans_application.product_version_id
"""
_applications = WrittenQuery(
    lambda key: (
        Application.objects.filter(pk=key)
        .select_related("borrower", "branch")
        .annotate(terms_mark=RawSQL(_OF_APPLICATION, (), output_field=CharField()))  # noqa: S611 -- a text of the house's own modules
    )
)


def active_version(code: str) -> ProductVersion | None:
    """The version of a product that is offered now, with the product. One query."""
    mark = next(iter(_offered.rows(code)), (None,))
    found = _terms.get(mark[0])
    return found[0] if found else None


def application_with_terms(key: UUID) -> Application:
    """An application with borrower, branch, and the version of its product with the product. One query.

    Raises Application.DoesNotExist.
    """
    found = _applications.first(key)
    if found is None:
        raise Application.DoesNotExist
    if (terms := _terms.get(found.terms_mark)) is not None:
        found.product_version = terms[0]
    return found
