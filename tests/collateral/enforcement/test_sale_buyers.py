"""Who buys what is sold by enforcement, and at what part of its worth: named, screened, held against the house, and said on the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from blacklist.models import ScreeningHit
from blacklist.selectors import index
from collateral.models import Asset, Realisation
from collateral.services.enforcement import UnableToEnforce, decide_enforcement, propose_enforcement
from collateral.services.sale_buyers import concerns_of
from core.models import Proposal, User
from core.roles import Role
from loans.models import Application
from loans.services.interests import declare_interest
from tests.collateral.conftest import hire
from tests.collateral.enforcement.selling import Two
from tests.collateral.papers import sale_papers
from tests.collateral.test_pledgors_screened import forgotten_index, list_names

__all__ = ["forgotten_index"]
Propose = Callable[..., Proposal]


@pytest.fixture
def propose(two: Two, collector: User, today: date) -> Propose:
    """A sale of the machine, which is worth 40,000 and lends 22,000, at its worth unless told otherwise."""

    def make(**changes: Any) -> Proposal:
        values: dict[str, Any] = {
            "asset": two[2], "sold_date": today, "price": Decimal(30_000), "costs": Decimal(0), "reason": "Auctioned", "actor": collector,
            "business_date": today, "buyer": "Keller Works", "number": "Hamburg HRB 4711-99", "path": "",
            "papers": sale_papers(two[2], today), "received_date": today,
        }  # fmt: skip
        return propose_enforcement(**{**values, **changes})

    return make


def refused(propose: Propose, **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(UnableToEnforce, match="invalid") as refusal:
        propose(**changes)
    return [(fault.field, fault.detail) for fault in refusal.value.faults]


@pytest.mark.parametrize("doubt", [{"counted_share": 0}, {"kept_share": Decimal("0.1"), "ended_date": date(2026, 3, 2)}])
def test_what_counts_nothing_is_not_sold_for_nothing_without_a_reason(two: Two, propose: Propose, doubt: dict[str, Any]) -> None:
    rows: Any = Asset.objects.filter(pk=two[2].pk) if "counted_share" in doubt else two[2].valuations.filter(state="ACCEPTED")
    rows.update(**doubt)
    two[2].refresh_from_db()
    assert "below what is lent" in refused(propose, price=Decimal(21_999))[0][1]
    propose(price=Decimal(22_000))


def test_a_buyer_is_named_and_a_price_below_what_is_lent_has_a_reason(
    two: Two, propose: Propose, collector: User, second_approver: User, settings: Any, today: date
) -> None:
    assert refused(propose, buyer=" ") == [("buyer", "Name who buys.")]
    low = refused(propose, price=Decimal(21_999))
    assert low[0][0] == "remark" and "below what is lent" in low[0][1]
    client, page = Client(), reverse("collateral:enforce", args=[two[2].pk])
    client.force_login(collector)
    assert "Value in force" in client.get(page).text
    proposal = propose(price=Decimal(20_000), remark="Only one bid in two auctions")
    text = client.get(page).text
    assert (
        ", 50" in text
        and "% of the value" in text
        and "below what is lent on the asset" in text
        and "Only one bid in two auctions" in text
        and "Keller Works" in text
    )
    assert "hamburg" not in str(proposal.content).lower() and "HRB 4711" not in text
    decide_enforcement(asset=two[2], confirm=True, reason="Seen", actor=second_approver, business_date=today)
    sale = Realisation.objects.get()
    assert sale.buyer == "Keller Works" and sale.buyer_number.endswith("99") and "HRB" not in sale.buyer_number
    assert "Keller Works" in client.get(page).text


def test_a_value_that_ran_out_bears_no_price_out(two: Two, propose: Propose, today: date) -> None:
    two[2].valuations.update(expires_date=today)
    assert refused(propose)[0][0] == "remark"


def test_parties_and_staff_who_buy_are_said_and_need_a_reason(two: Two, propose: Propose, officer: User, today: date) -> None:
    _, (loan, _), machine = two
    borrower = loan.application.borrower
    assert borrower is not None
    for buyer, number, said in (
        (borrower.name.upper(), "", "has a part in a file that the asset secures"),
        ("Somebody Else", borrower.national_id, "has a part in a file that the asset secures"),
        (officer.full_name, "", "works here or values for the bank"),
    ):
        found = refused(propose, buyer=buyer, number=number)
        assert found[0][0] == "remark" and said in found[0][1], buyer
    assert concerns_of(machine, "Keller Works", "HRB 1", business_date=today) == []
    propose(buyer=borrower.name, remark="Bought back at the auction")


def test_who_knows_the_buyer_neither_proposes_nor_confirms(
    two: Two, propose: Propose, accepted: Callable[..., Application], collector: User, second_approver: User, today: date
) -> None:
    other = accepted()
    friend = other.borrower
    assert friend is not None
    interest: dict[str, Any] = {"application": other, "borrower": friend, "kind": "FRIEND", "reason": "We sail"}
    declare_interest(**interest, actor=second_approver, business_date=today)
    assert f"declared an interest in {friend.name}" in refused(propose, buyer=friend.name)[0][1]
    propose(buyer=friend.name, remark="The only bid")
    with pytest.raises(UnableToEnforce, match="own_interest"):
        decide_enforcement(asset=two[2], confirm=True, reason="Seen", actor=second_approver, business_date=today)
    assert not Realisation.objects.exists() and Proposal.objects.get(kind="collateral.enforcement").state == "OPEN"
    declare_interest(**interest, actor=collector, business_date=today)
    with pytest.raises(UnableToEnforce, match="own_interest"):
        propose(buyer=friend.name, remark="Once more")


def test_who_is_listed_buys_nothing_and_the_hit_stays(two: Two, propose: Propose, second_approver: User, today: date) -> None:
    propose(buyer="Jonathan Feuerbach")
    index.forget()
    list_names(hire("carla_compliance", Role.COMPLIANCE, branch=two[0].branch), today, "Jonathan Feuerbach")
    with pytest.raises(UnableToEnforce, match="screened"):
        decide_enforcement(asset=two[2], confirm=True, reason="Seen", actor=second_approver, business_date=today)
    assert ScreeningHit.objects.exists() and not Realisation.objects.exists() and Asset.objects.get(pk=two[2].pk).state == "REGISTERED"
