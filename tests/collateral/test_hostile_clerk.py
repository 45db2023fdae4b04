"""What somebody tries who wants more for an asset than it is worth, or just presses twice: refused in words, and nothing is lost."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.tables import Line, UnusableLine
from collateral.models import Asset, Pledge, RedFlag, SecurityPrice, Valuation, ValueFile
from collateral.services.assets import UnableToRegisterAsset
from collateral.services.file_intake import UnableToImportValues
from collateral.services.pledge_proposals import UnableToProposePledge, propose_pledge
from collateral.services.price_changes import decide_price_change, open_changes
from collateral.services.realisations import UnableToRecordRealisation, record_realisation
from collateral.services.valuations import (
    UnableToOrderValuation,
    UnableToSubmitValuation,
    order_valuation,
)
from collateral.services.value_files import import_prices
from core.models import AuditEntry, Branch, User
from core.roles import Role
from tests.collateral.conftest import Register, SignIn, Value, hire
from tests.collateral.test_services import another_application

ABSURD = [Decimal("NaN"), Decimal("Infinity"), Decimal("1e30"), Decimal(-1)]
PAPER = "US0378331005"


class TestAbsurdAmounts:
    @pytest.mark.parametrize("amount", ABSURD)
    @pytest.mark.parametrize("field", ["stated_value", "prior_claims", "amount"])
    def test_register_no_asset(self, register: Register, field: str, amount: Decimal) -> None:
        with pytest.raises(UnableToRegisterAsset) as refusal:
            register(**{field: amount})
        assert [fault.field for fault in refusal.value.faults] == [field]
        assert not Asset.objects.exists()

    @pytest.mark.parametrize("amount", ABSURD)
    def test_pledge_nothing_again(self, asset: Asset, branch: Branch, product: Any, officer: User, today: date, amount: Decimal) -> None:
        other = another_application(asset.pledges.get().application)
        for given in ({"amount": amount}, {"prior_claims": amount}):
            with pytest.raises(UnableToProposePledge) as refusal:
                propose_pledge(asset=asset, application=other, actor=officer, business_date=today, **given)
            assert [fault.field for fault in refusal.value.faults] == list(given)

    @pytest.mark.parametrize("amount", [*ABSURD, Decimal("210000.005")])
    def test_value_nothing(self, ordered: Valuation, submit: Value, amount: Decimal) -> None:
        for given, field in (({"market_value": amount}, "market_value"), ({"comparables": [("Lathe", amount)]}, "comparables")):
            if field == "comparables" and amount == Decimal("210000.005"):
                continue
            with pytest.raises(UnableToSubmitValuation) as refusal:
                submit(ordered, **given)
            assert [fault.field for fault in refusal.value.faults] == [field]

    @pytest.mark.parametrize("amount", ABSURD)
    def test_sell_nothing(self, register: Register, today: date, amount: Decimal) -> None:
        asset = register()
        with pytest.raises(UnableToRecordRealisation):
            record_realisation(asset=asset, sold_date=today, price=Decimal(100), costs=amount, actor=None, business_date=today)
        asset.refresh_from_db()
        assert asset.state == "REGISTERED"

    @pytest.mark.parametrize("text", ["1_000", "1e9", "NaN", "٣٤", "0x10", "1,000", "--5", "1.", ""])
    def test_are_no_amounts_in_files(self, text: str) -> None:
        with pytest.raises(UnusableLine):
            Line(1, {"nominal": text}).amount("nominal")
        assert Line(1, {"nominal": " 1000.50 "}).amount("nominal") == Decimal("1000.50")


class TestDaysOfValues:
    @pytest.mark.parametrize(("days", "kept"), [(1, False), (0, True), (-364, True), (-365, False), (-9000, False)])
    def test_lie_in_the_past_and_have_not_run_out(self, ordered: Valuation, submit: Value, today: date, days: int, kept: bool) -> None:
        """A machine's value holds a year: one of a year ago would count for nothing, and look like a value all the same."""
        if kept:
            assert submit(ordered, valued_date=today + timedelta(days=days)).state == "SUBMITTED"
            return
        with pytest.raises(UnableToSubmitValuation) as refusal:
            submit(ordered, valued_date=today + timedelta(days=days))
        assert [fault.field for fault in refusal.value.faults] == ["valued_date"]
        ordered.refresh_from_db()
        assert ordered.state == "ORDERED"


class TestAppraisersWhoOwn:
    @pytest.mark.parametrize("written", ["ANTON APPRAISER", "Appraiser, Anton", "Anton  Appraiser", "Dr Anton Appraiser, Berta Appraiser"])
    def test_are_not_drawn_however_the_register_writes_them(
        self, asset: Asset, investigator: User, branch: Branch, today: date, written: str
    ) -> None:
        hire("anton_appraiser", Role.APPRAISER, branch=branch)
        Asset.objects.update(owner_name=written.partition(", Berta")[0])
        with pytest.raises(UnableToOrderValuation, match="no_appraiser"):
            order_valuation(asset=asset, actor=investigator, business_date=today)

    def test_hand_in_nothing_once_they_do(self, ordered: Valuation, asset: Asset, submit: Value) -> None:
        assert ordered.appraiser is not None
        first, last = ordered.appraiser.full_name.split()
        Asset.objects.update(owner_name=f"{last.upper()} {first}")
        ordered.refresh_from_db()
        with pytest.raises(UnableToSubmitValuation, match="own_asset"):
            submit(Valuation.objects.get(pk=ordered.pk))


