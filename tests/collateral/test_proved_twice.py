"""What proves one thing and is put on file of a second one: the same paper, entry of a registry or policy at another asset is looked at by
somebody else, and a policy recorded twice insures once.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, InsurancePolicy, Lien, Pledge, Valuation
from collateral.selectors.insurance import insured_for
from collateral.services.asset_documents import UnableToKeepDocument, keep_asset_document
from collateral.services.evidence import look_at_values
from collateral.services.flags import UnableToDecideFlag, decide_flag
from collateral.services.pledges import perfect_pledge
from collateral.services.records import end_lien, record_insurance, record_lien
from collateral.services.valuations import Attachments, order_valuation
from core.models import Branch, User
from loans.models import ProductVersion
from tests.collateral.books import Book
from tests.collateral.conftest import hand_in
from tests.collateral.papers import file_paper, sheet
from tests.shared_rows import shared


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def house(book: Book) -> Asset:
    house = book.asset(300_000)
    book.pledge(house, book.lend(100_000), 200_000)
    return house


@shared
def barn(book: Book) -> Asset:
    barn = book.asset(200_000)
    book.pledge(barn, book.lend(100_000), 200_000)
    return barn


@pytest.fixture
def insured(officer: User, today: date) -> dict[str, Any]:
    return {
        "insurer": "Nordstern", "policy_number": "NS-77 4711", "sum_insured": Decimal(100_000), "from_date": today, "names_bank": True,
        "until_date": today + timedelta(days=300), "actor": officer, "business_date": today,
    }  # fmt: skip


@pytest.fixture
def claimed(officer: User, today: date) -> dict[str, Any]:
    return {
        "holder": "Elbe Bank", "amount": Decimal(100), "registry_reference": "Bl. 12/4711", "registered_date": today, "actor": officer,
        "business_date": today,
    }  # fmt: skip


def codes(asset: Asset) -> dict[str, str]:
    return {flag.code: flag.text for flag in asset.flags.filter(state="OPEN") if flag.code.endswith("_elsewhere")}


class TestAPaper:
    @pytest.mark.parametrize("kind", ["TITLE_EXTRACT", "LIEN_REGISTRATION", "INSURANCE_POLICY"])
    def test_of_another_asset_is_looked_at(
        self, house: Asset, barn: Asset, officer: User, risk_manager: User, today: date, kind: str
    ) -> None:
        step: dict[str, Any] = {"paper_date": today, "actor": officer, "business_date": today}
        keep_asset_document(asset=house, kind=kind, upload=sheet("extract.pdf"), **step)
        keep_asset_document(asset=barn, kind=kind, upload=sheet("other.pdf", "of the barn"), **step)
        assert codes(house) == codes(barn) == {}
        keep_asset_document(asset=barn, kind="TITLE_EXTRACT", upload=sheet("again.pdf"), **step | {"actor": risk_manager})
        assert codes(barn) == {"paper_elsewhere": f"The very same paper proves something of another asset: {house.reference}."}
        flag = barn.flags.get(code="paper_elsewhere")
        assert flag.evidence == {"elsewhere": house.reference, "paper": "again.pdf"} and codes(house) == {}
        with pytest.raises(UnableToDecideFlag, match="own_record"):
            decide_flag(flag=flag, uphold=False, reason="One extract of two plots.", actor=risk_manager, business_date=today)

    def test_of_a_sale_may_be_of_several_that_were_sold_together(self, house: Asset, barn: Asset, officer: User, today: date) -> None:
        step: dict[str, Any] = {"paper_date": today, "actor": officer, "business_date": today}
        for one in (house, barn):
            keep_asset_document(asset=one, kind="SALE_RECORD", upload=sheet(), **step)
        assert codes(barn) == {}

    def test_that_came_with_a_value_of_another_asset_is_looked_at(
        self, house: Asset, barn: Asset, investigator: User, appraisers: list[User], today: date
    ) -> None:
        for one in (house, barn):
            order = order_valuation(asset=one, actor=investigator, business_date=today)
            hand_in(today, order, "200000.00", attachments=Attachments(report=sheet("report.pdf")))
        assert (codes(house), list(codes(barn))) == ({}, ["paper_elsewhere"])
        assert barn.flags.get(code="paper_elsewhere").valuation is not None
        # Evidence that is looked at again does not raise it a second time.
        assert look_at_values(barn, business_date=today) == []

    def test_of_another_asset_is_found_beside_one_of_the_same_name(
        self, house: Asset, barn: Asset, investigator: User, appraisers: list[User], today: date
    ) -> None:
        for one, works in ((house, None), (barn, sheet("report.pdf", "works"))):
            order = order_valuation(asset=one, actor=investigator, business_date=today)
            hand_in(today, order, "200000.00", attachments=Attachments(report=sheet("report.pdf"), works=works))
        assert list(codes(barn)) == ["paper_elsewhere"]
        assert barn.flags.get(code="paper_elsewhere").evidence == {"elsewhere": house.reference, "paper": "report.pdf"}


class TestAnEntryOfTheRegistry:
    def test_stands_for_one_claim(self, house: Asset, barn: Asset, claimed: dict[str, Any], today: date) -> None:
        record_lien(asset=house, rank=2, proof=sheet("a.pdf", "a"), **claimed)
        record_lien(asset=barn, rank=2, proof=sheet("b.pdf", "b"), **claimed | {"registry_reference": "bl 12 4711"})
        assert codes(house) == {}
        assert codes(barn) == {"reference_elsewhere": f"The same entry of the registry stands for another claim: on {house.reference}."}

    def test_that_ended_or_is_of_another_kind_or_country_is_another_one(
        self, house: Asset, barn: Asset, claimed: dict[str, Any], today: date
    ) -> None:
        first = record_lien(asset=house, rank=2, proof=sheet("a.pdf", "a"), **claimed)
        Asset.objects.filter(pk=barn.pk).update(country="AT")
        record_lien(asset=barn, rank=2, proof=sheet("b.pdf", "b"), **claimed)
        Asset.objects.filter(pk=barn.pk).update(country=house.country)
        end_lien(lien=first, ended_date=today, actor=None, business_date=today)
        Lien.objects.filter(asset=barn).delete()
        record_lien(asset=barn, rank=2, proof=sheet("c.pdf", "c"), **claimed)
        assert codes(barn) == {}

    def test_that_perfects_a_second_pledge_holds_its_money(
        self, accepted: Valuation, pledge: Pledge, barn: Asset, investigator: User, today: date
    ) -> None:
        Asset.objects.filter(pk=barn.pk).update(kind=pledge.asset.kind, country=pledge.asset.country)
        Pledge.objects.filter(asset=barn).update(registry_reference="R 1", registry="Register of Graz")
        proof = file_paper(pledge.asset, "LIEN_REGISTRATION", today)
        Pledge.objects.filter(pk=pledge.pk).update(registry="Register of Brno")
        perfect_pledge(pledge=pledge, registry_reference="R-1", actor=investigator, business_date=today, proof=proof)
        assert codes(pledge.asset) == {}
        Pledge.objects.filter(pk=pledge.pk).update(registry="", state="PROPOSED", perfected_by=None, registration=None)
        perfect_pledge(pledge=pledge, registry_reference="R-1", actor=investigator, business_date=today, proof=proof)
        assert list(codes(pledge.asset)) == ["reference_elsewhere"]
        assert pledge.asset.flags.get(code="reference_elsewhere").evidence == {"elsewhere": barn.reference, "reference": "R-1"}


class TestAPolicy:
    def test_recorded_twice_insures_once_for_what_was_said_last(self, house: Asset, insured: dict[str, Any], today: date) -> None:
        record_insurance(asset=house, proof=sheet("a.pdf", "a"), **insured)
        again = insured | {"policy_number": "ns 774711", "sum_insured": Decimal(120_000)}
        record_insurance(asset=house, proof=sheet("b.pdf", "b"), **again)
        assert insured_for(house, on=today) == 120_000
        record_insurance(asset=house, proof=sheet("c.pdf", "c"), **insured | {"policy_number": "NS-78"})
        assert insured_for(house, on=today) == 220_000

    def test_of_two_insurers_with_one_number_are_two(self, house: Asset, insured: dict[str, Any], today: date) -> None:
        for insurer, paper in (("Nordstern", "a"), ("Elbe", "b"), ("NORD-STERN", "c")):
            record_insurance(asset=house, proof=sheet("policy.pdf", paper), **insured | {"insurer": insurer})
        assert insured_for(house, on=today) == 200_000

    def test_that_ended_before_insures_nothing_together_with_another(
        self, house: Asset, barn: Asset, insured: dict[str, Any], today: date
    ) -> None:
        record_insurance(asset=house, proof=sheet("a.pdf", "a"), **insured)
        InsurancePolicy.objects.update(ended_date=today + timedelta(days=10))
        later = insured | {"from_date": today + timedelta(days=11)}
        record_insurance(asset=barn, proof=sheet("b.pdf", "b"), **later)
        assert codes(barn) == {}
        record_insurance(asset=barn, proof=sheet("c.pdf", "c"), **later | {"from_date": today + timedelta(days=10)})
        assert list(codes(barn)) == ["policy_elsewhere"]

    def test_is_proved_by_a_paper_of_its_own(self, house: Asset, insured: dict[str, Any]) -> None:
        first = record_insurance(asset=house, proof=sheet("a.pdf", "a"), **insured)
        with pytest.raises(UnableToKeepDocument, match="other_paper"):
            record_insurance(asset=house, proof=first.document, **insured | {"policy_number": "NS-78"})
        assert InsurancePolicy.objects.count() == 1

    def test_of_another_asset_too_is_looked_at(self, house: Asset, barn: Asset, insured: dict[str, Any], today: date) -> None:
        record_insurance(asset=house, proof=sheet("a.pdf", "a"), **insured)
        record_insurance(asset=barn, proof=sheet("b.pdf", "b"), **insured | {"insurer": "Elbe", "policy_number": "NS-774711"})
        assert codes(barn) == {}
        record_insurance(asset=barn, proof=sheet("c.pdf", "c"), **insured)
        assert codes(barn) == {
            "policy_elsewhere": f"The same policy insures another asset: {house.reference}. Its sum is for all of them together."
        }
        later = {"from_date": today + timedelta(days=301), "until_date": today + timedelta(days=600)}
        record_insurance(asset=house, proof=sheet("d.pdf", "d"), **insured | later)
        assert codes(house) == {}
