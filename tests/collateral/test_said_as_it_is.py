"""Pages say what is: of assets that are no more or were found idle, of invoices nobody pays, of pledges above all worth,
of facts on file.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, Pledge, Valuation
from collateral.services.receivables import add_receivable
from core.models import Branch, User
from loans.models import Application
from tests.collateral.books import Book
from tests.collateral.conftest import Register, SignIn
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_services import open_codes


class TestInUse:
    def page(self, asset: Asset, reader: User, sign_in: SignIn) -> str:
        return sign_in(reader).get(reverse("collateral:asset_detail", args=[asset.pk])).text

    def test_is_what_was_upheld(self, asset: Asset, risk_manager: User, today: date, sign_in: SignIn) -> None:
        assert "<dt>In use</dt><dd>Yes</dd>" in self.page(asset, risk_manager, sign_in)
        flag = asset.flags.create(code="idle", text="Stands still", raised_date=today, state="UPHELD", decided_by=risk_manager)
        assert "<dt>In use</dt><dd>No, found idle on" in self.page(asset, risk_manager, sign_in)
        flag.state = "CLEARED"
        flag.save()
        assert "<dt>In use</dt><dd>Yes</dd>" in self.page(asset, risk_manager, sign_in)

    def test_is_not_what_is_no_more(self, asset: Asset, risk_manager: User, sign_in: SignIn) -> None:
        Asset.objects.filter(pk=asset.pk).update(state="DESTROYED")
        assert "No, it is no more" in self.page(asset, risk_manager, sign_in)


def test_the_list_of_covers_tells_what_was_destroyed_from_what_has_no_value(
    branch: Branch, product: Any, today: date, officer: User, risk_manager: User, sign_in: SignIn
) -> None:
    book = Book(branch, product, today)
    house = book.asset(200_000)
    book.pledge(house, book.lend(100_000, officer=officer), 100_000)
    house.valuations.update(expires_date=today)
    book.sweep()
    client, address = sign_in(risk_manager), reverse("collateral:cover_list")
    assert "No value in force" in client.get(address).text
    Asset.objects.filter(pk=house.pk).update(state="DESTROYED")
    page = client.get(address).text
    assert "Destroyed" in page and "Ran out" not in page


class TestReceivables:
    @pytest.fixture
    def invoices(self, register: Register) -> Asset:
        return register(
            kind="RECEIVABLES", title_number="", facts=GOOD["RECEIVABLES"], stated_value=Decimal(5_000), confirmed_amount=Decimal(100_000)
        )

    def test_that_nobody_pays_are_flagged(self, invoices: Asset, officer: User, today: date) -> None:
        assert "receivable_overdue" not in open_codes(invoices)
        old = {**GOOD["RECEIVABLES"], "invoice_number": "R-0", "issued_date": date(2020, 1, 1), "due_date": date(2020, 2, 1)}
        add_receivable(asset=invoices, facts=old, actor=officer, business_date=today)
        assert invoices.flags.get(code="receivable_overdue").evidence == {"invoices": "R-0"}

    def test_are_pledged_for_far_more_only_with_a_word_about_it(
        self, invoices: Asset, investigator: User, application: Application, sign_in: SignIn
    ) -> None:
        client, address = sign_in(investigator), reverse("collateral:asset_detail", args=[invoices.pk])
        assert invoices.pledges.get().amount == application.amount == 100_000
        assert "More than twice what the asset is worth" in client.get(address).text
        panel = reverse("collateral:application_panel", args=[application.pk])
        assert "Far above its worth" in client.get(panel).text
        Pledge.objects.update(amount=10_000)
        assert "More than twice what the asset is worth" not in client.get(address).text
        assert "Far above its worth" not in client.get(panel).text


def test_the_evidence_asks_for_no_fact_twice(register: Register, officer: User, sign_in: SignIn) -> None:
    home = register(kind="REAL_ESTATE", facts={**GOOD["REAL_ESTATE"], "use": "HOME"})
    page = sign_in(officer).get(reverse("collateral:evidence", args=[home.pk])).text
    assert "Nothing is on file" not in page and "On file already: areas, year." in page
    assert 'name="living_area" value="420' in page and 'name="built_year" value="1987"' in page


def test_what_no_appraiser_has_said_yet_is_named(ordered: Valuation, asset: Asset, investigator: User, sign_in: SignIn) -> None:
    page = sign_in(investigator).get(reverse("collateral:asset_detail", args=[asset.pk])).text
    assert "no value yet" in page and "no method yet" in page and ">not yet<" not in page
