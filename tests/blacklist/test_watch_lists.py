"""Public lists: their versions, what is held back, and who meets the delta."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from blacklist.models import ScreeningHit, WatchList, WatchListRecord, WatchListVersion
from blacklist.selectors import has_blocking, index
from blacklist.services import UnableToDecideHit, decide_hit, screen_subject
from blacklist.services.sweep import rescreen_against_list
from blacklist.services.watch_list_force import UnableToDecideVersion
from blacklist.services.watch_lists import UnableToImportList, decide_held_version, import_watch_list
from core.four_eyes import UnableToConfirm
from core.models import OutboxEvent, User
from tests.blacklist.conftest import subject
from tests.blacklist.test_list_files import SDN, stream
from tests.datasets import DATASETS, needs


@pytest.fixture
def plain(today: date) -> WatchList:
    return WatchList.objects.create(code="house", title="House list", format="plain")


def listing(*names: str) -> str:
    return "uid,name,kind\n" + "".join(f'{number},"{name}",person\n' for number, name in enumerate(names, start=1) if name)


def take_in(watch_list: WatchList, content: str | bytes, *, actor: User | None, today: date) -> WatchListVersion:
    return import_watch_list(watch_list=watch_list, files={"list": stream(content)}, actor=actor, business_date=today)


TEN = ["Viktor Baranov", "Milica Jovanović", *(f"Somebody Numbered{letter}" for letter in "abcdefgh")]


class TestImportWatchList:
    def test_puts_a_version_into_force_and_says_what_it_changed(self, plain: WatchList, compliance: User, today: date) -> None:
        first = take_in(plain, listing(*TEN), actor=compliance, today=today)
        assert (first.state, first.records, first.added) == ("IN_FORCE", 10, 10)
        changed = take_in(plain, listing("Viktor Baranoff", *TEN[1:9], "", "Pjotr Newcomer"), actor=compliance, today=today)
        assert (changed.state, changed.added, changed.changed, changed.removed) == ("IN_FORCE", 1, 1, 1)
        first.refresh_from_db()
        assert first.state == "REPLACED"
        assert WatchListRecord.objects.filter(in_force=True).count() == 10
        assert WatchListRecord.objects.get(uid="1").content_version == 2
        assert OutboxEvent.objects.filter(name="WatchListChanged").count() == 2

    def test_the_same_again_changes_nothing(self, plain: WatchList, compliance: User, today: date) -> None:
        take_in(plain, listing(*TEN), actor=compliance, today=today)
        before = index.get_list_version()
        assert take_in(plain, listing(*TEN), actor=compliance, today=today).state == "UNCHANGED"
        assert index.get_list_version() == before

    @pytest.mark.parametrize("content", [b"", listing(*TEN)[:60].rsplit(",", 1)[0].encode(), b"\xff\xd8\xff", b"uid,name\n1,\xe9\n"])
    def test_a_broken_file_leaves_the_list_in_force_unharmed(self, plain: WatchList, compliance: User, today: date, content: bytes) -> None:
        take_in(plain, listing(*TEN), actor=compliance, today=today)
        version = take_in(plain, content, actor=compliance, today=today)
        assert version.state == "REFUSED"
        assert "stays as it is" in version.note
        assert WatchListRecord.objects.filter(in_force=True).count() == 10
        assert screen_subject(subject=subject(names=("Baranov Viktor",)), purpose="manual", business_date=today).blocks

    def test_a_list_that_shrinks_too_much_waits_for_a_second_person(
        self, plain: WatchList, compliance: User, second_compliance: User, today: date
    ) -> None:
        take_in(plain, listing(*TEN), actor=compliance, today=today)
        held = take_in(plain, listing(*TEN[:8]), actor=compliance, today=today)
        assert (held.state, held.removed) == ("HELD", 2)
        assert WatchListRecord.objects.filter(in_force=True).count() == 10
        with pytest.raises(UnableToImportList, match="held"):
            take_in(plain, listing(*TEN), actor=compliance, today=today)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            decide_held_version(version=held, release=True, reason="Looks right.", actor=compliance)
        decide_held_version(version=held, release=True, reason="The list says so.", actor=second_compliance)
        assert WatchListRecord.objects.filter(in_force=True).count() == 8
        with pytest.raises(UnableToDecideVersion, match="not_held"):
            decide_held_version(version=held, release=True, reason="Again.", actor=second_compliance)

    def test_a_held_version_may_be_refused(self, plain: WatchList, compliance: User, second_compliance: User, today: date) -> None:
        take_in(plain, listing(*TEN), actor=compliance, today=today)
        held = take_in(plain, listing(*TEN[:3]), actor=compliance, today=today)
        decide_held_version(version=held, release=False, reason="Half the file is missing.", actor=second_compliance)
        assert WatchListRecord.objects.filter(in_force=True).count() == 10
        assert take_in(plain, listing(*TEN, "One More"), actor=compliance, today=today).state == "IN_FORCE"

    def test_refuses_officers(self, plain: WatchList, officer: User, today: date) -> None:
        with pytest.raises(UnableToImportList, match="not_entitled"):
            take_in(plain, listing(*TEN), actor=officer, today=today)
        assert not WatchListVersion.objects.exists()

    def test_the_database_keeps_one_version_in_force(self, plain: WatchList, compliance: User, today: date) -> None:
        take_in(plain, listing(*TEN), actor=compliance, today=today)
        with pytest.raises(IntegrityError, match="one_in_force"), transaction.atomic():
            WatchListVersion.objects.create(
                watch_list=plain, number=9, state="IN_FORCE", files="", sha256="", imported_by_name="x", business_date=today
            )


class TestScreeningAgainstLists:
    def test_follows_each_version_without_a_restart(self, plain: WatchList, compliance: User, today: date) -> None:
        take_in(plain, listing(*TEN[1:]), actor=compliance, today=today)
        asked = subject(names=("Баранов Виктор",))
        assert not screen_subject(subject=asked, purpose="manual", business_date=today).blocks
        take_in(plain, listing(*TEN[1:], "Viktor Baranov"), actor=compliance, today=today)
        screening = screen_subject(subject=asked, purpose="manual", business_date=today)
        assert screening.hits.get().record.uid == "10"  # type: ignore[union-attr]
        assert has_blocking(asked.key)

    def test_a_record_that_leaves_the_list_releases_what_it_held(self, plain: WatchList, compliance: User, today: date) -> None:
        take_in(plain, listing(*TEN), actor=compliance, today=today)
        screen_subject(subject=subject(names=("Viktor Baranov",)), purpose="manual", business_date=today)
        assert has_blocking("borrower:other")
        take_in(plain, listing("", *TEN[1:]), actor=compliance, today=today)
        assert not has_blocking("borrower:other")
        assert ScreeningHit.objects.get().state == "ENDED"
        assert OutboxEvent.objects.filter(name="HitDecided").exists()

    def test_only_the_delta_is_rescreened(self, plain: WatchList, compliance: User, today: date) -> None:
        take_in(plain, listing(*TEN), actor=compliance, today=today)
        second = take_in(plain, listing(*TEN, "Dragan Petrovic"), actor=compliance, today=today)
        book = [subject(key="borrower:a"), subject(key="borrower:b", names=("Viktor Baranov",))]
        assert rescreen_against_list(version_id=second.pk, subjects=book, business_date=today) == {"borrower:a"}
        assert ScreeningHit.objects.get().subject_key == "borrower:a"

    def test_a_false_positive_is_forgotten_when_the_record_changes(self, plain: WatchList, compliance: User, today: date) -> None:
        take_in(plain, listing(*TEN), actor=compliance, today=today)
        asked = subject(names=("Viktor Baranov",))
        hit = screen_subject(subject=asked, purpose="manual", business_date=today).hits.get()
        decide_hit(hit=hit, outcome="FALSE_POSITIVE", reason="Another one.", actor=compliance, business_date=today)
        assert not screen_subject(subject=asked, purpose="manual", business_date=today).blocks
        take_in(plain, listing("Viktor Baranow", *TEN[1:]), actor=compliance, today=today)
        assert screen_subject(subject=asked, purpose="manual", business_date=today).blocks


class TestSecondPersonOnAHit:
    @pytest.fixture
    def high(self, plain: WatchList, compliance: User, today: date) -> ScreeningHit:
        content = "uid,name,kind,birth_dates\n1,Viktor Baranov,person,1960-08-31\n"
        take_in(plain, content, actor=compliance, today=today)
        asked = subject(names=("Viktor Baranov",), birth_date="1960-08-31")
        hit = screen_subject(subject=asked, purpose="manual", business_date=today).hits.get()
        assert hit.grade == "HIGH"
        return hit

    def decide(self, hit: ScreeningHit, outcome: str, actor: User, today: date) -> ScreeningHit:
        return decide_hit(hit=hit, outcome=outcome, reason="Looked at both.", actor=actor, business_date=today)

    def test_a_high_hit_is_cleared_by_two(self, high: ScreeningHit, compliance: User, second_compliance: User, today: date) -> None:
        self.decide(high, "FALSE_POSITIVE", compliance, today)
        assert (high.state, has_blocking(high.subject_key)) == ("PROPOSED_FALSE", True)
        with pytest.raises(UnableToDecideHit, match="own_decision"):
            self.decide(high, "FALSE_POSITIVE", compliance, today)
        self.decide(high, "FALSE_POSITIVE", second_compliance, today)
        assert (high.state, high.confirmed_by, has_blocking(high.subject_key)) == ("FALSE_POSITIVE", second_compliance, False)

    def test_the_second_may_see_it_otherwise(self, high: ScreeningHit, compliance: User, second_compliance: User, today: date) -> None:
        self.decide(high, "FALSE_POSITIVE", compliance, today)
        self.decide(high, "TRUE_MATCH", second_compliance, today)
        assert (high.state, high.decided_by) == ("TRUE_MATCH", second_compliance)

    def test_needs_more_leaves_it_open(self, high: ScreeningHit, compliance: User, today: date) -> None:
        self.decide(high, "NEEDS_MORE", compliance, today)
        assert (high.state, high.needs, has_blocking(high.subject_key)) == ("OPEN", "Looked at both.", True)

    def test_the_database_refuses_to_clear_it_alone(self, high: ScreeningHit, compliance: User) -> None:
        with pytest.raises(IntegrityError, match="high_false_by_two"), transaction.atomic():
            ScreeningHit.objects.filter(pk=high.pk).update(state="FALSE_POSITIVE", decided_by=compliance)


class TestCommand:
    def test_imports_and_holds_back(self, today: date, tmp_path: Path, capsys: Any) -> None:
        good, cut = tmp_path / "sdn.csv", tmp_path / "cut.csv"
        good.write_text(SDN)
        cut.write_text(SDN[:150])
        call_command("import_watch_list", "ofac", sdn=good)
        assert "in force" in capsys.readouterr().out
        with pytest.raises(CommandError, match="as it was") as refusal:
            call_command("import_watch_list", "ofac", sdn=cut)
        assert refusal.value.returncode == 3
        assert WatchListRecord.objects.filter(in_force=True).count() == 2


@needs(DATASETS / "ofac", DATASETS / "un_consolidated")
class TestOnPublicLists:
    def test_reads_both_whole(self, today: date) -> None:
        ofac = WatchList.objects.create(code="ofac", title="OFAC", format="ofac")
        parts = {part: io.BytesIO((DATASETS / "ofac" / f"{part}.csv").read_bytes()) for part in ("sdn", "alt", "add")}
        version = import_watch_list(watch_list=ofac, files=parts, actor=None, business_date=today)
        assert (version.state, version.records) == ("IN_FORCE", 6839)
        un = WatchList.objects.create(code="un", title="UN", format="un")
        with (DATASETS / "un_consolidated" / "UN_consolidated.xml").open("rb") as xml:
            version = import_watch_list(watch_list=un, files={"list": xml}, actor=None, business_date=today)
        assert version.records == 1003
        found = screen_subject(subject=subject(names=("Eric Badege",)), purpose="manual", business_date=today)
        assert found.hits.get(record__watch_list=un).evidence["name"]["grade"] == "exact"
