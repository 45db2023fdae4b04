"""Importing entries from a file: previewed line by line, in force only after a second person, nothing in clear."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.db import connection

from blacklist.models import BlacklistEntry, EntryBatch
from blacklist.selectors import has_blocking
from blacklist.services import screen_subject
from blacklist.services.batches import UnableToImportEntries, decide_batch, preview_entries, propose_batch
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
        decide_batch(batch=batch, confirm=True, reason="Seen.", actor=compliance, business_date=today)
        assert list(BlacklistEntry.objects.values_list("state", flat=True)) == ["ACTIVE", "ACTIVE"]
        assert screen_subject(subject=subject(), purpose="manual", business_date=today).blocks
        assert has_blocking("borrower:other")

    def test_the_uploader_may_not_confirm(self, compliance: User, today: date) -> None:
        batch = propose_batch(batch=upload(GOOD, compliance, today), actor=compliance)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            decide_batch(batch=batch, confirm=True, reason="", actor=compliance, business_date=today)
        assert not BlacklistEntry.objects.exists()

    def test_may_be_refused_with_a_reason(self, collector: User, compliance: User, today: date) -> None:
        batch = propose_batch(batch=upload(GOOD, collector, today), actor=collector)
        with pytest.raises(UnableToImportEntries, match="reason_missing"):
            decide_batch(batch=batch, confirm=False, reason=" ", actor=compliance, business_date=today)
        decide_batch(batch=batch, confirm=False, reason="No evidence.", actor=compliance, business_date=today)
        batch.refresh_from_db()
        assert (batch.state, BlacklistEntry.objects.count()) == ("REFUSED", 0)

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
