"""A red flag raised after perfection stops the money that has not left, and only that."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from collateral.domain.red_flags import Finding
from collateral.events import ValuationAccepted
from collateral.handlers import let_go_what_a_new_value_settled
from collateral.models import Asset, Pledge, RedFlag, Valuation
from collateral.services.ended_work import end_open_work
from collateral.services.flags import decide_flag, lift_flag, raise_findings, settle_flags
from collateral.services.releases import decide_release, propose_release
from collateral.services.total_loss import decide_total_loss, propose_total_loss
from core.models import Branch, User
from loans.models import Facility, Loan
from loans.services.holds import is_held, measure_again
from tests.collateral.books import Book, Lent
from tests.collateral.papers import file_paper
from tests.collateral.test_releases import collector
from tests.shared_rows import shared

__all__ = ["collector"]


class World:
    """A house that secures a loan."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.lent: Lent = book.lend(100_000)
        self.house: Asset = book.asset(200_000)
        book.pledge(self.house, self.lent, 100_000)
        self.today = book.today
        # Insured, so that nothing but red flags holds the money.
        Asset.objects.filter(pk=self.house.pk).update(insured_until=self.today + timedelta(days=365))

    def flag(self) -> RedFlag:
        return raise_findings(asset=self.house, findings=[Finding("owner_changed", "Sold on.", {})], business_date=self.today)[0]

    @property
    def held(self) -> bool:
        return is_held(self.lent.application)


@shared
def at(branch: Branch, product: Any, today: date) -> World:
    return World(Book(branch, product, today))


