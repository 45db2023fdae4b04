"""What is not there covers nothing: an upheld flag that an inspector did not find it, and a total loss on two people's word."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collateral.domain.counting import VOID
from collateral.domain.red_flags import Finding
from collateral.models import Asset, AssetDocument, Cover, RedFlag, Valuation
from collateral.selectors.counting import counted_of
from collateral.selectors.coverage import coverage_of
from collateral.selectors.flags import standing_flags
from collateral.services.counting import recount, refresh_counted
from collateral.services.enforcement import UnableToEnforce, propose_enforcement
from collateral.services.facts import record_facts
from collateral.services.flags import UnableToDecideFlag, decide_flag, lift_flag, raise_findings
from collateral.services.inspections import Place, record_inspection
from collateral.services.total_loss import UnableToRecordLoss, decide_total_loss, propose_total_loss
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from loans.models import Loan
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import about_open, hire
from tests.collateral.inspecting import application_of, give, machine, sent
from tests.collateral.losing import book, media
from tests.collateral.papers import file_paper, sale_papers, sheet
from tests.collateral.test_asset_facts import GOOD
from tests.every_role import every_role
from tests.shared_rows import shared

__all__ = ["book", "media"]


@shared
def press(book: Book, officer: User) -> Asset:
    """A press that covers 27,500 of its loan, measured by the night."""
    press = machine(book, registered_by=officer)
    book.sweep()
    assert Cover.objects.get().available == 27_500
    return press


class TestNotFound:
    @pytest.fixture
    def flagged(self, press: Asset, appraisers: list[User], today: date) -> Asset:
        away = sent(give(press, appraisers[0], today), presence="ABSENT", remarks="The hall is empty.", photos=[])
        record_inspection(**away | {"actor": appraisers[0], "business_date": today})
        return press

    def decide(self, press: Asset, actor: User, today: date, *, uphold: bool) -> None:
        decide_flag(flag=press.flags.get(code="not_found"), uphold=uphold, reason="Asked there", actor=actor, business_date=today)
        press.refresh_from_db()

    def test_counts_nothing_once_upheld_and_again_once_seen(
        self, flagged: Asset, appraisers: list[User], risk_manager: User, today: date
    ) -> None:
        assert Cover.objects.get().available == 27_500
        self.decide(flagged, risk_manager, today, uphold=True)
        cover = Cover.objects.get()
        assert (flagged.counted_share, cover.lending_value, cover.available) == (0, 0, 0)
        assert coverage_of(application_of(flagged), business_date=today).available == 0
        there = sent(give(flagged, appraisers[1], today))
        record_inspection(**there | {"actor": appraisers[1], "business_date": today})
        flagged.refresh_from_db()
        assert (flagged.counted_share, Cover.objects.get().available) == (1, 27_500)

    def test_counts_again_when_the_flag_is_lifted(self, flagged: Asset, risk_manager: User, approver: User, today: date) -> None:
        self.decide(flagged, risk_manager, today, uphold=True)
        lift_flag(flag=flagged.flags.get(code="not_found"), reason="Shown at the dealer's", actor=approver, business_date=today)
        flagged.refresh_from_db()
        assert (flagged.counted_share, Cover.objects.get().available) == (1, 27_500)

    def test_counts_as_before_when_the_flag_is_cleared(self, flagged: Asset, risk_manager: User, today: date) -> None:
        self.decide(flagged, risk_manager, today, uphold=False)
        assert (flagged.counted_share, Cover.objects.get().available) == (1, 27_500)

    @pytest.mark.parametrize(
        "desk",
        [
            {"number_seen": "", "remarks": "The plate is worn."},
            {"place": None, "place_words": "There"},
            {"place": Place(Decimal(53), Decimal(9), None)},
        ],
    )
    def test_is_not_seen_again_from_a_desk(
        self, flagged: Asset, appraisers: list[User], risk_manager: User, approver: User, today: date, desk: dict[str, Any]
    ) -> None:
        self.decide(flagged, risk_manager, today, uphold=True)
        said = sent(give(flagged, appraisers[1], today), **desk)
        record_inspection(**said | {"actor": appraisers[1], "business_date": today})
        flagged.refresh_from_db()
        assert (flagged.counted_share, refresh_counted(business_date=today, **EVERY)) == (0, 0)
        lift_flag(flag=flagged.flags.get(code="not_found"), reason="I went there.", actor=approver, business_date=today)
        flagged.refresh_from_db()
        assert flagged.counted_share == 1

    def test_is_not_seen_again_by_another_number(self, flagged: Asset, appraisers: list[User], risk_manager: User, today: date) -> None:
        self.decide(flagged, risk_manager, today, uphold=True)
        other = sent(give(flagged, appraisers[1], today), number_seen="QQ 1")
        record_inspection(**other | {"actor": appraisers[1], "business_date": today})
        flagged.refresh_from_db()
        assert flagged.counted_share == 0


class TestNotTheirs:
    """Whose it is, or that it is this asset at all, was upheld to be false."""

    @pytest.fixture
    def upheld(self, press: Asset, risk_manager: User, today: date) -> RedFlag:
        (flag,) = raise_findings(asset=press, findings=[Finding("title_inconsistent", "Others.")], business_date=today)
        return decide_flag(flag=flag, uphold=True, reason="Sold in May", actor=risk_manager, business_date=today)

    @pytest.mark.parametrize("code", sorted(VOID))
    def test_counts_nothing_once_upheld(self, press: Asset, risk_manager: User, today: date, code: str) -> None:
        (flag,) = raise_findings(asset=press, findings=[Finding(code, "Not so.")], business_date=today)
        assert Cover.objects.get().available == 27_500
        decide_flag(flag=flag, uphold=True, reason="Seen in the registry", actor=risk_manager, business_date=today)
        assert Cover.objects.get().available == 0
        assert coverage_of(application_of(press), business_date=today).available == 0
        assert counted_of(press, on=today).reasons == (f"{VOID[code]}; a second person upheld that.",)

    def test_no_other_value_heals_it_and_who_lifts_it_is_another_person(
        self, upheld: RedFlag, book: Book, press: Asset, risk_manager: User, approver: User, today: date
    ) -> None:
        later = book.value(press, 50_000)
        Valuation.objects.filter(pk=later.pk).update(decided_at=timezone.now())
        recount(press, business_date=today)
        assert Cover.objects.get().available == 0 and list(standing_flags()) == [upheld]
        with pytest.raises(UnableToDecideFlag, match="own_decision"):
            lift_flag(flag=upheld, reason="Never sold", actor=risk_manager, business_date=today)
        lift_flag(flag=upheld, reason="The extract was of the neighbour's", actor=approver, business_date=today)
        press.refresh_from_db()
        assert (press.counted_share, Cover.objects.get().available) == (1, 27_500) and not standing_flags().exists()

    def test_the_night_lets_no_deposit_of_somebody_else_count(
        self, book: Book, officer: User, risk_manager: User, approver: User, today: date
    ) -> None:
        deposit = book.asset(20_000, kind="DEPOSIT")
        book.pledge(deposit, book.lend(15_000), 20_000)
        record_facts(asset=deposit, facts=GOOD["DEPOSIT"], actor=officer, business_date=today)
        waiting = deposit.flags.get(code="facts_raised")
        decide_flag(flag=waiting, uphold=False, reason="Blocked, by the bank's letter.", actor=risk_manager, business_date=today)
        (flag,) = raise_findings(asset=deposit, findings=[Finding("near_twin", "Twice.")], business_date=today)
        decide_flag(flag=flag, uphold=True, reason="One account", actor=risk_manager, business_date=today)
        assert refresh_counted(business_date=today, **EVERY) == 0
        Asset.objects.filter(pk=deposit.pk).update(counted_share=1)
        assert refresh_counted(business_date=today, **EVERY) == 1
        deposit.refresh_from_db()
        assert deposit.counted_share == 0
        lift_flag(flag=flag, reason="Two accounts", actor=approver, business_date=today)
        deposit.refresh_from_db()
        assert deposit.counted_share == 1


class TestTotalLoss:
    def lose(self, asset: Asset, actor: User, today: date, **changes: Any) -> None:
        proof = file_paper(asset, "LOSS_REPORT", today)
        asked: dict[str, Any] = {"lost_date": today, "reason": "Burnt out", "proof": proof} | changes
        propose_total_loss(asset=asset, actor=actor, business_date=today, **asked)

    def test_covers_nothing_from_the_second_persons_word_on(
        self, press: Asset, officer: User, investigator: User, approver: User, today: date
    ) -> None:
        self.lose(press, investigator, today)
        assert Cover.objects.get().available == 27_500
        asked: dict[str, Any] = {"asset": press, "confirm": True, "business_date": today}
        for person in (investigator, officer):
            with pytest.raises(UnableToConfirm):
                decide_total_loss(**asked, reason="Seen", actor=person)
        decide_total_loss(**asked, reason="Report read", actor=approver)
        press.refresh_from_db()
        assert (press.state, Cover.objects.get().available) == ("DESTROYED", Decimal(0))
        assert press.flags.get(state="OPEN").code == "destroyed"
        assert AuditEntry.objects.get(action="asset.destroyed").details["reason"].startswith("Burnt out")
        with pytest.raises(UnableToRecordLoss, match="gone"):
            self.lose(press, investigator, today)

    def test_is_refused_by_a_day_or_reason_that_cannot_be(self, press: Asset, investigator: User, today: date) -> None:
        with pytest.raises(UnableToRecordLoss) as refusal:
            self.lose(press, investigator, today, lost_date=today + timedelta(days=1), reason=" ", proof=None)
        assert [fault.field for fault in refusal.value.faults] == ["lost_date", "reason", "paper"]

    def test_is_not_confirmed_without_its_paper(self, press: Asset, investigator: User, approver: User, today: date) -> None:
        self.lose(press, investigator, today)
        proposal = Proposal.objects.get()
        assert AssetDocument.objects.get(pk=proposal.content["paper"]).kind == "LOSS_REPORT"
        Proposal.objects.update(content={"lost_date": today.isoformat(), "reason": "Burnt out"})
        with pytest.raises(UnableToRecordLoss, match="no_paper"):
            decide_total_loss(asset=press, confirm=True, reason="Seen", actor=approver, business_date=today)
        press.refresh_from_db()
        assert press.state == "REGISTERED"

    def test_ends_what_waits_of_a_sale_and_nobody_proposes_one_then(
        self, press: Asset, investigator: User, approver: User, branch: Branch, today: date
    ) -> None:
        Loan.objects.update(days_past_due=95)
        sale: dict[str, Any] = {
            "asset": press, "sold_date": today, "price": Decimal(30_000), "costs": Decimal(0), "reason": "Auctioned", "buyer": "Keller Works",
            "remark": "Best bid", "papers": sale_papers(press, today), "received_date": today, "business_date": today,
        }  # fmt: skip
        collector = hire("cora", Role.COLLECTIONS, branch=branch)
        propose_enforcement(**sale, actor=collector)
        self.lose(press, investigator, today)
        decide_total_loss(asset=press, confirm=True, reason="Report read", actor=approver, business_date=today)
        ended = Proposal.objects.get(kind="collateral.enforcement")
        assert (ended.state, ended.reason) == ("VOIDED", f"{press.reference} is no more")
        press.refresh_from_db()
        with pytest.raises(UnableToEnforce, match="gone"):
            propose_enforcement(**sale, actor=collector)

    def test_ends_what_was_only_proposed(self, press: Asset, investigator: User, approver: User, today: date) -> None:
        press.pledges.update(state="PROPOSED")
        self.lose(press, investigator, today)
        decide_total_loss(asset=press, confirm=True, reason="Report read", actor=approver, business_date=today)
        assert press.pledges.get().state == "WITHDRAWN"

    def test_refused_leaves_all_as_it_was(self, press: Asset, investigator: User, approver: User, today: date) -> None:
        self.lose(press, investigator, today)
        decide_total_loss(asset=press, confirm=False, reason="It only smoked", actor=approver, business_date=today)
        press.refresh_from_db()
        assert (press.state, Cover.objects.get().available) == ("REGISTERED", 27_500)

    @every_role(Role)
    def test_lets_each_role_do_its_own_on_its_page(self, press: Asset, branch: Branch, today: date, role: Role) -> None:
        client = Client()
        client.force_login(hire("somebody", role, branch=branch))
        page, decide = (reverse(f"collateral:{name}", args=[press.pk]) for name in ("loss", "loss_decide"))
        reads = role not in {Role.ADMINISTRATOR, Role.APPRAISER}
        proposes, decides = role in {Role.OFFICER, Role.INVESTIGATOR, Role.COLLECTIONS}, role in {Role.RISK_MANAGER, Role.APPROVER}
        assert client.get(page).status_code == (200 if reads else 403)
        sent_in = {"lost_date": today.isoformat(), "reason": "Burnt out", "paper": sheet("report.pdf", "loss")}
        assert client.post(page, sent_in).status_code == (302 if proposes else 422 if reads else 403)
        if not proposes:
            self.lose(press, hire("another", Role.COLLECTIONS, branch=branch), today)
        word = about_open(outcome="confirm", reason="Seen")
        assert client.post(decide, word).status_code == (302 if decides else 422 if proposes else 403)
        press.refresh_from_db()
        assert press.state == ("DESTROYED" if decides else "REGISTERED")

    def test_decided_meanwhile_tells_the_later_person_and_keeps_what_was_written(
        self, press: Asset, branch: Branch, investigator: User, approver: User, today: date
    ) -> None:
        later = Client()
        later.force_login(hire("later", Role.RISK_MANAGER, branch=branch))
        page, decide = (reverse(f"collateral:{name}", args=[press.pk]) for name in ("loss", "loss_decide"))
        assert "A loan officer, investigator or collections propose it" in later.get(page).text
        self.lose(press, investigator, today)
        word = about_open(outcome="confirm", reason="Seen on Tuesday")
        decide_total_loss(asset=press, confirm=False, reason="It only smoked", actor=approver, business_date=today)
        answer = later.post(decide, word)
        assert answer.status_code == 422
        assert f"{approver.full_name} was first" in answer.text and "Seen on Tuesday" in answer.text
