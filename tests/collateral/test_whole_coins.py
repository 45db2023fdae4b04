"""Money is exact in the coins of its currency: three decimals of the Kuwaiti dinar, none of the yen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django import forms
from django.urls import reverse

from collateral.domain.computed_values import Due, by_curve, by_index, part_of, worth_of
from collateral.domain.revaluation import DEFAULTS
from collateral.models import Asset, InsurancePolicy, Lien, Pledge, Valuation
from collateral.selectors.value_caps import find_caps
from collateral.services.enforcement import propose_enforcement
from collateral.services.facts import record_facts
from collateral.services.holdings import record_equipment
from collateral.services.owner_sales import decide_sale, propose_sale
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.records import record_insurance, record_lien
from collateral.services.releases import propose_release
from core.errors import DomainError
from core.models import Branch, Proposal, User
from core.roles import Role
from core.web.fields import AmountField, in_currency
from loans.models import Application, Loan, ProductVersion
from tests.collateral.books import Book
from tests.collateral.conftest import SignIn, hire
from tests.collateral.papers import sale_papers, sheet
from tests.collateral.test_asset_facts import GOOD
from tests.shared_rows import shared

DAY = date(2026, 3, 2)


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


def due(currency: str, worth: str) -> Due:
    return Due(uuid4(), "REAL_ESTATE", currency, 1, DAY, uuid4(), Decimal(worth), DAY, revised=False)


class TestAComputedValue:
    @pytest.mark.parametrize(("currency", "worth"), [("KWD", "100000.333"), ("EUR", "100000.33"), ("JPY", "100000")])
    def test_is_of_whole_coins(self, currency: str, worth: str) -> None:
        facts = ("s", Decimal(300), DAY, Decimal(300), DAY, None, 0, Decimal("100000.3333"), Decimal(1))
        made = by_index(due(currency, "100000.3333"), facts, DEFAULTS, DAY)
        assert (made.value, made.cap) == (Decimal(worth), Decimal(worth))
        assert worth_of(Decimal("33.3333"), Decimal("3000.01"), currency).normalize() == {
            "KWD": Decimal("100000.233"), "EUR": Decimal("100000.23"), "JPY": Decimal(100_000),
        }[currency].normalize()  # fmt: skip

    @pytest.mark.parametrize(("currency", "coin"), [("KWD", "0.001"), ("EUR", "0.01"), ("JPY", "1")])
    def test_is_one_coin_at_least(self, currency: str, coin: str) -> None:
        assert part_of(Decimal("0.0004"), currency) == Decimal(coin)
        made = by_curve(due(currency, "0.0004"), ("car", DAY - timedelta(days=9000), "[]"), DEFAULTS, DAY)
        assert made.value == Decimal(coin)


@pytest.mark.parametrize(("currency", "cap"), [("KWD", "100000.123"), ("EUR", "100000.12"), ("JPY", "100000")])
def test_a_cap_is_of_whole_coins(book: Book, currency: str, cap: str) -> None:
    house = book.asset(100_000)
    book.pledge(house, book.lend(10_000), 10_000)
    house.valuations.update(market_value=Decimal("100000.1234"))
    Asset.objects.filter(pk=house.pk).update(currency=currency)
    later = book.value(house, 200_000)
    Valuation.objects.filter(pk=later.pk).update(valued_date=book.today + timedelta(days=9))
    assert find_caps([later.pk])[later.pk].amount == Decimal(cap)


@shared
def press(book: Book) -> Asset:
    """A machine in yen behind a loan in yen."""
    press, lent = book.asset(9_000_000, kind="MACHINERY"), book.lend(5_000_000)
    book.pledge(press, lent, 6_000_000)
    everything: tuple[Any, ...] = (Asset, Valuation, Loan, Application)
    for model in everything:
        model.objects.update(currency="JPY")
    press.refresh_from_db()
    return press


class TestAnAmountThatIsWrittenDown:
    """Half a yen is refused by whatever takes an amount, and nothing is rounded."""

    @pytest.fixture
    def acts(self, book: Book, press: Asset, officer: User, branch: Branch, today: date) -> dict[str, Callable[[Decimal], object]]:
        step: dict[str, Any] = {"actor": officer, "business_date": today}
        sale: dict[str, Any] = {"asset": press, "sold_date": today, "reason": "Sold", "buyer": "Keller Works", "business_date": today}
        sale |= {"actor": hire("cora", Role.COLLECTIONS, branch=branch), "papers": sale_papers(press, today)}
        policy: dict[str, Any] = {
            "insurer": "Nordstern",
            "policy_number": "1",
            "from_date": today,
            "until_date": today + timedelta(days=99),
        }
        claim: dict[str, Any] = {"holder": "Elbe Bank", "rank": 2, "registry_reference": "R", "registered_date": today, "proof": sheet()}
        other = book.lend(1).application
        Application.objects.filter(pk=other.pk).update(currency="JPY", state="DRAFT")
        other.refresh_from_db()
        deposit = book.asset(1, kind="DEPOSIT")
        Asset.objects.filter(pk=deposit.pk).update(currency="JPY")
        free = book.asset(9_000_000, kind="MACHINERY")
        Asset.objects.filter(pk=free.pk).update(currency="JPY")
        pledge = press.pledges.get()
        return {
            "sum_insured": lambda much: record_insurance(asset=press, sum_insured=much, names_bank=True, proof=sheet(), **policy, **step),
            "amount": lambda much: record_lien(asset=press, amount=much, **claim, **step),
            "price": lambda much: propose_enforcement(**sale, price=much, costs=Decimal(0), received_date=today, remark="x", payee=""),
            "costs": lambda much: propose_sale(**sale | {"asset": free}, price=Decimal(9_000_000), costs=much),
            "balance": lambda much: record_facts(asset=deposit, facts=GOOD["DEPOSIT"] | {"balance": much, "currency": "JPY"}, **step),
            "new_price": lambda much: record_equipment(asset=press, curve="machine", new_price=much, bought_date=today, **step),
            "prior_claims": lambda much: propose_pledge(
                asset=press, application=other, amount=Decimal(1), prior_claims=much, confirmed_amount=None, **step
            ),
            "kept": lambda much: propose_release(
                pledge=pledge, kind="part", amount=much, replacement=None, reason="Paid down", path="", **step
            ),
        }

    @pytest.mark.parametrize("field", ["sum_insured", "amount", "price", "costs", "balance", "new_price", "prior_claims", "kept"])
    def test_is_of_whole_coins(self, acts: dict[str, Callable[[Decimal], object]], field: str) -> None:
        with pytest.raises(DomainError) as refusal:
            acts[field](Decimal("5000000.50"))
        assert [(fault.field, fault.code) for fault in refusal.value.faults] == [({"kept": "amount"}.get(field, field), "surplus_decimals")]
        assert "JPY has 0 decimals" in refusal.value.faults[0].detail
        assert not (InsurancePolicy.objects.exists() or Lien.objects.exists() or Proposal.objects.exists())


def test_a_price_keeps_each_of_three_decimals(asset: Asset, approver: User, branch: Branch, today: date) -> None:
    Pledge.objects.all().delete()
    Asset.objects.update(currency="KWD")
    seller, price = hire("cora", Role.COLLECTIONS, branch=branch), Decimal("200000.125")
    proposal = propose_sale(
        asset=asset, sold_date=today, price=price, costs=Decimal("0.005"), buyer="Keller Works", reason="Sold", actor=seller,
        papers=sale_papers(asset, today), remark="The market fell.", business_date=today,
    )  # fmt: skip
    assert (proposal.content["price"], proposal.content["costs"]) == ("200000.125", "0.005") and "200,000.125 KWD" in proposal.title
    sale = decide_sale(asset=asset, confirm=True, reason="Seen", actor=approver, business_date=today)
    assert sale is not None and (sale.price, sale.costs) == (price, Decimal("0.005"))


class TestAField:
    class AForm(forms.Form):
        amount = AmountField()
        hours = AmountField(decimal_places=0, is_money=False)

    @pytest.mark.parametrize(
        ("currency", "written", "fits"),
        [
            ("KWD", "1,200.125", True),
            ("KWD", "1.1255", False),
            ("EUR", "1.12", True),
            ("EUR", "1.125", False),
            ("JPY", "12,000", True),
            ("JPY", "1.5", False),
        ],
    )
    def test_takes_the_decimals_of_its_currency(self, currency: str, written: str, fits: bool) -> None:
        form = in_currency(self.AForm({"amount": written, "hours": "7"}), currency)
        assert form.is_valid() is fits
        assert not in_currency(self.AForm({"amount": written, "hours": "7.5"}), currency).is_valid()

    def test_shows_them_again(self) -> None:
        shown = str(in_currency(self.AForm(initial={"amount": Decimal("1200.1250")}), "KWD")["amount"])
        assert 'value="1,200.125"' in shown

    def test_of_a_claim_is_in_the_currency_of_its_asset(self, press: Asset, officer: User, sign_in: SignIn, today: date) -> None:
        client, page = sign_in(officer), reverse("collateral:lien_add", args=[press.pk])
        written = {"holder": "Elbe Bank", "rank": "2", "registry_reference": "R", "registered_date": today.isoformat(), "paper": sheet()}
        assert client.post(page, written | {"amount": "1,000.50"}).status_code == 422
        Asset.objects.filter(pk=press.pk).update(currency="KWD")
        assert client.post(page, written | {"amount": "1,000.125", "paper": sheet()}).status_code == 302
        assert Lien.objects.get().amount == Decimal("1000.125")
