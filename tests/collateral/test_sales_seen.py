"""Sales that one person brings: two prices of one sale, sales far from what homes fetch,
and who lets a model that learnt from them hold.
"""

from __future__ import annotations

import csv
import gc
import io
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collateral.domain.sale_files import SaleRow
from collateral.models import HedonicVersion, Sale, ValueFile
from collateral.services import sales
from collateral.services.hedonic import UnableToTrainHedonic, confirm_hedonic, propose_hedonic, read_homes, train_hedonic
from collateral.services.price_changes import decide_price_change, open_changes
from collateral.services.sale_corrections import UnableToCorrectSale, propose_sale_correction
from collateral.services.sales import import_sales
from core import bulk_rows
from core.errors import Conflict
from core.four_eyes import UnableToConfirm
from core.models import BankState, Branch, Proposal, User
from core.roles import Role
from tests.collateral.conftest import SignIn, hire
from tests.collateral.homes import HEADER, sale
from tests.collateral.test_sales import version

__all__ = ["version"]


def a_home(house: str, price: str) -> dict[str, Any]:
    """One like those of the town, sold for a price of one's own."""
    return {**sale(3, Random(9)), "house_key": house, "sold_date": "2026-01-05", "price": price}


def bring(actor: User | None, today: date, *homes: dict[str, Any]) -> ValueFile:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER)
    writer.writeheader()
    writer.writerows(homes)
    shared: dict[str, Any] = {"file_name": "mine.csv", "market": "town", "currency": "EUR", "business_date": today}
    return import_sales(stream=io.BytesIO(text.getvalue().encode()), actor=actor, **shared)


def decide(person: User, today: date, *, confirm: bool = True) -> Proposal:
    (waiting,) = open_changes()
    return decide_price_change(seen=waiting.pk, confirm=confirm, reason="Looked up.", actor=person, business_date=today)