class TestAFlagAfterPerfection:
    def test_stops_what_has_not_left_until_it_is_cleared(self, at: World, risk_manager: User) -> None:
        Loan.objects.update(state="SIGNED", undrawn=100_000, outstanding_principal=0, disbursed_date=None)
        flag = at.flag()
        assert at.held
        assert at.lent.application.holds.get().reason == "COLLATERAL"
        decide_flag(flag=flag, uphold=False, reason="It is a namesake.", actor=risk_manager, business_date=at.today)
        assert not at.held

    def test_stops_it_for_good_where_it_is_upheld(self, at: World, risk_manager: User) -> None:
        Loan.objects.update(undrawn=10_000)
        decide_flag(flag=at.flag(), uphold=True, reason="It is sold.", actor=risk_manager, business_date=at.today)
        assert at.held

    def test_lets_it_go_once_the_upheld_flag_is_lifted(self, at: World, risk_manager: User, approver: User) -> None:
        Loan.objects.update(undrawn=10_000)
        flag = decide_flag(flag=at.flag(), uphold=True, reason="It is sold.", actor=risk_manager, business_date=at.today)
        lift_flag(flag=flag, reason="The sale was undone.", actor=approver, business_date=at.today)
        assert not at.held

    def test_lets_it_go_once_its_ground_is_gone_by_itself(self, at: World, risk_manager: User) -> None:
        Loan.objects.update(undrawn=10_000)
        at.flag()
        settle_flags(asset=at.house, code="owner_changed", reason="Looked up.", actor=risk_manager, business_date=at.today)
        assert not at.held

    def test_lets_it_go_once_another_value_is_accepted(self, at: World, risk_manager: User) -> None:
        """An upheld flag about one value is over when an appraiser's other one counts."""
        Loan.objects.update(undrawn=10_000)
        value = at.house.valuations.get()
        flag = raise_findings(asset=at.house, findings=[Finding("jump", "High.", {})], business_date=at.today, valuation=value)[0]
        decide_flag(flag=flag, uphold=True, reason="Nothing carries it.", actor=risk_manager, business_date=at.today)
        assert at.held
        other = at.book.value(at.house, 150_000)
        Valuation.objects.filter(pk=other.pk).update(decided_at=timezone.now())
        let_go_what_a_new_value_settled(ValuationAccepted(str(other.pk), str(at.house.pk)))
        assert not at.held

    def test_of_an_asset_that_is_no_more_stops_it_too(self, at: World, officer: User, approver: User) -> None:
        Loan.objects.update(undrawn=10_000)
        asked: dict[str, Any] = {"asset": at.house, "business_date": at.today}
        propose_total_loss(
            **asked, lost_date=at.today, reason="Burnt out.", proof=file_paper(at.house, "LOSS_REPORT", at.today), actor=officer
        )
        decide_total_loss(**asked, confirm=True, reason="Report read.", actor=approver)
        assert at.held and at.house.flags.get().code == "destroyed"

    def test_of_an_asset_that_is_no_more_stops_it_until_another_has_taken_its_place(
        self, at: World, officer: User, approver: User, collector: User
    ) -> None:
        Loan.objects.update(undrawn=10_000)
        asked: dict[str, Any] = {"asset": at.house, "business_date": at.today}
        propose_total_loss(
            **asked, lost_date=at.today, reason="Burnt out.", proof=file_paper(at.house, "LOSS_REPORT", at.today), actor=officer
        )
        decide_total_loss(**asked, confirm=True, reason="Report read.", actor=approver)
        assert end_open_work(business_date=at.today) == 0
        measure_again(at.lent.application, business_date=at.today)
        assert at.held and at.house.flags.get().state == "OPEN", "it says so as long as its pledge stands"
        other = at.book.pledge(at.book.asset(300_000), at.lent, 110_000)
        Pledge.objects.update(perfected_date=at.today)
        Asset.objects.update(insured_until=at.today + timedelta(days=365))
        give_back: dict[str, Any] = {"pledge": at.house.pledges.get(), "reason": "Another house", "business_date": at.today}
        propose_release(**give_back, kind="substitution", replacement=other, actor=collector)
        decide_release(**give_back, confirm=True, actor=approver)
        assert not at.held
        assert end_open_work(business_date=at.today) == 1 and at.house.flags.get().state == "ENDED"

    def test_lets_it_go_once_its_flagged_asset_is_given_back(self, at: World, approver: User, collector: User) -> None:
        Loan.objects.update(undrawn=10_000)
        at.flag()
        at.book.pledge(at.book.asset(300_000), at.lent, 110_000)
        Asset.objects.update(insured_until=at.today + timedelta(days=365))
        give_back: dict[str, Any] = {"pledge": at.house.pledges.get(), "reason": "Too much", "business_date": at.today}
        propose_release(**give_back, kind="release", actor=collector)
        assert at.held
        decide_release(**give_back, confirm=True, actor=approver)
        assert not at.held

    def test_is_looked_at_once_more_when_money_is_asked_for(self, at: World) -> None:
        """Files that were held before what held them was given back."""
        Loan.objects.update(undrawn=10_000)
        at.flag()
        at.house.pledges.update(state="RELEASED")
        measure_again(at.lent.application, business_date=at.today)
        assert not at.held
        at.house.pledges.update(state="PERFECTED")
        measure_again(at.lent.application, business_date=at.today)
        assert at.held

    def test_waits_for_the_last_of_several(self, at: World, risk_manager: User) -> None:
        Loan.objects.update(undrawn=10_000)
        first = at.flag()
        raise_findings(asset=at.house, findings=[Finding("idle", "Idle.", {})], business_date=at.today)
        decide_flag(flag=first, uphold=False, reason="A namesake.", actor=risk_manager, business_date=at.today)
        assert at.held

    def test_stops_drawings_under_a_limit(self, at: World) -> None:
        Facility.objects.update(revolving=True, end_date=date(2030, 1, 1), state="AVAILABLE")
        at.flag()
        assert at.held

    def test_stops_nothing_where_all_is_paid_out_or_nothing_is_perfected(self, at: World) -> None:
        at.flag()
        assert not at.held
        at.house.pledges.update(state="PROPOSED")
        Loan.objects.update(undrawn=10_000)
        raise_findings(asset=at.house, findings=[Finding("idle", "Idle.", {})], business_date=at.today)
        assert not at.held
