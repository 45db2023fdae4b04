"""Of two blind values nobody learns anything until both are in, and both are judged together."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from collateral.models import Asset, Pledge, Valuation
from collateral.services.flags import decide_flag
from collateral.services.valuations import (
    UnableToJudgeValuation,
    UnableToSubmitValuation,
    accept_valuation,
    order_valuation,
    reject_valuation,
)
from core.models import Branch, User
from core.roles import Role
from tests.collateral.conftest import Register, SignIn, Value, hire
from tests.collateral.test_orders import large, pair
from tests.collateral.test_services import open_codes

__all__ = ["large", "pair"]


class TestBlindness:
    def test_a_value_stays_sealed_until_the_other_is_in(
        self, pair: list[Valuation], large: Asset, submit: Value, approver: User, sign_in: SignIn, today: date
    ) -> None:
        first, second = pair
        submit(first, "5100000.00")
        first.refresh_from_db()
        assert (first.sealed, open_codes(large)) == (True, set())
        for address in ("asset_detail", "valuations_compared"):
            for text in (f"{sign_in(approver).get(reverse(f'collateral:{address}', args=[large.pk])).content!r}",):
                assert "5,100,000" not in text
                assert "sealed" in text
        assert second.appraiser is not None
        assert "5,100,000" not in sign_in(second.appraiser).get(reverse("collateral:asset_detail", args=[large.pk])).text
        for judge in (accept_valuation, reject_valuation):
            with pytest.raises(UnableToJudgeValuation, match="sealed"):
                judge(valuation=first, actor=approver, business_date=today, reason="Now.")
        submit(second, "4000000.00")
        first.refresh_from_db()
        assert not first.sealed
        assert open_codes(large) == {"above_stated", "values_apart"}
        page = sign_in(approver).get(reverse("collateral:valuations_compared", args=[large.pk])).text
        for words in ("27.5% apart", "Too far apart", "5,100,000", "4,000,000", "Differs", "Agrees"):
            assert words in page

    @pytest.mark.parametrize("beside", [Role.RISK_MANAGER, Role.COLLECTIONS, Role.COMPLIANCE, Role.VALIDATOR])
    def test_holds_for_who_has_other_roles_too_until_it_is_judged(
        self,
        register: Register,
        pledge: Pledge,
        asset: Asset,
        investigator: User,
        approver: User,
        submit: Value,
        branch: Branch,
        sign_in: SignIn,
        today: date,
        beside: Role,
    ) -> None:
        both = hire("both_of_two", Role.APPRAISER, beside, branch=branch)
        Valuation.objects.create(
            asset=asset, ordered_date=today, currency="EUR", market_value=Decimal(123_456), state="ACCEPTED", method="COST",
            valued_date=today, expires_date=today + timedelta(days=90),
        )  # fmt: skip
        asset.flags.create(code="idle", text="The asset stands still.", raised_date=today)
        register(title_number="SN 1", description="Mill")
        client = sign_in(both)
        page = reverse("collateral:asset_detail", args=[asset.pk])
        panel = reverse("collateral:application_panel", args=[pledge.application_id])
        hidden = ("123,456", "200,000", "100,000", "stands still")
        assert all(words in client.get(page).text for words in hidden)
        order = order_valuation(asset=asset, actor=investigator, business_date=today, appraiser=both)
        for address in (page, reverse("collateral:asset_list"), panel):
            answer = client.get(address)
            assert answer.status_code == 200 and not [words for words in hidden if words in answer.text]
        for name in ("records", "evidence", "valuations_compared", "twins"):
            assert client.get(reverse(f"collateral:{name}", args=[asset.pk])).status_code == 404
        assert asset.description in client.get(reverse("collateral:asset_list")).text
        given = submit(order, "200001.00")
        assert "123,456" not in client.get(page).text
        reviewer = hire("rolf_reviewer", Role.APPROVER, branch=branch)
        for flag in asset.flags.filter(state="OPEN"):
            decide_flag(flag=flag, uphold=False, reason="Seen.", actor=reviewer, business_date=today)
        accept_valuation(valuation=given, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        assert "123,456" in client.get(page).text

    def test_holds_for_who_judges_too(self, pair: list[Valuation], submit: Value, today: date) -> None:
        for one in pair:
            submit(one, "4000000.00")
        first, second = Valuation.objects.filter(pk__in=[one.pk for one in pair]).order_by("id")
        assert second.appraiser is not None
        RoleRow = second.appraiser.role_rows.model
        RoleRow.objects.create(user=second.appraiser, role=Role.RISK_MANAGER)
        with pytest.raises(UnableToJudgeValuation, match="own_valuation"):
            accept_valuation(
                valuation=first, actor=User.objects.get(pk=second.appraiser_id), business_date=today, no_evidence="ONE_OF_KIND"
            )

    def test_only_the_lower_of_two_is_accepted_and_the_other_kept(
        self, pair: list[Valuation], submit: Value, approver: User, today: date
    ) -> None:
        high, low = submit(pair[0], "4200000.00"), submit(pair[1], "4000000.00")
        high.refresh_from_db()
        with pytest.raises(UnableToJudgeValuation, match="lower_counts"):
            accept_valuation(valuation=high, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        accept_valuation(valuation=low, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        high.refresh_from_db()
        assert (low.state, high.state) == ("ACCEPTED", "COMPARED")

    def test_a_value_found_large_needs_a_second_word(
        self, asset: Asset, submit: Value, branch: Branch, investigator: User, approver: User, risk_manager: User, today: date
    ) -> None:
        hire("only_one", Role.APPRAISER, branch=branch)
        Asset.objects.filter(pk=asset.pk).update(stated_value=Decimal(2_900_000))
        first = submit(order_valuation(asset=asset, actor=investigator, business_date=today), "3000000.00")
        with pytest.raises(UnableToJudgeValuation, match="second_missing"):
            accept_valuation(valuation=first, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")

    def test_the_owner_never_values(self, ordered: Valuation, submit: Value) -> None:
        assert ordered.appraiser is not None
        Asset.objects.filter(pk=ordered.asset_id).update(owner_name=ordered.appraiser.full_name.upper())
        with pytest.raises(UnableToSubmitValuation, match="own_asset"):
            submit(ordered)
