"""Sales as evidence: what a file teaches, what it may not hold, the model learnt from it, and the red flag it raises."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from collateral.domain.evidence import find_against_range
from collateral.domain.hedonic import HedonicModel, OutsideMarket
from collateral.models import Asset, HedonicVersion, HomeFacts, Sale, Valuation, ValueFile
from collateral.selectors.evidence import Evidence, NoEvidence, as_homes, evidence_of, load_model
from collateral.services.file_intake import UnableToImportValues
from collateral.services.hedonic import confirm_hedonic, propose_hedonic, read_homes, train_hedonic
from collateral.services.home_facts import UnableToRecordHome, record_home
from collateral.services.sales import import_sales
from core.four_eyes import UnableToConfirm
from core.models import Branch, Proposal, User
from core.roles import Role
from tests.collateral.conftest import Register, Value, hire
from tests.collateral.homes import HEADER, sales_file
from tests.collateral.test_computed_values import index_of
from tests.every_role import every_role
from tests.shared_rows import shared

HOME: dict[str, Any] = {
    "latitude": 47.55,
    "longitude": -122.25,
    "living_area": 150.0,
    "plot_area": 450.0,
    "area_above": None,
    "bedrooms": 3.0,
    "bathrooms": 2.0,
    "floors": 2.0,
    "built_year": 1970,
    "renovated_year": 0,
    "grade": 7.0,
    "condition": 3.0,
    "view": 0.0,
    "waterfront": False,
}
# What the rule of `homes` makes of HOME.
TRUE_PRICE = 2000 * 150**0.8


def take_in(today: date, stream: io.BytesIO | None = None, **changes: Any) -> ValueFile:
    values: dict[str, Any] = {"market": "town", "currency": "EUR", "actor": None, "business_date": today, "file_name": "sales.csv"}
    return import_sales(stream=stream or sales_file(600), **{**values, **changes})


_trained: dict[str, Any] = {}


@shared
def version(bank: Any, today: date) -> HedonicVersion:
    """A small model of 600 sales, in force; trained once, then kept again for each test."""
    take_in(today)
    if not _trained:
        first = train_hedonic(market="town", actor=None, business_date=today, folds=2, rounds=60)
        names = ("market", "currency", "number", "content", "metrics", "sales", "first_date", "last_date", "fingerprint")
        _trained.update({name: getattr(first, name) for name in names})
        first.delete()
    return confirm_hedonic(version=HedonicVersion.objects.create(**_trained), actor=None, business_date=today)


@shared
def house(register: Register, version: HedonicVersion, officer: User, today: date) -> Asset:
    asset = register(kind="REAL_ESTATE", description="House", stated_value=Decimal(120_000))
    record_home(asset=asset, market="town", facts=HOME, actor=officer, business_date=today)
    return asset


class TestImport:
    def test_keeps_each_sale_once_and_names_the_lines_it_refuses(self, bank: Any, today: date) -> None:
        good = dict(zip(HEADER, next(csv.reader([sales_file(1).getvalue().decode().splitlines()[1]])), strict=True))
        wrong = {
            "price": ["-1", "0", "NaN", "1e30", "1,000", ""],
            "currency": ["USD"],
            "sold_date": ["2026-03-03", "31.12.2025"],
            "latitude": ["91"],
            "living_area": ["inf"],
            "bedrooms": ["33"],
        }
        good["living_area"] = "150"
        lines = [{**good, name: value} for name, values in wrong.items() for value in values]
        text = io.StringIO()
        csv.DictWriter(text, HEADER).writerows(lines)
        taken = take_in(today, sales_file(40, more=text.getvalue()))
        assert (taken.kept, taken.known, taken.refused) == (40, 0, len(lines))
        assert [refused["line"] for refused in taken.refusals] == list(range(42, 42 + len(lines)))
        said = " ".join(refused["reason"] for refused in taken.refusals)
        for words in ("the price is in USD", "lies in the future", "33 bedrooms", "price is missing", "is no number", "is no day"):
            assert words in said
        again = take_in(today, sales_file(41))
        assert (again.kept, again.known, Sale.objects.count()) == (1, 40, 41)

    @pytest.mark.parametrize(
        ("content", "changes", "code"),
        [
            (b"", {}, "unreadable"),
            (b"a,b\n1,2\n", {}, "unreadable"),
            (b"\xff\xfe\x00", {}, "unreadable"),
            (",".join(HEADER).encode() + b"\n", {}, "nothing_usable"),
            (None, {"market": "Old Town"}, "market_missing"),
            (None, {"currency": "EURO"}, "currency_unknown"),
        ],
    )
    def test_takes_in_nothing_of_a_file_that_is_none(
        self, bank: Any, today: date, content: bytes | None, changes: dict[str, Any], code: str
    ) -> None:
        with pytest.raises(UnableToImportValues, match=code):
            take_in(today, sales_file(3) if content is None else io.BytesIO(content), **changes)
        assert not ValueFile.objects.exists()

    def test_keeps_one_currency_in_a_market(self, bank: Any, today: date) -> None:
        take_in(today, sales_file(3))
        with pytest.raises(UnableToImportValues, match="other_currency"):
            take_in(today, sales_file(3), currency="USD")


class TestModel:
    def test_is_kept_as_arrays_that_say_the_same_as_the_library(self, version: HedonicVersion, today: date) -> None:
        homes, price = read_homes("town", today)
        grown = HedonicModel.train(homes, price, rounds=60)
        kept = load_model(version.pk)
        some = homes.take(np.arange(50))
        for ours, theirs in zip(kept.predict(some), grown.predict(some), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9)
        assert 0.8 < version.metrics["coverage"] <= 1 and version.metrics["median_error"] < 0.12

    def test_gives_a_range_around_what_the_market_pays_and_nothing_elsewhere(self, house: Asset, today: date) -> None:
        found = evidence_of(house, business_date=today)
        assert isinstance(found, Evidence)
        assert found.low < TRUE_PRICE < found.high and float(found.middle) == pytest.approx(TRUE_PRICE, rel=0.2)
        assert len(found.comparables) == 6 and all(sale.away < 15 for sale in found.comparables)
        far = replace(as_homes(house.home, today), latitude=np.array([52.5]))
        with pytest.raises(OutsideMarket):
            load_model(found.version.pk).estimate(far)

    def test_is_put_in_force_by_another_person(self, version: HedonicVersion, risk_manager: User, branch: Branch, today: date) -> None:
        draft = train_hedonic(market="town", actor=None, business_date=today, folds=2, rounds=20)
        propose_hedonic(version=draft, actor=risk_manager, business_date=today)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            confirm_hedonic(version=draft, actor=risk_manager, business_date=today)
        confirm_hedonic(version=draft, actor=hire("vera_validator", Role.VALIDATOR, branch=branch), business_date=today)
        version.refresh_from_db()
        assert (version.state, draft.state, draft.number) == ("RETIRED", "ACTIVE", 2)

    def test_is_refused_with_a_reason_and_taken_back_without_one(
        self, version: HedonicVersion, risk_manager: User, branch: Branch, today: date, settings: Any
    ) -> None:
        settings.CREDENCE_REQUIRE_STEP_UP = False
        trainer, second = hire("tom_trainer", Role.VALIDATOR, branch=branch), hire("vera_validator", Role.VALIDATOR, branch=branch)
        draft = train_hedonic(market="town", actor=trainer, business_date=today, folds=2, rounds=20)
        page, decide = (reverse(f"collateral:{name}", args=[draft.pk]) for name in ("hedonic_version", "hedonic_decide"))

        def say(person: User, proposal: Proposal, reason: str) -> Any:
            client = Client()
            client.force_login(person)
            assert ("Take it back" in client.get(page).text) is (person == risk_manager)
            return client.post(decide, {"outcome": "refuse", "seen": str(proposal.pk), "reason": reason}, follow=True)

        proposal = propose_hedonic(version=draft, actor=risk_manager, business_date=today)
        assert "Write down why it is refused" in say(second, proposal, "").text
        assert "You worked on this file before" in say(trainer, proposal, "Mine is better.").text
        assert "Too wide in the cheapest fifth." in say(second, proposal, "Too wide in the cheapest fifth.").text
        again = propose_hedonic(version=draft, actor=risk_manager, business_date=today)
        late = say(second, proposal, "Once more.")
        assert late.status_code == 422 and "was first" in late.text
        assert say(risk_manager, again, "").status_code == 200
        again.refresh_from_db()
        draft.refresh_from_db()
        assert (again.state, draft.state) == ("REJECTED", "DRAFT")


class TestHome:
    @pytest.mark.parametrize(("field", "value"), [("living_area", -1.0), ("latitude", 91.0), ("built_year", 2027), ("area_above", 151.0)])
    def test_is_refused_with_facts_that_cannot_be(self, house: Asset, officer: User, today: date, field: str, value: Any) -> None:
        with pytest.raises(UnableToRecordHome) as refusal:
            record_home(asset=house, market="town", facts={**HOME, field: value}, actor=officer, business_date=today)
        assert refusal.value.faults[0].field == field

    def test_keeps_its_position_out_of_sight(self, house: Asset) -> None:
        stored = HomeFacts.objects.filter(asset=house).extra(select={"raw": "position"}).values_list("raw", flat=True)[0]
        assert b"47.55" not in bytes(stored)
        assert HomeFacts.objects.get(asset=house).coordinates() == (47.55, -122.25)

    def test_tells_where_the_asset_is(self, house: Asset) -> None:
        assert Asset.objects.get(pk=house.pk).coordinates() == (Decimal("47.550000"), Decimal("-122.250000"))
        version = house.versions.get(section="home")
        assert '"living_area"' in version.content


class TestOldSales:
    def test_are_carried_on_by_the_index_of_the_place_or_say_nothing(self, house: Asset, officer: User, today: date) -> None:
        fresh, later = evidence_of(house, business_date=today), date(2029, 3, 2)
        assert isinstance(fresh, Evidence) and fresh.moved == 0
        silent = evidence_of(house, business_date=later)
        assert isinstance(silent, NoEvidence) and "no index carries prices on to today" in silent.reason
        index_of({2024: "100", 2028: "110"})
        index_of({2024: "50", 2028: "60"}, code="fhfa:US", country="US")
        moved = evidence_of(house, business_date=later)
        assert isinstance(moved, Evidence) and moved.moved == Decimal("0.1")
        assert float(moved.middle) == pytest.approx(float(fresh.middle) * 1.1, rel=0.02)
        record_home(asset=house, market="town", facts={**HOME, "country": "us"}, actor=officer, business_date=today)
        abroad = evidence_of(house, business_date=later)
        assert isinstance(abroad, Evidence) and abroad.moved == Decimal("0.2")
        with pytest.raises(UnableToRecordHome, match="country"):
            record_home(asset=house, market="town", facts={**HOME, "country": "QQ"}, actor=officer, business_date=today)


class TestRedFlag:
    def test_is_raised_above_the_range_only(self) -> None:
        low, middle, high = Decimal(80), Decimal(100), Decimal(125)
        assert find_against_range(Decimal("131.25"), low, middle, high, source="sales") == []
        (finding,) = find_against_range(Decimal("131.26"), low, middle, high, source="sales")
        assert finding.code == "above_evidence" and "31% above" in finding.text

    def test_stands_against_a_value_that_its_own_comparables_bear_out(
        self, house: Asset, investigator: User, appraisers: list[User], submit: Value, today: date
    ) -> None:
        from collateral.services.valuations import order_valuation

        value = submit(order_valuation(asset=house, actor=investigator, business_date=today), "150000.00")
        flag = house.flags.get(code="above_evidence")
        assert flag.valuation == value and Decimal(flag.evidence["high"]) < 150_000

    def test_is_not_raised_in_another_currency(self, house: Asset, today: date) -> None:
        house.currency = "CHF"
        assert isinstance(evidence_of(house, business_date=today), NoEvidence)


class TestPages:
    @every_role(Role)
    def test_every_role_does_only_what_is_its_own(self, house: Asset, version: HedonicVersion, branch: Branch, role: Role) -> None:
        client = Client()
        client.force_login(hire("somebody", role, branch=branch))
        reads = role not in {Role.ADMINISTRATOR, Role.APPRAISER}
        for address in ("collateral:sales", "collateral:evidence", "collateral:hedonic_version"):
            about = {"collateral:evidence": [house.pk], "collateral:hedonic_version": [version.pk]}.get(address, [])
            assert client.get(reverse(address, args=about)).status_code == (200 if reads else 403)
        sent = client.post(reverse("collateral:sales_import"), {"market": "town", "currency": "EUR"})
        assert sent.status_code == (422 if role in {Role.RISK_MANAGER, Role.INVESTIGATOR} else 403)
        for word in ({}, {"outcome": "refuse", "reason": "No.", "seen": str(version.pk)}):
            decided = client.post(reverse("collateral:hedonic_decide", args=[version.pk]), word)
            assert (decided.status_code == 403) is (role not in {Role.RISK_MANAGER, Role.VALIDATOR})
        recorded = client.post(reverse("collateral:evidence", args=[house.pk]), {"market": "town"})
        assert (recorded.status_code == 403) is not reads
        assert HomeFacts.objects.get(asset=house).recorded_by.username == "olga_officer"  # type: ignore[union-attr]

    def test_a_file_by_page_says_what_was_refused(self, bank: Any, investigator: User, today: date) -> None:
        client = Client()
        client.force_login(investigator)
        file = SimpleUploadedFile("a.csv", sales_file(5, more="H1,2025-01-01,-5,EUR,47,8,1,1,1,1,1,1990,7,3,0,0\n").getvalue())
        page = client.post(reverse("collateral:sales_import"), {"market": "town", "currency": "EUR", "file": file}, follow=True)
        assert "5 sales kept, 0 known already, 1 lines refused." in page.text
        assert "Line 7: price -5 does not lie above 0" in page.text

    def test_shows_the_range_beside_the_appraisers_value(
        self, house: Asset, investigator: User, appraisers: list[User], officer: User, submit: Value, today: date
    ) -> None:
        from collateral.services.valuations import order_valuation

        order = submit(order_valuation(asset=house, actor=investigator, business_date=today), "150000.00")
        client = Client()
        client.force_login(officer)
        page = client.get(reverse("collateral:evidence", args=[house.pk])).text
        assert "lies above the range of comparable sales" in page and "Nearest sales of homes alike" in page
        sent = {**{name: value for name, value in HOME.items() if value is not None}, "market": "town", "waterfront": ""}
        kept = client.post(reverse("collateral:evidence", args=[house.pk]), {**sent, "living_area": "300"}, follow=True)
        assert "The facts are kept." in kept.text
        assert HomeFacts.objects.get(asset=house).living_area == 300
        assert Valuation.objects.get(pk=order.pk).state == "SUBMITTED"
