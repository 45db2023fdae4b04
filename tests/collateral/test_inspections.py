"""What an inspector saw: kept once, compared with the register, and with what follows; put right only by another inspection."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, connections, transaction

from collateral.domain.inspections import Seen, find_on_site, kilometres
from collateral.models import Asset, AssetPhoto, HomeFacts, Inspection, InspectionRound, InspectionStop, RedFlag, Valuation
from collateral.services.flags import UnableToDecideFlag, decide_flag
from collateral.services.inspections import Place, UnableToInspect, record_inspection
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledges import perfect_pledge
from collateral.services.titles import title_key
from core.errors import Conflict
from core.events import deliver_pending
from core.models import Branch, User
from core.roles import Role
from loans.models import Document
from monitoring.models import Alert
from tests.collateral.books import Book
from tests.collateral.conftest import hire
from tests.collateral.inspecting import give, inspect, machine, night, photo, planned, sent
from tests.collateral.test_services import open_codes
from tests.shared_rows import shared


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@shared
def inspector(branch: Branch) -> User:
    return hire("ida_inspector", Role.APPRAISER, branch=branch)


@shared
def stop(book: Book, inspector: User) -> InspectionStop:
    return give(machine(book, title_number="SN 47-11a", title_key="SN4711A"), inspector, book.today)


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Inspection, AssetPhoto, Document, RedFlag, Valuation))


def hear() -> None:
    while deliver_pending():
        pass


class TestSent:
    def test_is_kept_with_its_photos_and_ends_stop_and_round(self, stop: InspectionStop) -> None:
        kept = inspect(
            stop, number_seen="sn-4711 A", place=Place(Decimal("53.551086"), Decimal("9.993682"), 12), photos=[photo(2), photo(3)]
        )
        assert (kept.number_agrees, kept.faults, kept.photos.count(), open_codes(stop.asset)) == (True, [], 2, set())
        stop.refresh_from_db()
        assert (stop.state, stop.round.state, stop.round.ended_date) == ("DONE", "DONE", stop.round.planned_date)
        with connection.cursor() as cursor:
            cursor.execute("SELECT position, place FROM collateral_inspection")
            assert not any(word in bytes(part) for part in cursor.fetchone() for word in (b"53.55", b"hall"))
        assert Inspection.objects.get().position == "53.551086,9.993682"

    @pytest.mark.parametrize(
        ("title", "numbers", "read", "agrees"),
        [
            ("SN 4711-A", "serial_number:4711-A", "4711 a", True),
            ("WVWZZZ1JZXW000001", "plate:KI AB 123\nvin:WVWZZZ1JZXW000001", "ki-ab 123", True),
            ("SN 4711-A", "serial_number:4711-A", "4711-B", False),
            ("", "serial_number:4711-A", "4711-B", False),
            ("", "", "4711-B", None),
        ],
    )
    def test_agrees_with_any_number_on_file(
        self, book: Book, inspector: User, title: str, numbers: str, read: str, agrees: bool | None
    ) -> None:
        asset = machine(book, title_number=title, title_key=title_key(title))
        asset.numbers = numbers
        asset.save()
        kept = inspect(give(asset, inspector, book.today), number_seen=read)
        assert (kept.number_agrees, kept.faults) == (agrees, ["number_differs"] if agrees is False else [])

    def test_twice_is_kept_once(self, stop: InspectionStop) -> None:
        what = sent(stop)
        first = record_inspection(**what)
        before = counts()
        assert record_inspection(**what).pk == first.pk and counts() == before

    def test_under_a_used_key_with_other_content_is_refused(self, stop: InspectionStop, book: Book, inspector: User) -> None:
        what, other = sent(stop), give(machine(book), inspector, book.today)
        record_inspection(**what)
        before = counts()
        for changes in ({"remarks": "Oil on the floor."}, {"photos": [photo(9)]}, {"stop": other}):
            with pytest.raises(UnableToInspect, match="key_used"):
                record_inspection(**what | changes)
        assert counts() == before

    def test_again_after_its_answer_was_lost_nothing_is_lost_and_nothing_doubled(
        self, stop: InspectionStop, branch: Branch, inspector: User
    ) -> None:
        what = sent(stop)
        first = record_inspection(**what)
        before = counts()
        # The phone never heard: the same draft goes under another key, then with one more photo, and that answer is lost too.
        tried = [uuid4(), what["client_key"]]
        assert record_inspection(**what | {"client_key": uuid4(), "earlier": tried}).pk == first.pk and counts() == before
        more = what | {"client_key": uuid4(), "earlier": tried, "photos": [*what["photos"], photo(9)]}
        second = record_inspection(**more)
        assert second.pk != first.pk and second.photos.count() == 2
        before = counts()
        for late in (what, more, more | {"client_key": uuid4(), "earlier": [*tried, more["client_key"]]}):
            record_inspection(**late)
        # One that overtook the other on its way does not count after it, nor does a key of somebody else's sending serve.
        for stray in ({"earlier": []}, {"earlier": tried}, {"earlier": [uuid4()], "remarks": "Other"}):
            with pytest.raises(Conflict):
                record_inspection(**what | {"client_key": uuid4(), **stray})
        assert counts() == before and [one.pk for one in stop.inspections.all()] == [second.pk, first.pk]

    def test_after_another_device_was_first_is_a_conflict_and_then_another_inspection(self, stop: InspectionStop) -> None:
        first = inspect(stop, use="IDLE")
        before = counts()
        with pytest.raises(Conflict):
            inspect(stop)
        assert counts() == before
        second = inspect(stop, after=first.pk)
        assert [one.pk for one in stop.inspections.all()] == [second.pk, first.pk]
        assert open_codes(stop.asset) == {"idle"}, "a second person decides what was raised; nothing is taken back"

    def test_is_never_changed_in_the_database(self, stop: InspectionStop) -> None:
        inspect(stop)
        for change in (lambda: Inspection.objects.update(use="IDLE"), lambda: Inspection.objects.all()._raw_delete("default")):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        assert Inspection.objects.get().use == "IN_USE"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"presence": ""}, "presence"),
            ({"condition": ""}, "condition"),
            ({"use": "SOLD"}, "use"),
            ({"number_seen": " "}, "number_seen"),
            ({"presence": "ABSENT"}, "remarks"),
            ({"presence": "SHUT"}, "remarks"),
            ({"place": None}, "place_words"),
            ({"photos": []}, "photos"),
            ({"photos": [SimpleUploadedFile("a.jpg", b"MZ not a picture")]}, "photos"),
            ({"photos": [photo(number) for number in range(2, 9)]}, "photos"),
            ({"seen_date": date(2026, 3, 3)}, "seen_date"),
            ({"seen_date": date(2026, 3, 1)}, "seen_date"),
        ],
    )
    def test_with_a_fault_is_refused_at_its_field_and_nothing_is_kept(
        self, stop: InspectionStop, changes: dict[str, Any], field: str
    ) -> None:
        before = counts()
        with pytest.raises(UnableToInspect) as refusal:
            inspect(stop, **changes)
        assert [fault.field for fault in refusal.value.faults] == [field] and counts() == before
        assert InspectionStop.objects.get().state == "OPEN"

    def test_by_somebody_else_is_refused(self, stop: InspectionStop, branch: Branch) -> None:
        before = counts()
        for role in Role:
            actor = hire(f"a_{role.value.lower()}", role, branch=branch)
            code = "not_yours" if role in (Role.APPRAISER, Role.INVESTIGATOR) else "not_entitled"
            with pytest.raises(UnableToInspect, match=code):
                inspect(stop, actor=actor)
        assert counts() == before

    def test_of_what_backs_nothing_any_more_is_refused(self, stop: InspectionStop) -> None:
        InspectionStop.objects.update(state="DROPPED")
        with pytest.raises(UnableToInspect, match="dropped"):
            inspect(stop)


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


@pytest.mark.django_db(transaction=True)
def test_sent_by_several_at_once_it_is_kept_once(stop: InspectionStop) -> None:
    key, results, start = uuid4(), [], threading.Barrier(4)

    def send() -> None:
        what = sent(stop, client_key=key)
        start.wait()
        try:
            results.append(record_inspection(**what).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4 and len(set(results)) == 1
    assert (Inspection.objects.count(), AssetPhoto.objects.count(), stop.inspections.count()) == (1, 1, 1)


def test_an_upload_that_is_too_late_stays_with_who_went(stop: InspectionStop, branch: Branch, inspector: User) -> None:
    InspectionRound.objects.update(
        inspector=hire("other", Role.INVESTIGATOR, branch=branch), due_date=stop.round.due_date + timedelta(days=1)
    )
    with pytest.raises(UnableToInspect, match="not_yours"):
        inspect(stop, actor=inspector)
    assert not Inspection.objects.exists()
