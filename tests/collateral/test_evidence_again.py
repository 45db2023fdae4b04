"""What a value rests on is asked when somebody judges it: facts that came since, areas that differ, homes of which nothing is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from collateral.domain.evidence import find_other_area, is_decided
from collateral.domain.red_flags import Finding
from collateral.models import Asset, HomeFacts, Valuation
from collateral.services.facts import record_facts
from collateral.services.flags import decide_flag
from collateral.services.home_facts import record_home
from collateral.services.valuations import UnableToJudgeValuation, accept_valuation, order_valuation
from core.models import User
from tests.collateral.conftest import Register, SignIn, Value
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_sales import HOME, version

__all__ = ["version"]


def codes(asset: Asset) -> list[tuple[str, str]]:
    """Red flags about its values, and what became of each."""
    return list(asset.flags.filter(valuation__isnull=False).order_by("id").values_list("code", "state"))


class TestTheRules:
    def test_areas_may_differ_by_the_share_of_the_settings(self) -> None:
        limit = Decimal("0.10")
        assert find_other_area({"valued_area": Decimal(110), "area_on_file": Decimal(100)}, limit) == []
        assert find_other_area({"valued_area": Decimal(110)}, limit) == []
        (found,) = find_other_area({"valued_area": Decimal("110.10"), "area_on_file": Decimal(100), "area_compared": Decimal(105)}, limit)
        assert found.evidence == {"valued_area": "110.1", "area_on_file": "100", "area_compared": "105"}

    @pytest.mark.parametrize(("high", "known"), [("500", True), ("476", True), ("474", False), ("900", True)])
    def test_what_was_decided_is_decided_until_the_limit_falls(self, high: str, known: bool) -> None:
        found = Finding("above_evidence", "Above.", {"market_value": "700", "high": high})
        assert is_decided(found, {"market_value": "700", "high": "500"}) is known
        assert not is_decided(found, {"market_value": "690", "high": "500"})


@pytest.mark.django_db
class TestAHome:
    @pytest.fixture
    def home(self, register: Register, version: Any) -> Asset:
        return register(kind="REAL_ESTATE", description="House", stated_value=Decimal(120_000))

    @pytest.fixture
    def value(self, home: Asset, investigator: User, appraisers: list[User], submit: Value, today: date) -> Valuation:
        return submit(order_valuation(asset=home, actor=investigator, business_date=today), "140000.00")

    def accept(self, value: Valuation, actor: User, today: date, **given: Any) -> Valuation:
        return accept_valuation(valuation=value, actor=actor, business_date=today, **given)

    def test_of_which_nothing_is_known_is_accepted_with_a_reason_alone(self, value: Valuation, approver: User, today: date) -> None:
        for given in ({}, {"no_evidence": "BECAUSE"}):
            with pytest.raises(UnableToJudgeValuation) as refusal:
                self.accept(value, approver, today, **given)
            assert [fault.field for fault in refusal.value.faults] == ["no_evidence"]
        assert Valuation.objects.get().state == "SUBMITTED"
        done = self.accept(value, approver, today, no_evidence="UNLIKE")
        assert (done.state, done.no_evidence) == ("ACCEPTED", "UNLIKE")
        with transaction.atomic(), pytest.raises(IntegrityError, match="valuation_no_evidence_known"):
            Valuation.objects.update(no_evidence="BECAUSE")

    def test_needs_none_once_its_facts_are_entered(self, home: Asset, value: Valuation, officer: User, approver: User, today: date) -> None:
        Valuation.objects.update(market_value=Decimal(90_000))
        record_home(asset=home, market="town", facts=HOME, actor=officer, business_date=today)
        assert self.accept(value, approver, today).no_evidence == ""

    def test_facts_that_come_after_the_value_are_held_against_it(
        self, home: Asset, value: Valuation, officer: User, approver: User, risk_manager: User, today: date
    ) -> None:
        assert codes(home) == []
        small = {**HOME, "living_area": 100.0, "area_above": None}
        record_home(asset=home, market="town", facts=small, actor=officer, business_date=today)
        assert codes(home) == [("above_evidence", "OPEN")]
        decide_flag(flag=home.flags.get(state="OPEN"), uphold=False, reason="Rebuilt.", actor=risk_manager, business_date=today)
        record_home(asset=home, market="town", facts=small, actor=officer, business_date=today)
        assert codes(home) == [("above_evidence", "CLEARED")]
        self.accept(value, approver, today)
        record_home(asset=home, market="town", facts={**small, "living_area": 60.0}, actor=officer, business_date=today)
        assert codes(home)[1:] == [("above_evidence", "OPEN")]

    def test_is_asked_about_again_at_acceptance_and_the_flag_stands(
        self, home: Asset, value: Valuation, officer: User, approver: User, risk_manager: User, today: date
    ) -> None:
        record_home(asset=home, market="town", facts={**HOME, "living_area": 300.0}, actor=officer, business_date=today)
        assert codes(home) == []
        HomeFacts.objects.update(living_area=60.0)
        with pytest.raises(UnableToJudgeValuation, match="open_flags"):
            self.accept(value, approver, today)
        assert codes(home) == [("above_evidence", "OPEN")]
        decide_flag(flag=home.flags.get(state="OPEN"), uphold=False, reason="Rebuilt.", actor=risk_manager, business_date=today)
        assert self.accept(value, approver, today).state == "ACCEPTED"

    def test_another_area_than_on_file_waits_for_a_person(
        self, home: Asset, officer: User, investigator: User, appraisers: list[User], submit: Value, today: date
    ) -> None:
        record_facts(asset=home, facts=GOOD["REAL_ESTATE"], actor=officer, business_date=today)
        floor = Decimal(GOOD["REAL_ESTATE"]["floor_area"])
        order = order_valuation(asset=home, actor=investigator, business_date=today)
        submit(order, "120000.00", valued_area=floor * Decimal("1.2"))
        (flag,) = home.flags.filter(code="area_differs")
        assert (flag.valuation_id, flag.evidence["area_on_file"]) == (order.pk, f"{floor.normalize():f}")

    def test_the_page_asks_for_the_reason_and_shows_it(self, value: Valuation, approver: User, sign_in: SignIn) -> None:
        client, page = sign_in(approver), reverse("collateral:asset_detail", args=[value.asset_id])
        assert "Accepted without comparable evidence" in client.get(page).text
        sent = {"outcome": "accept", "reason": "Fair."}
        judge = reverse("collateral:valuation_judge", args=[value.pk])
        assert client.post(judge, sent).status_code == 422
        client.post(judge, sent | {"no_evidence": "NO_MARKET"})
        shown = client.get(page).text
        assert "No sales are on file of where it stands" in shown and "Accepted without comparable evidence" not in shown
