"""The simulated bank's sale by an owner: told of by collections, recorded by somebody else, with who bought and the paper."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from collateral.models import Asset, Realisation
from config.simulator.bank import House
from config.simulator.second_look import sell
from core.models import Branch, User
from core.roles import Role
from tests.collateral.conftest import application, approver, asset, branch, hire, officer, product, register

__all__ = ["application", "approver", "asset", "branch", "officer", "product", "register"]


def test_a_sale_by_the_owner_has_a_buyer_and_a_paper(
    asset: Asset, approver: User, branch: Branch, today: date, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    seller = hire("klara", Role.COLLECTIONS, branch=branch)
    house = cast(House, SimpleNamespace(people={"collections1": seller, "approver2": approver}))
    sell(house, asset, Decimal(81_000), today)
    sale = Realisation.objects.get()
    assert (sale.buyer, sale.recorded_by, sale.enforced) == ("Elbe Gebrauchtmaschinen", seller, False)
    assert sale.paper is not None and sale.paper.name.endswith(f"{asset.reference}.pdf")
