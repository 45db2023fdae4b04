"""Money from one pocket into the other counts for nothing, also when who owes it came to the borrower's group after it was assigned."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from collateral.models import Asset, Receivable
from collateral.selectors.receivables import group_of
from collateral.services.connected_debtors import follow_groups
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.receivables import add_receivable
from core.models import Branch, User
from loans.models import Application, ApplicationParty, Borrower, ProductVersion
from tests.collateral.books import Book, Lent
from tests.collateral.test_asset_facts import GOOD
from tests.shared_rows import shared


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    ProductVersion.objects.update(collateral_kinds=["RECEIVABLES"])
    return Book(branch, product, today)


@shared
def lent(book: Book, officer: User) -> Lent:
    return book.lend(50_000, officer=officer)


@shared
def assigned(book: Book, lent: Lent, officer: User) -> Asset:
    """Three debtors of 10,000 each."""
    asset = book.asset(30_000, kind="RECEIVABLES")
    book.pledge(asset, lent, 30_000)
    for number, name in enumerate(("Ash", "Oak GmbH", "Elm")):
        facts = {**GOOD["RECEIVABLES"], "debtor_name": name, "debtor_number": f"HRB {number}", "invoice_number": f"R-{number}"}
        add_receivable(asset=asset, facts=facts, actor=officer, business_date=book.today)
    book.see(asset)
    return asset


def debtor(book: Book, **changes: Any) -> Borrower:
    values: dict[str, Any] = {"reference": "BR-OAK", "branch": book.branch, "kind": "COMPANY", "name": "OAK GmbH", "country": "DE"}
    return Borrower.objects.create(**{**values, **changes})


def connected(asset: Asset) -> list[str]:
    return list(Receivable.objects.filter(asset=asset, connected=True).order_by("debtor_name").values_list("debtor_name", flat=True))


@pytest.mark.parametrize("how", ["name", "number", "group"])
def test_a_debtor_who_gets_a_part_in_the_file_counts_for_nothing_from_the_next_day_on(
    book: Book, lent: Lent, assigned: Asset, how: str, today: date
) -> None:
    assert follow_groups(business_date=today) == 0
    before = Asset.objects.get(pk=assigned.pk).counted_share
    other = debtor(book, **({"name": "Nobody", "registration_number": "HRB 1"} if how == "number" else {}))
    file = lent.application
    if how == "group":
        # They borrowed together, in a file of their own.
        file = Application.objects.create(
            reference="LA-T", branch=book.branch, borrower=other, state="REVIEW", amount=1, currency="EUR", term_months=12,
            created_date=today, submitted_date=today, submitted_at=timezone.now(), purpose_code="equipment", product_version=book.product,
        )  # fmt: skip
        ApplicationParty.objects.create(application=file, borrower=other, part="APPLICANT")
        ApplicationParty.objects.create(application=file, borrower_id=lent.application.borrower_id, part="CO_BORROWER")
    else:
        ApplicationParty.objects.create(application=file, borrower=other, part="GUARANTOR")
    assert follow_groups(business_date=today) == 1 and follow_groups(business_date=today) == 0
    assert connected(assigned) == ["Oak GmbH"] and group_of(assigned).holds("", "HRB 1") is (how == "number")
    assert assigned.flags.get(code="connected_debtor").evidence == {"debtor": "Oak GmbH"}
    assert Asset.objects.get(pk=assigned.pk).counted_share < before


def test_who_borrows_on_what_they_owe_themselves_secures_nothing(book: Book, assigned: Asset, officer: User, today: date) -> None:
    file = Application.objects.create(
        reference="LA-D", branch=book.branch, borrower=debtor(book), state="REVIEW", amount=Decimal(20_000), currency="EUR", term_months=12,
        created_date=today, submitted_date=today, submitted_at=timezone.now(), purpose_code="equipment", product_version=book.product,
    )  # fmt: skip
    propose_pledge(asset=assigned, application=Application.objects.get(pk=file.pk), actor=officer, business_date=today)
    assert connected(assigned) == ["Oak GmbH"] and assigned.flags.filter(code="connected_debtor", state="OPEN").exists()


@pytest.mark.parametrize("number", [1, 4])
def test_a_night_without_news_costs_the_same_however_many_there_are(
    book: Book, lent: Lent, assigned: Asset, number: int, today: date, django_assert_num_queries: Any
) -> None:
    for _ in range(number):
        book.pledge(book.asset(10_000, kind="RECEIVABLES"), book.lend(5_000), 5_000)
    with django_assert_num_queries(5):
        assert follow_groups(business_date=today) == 0
