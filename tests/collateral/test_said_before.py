"""What pages say before somebody tries in vain, and after somebody decided: why not, who, when and for what reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, Pledge, Valuation
from collateral.services.covenants import decide_covenant, propose_covenant
from collateral.services.releases import decide_release, propose_release
from collateral.services.total_loss import decide_total_loss, propose_total_loss
from core.four_eyes import UnableToConfirm
from core.models import Branch, Proposal, User
from core.roles import Role
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import SignIn, hire
from tests.collateral.papers import file_paper
from tests.shared_rows import shared


@shared
def collector(branch: Branch) -> User:
    return hire("cora_collector", Role.COLLECTIONS, branch=branch)


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@shared
def lent(book: Book, officer: User) -> Lent:
    return book.lend(100_000, officer=officer)


@shared
def house(book: Book, lent: Lent) -> Asset:
    house = book.asset(200_000)
    book.pledge(house, lent, 120_000)
    Pledge.objects.update(perfected_date=book.today)
    book.sweep()
    return house


class TestEnforcement:
    def test_without_a_ground_says_so_instead_of_a_form(
        self, house: Asset, lent: Lent, collector: User, risk_manager: User, sign_in: SignIn
    ) -> None:
        address = reverse("collateral:enforce", args=[house.pk])
        for person in (collector, risk_manager):
            page = sign_in(person).get(address).text
            assert "It may not be sold now" in page and "more than 90 days late" in page and 'name="price"' not in page


class TestPerfecting:
    def test_says_all_that_is_missing_instead_of_a_form(
        self, asset: Asset, pledge: Pledge, ordered: Valuation, investigator: User, sign_in: SignIn, today: date
    ) -> None:
        asset.flags.create(code="title_unverified", text="Nobody looked the title up.", raised_date=today)
        page = sign_in(investigator).get(reverse("collateral:asset_detail", args=[asset.pk])).text
        assert "No accepted valuation is in force" in page and "Red flags stand against this asset: Nobody looked" in page
        assert "Record registration" not in page

    def test_gives_the_form_once_nothing_is(self, accepted: Valuation, pledge: Pledge, investigator: User, sign_in: SignIn) -> None:
        page = sign_in(investigator).get(reverse("collateral:asset_detail", args=[pledge.asset_id])).text
        assert "Record registration" in page and "It cannot be perfected yet" not in page


DECISIONS = ("covenant", "pledge_release", "loss")


class Asked:
    """One proposal of each kind about a loan and its house, and the word about it."""

    def __init__(self, what: str, house: Asset, lent: Lent, by: User, today: date) -> None:
        self.pledge = house.pledges.get()
        shared: dict[str, Any] = {"actor": by, "business_date": today, "reason": "Because I ask"}
        self.about: dict[str, Any] = {"asset": house}
        self.page = reverse(f"collateral:{what}", args=[house.pk])
        if what == "covenant":
            self.about, self.decide = {"loan": lent.loan}, decide_covenant
            propose_covenant(loan=lent.loan, min_coverage=Decimal("0.5"), **shared)
            self.page = reverse("collateral:covenant", args=[lent.loan.public_id])
        elif what == "pledge_release":
            self.about, self.decide = {"pledge": self.pledge}, decide_release  # type: ignore[assignment]
            propose_release(pledge=self.pledge, kind="part", amount=Decimal(110_000), **shared)
            self.page = reverse("collateral:pledge_release", args=[self.pledge.pk])
        else:
            self.decide = decide_total_loss  # type: ignore[assignment]
            propose_total_loss(asset=house, lost_date=today, proof=file_paper(house, "LOSS_REPORT", today), **shared)


@pytest.mark.parametrize("what", DECISIONS)
def test_a_refusal_has_a_reason_that_its_page_keeps(
    what: str, house: Asset, lent: Lent, collector: User, risk_manager: User, today: date, sign_in: SignIn
) -> None:
    asked = Asked(what, house, lent, collector, today)
    word: dict[str, Any] = {**asked.about, "confirm": False, "actor": risk_manager, "business_date": today}
    with pytest.raises(UnableToConfirm, match="reason_missing"):
        asked.decide(**word, reason="  ")
    assert Proposal.objects.get().state == "OPEN"
    asked.decide(**word, reason="Not on these terms")
    page = sign_in(collector).get(asked.page).text
    assert "Refused" in page and f"{risk_manager.full_name}: Not on these terms" in page
    assert f"{collector.full_name}: Because I ask" in page


def test_a_loss_names_who_proposed_and_who_decided_it(
    house: Asset, lent: Lent, collector: User, risk_manager: User, today: date, sign_in: SignIn
) -> None:
    asked = Asked("loss", house, lent, collector, today)
    decide_total_loss(asset=house, confirm=True, reason="", actor=risk_manager, business_date=today)
    page = sign_in(collector).get(asked.page).text
    assert "Confirmed" in page and collector.full_name in page and risk_manager.full_name in page


def test_taking_back_ones_own_needs_no_reason(house: Asset, lent: Lent, collector: User, today: date, sign_in: SignIn) -> None:
    asked = Asked("loss", house, lent, collector, today)
    decide_total_loss(asset=house, confirm=False, reason="", actor=collector, business_date=today)
    assert "Taken back" in sign_in(collector).get(asked.page).text


def test_history_is_one_query_however_long(
    house: Asset, lent: Lent, collector: User, today: date, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client, counts = sign_in(collector), []
    for _ in range(2):
        asked = Asked("loss", house, lent, collector, today)
        decide_total_loss(asset=house, confirm=False, reason="Mine", actor=collector, business_date=today)
        with django_assert_max_num_queries(60) as captured:
            client.get(asked.page)
        counts.append(len(captured))
    assert counts[0] == counts[1]
