"""The words that facts of a policy may have: grades, and the products and purposes that the bank has or had."""

from __future__ import annotations

from loans.models import Product, ProductVersion
from risk.domain.policy_cells import GRADES, Vocabulary


def words_listed() -> Vocabulary:
    """By the code of the fact; of products and purposes nothing while there is no product. Two queries."""
    products = list(Product.objects.values_list("code", flat=True))
    purposes = {
        str(purpose["code"]) for row in ProductVersion.objects.order_by().values_list("purposes", flat=True).distinct() for purpose in row
    }
    listed = {"product": products, "purpose": sorted(purposes)}
    return {**GRADES, **{code: found for code, found in listed.items() if found}}
