"""The page of an enforced sale tells of others' claims by their rank, of a buyer only what was entered, and of what was taken back."""

from __future__ import annotations

from decimal import Decimal

from django.test import Client
from django.urls import reverse

from collateral.models import Asset, Lien, Pledge
from collateral.services.enforcement import plan_proceeds, propose_enforcement
from collateral.services.proceeds import OtherClaim
from core.models import User
from tests.collateral.books import Book
from tests.collateral.enforcement.selling import Two
from tests.collateral.papers import sale_papers


def claim(book: Book, asset: Asset, rank: int, amount: int, holder: str) -> Lien:
    """A claim of somebody else that stands in the registry."""
    return Lien.objects.create(
        asset=asset,
        holder=holder,
        rank=rank,
        amount=Decimal(amount),
        registry_reference=holder,
        registered_date=book.today,
        recorded_date=book.today,
    )


def test_a_claim_behind_ours_has_its_row_before_a_sale_is_proposed_and_after(two: Two, collector: User) -> None:
    book, _, machine = two
    claim(book, machine, 3, 12_000, "Nordersund Savings")
    client = Client()
    client.force_login(collector)
    address = reverse("collateral:enforce", args=[machine.pk])
    page = client.get(address)
    assert "Nordersund Savings" in page.text and "12,000.00" in page.text and 'name="price"' in page.text
    ranks = [part.pledge.rank if part else other.rank for part, other in page.context["plan"].lines]
    assert ranks == [None, 1, 2, 3]
    propose_enforcement(
        asset=machine,
        sold_date=book.today,
        price=Decimal("30000.50"),
        costs=Decimal(0),
        reason="Auctioned",
        buyer="Keller Works",
        remark="The highest bid.",
        papers=sale_papers(machine, book.today),
        received_date=book.today,
        actor=collector,
        business_date=book.today,
    )
    page = client.get(address)
    plan = page.context["plan"]
    assert plan.others == sum(one.amount for one in plan.claims) > 1_000 and "To others before us" not in page.text
    assert f"{plan.claims[0].amount:,.2f}" in page.text and "Keller Works, number" not in page.text
    taken = client.post(
        reverse("collateral:enforce_decide", args=[machine.pk]),
        {"seen": str(page.context["proposal"].pk), "outcome": "refuse", "take_back": "yes"},
        follow=True,
    ).text
    assert 'name="take_back"' in page.text and "Taken back." in taken and "Your decision is recorded." not in taken
    assert "30,000.50 EUR" in taken, "what was proposed before is told to the cent"


def test_each_claim_of_others_gets_what_was_given_at_its_rank(two: Two) -> None:
    book, (first, second), machine = two
    Pledge.objects.filter(application=second.application).update(rank=3, declared_claims=0, prior_claims=6_000)
    Pledge.objects.filter(application=first.application).update(declared_claims=1_000, prior_claims=1_000)
    claim(book, machine, 2, 5_000, "Between")
    claim(book, machine, 4, 9_000, "Behind")

    def claims(price: int) -> list[OtherClaim]:
        plan = plan_proceeds(asset=machine, price=Decimal(price), costs=Decimal(0), business_date=book.today)
        assert plan.others == sum(one.amount for one in plan.claims)
        assert plan.net == plan.to_loans + plan.others + plan.surplus
        return list(plan.claims)

    assert [(one.holder, one.rank, one.amount) for one in claims(800)] == [("Between", 2, 0), ("Behind", 4, 0), ("", None, 800)]
    assert [(one.rank, one.registered, one.amount) for one in claims(100_000)] == [
        (2, 5_000, 5_000),
        (4, 9_000, 9_000),
        (None, 1_000, 1_000),
    ]
