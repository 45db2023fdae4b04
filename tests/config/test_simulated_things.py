"""The simulated bank's collateral: an asset of every class with its facts, and one that an owner has not agreed to pledge."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from collateral.models import Asset, AssetKind
from collateral.selectors.asset_facts import facts_now
from collateral.selectors.owners import missing_consents, owners_on
from config.simulator.bank import House
from config.simulator.things import describe_class, one_of_each
from core.models import Branch, User
from loans.models import Application, ProductVersion
from tests.collateral.conftest import Register, application, branch, investigator, officer, product, register

__all__ = ["application", "branch", "investigator", "officer", "product", "register"]


def test_has_every_class_with_facts_and_a_consent_that_is_missing(
    register: Register, application: Application, officer: User, investigator: User, branch: Branch, product: ProductVersion, today: date
) -> None:
    for kind in (AssetKind.VEHICLE, AssetKind.MACHINERY):
        described = register(kind=kind, title_number=f"T-{kind}")
        describe_class(described, described.stated_value, actor=officer, day=today)
    one_of_each(cast(House, SimpleNamespace(people={"officer2": officer, "investigator1": investigator})), today)
    found: dict[str, Any] = {kind: list(Asset.objects.filter(kind=kind)) for kind in AssetKind.values}
    assert all(found.values())
    for asset in Asset.objects.exclude(kind=AssetKind.RECEIVABLES):
        assert facts_now(asset), asset
        assert not asset.flags.filter(code__in=["title_missing", "title_inconsistent", "owner_differs"]), asset
    assert 0 < found["RECEIVABLES"][0].counted_share < 1
    assert {asset.counted_share for asset in found["DEPOSIT"]} == {1}
    (house,) = found["REAL_ESTATE"]
    assert house.title_verified_date == today
    assert [row.share for row in owners_on(house, today)] == [row.share for row in owners_on(house, today) if 2 * row.share == 1]
    assert [owner.person.name for owner in missing_consents(house.pledges.get(), on=today)] == ["Hedda Lindholm"]
