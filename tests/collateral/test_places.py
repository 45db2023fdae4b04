"""Where an asset is: its address, postcode and position, and where it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, FactsVersion
from collateral.services.places import UnableToRecordPlace, record_place
from core.models import User
from tests.collateral.conftest import SignIn
from tests.collateral.facts_on import facts_on


class TestThePlace:
    def test_is_kept_with_where_it_was_and_shown_in_degrees(self, asset: Asset, officer: User, sign_in: SignIn, today: date) -> None:
        place: dict[str, Any] = {"city": "Husum", "country": "de", "latitude": Decimal("54.4731"), "longitude": Decimal("-9.05")}
        record_place(asset=asset, address_line="Am Hafen 9", postcode="de-25813 ", **place, actor=officer, business_date=today)
        page = sign_in(officer).get(reverse("collateral:asset_facts", args=[asset.pk])).text
        assert "54.473100° N, 9.050000° W" in page
        assert "Am Hafen 9, 25813 Husum, DE" in page
        asset.refresh_from_db()
        assert (asset.postcode, asset.postcode_area) == ("25813", "DE 25")
        assert facts_on(asset, today, section="place")["address"] == "Am Hafen 9"
        assert FactsVersion.objects.filter(asset=asset, section="place").count() == 2

    @pytest.mark.parametrize(
        ("latitude", "longitude", "field"),
        [("91", "9", "latitude"), ("54", None, "longitude"), ("54", "NaN", "longitude"), (None, "9", "latitude")],
    )
    def test_is_one_on_this_globe(
        self, asset: Asset, officer: User, today: date, latitude: str | None, longitude: str | None, field: str
    ) -> None:
        halves = {"latitude": latitude and Decimal(latitude), "longitude": longitude and Decimal(longitude)}
        with pytest.raises(UnableToRecordPlace) as refusal:
            record_place(asset=asset, address_line="", city="", country="", **halves, actor=officer, business_date=today)  # type: ignore[arg-type]
        assert [fault.field for fault in refusal.value.faults] == [field]
        with pytest.raises(UnableToRecordPlace) as other:
            record_place(
                asset=asset,
                address_line="",
                postcode="<b>",
                city="",
                country="",
                latitude=None,
                longitude=None,
                actor=officer,
                business_date=today,
            )
        assert [fault.field for fault in other.value.faults] == ["postcode"]
        asset.refresh_from_db()
        assert asset.position == ""
