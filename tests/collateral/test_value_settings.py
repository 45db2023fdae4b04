"""The settings of values: how long one holds by class and size, what they cannot be, and who puts others in force."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.domain.calendar import calendar_class
from collateral.domain.revaluation import DEFAULTS, UnfitSettings, as_document, from_document, rule_for, valid_until
from collateral.models import Asset, Valuation, ValueSettings
from collateral.services.facts import record_facts
from collateral.services.value_settings import decide_value_settings, propose_value_settings
from core.four_eyes import UnableToConfirm
from core.models import Branch, User
from core.roles import Role
from core.settings_versions import UnableToChangeSettings
from tests.collateral.conftest import Value, hire
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_computed_values import Lend, index_of, lend, sweep

__all__ = ["lend"]


class TestSettings:
    def test_go_by_class_and_size(self) -> None:
        assert rule_for(DEFAULTS, "REAL_ESTATE", Decimal(2_999_999)).appraise_days == 2190
        assert rule_for(DEFAULTS, "REAL_ESTATE", Decimal(3_000_000)).appraise_days == 1095
        assert from_document(as_document(DEFAULTS)) == DEFAULTS

    def test_let_commercial_property_hold_one_year_and_homes_three(self) -> None:
        assert {calendar_class("REAL_ESTATE", use) for use in ("HOME", "FLATS", "", None)} == {"REAL_ESTATE"}
        assert {calendar_class("REAL_ESTATE", use) for use in ("OFFICE", "RETAIL", "INDUSTRIAL", "HOTEL", "MIXED")} == {"COMMERCIAL"}
        assert calendar_class("LAND", "OFFICE") == "LAND"
        day = date(2024, 2, 29)
        assert valid_until(DEFAULTS, "COMMERCIAL", Decimal(1), day) == date(2025, 2, 28)
        assert valid_until(DEFAULTS, "REAL_ESTATE", Decimal(1), day) == date(2027, 2, 28)
        older = as_document(DEFAULTS)
        older["rules"] = [row for row in older["rules"] if row["kind"] != "COMMERCIAL"]
        assert rule_for(from_document(older), "COMMERCIAL", Decimal(9_000_000)).valid_days == 365

    def test_shorten_a_value_once_its_building_turns_out_to_be_no_home(self, lend: Lend, officer: User, today: date) -> None:
        asset = lend(facts={**GOOD["REAL_ESTATE"], "use": "FLATS"})
        value = asset.valuations.get()
        for use, days in (("HOME", 1095), ("MIXED", 365), ("FLATS", 365)):
            record_facts(asset=asset, facts={**GOOD["REAL_ESTATE"], "use": use}, actor=officer, business_date=today)
            value.refresh_from_db()
            assert value.expires_date == today + timedelta(days=days), use

    def test_ask_an_appraiser_of_commercial_property_after_three_years_of_index_values(
        self, lend: Lend, officer: User, today: date
    ) -> None:
        asset = lend()
        record_facts(asset=asset, facts={**GOOD["REAL_ESTATE"], "use": "OFFICE"}, actor=officer, business_date=today)
        index_of({2020 + year: "100" for year in range(15)})
        # Each a week before the one before it runs out.
        assert [sweep(today + timedelta(days=days)) for days in (357, 358, 365, 716, 1074, 1095, 1460)] == [0, 1, 0, 1, 1, 0, 0]
        assert asset.valuations.get(state="ACCEPTED").expires_date == today + timedelta(days=1095)

    @pytest.mark.parametrize(
        "change",
        [
            {"rules": []},
            {"decline": "0.6"},
            {"curves": {"car": ["1", "0.5", "0.6"]}},
            {"rules": [{**row, "valid_days": 4000} for row in as_document(DEFAULTS)["rules"]]},
            {"curves": None},
        ],
    )
    def test_are_refused_when_they_cannot_be(self, change: dict[str, Any]) -> None:
        with pytest.raises(UnfitSettings):
            from_document({**as_document(DEFAULTS), **change})

    def test_come_into_force_by_another_person_and_change_the_next_value(
        self, bank: Any, asset: Asset, ordered: Valuation, submit: Value, risk_manager: User, officer: User, branch: Branch, today: date
    ) -> None:
        document = as_document(DEFAULTS)
        document["rules"] = [{**row, "valid_days": min(row["valid_days"], 200), "computed_days": 1} for row in document["rules"]]
        with pytest.raises(UnableToChangeSettings, match="not_entitled"):
            propose_value_settings(document=document, reason="Moving market", actor=officer)
        proposed = propose_value_settings(document=document, reason="Moving market", actor=risk_manager)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            decide_value_settings(proposed=proposed, confirm=True, reason="", actor=risk_manager)
        decide_value_settings(proposed=proposed, confirm=True, reason="Agreed", actor=hire("second_risk", Role.RISK_MANAGER, branch=branch))
        assert ValueSettings.objects.get().state == "ACTIVE"
        assert submit(ordered).expires_date == today + timedelta(days=200)
