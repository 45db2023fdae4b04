"""A total loss that was recorded by mistake: taken back by two people with a paper, and what it ended comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collateral.domain.red_flags import Finding
from collateral.models import Asset, AssetDocument, Covenant, Cover, DecidedCover, InsurancePolicy, MarginCall, Pledge, Realisation
from collateral.selectors.ended_pledges import EndedPledge
from collateral.selectors.flags import standing_flags
from collateral.services.asset_documents import UnableToKeepDocument, keep_asset_document
from collateral.services.decided_covers import settle_decided_cover
from collateral.services.ended_work import end_open_work
from collateral.services.enforcement import KIND as ENFORCEMENT
from collateral.services.flags import decide_flag, raise_findings
from collateral.services.loss_undone import UnableToTakeLossBack, decide_undo, propose_undo
from collateral.services.margin_calls import watch_covers
from collateral.services.total_loss import decide_total_loss, propose_total_loss
from core import four_eyes
from core.events import deliver_pending
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from loans.models import Application, ApplicationHold, Payment, PaymentAllocation, PaymentFile, PaymentLine
from monitoring.models import Alert
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import SignIn, about_open, hire
from tests.collateral.inspecting import application_of, machine
from tests.collateral.papers import file_paper, sheet
from tests.collateral.test_services import another_application
from tests.every_role import every_role
from tests.shared_rows import shared

Undo = Callable[..., list[EndedPledge]]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT, settings.CREDENCE_REQUIRE_STEP_UP = tmp_path, False


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@shared
def press(book: Book, officer: User) -> Asset:
    """A press that covers 27,500 of the 30,000 lent on it, as agreed."""
    press = machine(book, registered_by=officer)
    Covenant.objects.create(application=application_of(press), min_coverage=Decimal("0.9"), agreed_date=book.today)
    night(book)
    assert Cover.objects.get().available == 27_500 and not MarginCall.objects.exists()
    return press


@shared
def lost(press: Asset, investigator: User, approver: User, today: date) -> Asset:
    return lose(press, investigator, approver, today)


def lose(asset: Asset, actor: User, second: User, today: date) -> Asset:
    propose_total_loss(
        asset=asset, lost_date=today, reason="Burnt out", proof=file_paper(asset, "LOSS_REPORT", today), actor=actor, business_date=today
    )
    decide_total_loss(asset=asset, confirm=True, reason="", actor=second, business_date=today)
    asset.refresh_from_db()
    return asset


def night(book: Book) -> None:
    book.sweep()
    watch_covers(business_date=book.today, **EVERY)
    while deliver_pending():
        pass


def ask(asset: Asset, actor: User, today: date, **changes: Any) -> Proposal:
    proof = changes.pop("proof", None) or file_paper(asset, AssetDocument.Kind.EXISTENCE, today)
    return propose_undo(
        asset=asset, **{"reason": "The neighbour's press burnt", "proof": proof, "actor": actor, "business_date": today} | changes
    )


@pytest.fixture
def undo(investigator: User, risk_manager: User, today: date) -> Undo:
    """Take a loss back, by two people."""

    def make(asset: Asset, **changes: Any) -> list[EndedPledge]:
        ask(asset, investigator, today, **changes)
        return decide_undo(asset=asset, confirm=True, reason="Seen", actor=risk_manager, business_date=today)

    return make


def refused(act: Callable[[], object]) -> set[str]:
    with pytest.raises(UnableToTakeLossBack) as refusal:
        act()
    return {fault.field for fault in refusal.value.faults} or {refusal.value.code}


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


class TestWhatMoneyFollowed:
    def pay(self, asset: Asset, today: date, **changes: Any) -> Payment:
        loan = application_of(asset).loans.get()
        kept = {"reference": f"PM-{Payment.objects.count()}", "amount": 100, "currency": "EUR", "value_date": today, "booking_date": today}
        payment = Payment.objects.create(loan=loan, **kept | changes)
        PaymentAllocation.objects.create(payment=payment, component="suspense", amount=payment.amount)
        return payment

    def insure(self, asset: Asset, today: date) -> None:
        day = today - timedelta(days=30)
        InsurancePolicy.objects.create(
            asset=asset,
            insurer="Nordstern",
            policy_number="NS 77/1",
            sum_insured=50_000,
            from_date=day,
            until_date=today,
            recorded_date=day,
        )

    def test_is_asked_about_where_something_came_in(
        self, lost: Asset, investigator: User, risk_manager: User, undo: Undo, today: date
    ) -> None:
        self.pay(lost, today, booking_date=today - timedelta(days=1))
        self.pay(lost, today, reversed_at=timezone.now())
        self.pay(lost, today, source="SET_OFF")
        ask(lost, investigator, today)
        payment = self.pay(lost, today)
        assert refused(lambda: decide_undo(asset=lost, confirm=True, reason="", actor=risk_manager, business_date=today)) == {"came_in"}
        decide_undo(asset=lost, confirm=False, reason="Ask about that", actor=risk_manager, business_date=today)
        assert refused(lambda: ask(lost, investigator, today)) == {"insurer_paid"}
        assert refused(lambda: ask(lost, investigator, today, insurer_paid=True)) == {"insurer_paid"}
        undo(lost, insurer_paid=False)
        assert Asset.objects.get().state == "REGISTERED" and payment.reference == "PM-3"

    @pytest.mark.parametrize("text", ["Gutschrift NORDSTERN AG Schaden 4711", "Police ns 77/1"])
    def test_of_an_insurer_by_its_statement_is_in_the_way_until_it_is_reversed(
        self, lost: Asset, officer: User, branch: Branch, investigator: User, undo: Undo, today: date, text: str
    ) -> None:
        self.insure(lost, today)
        payment = self.pay(lost, today)
        file = PaymentFile.objects.create(branch=branch, file_name="in.xml", sha256="1" * 64, uploaded_by=officer)
        line = {"number": 1, "value_date": today, "amount": 100, "currency": "EUR", "state": "POSTED"}
        PaymentLine.objects.create(file=file, text=text, loan=payment.loan, payment=payment, **line)
        with pytest.raises(UnableToTakeLossBack) as refusal:
            ask(lost, investigator, today, insurer_paid=False)
        assert refusal.value.code == "insured" and "Nordstern" in refusal.value.detail and payment.reference in refusal.value.detail
        Payment.objects.update(reversed_at=timezone.now())
        undo(lost)
        assert Asset.objects.get().state == "REGISTERED"

    def test_of_a_sale_that_followed_keeps_the_record(
        self, lost: Asset, book: Book, investigator: User, risk_manager: User, today: date
    ) -> None:
        ask(lost, investigator, today)
        house = book.asset(100_000)
        Pledge.objects.create(asset=house, application=application_of(lost), amount=30_000, state="ENFORCED")
        sale = Realisation.objects.create(asset=house, sold_date=today, price=1, enforced=True, recorded_date=today, booked_date=today)
        decide: dict[str, Any] = {"asset": lost, "confirm": True, "reason": "", "actor": risk_manager, "business_date": today}
        assert refused(lambda: decide_undo(**decide)) == {"enforced"}
        # One before it was lost says nothing of it.
        Realisation.objects.filter(pk=sale.pk).update(booked_date=today - timedelta(days=1))
        four_eyes.propose(kind=ENFORCEMENT, target=lost, title="Sell it", roles=(Role.RISK_MANAGER,), actor=investigator)
        assert refused(lambda: decide_undo(**decide)) == {"enforcing"}
        four_eyes.void(kind=ENFORCEMENT, target=lost, reason="Gone")
        decide_undo(**decide)
        assert Asset.objects.get(pk=lost.pk).state == "REGISTERED"


class TestPage:
    def test_shows_what_came_in_and_keeps_what_was_typed(
        self, lost: Asset, investigator: User, risk_manager: User, sign_in: SignIn, today: date
    ) -> None:
        payment = TestWhatMoneyFollowed().pay(lost, today)
        page, undo = (reverse(f"collateral:{name}", args=[lost.pk]) for name in ("loss", "loss_undo"))
        client = sign_in(investigator)
        shown = client.get(page).text
        assert "Recorded by mistake?" in shown and payment.reference in shown and "Has an insurer paid" in shown
        again = client.post(undo, {"reason": "It was the neighbour's", "paper": ""})
        assert again.status_code == 422 and "It was the neighbour&#x27;s" in again.text and "Say whether an insurer paid" in again.text
        sent = {"reason": "It was the neighbour's", "paper": sheet(), "insurer_paid": "no"}
        assert client.post(undo, sent).status_code == 302
        seen = sign_in(risk_manager).get(page).text
        assert "Take back that" in seen and "What shows that it is there" in seen and "no insurer paid any of what came in" in seen
        told = sign_in(risk_manager).post(
            reverse("collateral:loss_undo_decide", args=[lost.pk]), about_open(outcome="confirm", reason="Seen"), follow=True
        )
        assert told.status_code == 200 and Asset.objects.get().state == "REGISTERED" and "Recorded by mistake?" not in told.text

    @every_role(Role)
    def test_lets_each_role_do_its_own(self, lost: Asset, branch: Branch, today: date, role: Role) -> None:
        client = Client()
        client.force_login(hire("somebody", role, branch=branch))
        undo, decide = (reverse(f"collateral:{name}", args=[lost.pk]) for name in ("loss_undo", "loss_undo_decide"))
        proposes, decides = role in {Role.OFFICER, Role.INVESTIGATOR, Role.COLLECTIONS}, role in {Role.RISK_MANAGER, Role.APPROVER}
        assert client.post(undo, {"reason": "Wrong", "paper": sheet()}).status_code == (302 if proposes else 403)
        if not proposes:
            ask(lost, hire("another", Role.COLLECTIONS, branch=branch), today)
        word = about_open(outcome="confirm", reason="Seen")
        assert client.post(decide, word).status_code == (302 if decides else 422 if proposes else 403)
        lost.refresh_from_db()
        assert lost.state == ("REGISTERED" if decides else "DESTROYED")
