"""Claims that were declared and never registered, and a lien in between:
both stand before a later pledge, and each gets its own of a sale.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Lien, Pledge, Realisation, SaleRest
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.proceeds import plan_sale
from collateral.services.ranks import settle_claims
from collateral.services.records import record_lien
from collateral.services.sale_rests import keep_rest
from core.models import Branch, User
from loans.models import Application
from tests.collateral.books import Book
from tests.collateral.conftest import Register
from tests.collateral.test_services import another_application


def test_are_added_up_before_a_later_pledge(register: Register, application: Application, officer: User, today: date) -> None:
    asset = register(prior_claims=Decimal(50_000))
    asset.pledges.update(state="PERFECTED")
    record_lien(
        asset=asset, holder="Other Bank", rank=2, amount=Decimal(30_000), registry_reference="R-1", registered_date=today, actor=None,
        business_date=today,
    )  # fmt: skip
    later: dict[str, Any] = {"asset": asset, "actor": officer, "business_date": today}
    # Whether they are declared once more with the later pledge or not: they are the same claims.
    second = propose_pledge(**later, application=another_application(application), prior_claims=Decimal(50_000))
    assert [(one.rank, one.prior_claims) for one in asset.pledges.order_by("rank")] == [(1, 50_000), (3, 80_000)]
    for declared, before in ((0, 80_000), (80_000, 80_000), (95_000, 95_000)):
        Pledge.objects.filter(pk=second.pk).update(declared_claims=declared)
        settle_claims(asset)
        second.refresh_from_db()
        assert second.prior_claims == before


@pytest.mark.parametrize(("net", "lien", "unnamed", "behind"), [(150, 0, 50, 0), (170, 20, 50, 0), (290, 30, 50, 10)])
def test_get_their_own_of_a_sale_in_their_order(
    branch: Branch, product: Any, today: date, net: int, lien: int, unnamed: int, behind: int
) -> None:
    """50 declared before rank 1, a lien of 30 at rank 2, the bank again at rank 3, another lien behind it."""
    book = Book(branch, product, today)
    house = book.asset(1_000)
    for rank, prior in ((1, 50), (3, 80)):
        book.pledge(house, book.lend(100), 100, rank=rank, prior=prior)
    named = {
        rank: Lien.objects.create(
            asset=house, holder=f"Bank {rank}", rank=rank, amount=30, registry_reference="R", registered_date=today, recorded_date=today
        )
        for rank in (2, 4)
    }
    plan = plan_sale(house, Decimal(net), today)
    sale = Realisation.objects.create(asset=house, sold_date=today, price=500, enforced=True, recorded_date=today, booked_date=today)
    keep_rest(sale, plan.claims, plan.surplus, actor=None, business_date=today)
    found = {rest.lien: rest.amount for rest in SaleRest.objects.select_related("lien")}
    expected = {named[2]: lien, None: unnamed, named[4]: behind}
    assert found == {party: Decimal(amount) for party, amount in expected.items() if amount}
