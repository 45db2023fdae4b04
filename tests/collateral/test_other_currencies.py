"""Settings by currency and by market: from when on two appraisers value, and on which days a market trades."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.price_files import read_prices
from collateral.domain.revaluation import DEFAULTS, as_document
from collateral.models import Asset, SecurityPrice, ValueSettings
from collateral.selectors.value_settings import blind_from, settings_in_force
from collateral.services.price_changes import decide_price_change, open_changes
from collateral.services.valuations import (
    UnableToJudgeValuation,
    UnableToOrderValuation,
    accept_valuation,
    decline_order,
    order_valuation,
)
from collateral.services.value_files import import_prices
from collateral.services.value_settings import propose_value_settings
from core.models import BankState, User
from core.settings_versions import UnableToChangeSettings
from tests.collateral.conftest import Register, SignIn, Value
from tests.collateral.test_value_files import SIEMENS, prices_file

# A paper of Saudi Arabia, whose exchange trades from Sunday to Thursday.
RIYADH = "SA0007879113"


def put_in_force(**change: Any) -> None:
    """A version that two people put in force."""
    ValueSettings.objects.create(
        number=1, state="ACTIVE", document=as_document(DEFAULTS) | change, reason="As agreed.",
        proposed_by=User.objects.create(username="one"), confirmed_by=User.objects.create(username="two"),
    )  # fmt: skip


@pytest.fixture
def abroad(register: Register) -> Asset:
    """A lathe valued in francs, of which a bank in euro knows no threshold."""
    asset = register(stated_value=Decimal(200_000))
    Asset.objects.update(currency="CHF")
    asset.refresh_from_db()
    return asset


class TestTwoAppraisers:
    def test_value_in_a_currency_for_which_nothing_is_set(
        self, abroad: Asset, investigator: User, appraisers: list[User], sign_in: SignIn, today: date
    ) -> None:
        assert blind_from("CHF") is None and blind_from("EUR") == 3_000_000
        page = sign_in(investigator).get(reverse("collateral:asset_detail", args=[abroad.pk])).text
        assert "No threshold is set for CHF" in page
        assert order_valuation(asset=abroad, actor=investigator, business_date=today).together().count() == 2

    def test_are_not_made_up_for_by_one(self, abroad: Asset, investigator: User, appraisers: list[User], today: date) -> None:
        User.objects.filter(pk=appraisers[0].pk).update(is_active=False)
        with pytest.raises(UnableToOrderValuation, match="no_second"):
            order_valuation(asset=abroad, actor=investigator, business_date=today)

    def test_are_one_below_the_threshold_of_the_currency(
        self, abroad: Asset, investigator: User, approver: User, appraisers: list[User], submit: Value, today: date
    ) -> None:
        put_in_force(two_from_in={"CHF": "250000", "JPY": "500000000"})
        value = order_valuation(asset=abroad, actor=investigator, business_date=today)
        assert value.together().count() == 1
        # What was handed in reaches it, though it is far from three million.
        value = submit(value, "260000.00")
        abroad.flags.update(state="CLEARED")
        with pytest.raises(UnableToJudgeValuation, match="second_missing"):
            accept_valuation(valuation=value, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")

    def test_are_not_asked_for_an_order_of_one_though_the_threshold_went_since(
        self, abroad: Asset, investigator: User, approver: User, appraisers: list[User], submit: Value, today: date
    ) -> None:
        put_in_force(two_from_in={"CHF": "250000"})
        value = submit(order_valuation(asset=abroad, actor=investigator, business_date=today), "200000.00")
        ValueSettings.objects.all().delete()
        abroad.flags.update(state="CLEARED")
        accepted = accept_valuation(valuation=value, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        assert accepted.state == "ACCEPTED"

    def test_are_asked_for_though_one_of_two_gave_the_order_back(
        self, abroad: Asset, investigator: User, approver: User, appraisers: list[User], submit: Value, today: date
    ) -> None:
        first, second = order_valuation(asset=abroad, actor=investigator, business_date=today).together().order_by("pk")
        submit(first, "200000.00")
        assert second.appraiser is not None
        decline_order(valuation=second, reason="No time.", actor=second.appraiser, business_date=today)
        first.refresh_from_db()
        abroad.flags.update(state="CLEARED")
        with pytest.raises(UnableToJudgeValuation, match="second_missing"):
            accept_valuation(valuation=first, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")


class TestDaysOfTrading:
    def test_are_those_of_the_market_of_the_paper(self, bank: BankState, investigator: User, risk_manager: User, today: date) -> None:
        put_in_force(rest_days={"SA": [4, 5]})
        sunday, friday = date(2026, 3, 1), date(2026, 2, 27)
        lines = [f"{isin},{day},100,EUR" for isin in (RIYADH, SIEMENS) for day in (sunday, friday)]
        taken = import_prices(stream=prices_file(*lines), file_name="p.csv", actor=investigator, business_date=today)
        assert {(one["isin"], one["date"]) for one in taken.held} == {(SIEMENS, "2026-02-27"), (RIYADH, "2026-03-01")}
        assert [one["line"] for one in taken.refusals] == [3, 4]
        decide_price_change(seen=open_changes()[0].pk, confirm=True, reason="Seen.", actor=risk_manager, business_date=today)
        assert SecurityPrice.objects.get(isin=RIYADH).price_date == sunday

    def test_are_counted_for_gaps(self, today: date) -> None:
        """From Thursday to the second Sunday lie five days of trading in Riyadh, and six elsewhere."""
        lines = [f"{RIYADH},{day},100,SAR" for day in ("2026-02-05", "2026-02-15")]
        there = read_prices(prices_file(*lines), on=today, currencies={}, rest={"SA": {4, 5}})
        assert (len(there.prices), there.refusals) == (2, [])


class TestTheSettings:
    def test_are_proposed_and_shown_on_their_page(self, bank: BankState, risk_manager: User, sign_in: SignIn) -> None:
        client, page = sign_in(risk_manager), reverse("collateral:value_settings")
        form = client.get(page).context["form"]
        sent = {name: "" if field.value() is None else field.value() for name, field in ((one.name, one) for one in form)}
        sent = {name: value for name, value in sent.items() if value is not False} | {"reason": "Riyadh trades on Sundays."}
        wrong = client.post(page, sent | {"two_from_in": "CHF much", "rest_days": "SA Freitag"})
        for code, words in (("QQQ", "no currency of ISO 4217"), ("EUR", "own currency")):
            refused = client.post(page, sent | {"two_from_in": f"{code} 3000000"}).context["form"].errors
            assert set(refused) == {"two_from_in"} and words in refused.as_text()
        assert wrong.status_code == 422 and set(wrong.context["form"].errors) == {"two_from_in", "rest_days"}
        shown = client.post(page, sent | {"two_from_in": "chf 2,800,000\n\nUSD 3000000", "rest_days": "SA fri, sat"}, follow=True).text
        assert "then CHF 2,800,000; USD 3,000,000" in shown and "then SA Fri Sat" in shown
        document = ValueSettings.objects.get().document
        assert (document["two_from_in"], document["rest_days"]) == ({"CHF": "2800000", "USD": "3000000"}, {"SA": [4, 5]})

    @pytest.mark.parametrize(
        "change",
        [{"two_from_in": {"QQQ": "3000000"}}, {"two_from_in": {"EUR": "3000000"}}, {"two_from_in": {"CHF": "5"}}, {"rest_days": {"SA": []}}, {"rest_days": {"SA": [7]}},
         {"rest_days": {"sa": [4]}}],
    )  # fmt: skip
    def test_that_cannot_be_are_refused_in_words(self, bank: BankState, risk_manager: User, change: dict[str, Any]) -> None:
        with pytest.raises(UnableToChangeSettings, match="unfit"):
            propose_value_settings(document=as_document(DEFAULTS) | change, reason="A slip", actor=risk_manager)
        assert settings_in_force() == DEFAULTS
