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

from collateral.models import AssetPhoto, Inspection, InspectionRound, InspectionStop, RedFlag, Valuation
from collateral.services.inspections import Place, UnableToInspect, record_inspection
from collateral.services.titles import title_key
from core.errors import Conflict
from core.models import Branch, User
from core.roles import Role
from loans.models import Document
from tests.collateral.books import Book
from tests.collateral.conftest import hire
from tests.collateral.inspecting import book, give, inspect, inspector, machine, media, photo, sent, stop
from tests.collateral.test_services import open_codes

__all__ = ["book", "inspector", "media", "stop"]


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Inspection, AssetPhoto, Document, RedFlag, Valuation))


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
