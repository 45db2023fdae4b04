"""What an asset is by its class: checked, kept through the years, and held against rules and other assets."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from collateral.domain.asset_facts import FACTS
from collateral.domain.vehicle_numbers import check_digit, fails_check
from collateral.models import Asset, AssetKind, FactsVersion, MachineFacts, Receivable
from collateral.selectors.asset_facts import list_changes
from collateral.selectors.twins import find_twins, text_of
from collateral.services.assets import UnableToRegisterAsset
from collateral.services.facts import UnableToRecordFacts, record_facts
from collateral.services.receivables import UnableToRecordReceivable, add_receivable, mark_receivable
from core.errors import Conflict
from core.models import Branch, User
from loans.models import Application, ApplicationParty, Borrower
from tests.collateral.conftest import Register, SignIn
from tests.collateral.facts_on import facts_on
from tests.collateral.test_services import another_application, open_codes, world

GOOD: dict[str, dict[str, Any]] = {
    "REAL_ESTATE": {
        "use": "OFFICE", "floor_area": Decimal(420), "plot_area": Decimal(900), "built_year": 1987, "occupancy": "LET",
        "annual_rent": Decimal(54_000),
    },
    "LAND": {
        "parcel_number": "12-345/6", "area": Decimal(14_200), "zoning": "AGRICULTURAL", "use": "FARMING", "access": "ROAD", "encumbrances": "",
    },
    "MACHINERY": {
        "make": "Hansa", "model": "T-400", "serial_number": "A1234567", "built_year": 2021, "hours": 1200, "condition": "IN_USE",
    },
    "VEHICLE": {
        "make": "Nordwagen", "model": "Kurier", "vin": "WNWAZZ1KZAW000123", "plate": "HH-AK 12", "first_registration": date(2023, 5, 4),
        "mileage": 41_000, "condition": "IN_USE",
    },
    "RECEIVABLES": {
        "debtor_name": "Kranich Bau AG", "debtor_number": "HRB 1", "invoice_number": "R-1", "nominal": Decimal(10_000),
        "issued_date": date(2026, 2, 1), "due_date": date(2026, 4, 1),
    },
    "DEPOSIT": {
        "own_bank": False, "bank_name": "Elbe Savings Bank", "account": "DE89 3704 0044 0532 0130 00", "currency": "EUR",
        "balance": Decimal(20_000), "maturity_date": date(2027, 1, 1),
    },
    "SECURITIES": {
        "isin": "US0378331005", "quantity": Decimal("150.5"), "custodian": "Elbe Custody Bank", "account": "0047 118 302 55",
    },
}  # fmt: skip


@pytest.fixture
def of_class(register: Register) -> Any:
    """An asset of a class with facts that nothing is wrong with, unless told otherwise."""

    def make(kind: str, **changes: Any) -> Asset:
        own = kind in ("MACHINERY", "VEHICLE")
        return register(
            kind=kind, title_number="" if own or kind in ("DEPOSIT", "SECURITIES") else "T-100",
            facts={**GOOD[kind], **changes}, description=f"{kind.capitalize()} of ours",
        )  # fmt: skip

    return make


class TestEveryClass:
    @pytest.mark.parametrize("kind", AssetKind.values)
    def test_is_registered_with_facts_of_its_own(self, of_class: Any, kind: str, officer: User, today: date) -> None:
        asset = of_class(kind)
        assert open_codes(asset) == set()
        section = {"SECURITIES": "holding", "RECEIVABLES": "receivable"}.get(kind, "class")
        kept = facts_on(asset, today, section=section)
        assert set(kept) - {"id", "reduced", "disputed_date", "undisputed_date", "settled_date"} <= {fact.name for fact in FACTS[kind]}
        assert FactsVersion.objects.get(asset=asset).recorded_by == officer

    @pytest.mark.parametrize("kind", AssetKind.values)
    def test_shows_them_masked_where_they_are_secret(self, of_class: Any, kind: str, officer: User, sign_in: SignIn) -> None:
        asset = of_class(kind)
        page = sign_in(officer).get(reverse("collateral:asset_facts", args=[asset.pk]), headers={"HX-Request": "true"})
        assert page.status_code == 200
        told = {"REAL_ESTATE": "Offices", "LAND": "12-345/6", "MACHINERY": "A1234567", "VEHICLE": "41,000", "RECEIVABLES": "Kranich Bau AG"}
        assert told.get(kind, {"DEPOSIT": "… 3000", "SECURITIES": "150.5"}.get(kind, "")) in page.text
        assert "DE89370400440532013000" not in page.text

    def test_keeps_no_account_in_clear(self, of_class: Any) -> None:
        of_class("DEPOSIT")
        tables = ("collateral_depositfacts", "collateral_factsversion", "collateral_asset", "core_auditentry")
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", ["%0532013000%"])
                assert cursor.fetchone() == (0,), table


# What cannot be, by class: the change, and the fact it is told at.
ABSURD: list[tuple[str, dict[str, Any], str]] = [
    ("REAL_ESTATE", {"floor_area": Decimal(-1)}, "floor_area"),
    ("REAL_ESTATE", {"floor_area": Decimal("NaN")}, "floor_area"),
    ("REAL_ESTATE", {"built_year": 2031}, "built_year"),
    ("REAL_ESTATE", {"annual_rent": None}, "annual_rent"),
    ("REAL_ESTATE", {"occupancy": "VACANT"}, "annual_rent"),
    ("REAL_ESTATE", {"use": "CASTLE"}, "use"),
    ("LAND", {"area": Decimal(0)}, "area"),
    ("LAND", {"parcel_number": " "}, "parcel_number"),
    ("LAND", {"access": "BY_AIR"}, "access"),
    ("MACHINERY", {"hours": 900_000}, "hours"),
    ("MACHINERY", {"hours": -1}, "hours"),
    ("MACHINERY", {"serial_number": ""}, "serial_number"),
    ("VEHICLE", {"vin": "WNWAZZ1KZAW00012"}, "vin"),
    ("VEHICLE", {"vin": "WNWOZZ1KZAW000123"}, "vin"),
    ("VEHICLE", {"first_registration": date(2026, 3, 3)}, "first_registration"),
    ("VEHICLE", {"mileage": 9_000_000}, "mileage"),
    ("RECEIVABLES", {"nominal": Decimal(0)}, "nominal"),
    ("RECEIVABLES", {"due_date": date(2025, 1, 1)}, "due_date"),
    ("RECEIVABLES", {"issued_date": date(2026, 3, 3)}, "issued_date"),
    ("DEPOSIT", {"currency": "CHF"}, "currency"),
    ("DEPOSIT", {"account": "DE00 3704 0044 0532 0130 00"}, "account"),
    ("DEPOSIT", {"maturity_date": date(2026, 3, 2)}, "maturity_date"),
    ("SECURITIES", {"custodian": " "}, "custodian"),
    ("SECURITIES", {"account": ""}, "account"),
    ("DEPOSIT", {"bank_name": ""}, "bank_name"),
    ("SECURITIES", {"isin": "US0378331006"}, "isin"),
    ("SECURITIES", {"quantity": Decimal(0)}, "quantity"),
]


class TestWhatCannotBe:
    @pytest.mark.parametrize(("kind", "change", "field"), ABSURD)
    def test_is_told_at_its_fact_and_changes_nothing(self, of_class: Any, kind: str, change: dict[str, Any], field: str) -> None:
        before = world()
        with pytest.raises(UnableToRegisterAsset) as refusal:
            of_class(kind, **change)
        assert [fault.field for fault in refusal.value.faults] == [field]
        assert world() == before
        assert not FactsVersion.objects.exists()

    def test_is_refused_by_the_database_too(self, of_class: Any) -> None:
        asset = of_class("REAL_ESTATE")
        for change in ("floor_area = 0", "annual_rent = NULL"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE collateral_propertyfacts SET {change} WHERE asset_id = %s", [asset.pk])


class TestThroughTheYears:
    def test_nothing_that_was_known_is_lost(self, of_class: Any, officer: User, today: date) -> None:
        asset = of_class("MACHINERY")
        later = today + timedelta(days=200)
        record_facts(asset=asset, facts={**GOOD["MACHINERY"], "hours": 1900}, actor=officer, business_date=later, valid_from=later)
        assert (facts_on(asset, today)["hours"], facts_on(asset, later)["hours"]) == ("1200", "1900")
        assert facts_on(asset, today - timedelta(days=1)) == {}
        assert MachineFacts.objects.get().hours == 1900
        assert list_changes(asset)[0].rows == [("hours", "1200", "1900")]

    def test_a_correction_of_the_same_day_stands_beside_what_was_said_first(self, of_class: Any, officer: User, today: date) -> None:
        asset = of_class("MACHINERY")
        first = FactsVersion.objects.get(asset=asset)
        record_facts(asset=asset, facts={**GOOD["MACHINERY"], "hours": 1300}, actor=officer, business_date=today)
        assert facts_on(asset, today)["hours"] == "1300"
        assert facts_on(asset, today, known_at=first.known_from)["hours"] == "1200"

    @pytest.mark.parametrize("days", [1, -1])
    def test_facts_hold_from_no_day_before_the_last_nor_in_the_future(self, of_class: Any, officer: User, today: date, days: int) -> None:
        asset = of_class("MACHINERY")
        with pytest.raises(UnableToRecordFacts) as refusal:
            record_facts(asset=asset, facts=GOOD["MACHINERY"], actor=officer, business_date=today, valid_from=today + timedelta(days=days))
        assert [fault.field for fault in refusal.value.faults] == ["valid_from"]
        assert FactsVersion.objects.count() == 1

    def test_a_version_is_never_changed(self, of_class: Any) -> None:
        asset = of_class("MACHINERY")
        for statement in ("UPDATE collateral_factsversion SET valid_from = valid_from", "DELETE FROM collateral_factsversion"):
            with pytest.raises(Exception, match=r"append-only|permission denied"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert FactsVersion.objects.filter(asset=asset).count() == 1


class TestRedFlags:
    @pytest.mark.parametrize(
        ("kind", "change", "code"),
        [
            ("MACHINERY", {"condition": "IDLE"}, "idle"),
            ("VEHICLE", {"condition": "UNUSABLE"}, "idle"),
            ("VEHICLE", {"vin": "1HGCM82643A004352"}, "vehicle_number_fails"),
            ("LAND", {"use": "INDUSTRY"}, "land_use_conflict"),
            ("LAND", {"access": "NONE"}, "land_without_access"),
            ("RECEIVABLES", {"debtor_name": "ALDER Workshop"}, "connected_debtor"),
        ],
    )
    def test_are_raised_by_facts(self, of_class: Any, kind: str, change: dict[str, Any], code: str) -> None:
        assert open_codes(of_class(kind, **change)) == {code}

    def test_tell_that_a_counter_was_turned_back(self, of_class: Any, officer: User, today: date) -> None:
        asset = of_class("VEHICLE")
        record_facts(asset=asset, facts={**GOOD["VEHICLE"], "mileage": 20_000}, actor=officer, business_date=today)
        flag = asset.flags.get(code="counter_turned_back")
        assert flag.evidence == {"now": "20000", "before": "41000"}
        record_facts(asset=asset, facts={**GOOD["VEHICLE"], "mileage": 19_999}, actor=officer, business_date=today)
        flag.refresh_from_db()
        assert flag.evidence == {"now": "19999", "before": "41000"} and "19,999 after 41,000" in flag.text

    def test_tell_of_a_debtor_by_number_and_by_their_part_in_the_file(
        self, of_class: Any, application: Application, branch: Branch, officer: User, today: date
    ) -> None:
        partner = Borrower.objects.create(
            reference="BR-9", branch=branch, kind="COMPANY", name="Quite Another GmbH", country="DE", registration_number="HRB 77"
        )
        ApplicationParty.objects.create(application=application, borrower=partner, part="OWNER")
        asset = of_class("RECEIVABLES", debtor_number="hrb-77")
        assert open_codes(asset) == {"connected_debtor"}
        assert Receivable.objects.get().connected

    def test_tell_of_the_same_invoice_with_another_asset(self, of_class: Any, register: Register, application: Application) -> None:
        first = of_class("RECEIVABLES")
        facts = {**GOOD["RECEIVABLES"], "invoice_number": "r 1", "debtor_name": "Bau AG, Kranich"}
        second = register(
            application=another_application(application), kind="RECEIVABLES", title_number="T-200", facts=facts, description="More"
        )
        assert second.flags.get(code="invoice_elsewhere").evidence == {"elsewhere": first.reference, "invoice": "r 1"}

    @pytest.mark.parametrize(
        ("vin", "fails"),
        [
            ("1M8GDM9AXKP042788", False),
            ("1HGCM82633A004352", False),
            ("1HGCM82643A004352", True),
            ("WNWAZZ1KZAW000123", False),
            ("OLD77", False),
        ],
    )
    def test_know_a_number_by_its_check_digit(self, vin: str, fails: bool) -> None:
        assert fails_check(vin) is fails
        if len(vin) == 17 and vin[0] == "1":
            assert (check_digit(vin) == vin[8]) is not fails


class TestTwins:
    @pytest.mark.parametrize(
        ("kind", "change"),
        [
            ("MACHINERY", {"serial_number": "A1234576"}),
            ("VEHICLE", {"vin": "WNW-AZZ1KZAW000123", "plate": "B-XY 1"}),
            ("LAND", {"parcel_number": "12 345 6"}),
            ("DEPOSIT", {"account": "DE89370400440532013000"}),
            ("SECURITIES", {"account": "004711830255"}),
        ],
    )
    def test_meet_by_the_numbers_of_their_class(
        self, of_class: Any, register: Register, application: Application, kind: str, change: Any
    ) -> None:
        first = of_class(kind)
        second = register(
            application=another_application(application), kind=kind, title_number="", looked_up=False, owner=None,
            owner_name="Birch Trading", description="Something of somebody", facts={**GOOD[kind], **change},
        )  # fmt: skip
        assert first in [twin.asset for twin in find_twins(text_of(second), without=second.pk)]

    def test_are_found_by_a_number_that_is_recorded_later(
        self, of_class: Any, register: Register, application: Application, officer: User, today: date
    ) -> None:
        of_class("MACHINERY")
        second = register(
            application=another_application(application), title_number="N-9", owner=None, owner_name="Birch", description="A thing"
        )
        assert "near_twin" not in open_codes(second)
        record_facts(asset=second, facts=GOOD["MACHINERY"], actor=officer, business_date=today)
        assert "near_twin" in open_codes(second)


class TestReceivables:
    def test_are_disputed_and_settled_once(self, of_class: Any, officer: User, today: date) -> None:
        asset = of_class("RECEIVABLES")
        row = Receivable.objects.get()
        given: dict[str, Any] = {"receivable": row, "actor": officer, "business_date": today}
        mark_receivable(**given, mark="disputed", on=today)
        with pytest.raises(Conflict):
            mark_receivable(**given, mark="disputed", on=today)
        mark_receivable(**given, mark="undisputed", on=today)
        mark_receivable(**given, mark="settled", on=today)
        with pytest.raises(Conflict):
            mark_receivable(**given, mark="disputed", on=today)
        assert FactsVersion.objects.filter(asset=asset, section="receivable").count() == 4

    def test_stand_on_the_list_once(self, of_class: Any, officer: User, today: date) -> None:
        asset = of_class("RECEIVABLES")
        with pytest.raises(UnableToRecordReceivable) as refusal:
            add_receivable(asset=asset, facts={**GOOD["RECEIVABLES"], "invoice_number": "R 1"}, actor=officer, business_date=today)
        assert [fault.code for fault in refusal.value.faults] == ["twice"]
        assert Receivable.objects.count() == 1
