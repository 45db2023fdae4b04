"""What follows from what an inspector saw: flags, alerts, orders and the next visit; and by which rules."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.domain.inspections import Seen, find_on_site, kilometres
from collateral.models import Asset, HomeFacts, InspectionStop, RedFlag, Valuation
from collateral.services.flags import UnableToDecideFlag, decide_flag
from collateral.services.inspections import Place
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledges import perfect_pledge
from core.models import Branch, User
from core.roles import Role
from monitoring.models import Alert
from tests.collateral.books import Book
from tests.collateral.conftest import hire
from tests.collateral.inspecting import book, give, hear, inspect, inspector, machine, media, night, photo, planned, stop
from tests.collateral.test_services import open_codes

__all__ = ["book", "inspector", "media", "stop"]


class TestWhatFollows:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"presence": "ABSENT", "remarks": "Sold, the owner says."}, "not_found"),
            ({"number_seen": "SN 4712 A"}, "number_differs"),
            ({"use": "IDLE"}, "idle"),
            ({"condition": "DAMAGED"}, "damaged"),
            ({"condition": "UNUSABLE"}, "damaged"),
        ],
    )
    def test_is_a_red_flag_with_evidence_and_an_alert(self, stop: InspectionStop, changes: dict[str, Any], code: str) -> None:
        kept = inspect(stop, **changes)
        flag = RedFlag.objects.get()
        assert (flag.code, kept.faults, flag.state) == (code, [code], "OPEN")
        assert flag.evidence["inspector"] == "Ida Inspector" and flag.evidence["seen_on"] == "2026-03-02"
        hear()
        alert = Alert.objects.get(kind="INSPECTION")
        assert (alert.asset, alert.level) == (stop.asset, 3 if code == "not_found" else 2) and code.replace("_", " ") in alert.title

    def test_blocks_perfection_until_somebody_else_decides(
        self, asset: Asset, accepted: Valuation, pledge: Any, branch: Branch, investigator: User, today: date
    ) -> None:
        inspector = hire("ivo_inspector", Role.INVESTIGATOR, branch=branch)
        inspect(give(asset, inspector, today), presence="ABSENT", remarks="Gone.")
        act: dict[str, Any] = {"pledge": pledge, "registry_reference": "R", "actor": investigator, "business_date": today}
        with pytest.raises(UnableToPerfectPledge):
            perfect_pledge(**act)
        flag = asset.flags.get()
        inspector.role_rows.all().delete()
        inspector.role_rows.create(role=Role.RISK_MANAGER)
        inspector = User.objects.get(pk=inspector.pk)
        with pytest.raises(UnableToDecideFlag, match="own_work"):
            decide_flag(flag=flag, uphold=False, reason="I looked twice.", actor=inspector, business_date=today)
        decide_flag(
            flag=flag,
            uphold=False,
            reason="Lent to the sister firm.",
            actor=hire("ruth", Role.RISK_MANAGER, branch=branch),
            business_date=today,
        )
        perfect_pledge(**act)

    def test_is_nothing_where_no_number_can_be_compared(self, book: Book, inspector: User) -> None:
        asset = machine(book, title_number="", title_key="")
        assert inspect(give(asset, inspector, book.today), number_seen="", remarks="The plate is painted over.").number_agrees is None
        assert not RedFlag.objects.exists()

    @pytest.mark.parametrize(
        ("desk", "code", "text"),
        [
            ({"number_seen": "", "remarks": "Cannot be read."}, "number_unread", "The inspector read no number off the asset."),
            (
                {"place": None, "place_words": "In the hall"},
                "place_unmeasured",
                "Nobody measured where the asset was seen. Place in words only.",
            ),
            (
                {"place": Place(Decimal("53.5"), Decimal("9.9"), None)},
                "place_unmeasured",
                "Nobody measured where the asset was seen. Place typed, not measured.",
            ),
        ],
    )
    def test_from_a_desk_is_looked_at_and_seen_again_soon(
        self, book: Book, inspector: User, desk: dict[str, Any], code: str, text: str
    ) -> None:
        asset = machine(book, days_ago=10)
        kept = inspect(give(asset, inspector, book.today), **desk)
        assert kept.faults == [code] and asset.flags.get().text == text
        asset.flags.update(state="CLEARED")
        night(book.today)
        assert (planned(asset).level, planned(asset).due_date) == ("HIGH", book.today + timedelta(days=60))

    def test_from_a_desk_ends_with_a_visit_that_reads_and_measures(self, book: Book, inspector: User) -> None:
        asset = machine(book)
        desk = {"number_seen": "", "remarks": "Cannot be read.", "place": None, "place_words": "There"}
        first = inspect(give(asset, inspector, book.today), **desk)
        second = inspect(first.stop, after=first.pk, photos=[photo(4)], number_seen="", remarks="Worn.")
        assert open_codes(asset) == {"number_unread"}
        assert asset.flags.get(code="place_unmeasured").reason == "Seen again on 2 Mar 2026, where the device measured it."
        inspect(first.stop, after=second.pk, photos=[photo(5)])
        assert open_codes(asset) == set() and {flag.by_fact for flag in asset.flags.all()} == {True}

    def test_of_a_photo_known_from_another_asset_is_the_flag_it_always_was(self, stop: InspectionStop, book: Book, inspector: User) -> None:
        other = give(machine(book), inspector, book.today)
        inspect(other, photos=[photo(7)])
        inspect(stop, photos=[photo(7, "again.jpg")])
        assert open_codes(stop.asset) == {"photo_elsewhere"} and open_codes(other.asset) == set()

    def test_of_two_closed_doors_in_a_row_is_a_flag(self, stop: InspectionStop, inspector: User, book: Book) -> None:
        closed = {"presence": "SHUT", "remarks": "Nobody answered.", "photos": []}
        inspect(stop, **closed)
        assert open_codes(stop.asset) == set()
        inspect(give(stop.asset, inspector, book.today), **closed)
        assert open_codes(stop.asset) == {"not_shown"}

    def test_of_asking_for_a_value_is_an_order_to_somebody_else_or_an_alert(
        self, stop: InspectionStop, inspector: User, branch: Branch
    ) -> None:
        first = inspect(stop, valuation_asked=True)
        assert not Valuation.objects.filter(state="ORDERED").exists()
        hear()
        assert "nobody is there to give it" in Alert.objects.get().title
        hire("another_appraiser", Role.APPRAISER, branch=branch)
        for _ in range(2):
            first = inspect(stop, valuation_asked=True, after=first.pk, photos=[photo(5)])
        order = Valuation.objects.get(state="ORDERED")
        assert order.appraiser != inspector and order.order_reason == "Asked for by an inspector"

    def test_of_a_home_seen_elsewhere_is_a_flag(self, book: Book, inspector: User) -> None:
        home = book.asset(300_000)
        values = {
            "living_area": 90,
            "plot_area": 200,
            "bedrooms": 3,
            "bathrooms": 1,
            "floors": 1,
            "built_year": 1990,
            "grade": 7,
            "condition": 3,
        }
        HomeFacts.objects.create(asset=home, market="coast", position="53.5511,9.9937", recorded_date=book.today, **values)
        book.pledge(home, book.lend(100_000), 100_000)
        near, far = Place(Decimal("53.5561"), Decimal("9.9937"), 30), Place(Decimal("53.6511"), Decimal("9.9937"), 30)
        first = inspect(give(home, inspector, book.today), number_seen="", place=near)
        assert open_codes(home) == set()
        inspect(first.stop, number_seen="", place=far, after=first.pk, photos=[photo(4)])
        assert home.flags.get().evidence["kilometres_off"] == "11.1"


class TestRules:
    def test_measure_along_the_surface(self) -> None:
        assert kilometres((53.55, 9.99), (53.55, 9.99)) == 0
        assert kilometres((52.52, 13.405), (48.137, 11.575)) == pytest.approx(504.4, abs=1)  # Berlin to Munich

    def test_allow_what_a_phone_is_unsure_of(self) -> None:
        seen = Seen("PRESENT", "", "", None, "GOOD", "IN_USE", 2.5, 2.0, False)
        assert find_on_site(seen, "Ida", "2026-03-02") == []
        assert [found.code for found in find_on_site(seen._replace(accuracy_km=0.1), "Ida", "2026-03-02")] == ["place_differs"]
