"""Two appraised values of an asset side by side: whichever two, whatever was ordered or computed since."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from collateral.models import Asset, ComputedValue, Valuation
from core.models import User
from tests.collateral.conftest import SignIn
from tests.shared_rows import shared


def value(asset: Asset, worth: int, appraiser: User | None, day: date, **changes: object) -> Valuation:
    """A value of an order of its own."""
    terms = {"ordered_date": day, "valued_date": day, "expires_date": day + timedelta(days=400), "currency": "EUR", "method": "COMPARISON"}
    return Valuation.objects.create(
        asset=asset, market_value=Decimal(worth), appraiser=appraiser, **{**terms, "state": "EXPIRED", "round": uuid4(), **changes}
    )


@shared
def values(asset: Asset, appraisers: list[User], today: date) -> list[Valuation]:
    """An old value, one that was rejected, the one of another firm after it, and what the night made of that."""
    anton, berta = appraisers
    old = value(asset, 150_000, berta, today - timedelta(days=500))
    rejected = value(asset, 260_000, anton, today - timedelta(days=30), state="REJECTED")
    after = value(asset, 190_000, berta, today - timedelta(days=20), third_party=True)
    night = value(asset, 188_000, None, today, state="ACCEPTED", round=None, method="COST")
    ComputedValue.objects.create(valuation=night, base=after, source="CURVE", uncapped=188_000, evidence={})
    return [old, rejected, after, night]


class TestThePage:
    def test_begins_with_the_rejected_one_and_its_successor(
        self, asset: Asset, values: list[Valuation], approver: User, sign_in: SignIn
    ) -> None:
        client = sign_in(approver)
        page = reverse("collateral:valuations_compared", args=[asset.pk])
        assert page in client.get(reverse("collateral:asset_detail", args=[asset.pk])).text
        answer = client.get(page)
        assert answer.context["values"] == values[1:3]
        assert answer.context["distance"] == Decimal(260) / 190 - 1 and "Too far apart" in answer.text
        differs = {row.name for row in answer.context["rows"] if row.differs}
        assert {"Market value", "Valued on"} <= differs
        chosen = [answer.context["form"][name].value() for name in ("first", "second")]
        assert chosen == [str(one.pk) for one in values[1:3]]
        assert str(values[3].pk) not in answer.text

    def test_sets_any_two_side_by_side(self, asset: Asset, values: list[Valuation], approver: User, sign_in: SignIn) -> None:
        page = reverse("collateral:valuations_compared", args=[asset.pk])
        answer = sign_in(approver).get(page, {"first": values[0].pk, "second": values[1].pk})
        assert answer.context["values"] == values[:2]
        assert "150,000" in answer.text and "260,000" in answer.text

    @pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 3), (0, None)])
    def test_says_what_cannot_be_compared(
        self, asset: Asset, values: list[Valuation], approver: User, sign_in: SignIn, first: int, second: int | None
    ) -> None:
        """The same twice, one that a rule made, and none."""
        page = reverse("collateral:valuations_compared", args=[asset.pk])
        asked = {"first": values[first].pk, "second": values[second].pk if second is not None else ""}
        answer = sign_in(approver).get(page, asked)
        assert answer.context["form"].errors and answer.context["values"] == values[1:3]

    def test_keeps_a_sealed_value_to_itself(
        self, asset: Asset, values: list[Valuation], appraisers: list[User], approver: User, sign_in: SignIn, today: date
    ) -> None:
        sealed = value(asset, 777_000, appraisers[0], today, state="SUBMITTED", sealed=True)
        page = reverse("collateral:valuations_compared", args=[asset.pk])
        for asked in ({}, {"first": sealed.pk, "second": values[0].pk}):
            answer = sign_in(approver).get(page, asked)
            assert answer.status_code == 200 and "stays sealed" in answer.text and "777,000" not in answer.text
