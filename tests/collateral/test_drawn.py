"""Whom the lot falls on: shares of all of a branch's orders, of the officer and of who orders; and not again who valued last."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from collateral.models import Asset, Valuation
from collateral.services.appraisers import record_firm
from collateral.services.valuations import order_valuation, reject_valuation
from core.models import AuditEntry, Branch, User
from core.roles import Role
from tests.collateral.conftest import Register, SignIn, Value, hire
from tests.shared_rows import shared


@shared
def outsider(branch: Branch, risk_manager: User, today: date) -> User:
    """The only appraiser of another firm."""
    person = hire("clara_outside", Role.APPRAISER, branch=branch)
    record_firm(person=person, firm="Elbe Valuations", actor=risk_manager, business_date=today)
    return person


def give(register: Register, appraiser: User, count: int, today: date, *, by: User | None = None, officer: User | None = None) -> None:
    """So many orders of this officer's assets went to one appraiser."""
    for number in range(count):
        other = register(title_number=f"SN {number}", description=f"Mill {number}")
        if officer is not None:
            Asset.objects.filter(pk=other.pk).update(registered_by=officer)
        Valuation.objects.create(asset=other, appraiser=appraiser, ordered_by=by, ordered_date=today, currency="EUR")


class TestTheShare:
    def test_of_who_alone_is_eligible_is_counted_against_all_of_the_branch(
        self, register: Register, asset: Asset, outsider: User, appraisers: list[User], investigator: User, today: date
    ) -> None:
        """Whoever asks for another firm leaves one person: drawn, but told of."""
        give(register, outsider, 6, today)
        order = order_valuation(asset=asset, actor=investigator, business_date=today, third_party=True, outside_reason="FAR")
        assert (order.appraiser, order.drawn_alone) == (outsider, True)
        flag = asset.flags.get(code="appraiser_over_share")
        assert "nobody else is eligible" in flag.text and flag.evidence == {"orders": f"{outsider.full_name} 6 of 6"}

    def test_is_of_the_orders_of_who_orders_too(
        self, register: Register, asset: Asset, appraisers: list[User], investigator: User, branch: Branch, today: date
    ) -> None:
        """About many officers' assets: no officer sees a pattern, but who orders is the same."""
        give(register, appraisers[0], 6, today, by=investigator, officer=hire("otto_other", Role.OFFICER, branch=branch))
        drawn = {order_anew(asset, investigator, today).appraiser for _ in range(6)}
        assert drawn == {appraisers[1]} and not asset.flags.filter(code="appraiser_over_share").exists()

    def test_says_on_the_page_that_there_was_no_lot(
        self, asset: Asset, outsider: User, appraisers: list[User], investigator: User, sign_in: SignIn
    ) -> None:
        client, page = sign_in(investigator), reverse("collateral:asset_detail", args=[asset.pk])
        order = reverse("collateral:valuation_order", args=[asset.pk])
        refused = client.post(order, {"third_party": "on"})
        assert refused.status_code == 422 and "Choose why the bank&#x27;s own appraisers are not asked" in refused.text
        assert not asset.valuations.exists()
        client.post(order, {"third_party": "on", "outside_reason": "SPECIAL"})
        text = client.get(page).text
        assert "nobody else was eligible" in text and "None of the bank&#x27;s own knows such assets" in text
        assert AuditEntry.objects.filter(action="valuation.ordered", details__drawn="nobody else is eligible").count() == 1


def order_anew(asset: Asset, actor: User, today: date) -> Valuation:
    """An order, as if those of this asset before it had never been."""
    asset.valuations.all().delete()
    return order_valuation(asset=asset, actor=actor, business_date=today)


class TestWhoValuedLast:
    @pytest.fixture
    def rejected(self, asset: Asset, appraisers: list[User], submit: Value, approver: User, today: date) -> Valuation:
        order = Valuation.objects.create(asset=asset, appraiser=appraisers[0], ordered_date=today, due_date=today, currency="EUR")
        return reject_valuation(valuation=submit(order), reason="Not borne out.", actor=approver, business_date=today)

    def test_is_not_drawn_again_where_the_other_is_beyond_their_share(
        self, rejected: Valuation, register: Register, appraisers: list[User], investigator: User, today: date
    ) -> None:
        """Also after the value was rejected: somebody else looks, and a red flag tells of the share."""
        give(register, appraisers[1], 8, today)
        order = order_valuation(asset=rejected.asset, actor=investigator, business_date=today)
        assert order.appraiser == appraisers[1] and not order.drawn_alone
        flag = rejected.asset.flags.get(code="appraiser_over_share")
        assert "nobody else within a share did not value it last" in flag.text

    def test_is_drawn_again_where_nobody_else_is_there(
        self, rejected: Valuation, appraisers: list[User], investigator: User, today: date
    ) -> None:
        User.objects.filter(pk=appraisers[1].pk).update(is_active=False)
        order = order_valuation(asset=rejected.asset, actor=investigator, business_date=today)
        assert (order.appraiser, order.drawn_alone) == (appraisers[0], True)
