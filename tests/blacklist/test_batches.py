"""Importing entries from a file: previewed line by line, in force only after a second person, nothing in clear."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from blacklist.models import BlacklistEntry, EntryBatch
from blacklist.selectors import has_blocking
from blacklist.services import batch_entering, confirm_entry, screen_subject
from blacklist.services.batches import UnableToImportEntries, decide_batch, preview_entries, propose_batch
from blacklist.tasks import enter_batches
from core.four_eyes import UnableToConfirm
from core.models import User
from tests.blacklist.conftest import subject

HEADER = "kind,name,aliases,birth_date,national_id,reason_code,evidence,valid_until\n"
GOOD = (
    HEADER
    + "person,Dragan Petrovic,Drago P.,1971-05-04,0405971710012,fraud,Convicted in 2025.,\ncompany,Alder Trade GmbH,,,,court_listing,Court list 7.,2027-01-01\n"
)


def upload(content: str | bytes, actor: User, today: date) -> EntryBatch:
    raw = content.encode() if isinstance(content, str) else content
    return preview_entries(stream=io.BytesIO(raw), file_name="entries.csv", actor=actor, business_date=today)


class TestImportEntries:
    def test_comes_into_force_by_two_people(self, collector: User, compliance: User, today: date) -> None:
        batch = upload(GOOD, collector, today)
        assert (batch.lines, batch.faulty, BlacklistEntry.objects.count()) == (2, 0, 0)
        propose_batch(batch=batch, actor=collector)
        decide_batch(batch=batch, confirm=True, reason="Seen.", actor=compliance)
        assert not BlacklistEntry.objects.exists()
        client, address = Client(), reverse("blacklist:batch_detail", args=[batch.pk])
        client.force_login(compliance)
        assert "0 of 2 lines" in client.get(address).content.decode()
        assert "HX-Refresh" not in client.get(address, headers={"HX-Request": "true"})
        assert enter_batches() == 2
        assert client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
        assert enter_batches() == 0
        batch.refresh_from_db()
        assert (batch.state, batch.confirmed_by) == ("DONE", compliance)
        assert list(BlacklistEntry.objects.values_list("state", flat=True)) == ["ACTIVE", "ACTIVE"]
        assert screen_subject(subject=subject(), purpose="manual", business_date=today).blocks
        assert has_blocking("borrower:other")

    def test_the_uploader_may_not_confirm(self, compliance: User, today: date) -> None:
        batch = propose_batch(batch=upload(GOOD, compliance, today), actor=compliance)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            decide_batch(batch=batch, confirm=True, reason="", actor=compliance)
        assert not BlacklistEntry.objects.exists()

    def test_may_be_refused_with_a_reason(self, collector: User, compliance: User, today: date) -> None:
        batch = propose_batch(batch=upload(GOOD, collector, today), actor=collector)
        with pytest.raises(UnableToImportEntries, match="reason_missing"):
            decide_batch(batch=batch, confirm=False, reason=" ", actor=compliance)
        decide_batch(batch=batch, confirm=False, reason="No evidence.", actor=compliance)
        batch.refresh_from_db()
        assert (batch.state, BlacklistEntry.objects.count()) == ("REFUSED", 0)

    def test_is_entered_piece_by_piece_and_goes_on_where_a_killed_worker_stopped(
        self, collector: User, compliance: User, today: date, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A line that was possible when it was confirmed and is not any more stays out, says why, and keeps no other out."""
        people = "".join(f"person,Ana Kovács {'x' * number},,,,fraud,Convicted in 2025.,\n" for number in range(1, 5))
        lapses = "person,Ivo Horvat,,,,fraud,Convicted.,2027-01-01\n"
        batch = propose_batch(batch=upload(HEADER + people + lapses, collector, today), actor=collector)
        decide_batch(batch=batch, confirm=True, reason="", actor=compliance)
        monkeypatch.setattr(batch_entering, "PIECE", 2)
        entered: list[int] = []

        def killed(**arguments: Any) -> BlacklistEntry:
            if len(entered) == 3:
                raise KeyboardInterrupt
            entered.append(1)
            return confirm_entry(**arguments)

        with monkeypatch.context() as patch:
            patch.setattr(batch_entering, "confirm_entry", killed)
            with pytest.raises(KeyboardInterrupt):
                batch_entering.enter_waiting(business_date=today)
        assert BlacklistEntry.objects.count() == 2
        assert batch_entering.enter_waiting(business_date=date(2028, 1, 1)) == 3
        batch.refresh_from_db()
        assert (BlacklistEntry.objects.count(), batch.state, batch.faulty) == (4, "DONE", 1)
        assert batch.rows.get(entry=None).faults

    def test_says_line_by_line_what_is_wrong(self, collector: User, today: date) -> None:
        lines = (
            "person,Dr.,,,,fraud,x,",
            "robot,Ana Kovács,,1970-02-31,,theft,,",
            "person,Ana Kovács,,2999,,fraud,x,2020-01-01",
            "person,Ivo Horvat,,,1,fraud,x,soon",
            "person,Same Twice,,,,fraud,x,",
            "person,Same Twice,,,,fraud,x,",
            f"person,{'x' * 501},,,,fraud,x,",
        )
        batch = upload(HEADER + "\n".join(lines) + "\n", collector, today)
        faults = [row.faults for row in batch.rows.all()]
        assert [bool(found) for found in faults] == [True, True, True, True, False, True, True]
        assert len(faults[1]) == 4
        assert faults[5] == ["The same as line 6."]
        with pytest.raises(UnableToImportEntries, match="faulty"):
            propose_batch(batch=batch, actor=collector)

    @pytest.mark.parametrize(
        "content",
        [b"", b"\x1a", b"name\nx\n", GOOD[:120].encode() + b',"', HEADER.encode(), HEADER.encode() + b"person,\xe9\n", b"\x00\x01"],
    )
    def test_refuses_in_words_what_is_no_file_of_entries(self, collector: User, today: date, content: bytes) -> None:
        with pytest.raises(UnableToImportEntries, match="unreadable"):
            upload(content, collector, today)

    def test_refuses_officers(self, officer: User, today: date) -> None:
        with pytest.raises(UnableToImportEntries, match="not_entitled"):
            upload(GOOD, officer, today)

    def test_keeps_nothing_in_clear(self, collector: User, today: date) -> None:
        upload(GOOD, collector, today)
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(encode(content, 'escape'), '') FROM blacklist_entrybatchline")
            stored = cursor.fetchone()[0]
        assert "Petrovic" not in stored
        assert "0405971710012" not in stored