class TestPriceFiles:
    def take(self, *lines: str, actor: User, on: date) -> ValueFile:
        content = "isin,date,price,currency\n" + "".join(f"{line}\n" for line in lines)
        return import_prices(stream=io.BytesIO(content.encode()), file_name="p.csv", actor=actor, business_date=on)

    def test_neither_lift_a_price_in_a_file_of_its_own_nor_change_one_on_record(self, risk_manager: User, investigator: User) -> None:
        monday = date(2026, 3, 2)
        first = self.take(f"{PAPER},2026-02-26,100,USD", f"{PAPER},2026-02-27,101,USD", actor=risk_manager, on=monday)
        assert (first.kept, len(first.held)) == (0, 2) and not SecurityPrice.objects.exists()
        decide_price_change(seen=open_changes()[0].pk, confirm=True, reason="The exchange.", actor=investigator, business_date=monday)
        lifted = self.take(f"{PAPER},2026-03-02,1010,USD", actor=risk_manager, on=monday)
        assert (lifted.kept, len(lifted.held)) == (0, 1)
        with pytest.raises(UnableToImportValues, match="is kept with 101 on 2026-02-27"):
            self.take(f"{PAPER},2026-02-27,150,USD", actor=risk_manager, on=monday)
        again = self.take(f"{PAPER},2026-02-27,101.00,USD", f"{PAPER},2026-03-02,102,USD", actor=risk_manager, on=monday)
        assert (again.kept, again.known, again.refused) == (1, 1, 0)
        assert sorted(SecurityPrice.objects.values_list("price", flat=True)) == [100, 101, 102]

    def test_go_on_after_weeks_without_a_file_once_somebody_else_saw_it(self, risk_manager: User, investigator: User) -> None:
        old = ValueFile.objects.create(kind="PRICES", market="p", file_name="p", fingerprint="", business_date=date(2026, 1, 5))
        SecurityPrice.objects.create(isin=PAPER, price_date=date(2026, 1, 5), price=100, currency="USD", source=old)
        assert len(self.take(f"{PAPER},2026-03-02,104,USD", actor=risk_manager, on=date(2026, 3, 2)).held) == 1
        decide_price_change(
            seen=open_changes()[0].pk, confirm=True, reason="The exchange.", actor=investigator, business_date=date(2026, 3, 2)
        )
        assert self.take(f"{PAPER},2026-03-03,105,USD", actor=risk_manager, on=date(2026, 3, 3)).kept == 1


class TestPressedTwice:
    def press(self, client: Any, url: str, data: dict[str, Any]) -> tuple[int, int, str]:
        first, second = client.post(url, data), client.post(url, data)
        return first.status_code, second.status_code, second.text

    def test_a_judgement_counts_once_and_the_second_says_why_not(self, submitted: Valuation, approver: User, sign_in: SignIn) -> None:
        url = reverse("collateral:valuation_judge", args=[submitted.pk])
        first, second, text = self.press(
            sign_in(approver), url, {"outcome": "accept", "no_evidence": "ONE_OF_KIND", "reason": "Borne out."}
        )
        assert (first, second, "in state Accepted" in text) == (302, 409, True)
        assert AuditEntry.objects.filter(action="valuation.accepted").count() == 1

    def test_a_value_is_handed_in_once(self, ordered: Valuation, sign_in: SignIn, today: date) -> None:
        assert ordered.appraiser is not None
        data = {"market_value": "210,000.00", "method": "COMPARISON", "valued_date": today.isoformat(), "independence_declared": "on"}
        first, second, _ = self.press(sign_in(ordered.appraiser), reverse("collateral:valuation_submit", args=[ordered.pk]), data)
        assert first == 302 and 400 <= second < 500
        assert AuditEntry.objects.filter(action="valuation.submitted").count() == 1

    def test_an_order_is_given_once(self, asset: Asset, appraisers: list[User], investigator: User, sign_in: SignIn) -> None:
        first, second, text = self.press(sign_in(investigator), reverse("collateral:valuation_order", args=[asset.pk]), {})
        assert (first, second, Valuation.objects.count()) == (302, 422, 1) and "already on its way" in text

    def test_a_flag_is_decided_once(self, asset: Asset, approver: User, sign_in: SignIn, today: date) -> None:
        flag = RedFlag.objects.create(asset=asset, code="idle", text="Idle.", evidence={}, raised_date=today)
        data = {"outcome": "clear", "reason": "It runs."}
        first, second, text = self.press(sign_in(approver), reverse("collateral:flag_decide", args=[flag.pk]), data)
        assert (first, second, "in state Cleared" in text) == (302, 409, True)

    def test_a_pledge_is_perfected_once(self, accepted: Valuation, pledge: Pledge, investigator: User, sign_in: SignIn) -> None:
        data = {"registry_reference": "REG 1"}
        first, second, text = self.press(sign_in(investigator), reverse("collateral:pledge_perfect", args=[pledge.pk]), data)
        assert first == 302 and 400 <= second < 500 and "perfected" in text
        assert AuditEntry.objects.filter(action="pledge.perfected").count() == 1
