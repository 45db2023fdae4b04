"""A total loss that was recorded by mistake: taken back by two people with a paper, and what it ended comes back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from collateral.domain.red_flags import Finding
from collateral.models import Asset, AssetDocument, Covenant, Cover, DecidedCover, MarginCall, Pledge
from collateral.selectors.flags import standing_flags
from collateral.services.asset_documents import UnableToKeepDocument, keep_asset_document
from collateral.services.decided_covers import settle_decided_cover
from collateral.services.ended_work import end_open_work
from collateral.services.flags import decide_flag, raise_findings
from collateral.services.loss_undone import decide_undo, propose_undo
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, User
from core.roles import Role
from loans.models import Application, ApplicationHold
from monitoring.models import Alert
from tests.collateral.books import Book
from tests.collateral.conftest import hire
from tests.collateral.inspecting import application_of
from tests.collateral.losing import Undo, ask, book, lose, lost, media, night, press, refused, undo
from tests.collateral.papers import file_paper, sheet
from tests.collateral.test_services import another_application

__all__ = ["book", "lost", "media", "press", "undo"]


class TestTwoPeople:
    def test_say_why_with_a_paper(
        self, press: Asset, officer: User, investigator: User, approver: User, risk_manager: User, today: date
    ) -> None:
        assert refused(lambda: ask(press, investigator, today)) == {"not_lost"}
        lose(press, investigator, approver, today)
        assert refused(lambda: ask(press, approver, today)) == {"not_entitled"}
        assert refused(lambda: propose_undo(asset=press, reason=" ", proof=None, actor=investigator, business_date=today)) == {
            "reason",
            "paper",
        }
        paper = file_paper(press, AssetDocument.Kind.EXISTENCE, today)
        ask(press, investigator, today, proof=paper)
        word: dict[str, Any] = {"asset": press, "confirm": True, "reason": "Seen", "business_date": today}
        for person, why in ((investigator, "own_proposal"), (officer, "not_entitled")):
            with pytest.raises(UnableToConfirm, match=why):
                decide_undo(**word, actor=person)
        press.refresh_from_db()
        assert press.state == "DESTROYED"
        decide_undo(**word, actor=risk_manager)
        press.refresh_from_db()
        assert press.state == "REGISTERED"
        kept = AuditEntry.objects.get(action="asset.loss_taken_back").details
        assert (kept["reason"], kept["paper"]) == ("The neighbour's press burnt", str(paper.pk))
        assert AuditEntry.objects.filter(action="asset.destroyed").count() == 1

    def test_refused_it_stays_lost_and_who_worked_on_it_confirms_nothing(
        self, lost: Asset, investigator: User, approver: User, risk_manager: User, today: date
    ) -> None:
        ask(lost, investigator, today)
        Asset.objects.filter(pk=lost.pk).update(registered_by=approver)
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            decide_undo(asset=lost, confirm=True, reason="Seen", actor=approver, business_date=today)
        decide_undo(asset=lost, confirm=False, reason="It is gone", actor=risk_manager, business_date=today)
        lost.refresh_from_db()
        assert lost.state == "DESTROYED" and refused(lambda: ask(lost, risk_manager, today)) == {"not_entitled"}

    def test_collections_put_the_paper_on_file_too(self, lost: Asset, branch: Branch, today: date) -> None:
        collector = hire("carl", Role.COLLECTIONS, branch=branch)
        ask(lost, collector, today, proof=sheet())
        assert lost.papers.get(kind="EXISTENCE").uploaded_by == collector
        with pytest.raises(UnableToKeepDocument, match="not_entitled"):
            keep_asset_document(
                asset=lost, kind="TITLE_EXTRACT", upload=sheet(more="2"), paper_date=today, actor=collector, business_date=today
            )


class TestWhatComesBack:
    def test_cover_calls_and_what_was_told_of_them(self, lost: Asset, book: Book, undo: Undo) -> None:
        night(book)
        told = {"MARGIN_CALL", "LIENS"}
        assert Cover.objects.get().available == 0 and MarginCall.objects.get().state == "OPEN"
        assert set(Alert.objects.exclude(state="RESOLVED").values_list("kind", flat=True)) == told
        undo(lost)
        call = MarginCall.objects.get()
        assert (Cover.objects.get().available, call.state, call.answer) == (27_500, "MET", "TAKEN_BACK")
        night(book)
        assert set(Alert.objects.filter(state="RESOLVED", outcome="").values_list("kind", flat=True)) == {"MARGIN_CALL"}
        assert MarginCall.objects.count() == 1

    def test_an_older_call_and_alert_of_something_else_stay(
        self, press: Asset, book: Book, investigator: User, approver: User, undo: Undo
    ) -> None:
        Covenant.objects.update(min_coverage=1)
        night(book)
        MarginCall.objects.update(raised_date=book.today - timedelta(days=3), due_date=book.today + timedelta(days=9))
        Alert.objects.update(raised_date=book.today - timedelta(days=3))
        lose(press, investigator, approver, book.today)
        night(book)
        undo(press)
        night(book)
        assert MarginCall.objects.get().state == "OPEN" and not Alert.objects.filter(kind="MARGIN_CALL", state="RESOLVED").exists()

    @pytest.mark.parametrize("upheld", [False, True])
    def test_the_files_that_the_loss_held(
        self, press: Asset, investigator: User, approver: User, risk_manager: User, undo: Undo, today: date, upheld: bool
    ) -> None:
        file = application_of(press)
        file.loans.update(state="SIGNED", undrawn=30_000, outstanding_principal=0, disbursed_date=None)
        DecidedCover.objects.create(application=file, available=27_500, exposure=30_000, decided_date=today)
        Asset.objects.update(insured_until=today + timedelta(days=20))
        lose(press, investigator, approver, today)
        settle_decided_cover(file, today)
        held = ApplicationHold.objects.filter(application=file, released_at=None)
        assert set(held.values_list("source", flat=True)) == {f"asset:{press.pk}", "decided_cover"}
        if upheld:
            decide_flag(flag=press.flags.get(), uphold=True, reason="Seen", actor=risk_manager, business_date=today)
        undo(press)
        assert not held.exists() and not standing_flags().exists() and press.flags.get().state == "ENDED"

    def test_pledges_and_flags_that_it_ended_but_not_that_it_is_lost(
        self, press: Asset, investigator: User, approver: User, undo: Undo, today: date
    ) -> None:
        press.pledges.update(state="PROPOSED")
        other = Pledge.objects.create(asset=press, application=another_application(application_of(press)), amount=5_000, rank=2)
        raise_findings(asset=press, findings=[Finding("idle", "It stands idle.", {})], business_date=today)
        lose(press, investigator, approver, today)
        end_open_work(business_date=today)
        assert set(press.flags.values_list("state", flat=True)) == {"ENDED"}
        Application.objects.filter(pk=other.application_id).update(state="WITHDRAWN")
        assert {one.why_not for one in undo(press)} == {"", "the file is closed"}
        assert set(press.pledges.values_list("state", flat=True)) == {"PROPOSED", "WITHDRAWN"}
        assert list(standing_flags().values_list("code", flat=True)) == ["idle"]

    def test_lost_again_it_goes_by_the_later_day(self, lost: Asset, investigator: User, approver: User, undo: Undo, today: date) -> None:
        undo(lost)
        lose(lost, investigator, approver, today)
        assert list(standing_flags().values_list("code", flat=True)) == ["destroyed"] and lost.flags.count() == 2
        undo(lost)
        assert not standing_flags().exists()