class TestASecondPriceOfASale:
    def test_in_the_file_refuses_both_and_on_record_its_line(self, bank: BankState, investigator: User, today: date) -> None:
        taken = bring(investigator, today, a_home("A", "100000"), a_home("B", "100000"), a_home("A", "120000"), a_home("B", "100000"))
        assert (taken.kept, taken.known, [one["line"] for one in taken.refusals]) == (1, 1, [2, 4])
        assert "100000 in line 2 and 120000 in line 4" in taken.refusals[0]["reason"]
        again = bring(investigator, today, a_home("B", "120000"), a_home("C", "100000"))
        assert (again.kept, again.known, [one["line"] for one in again.refusals]) == (1, 0, [2])
        assert "is kept as sold on 2026-01-05 for 100000, not for 120000" in again.refusals[0]["reason"]
        assert set(Sale.objects.values_list("price", flat=True)) == {100_000}

    def test_is_looked_for_without_holding_the_rows_of_the_file(
        self, bank: BankState, investigator: User, today: date, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = []
        keep = sales._keep

        def counted(rows: Any, taken: ValueFile) -> int:
            held.append(sum(type(one) is SaleRow for one in gc.get_objects()))
            return keep(rows, taken)

        monkeypatch.setattr(sales, "_keep", counted)
        monkeypatch.setattr(bulk_rows, "BATCH", 20)
        assert bring(investigator, today, *(a_home(f"H{number}", "100000") for number in range(100))).kept == 100
        assert len(held) == 5 and max(held) < 60


class TestAWrongSale:
    @pytest.fixture
    def asked(self, bank: BankState, investigator: User, today: date) -> dict[str, Any]:
        bring(investigator, today, a_home("A", "100000"))
        return {"market": "town", "house_key": "A", "sold_date": date(2026, 1, 5), "reason": "The register.", "business_date": today}

    @pytest.mark.parametrize(("sold_for", "after"), [(Decimal(90_000), (90_000, False)), (None, (100_000, True))])
    def test_is_put_right_by_two_people(
        self, asked: dict[str, Any], investigator: User, risk_manager: User, today: date, sold_for: Any, after: Any
    ) -> None:
        propose_sale_correction(sold_for=sold_for, actor=investigator, **asked)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            decide(investigator, today)
        assert Sale.objects.get().price == 100_000
        decide(risk_manager, today)
        known = Sale.objects.get()
        assert (known.price, known.held_out) == after
        assert len(read_homes("town", today)[1]) == (0 if known.held_out else 1)

    def test_that_was_held_out_is_let_in_at_the_price_on_record(
        self, asked: dict[str, Any], investigator: User, risk_manager: User, today: date
    ) -> None:
        Sale.objects.update(held_out=True)
        with pytest.raises(UnableToCorrectSale, match="invalid"):
            propose_sale_correction(sold_for=None, actor=investigator, **asked)
        waiting = propose_sale_correction(sold_for=Decimal(100_000), actor=investigator, **asked)
        assert "that models do not learn from so far" in waiting.title
        Sale.objects.update(held_out=False)
        with pytest.raises(Conflict), transaction.atomic():
            decide(risk_manager, today)
        Sale.objects.update(held_out=True)
        decide(risk_manager, today)
        assert (Sale.objects.get().price, Sale.objects.get().held_out) == (100_000, False)

    @pytest.mark.parametrize(
        ("change", "field"),
        [({"house_key": "B"}, "house_key"), ({"sold_for": Decimal(-1)}, "sold_for"), ({"sold_for": Decimal(100_000)}, "sold_for"),
         ({"reason": " "}, "reason")],
    )  # fmt: skip
    def test_that_cannot_be_is_refused_at_its_field(
        self, asked: dict[str, Any], investigator: User, change: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(UnableToCorrectSale) as refusal:
            propose_sale_correction(actor=investigator, **{**asked, "sold_for": Decimal(90_000), **change})
        assert [fault.field for fault in refusal.value.faults] == [field]

    def test_is_asked_for_on_the_page(self, asked: dict[str, Any], investigator: User, sign_in: SignIn) -> None:
        page, client = reverse("collateral:price_changes"), sign_in(investigator)
        sent = {"act": "sale", "market": "town", "house_key": "A", "sold_date": "2026-01-05", "sold_for": "", "reason": ""}
        assert client.post(page, sent).status_code == 422
        shown = client.post(page, sent | {"reason": "An heir took it over."}, follow=True).text
        assert "no sale, in the place of 100000 EUR" in shown


class TestSalesThatAModelLearnsFrom:
    def test_are_held_out_where_they_lie_far_from_the_one_in_force(
        self, version: HedonicVersion, investigator: User, risk_manager: User, sign_in: SignIn, today: date
    ) -> None:
        before = len(read_homes("town", today)[0])
        usual = float(sale(3, Random(9))["price"])
        taken = bring(investigator, today, a_home("A", f"{usual:.0f}"), a_home("B", f"{usual * 4:.0f}"), a_home("C", f"{usual / 4:.0f}"))
        assert (taken.kept, taken.known, [one["house"] for one in taken.held]) == (1, 0, ["B", "C"])
        assert len(read_homes("town", today)[0]) == before + 1
        assert " to " in sign_in(risk_manager).get(reverse("collateral:price_changes")).text
        with CaptureQueriesContext(connection) as queries:
            decide(risk_manager, today)
        (let_in,) = [one["sql"] for one in queries if 'UPDATE "collateral_sale"' in one["sql"] or "UPDATE collateral_sale " in one["sql"]]
        assert "market" in let_in
        assert len(read_homes("town", today)[0]) == before + 3

    def test_stay_out_once_that_is_refused(self, version: HedonicVersion, investigator: User, risk_manager: User, today: date) -> None:
        before = len(read_homes("town", today)[0])
        bring(investigator, today, a_home("A", "9000000"))
        decide(risk_manager, today, confirm=False)
        assert len(read_homes("town", today)[0]) == before and Sale.objects.get(house_key="A").held_out

    def test_are_shown_to_the_second_person_who_did_not_bring_them(
        self, version: HedonicVersion, risk_manager: User, branch: Branch, sign_in: SignIn, today: date
    ) -> None:
        other = hire("rudi_risk", Role.RISK_MANAGER, branch=branch)
        bring(other, today, a_home("A", f"{float(sale(3, Random(9))['price']):.0f}"))
        draft = train_hedonic(market="town", actor=None, business_date=today, folds=2, rounds=20)
        proposal = propose_hedonic(version=draft, actor=risk_manager, business_date=today)
        assert len(proposal.content["files"]) == 1
        page = sign_in(other).get(reverse("collateral:hedonic_version", args=[draft.pk])).text
        assert "mine.csv" in page and other.full_name in page and "You brought sales that it learnt from" in page
        with pytest.raises(UnableToTrainHedonic, match="own_sales"):
            confirm_hedonic(version=draft, actor=other, business_date=today, seen=proposal.pk)
        confirm_hedonic(version=draft, actor=hire("vera_validator", Role.VALIDATOR, branch=branch), business_date=today, seen=proposal.pk)
        assert draft.state == "ACTIVE"
