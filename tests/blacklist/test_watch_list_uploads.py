"""Files of watch lists sent by page: kept, read by a worker with progress, made a version or given up in words."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connections, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from blacklist.models import WatchList, WatchListRecord, WatchListUpload, WatchListVersion
from blacklist.services import watch_list_uploads
from blacklist.services.watch_list_uploads import receive_watch_list
from blacklist.services.watch_lists import UnableToImportList
from blacklist.tasks import read_watch_lists
from core.models import AuditEntry, User
from core.roles import Role
from tests.blacklist.conftest import make_person
from tests.blacklist.test_list_files import ADD, ALT, SDN
from tests.blacklist.test_watch_lists import TEN, listing, take_in
from tests.every_role import every_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path / "watch_lists"


@pytest.fixture
def house_list(today: date) -> WatchList:
    return WatchList.objects.create(code="house-list", title="House list", format="plain")


def file(content: str | bytes, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def post(person: User, content: str | bytes, **changes: Any) -> tuple[Client, HttpResponse]:
    client = Client()
    client.force_login(person)
    data = {"title": "House list", "format": "plain", "main": file(content), **changes}
    return client, client.post(reverse("blacklist:watch_list_import"), data, follow=True)  # type: ignore[return-value]


class TestByPage:
    def test_are_read_by_a_worker_and_not_by_the_request(self, compliance: User, kept: Path) -> None:
        client, answer = post(compliance, listing(*TEN))
        assert answer.status_code == 200
        upload = WatchListUpload.objects.get()
        assert (upload.state, upload.size, WatchListVersion.objects.count()) == ("RECEIVED", len(listing(*TEN).encode()), 0)
        lying = b"".join(path.read_bytes() for path in kept.rglob("*") if path.is_file())
        assert lying and not any(part in lying for name in TEN for part in name.encode().split()), "what waits lies on the disk in clear"
        text = answer.content.decode()
        assert "are being read" in text and "Waits to be read" in text and "delay:2s" in text
        poll = client.get(reverse("blacklist:watch_lists"), headers={"HX-Request": "true"})
        assert 'id="uploads"' in poll.content.decode() and "<html" not in poll.content.decode()
        assert "HX-Refresh" not in poll

        assert read_watch_lists() == 1
        upload.refresh_from_db()
        assert upload.version is not None
        assert (upload.state, upload.done, upload.version.state, upload.version.imported_by) == (
            "DONE",
            upload.size,
            "IN_FORCE",
            compliance,
        )
        assert WatchListRecord.objects.filter(in_force=True).count() == 10
        assert list(kept.iterdir()) == []
        poll = client.get(reverse("blacklist:watch_lists"), headers={"HX-Request": "true"})
        assert poll["HX-Refresh"] == "true"
        assert "In force" in poll.content.decode() and "delay:2s" not in poll.content.decode()
        assert read_watch_lists() == 0

    def test_take_the_three_parts_of_ofac(self, compliance: User) -> None:
        post(compliance, SDN, title="OFAC", format="ofac", alt=file(ALT), add=file(ADD))
        assert read_watch_lists() == 1
        assert WatchListRecord.objects.get(uid="101").names == ["BARANOV, Viktor Pavlovich", "БАРАНОВ, Виктор"]

    def test_that_are_broken_become_a_refused_version(self, compliance: User, house_list: WatchList, today: date) -> None:
        take_in(house_list, listing(*TEN), actor=compliance, today=today)
        client, _ = post(compliance, listing(*TEN)[:60].rsplit(",", 1)[0])
        assert read_watch_lists() == 1
        upload = WatchListUpload.objects.get()
        assert upload.version is not None and upload.version.state == "REFUSED"
        assert WatchListRecord.objects.filter(in_force=True).count() == 10
        assert "Refused" in client.get(reverse("blacklist:watch_lists")).content.decode()

    @every_role([Role.OFFICER, Role.COLLECTIONS, Role.AUDITOR])
    def test_are_taken_from_nobody_else(self, role: Role, today: date) -> None:
        _, answer = post(make_person("somebody", role), listing(*TEN))
        assert answer.status_code == 403
        assert not WatchListUpload.objects.exists()


class TestReceive:
    def test_refuses_a_second_file_while_the_first_is_read(self, compliance: User, house_list: WatchList, today: date) -> None:
        receive_watch_list(title="House list", kind="plain", files={"list": file(listing(*TEN))}, actor=compliance, business_date=today)
        _, answer = post(compliance, listing(*TEN))
        assert answer.status_code == 422
        assert "is being read" in answer.content.decode()
        with pytest.raises(IntegrityError, match="one_waits"), transaction.atomic():
            WatchListUpload.objects.create(watch_list=house_list, uploaded_by=compliance, business_date=today)

    def test_refuses_what_is_too_large_before_it_is_kept(
        self, compliance: User, house_list: WatchList, today: date, monkeypatch: pytest.MonkeyPatch, kept: Path
    ) -> None:
        monkeypatch.setattr(watch_list_uploads, "MAX_BYTES", 10)
        with pytest.raises(UnableToImportList, match="too_large"):
            receive_watch_list(title="House list", kind="plain", files={"list": file(listing(*TEN))}, actor=compliance, business_date=today)
        assert not kept.exists()

    def test_refuses_files_of_another_kind_and_begins_no_list_with_them(self, compliance: User, today: date) -> None:
        with pytest.raises(UnableToImportList, match="files_missing"):
            receive_watch_list(title="New list", kind="ofac", files={"list": file(listing(*TEN))}, actor=compliance, business_date=today)
        assert not WatchList.objects.exists()
        assert not AuditEntry.objects.filter(action__startswith="watch_list.").exists()

    def test_begins_a_list_of_a_new_title_and_says_who_did(self, compliance: User) -> None:
        post(compliance, listing(*TEN), title="  Partners we left ")
        begun = WatchList.objects.get()
        assert (begun.code, begun.title) == ("partners-we-left", "Partners we left")
        entry = AuditEntry.objects.get(action="watch_list.opened")
        assert (entry.actor, entry.details["format"]) == (compliance, "plain")

    def test_refuses_while_a_version_is_held(self, compliance: User, house_list: WatchList, today: date) -> None:
        take_in(house_list, listing(*TEN), actor=compliance, today=today)
        take_in(house_list, listing(*TEN[:3]), actor=compliance, today=today)
        with pytest.raises(UnableToImportList, match="held"):
            receive_watch_list(title="House list", kind="plain", files={"list": file(listing(*TEN))}, actor=compliance, business_date=today)


class TestReading:
    @pytest.fixture
    def upload(self, compliance: User, house_list: WatchList, today: date) -> WatchListUpload:
        return receive_watch_list(
            title="House list", kind="plain", files={"list": file(listing(*TEN))}, actor=compliance, business_date=today
        )

    def test_shows_how_far_it_is(self, upload: WatchListUpload, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(watch_list_uploads, "PROGRESS_EVERY", 0.0)
        seen: list[tuple[str, int]] = []

        def look(**_: Any) -> WatchListVersion:
            row = WatchListUpload.objects.get(pk=upload.pk)
            seen.append((row.state, row.done))
            raise UnableToImportList("held", number=1)

        monkeypatch.setattr(watch_list_uploads, "take_in", look)
        assert read_watch_lists() == 1
        assert seen == [("READING", upload.size)]
        upload.refresh_from_db()
        assert upload.state == "FAILED" and "held back" in upload.note

    def test_is_given_up_when_it_kills_its_reader(self, upload: WatchListUpload, monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
        monkeypatch.setattr(watch_list_uploads, "read_files", lambda *_: 1 / 0)
        for _ in range(3):
            assert read_watch_lists() == 0
            upload.refresh_from_db()
            assert upload.state == "READING"
        assert read_watch_lists() == 1
        upload.refresh_from_db()
        assert (upload.state, upload.version) == ("FAILED", None)
        assert upload.note == "The files could not be read. The list in force stays as it is."
        assert list(kept.iterdir()) == []

    def test_leaves_to_another_worker_what_it_is_at(self, upload: WatchListUpload) -> None:
        other = connections["default"].copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [upload.pk.int >> 65])
        assert read_watch_lists() == 0
        # Given back before the connection ends, for the database takes a moment to notice an end.
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
        other.close()
        assert read_watch_lists() == 1
