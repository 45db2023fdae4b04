"""Giving a pledge back: never below what must be covered, by two people, whole, in part or for another; and the pages of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from collateral.models import Asset, Covenant, Cover, MarginCall, Pledge, RedFlag
from collateral.services.flags import decide_flag
from collateral.services.margin_calls import watch_covers
from collateral.services.pledge_proposals import UnableToProposePledge, propose_pledge
from collateral.services.realisations import UnableToRecordRealisation, record_realisation
from collateral.services.releases import UnableToReleasePledge, decide_release, propose_release
from core.four_eyes import UnableToConfirm
from core.models import BankState, Branch, OutboxEvent, User
from core.roles import Role
from loans.models import Adjustment, Application, Facility, Loan, ProductVersion
from tests.collateral.books import EVERY, Book, Lent
from tests.collateral.conftest import about_open, hire
from tests.shared_rows import shared


@shared
def collector(branch: Branch) -> User:
    return hire("cora", Role.COLLECTIONS, branch=branch)


class Pledged:
    """A loan of 100,000 on a house that carries 160,000 of it, a second house that carries 80,000 registered beside it."""

    def __init__(self, book: Book, officer: User) -> None:
        self.book = book
        self.lent: Lent = book.lend(100_000, officer=officer)
        self.houses: list[Asset] = [book.asset(200_000), book.asset(100_000)]
        self.first, self.second = (book.pledge(house, self.lent, 100_000) for house in self.houses)
        Pledge.objects.update(perfected_date=book.today)
        book.sweep()

    def propose(self, pledge: Pledge, actor: User, kind: str = "release", **values: Any) -> None:
        propose_release(pledge=pledge, kind=kind, reason="Asked for", actor=actor, business_date=self.book.today, **values)

    def decide(self, pledge: Pledge, actor: User, *, confirm: bool = True) -> Pledge:
        return decide_release(pledge=pledge, confirm=confirm, reason="Seen", actor=actor, business_date=self.book.today)


@shared
def pledged(branch: Branch, product: Any, today: date, officer: User) -> Pledged:
    return Pledged(Book(branch, product, today), officer)


class TestAnAssetGivenBack:
    @pytest.mark.parametrize("state", ["RELEASED", "SUBSTITUTED"])
    def test_is_pledged_again_for_the_same_file_and_stands_again(
        self, pledged: Pledged, officer: User, collector: User, approver: User, state: str
    ) -> None:
        today, (_, house) = pledged.book.today, pledged.houses
        ProductVersion.objects.update(collateral_kinds=["REAL_ESTATE"])
        application = Application.objects.get()
        Pledge.objects.filter(pk=pledged.second.pk).update(state=state, ended_date=today, replaced_by=pledged.first)
        again = propose_pledge(asset=house, application=application, actor=officer, business_date=today)
        Pledge.objects.filter(pk=again.pk).update(state="PERFECTED", perfected_date=today)
        pledged.book.sweep()
        assert (Cover.objects.get().pledges, pledged.first.state) == (2, "PERFECTED")
        with pytest.raises(UnableToProposePledge, match="already_pledged"):
            propose_pledge(asset=house, application=application, actor=officer, business_date=today)
        with transaction.atomic(), pytest.raises(IntegrityError, match="pledge_once"):
            pledged.book.pledge(house, pledged.lent, 1, rank=9)
        again.refresh_from_db()
        pledged.propose(again, collector)
        assert pledged.decide(again, approver).state == "RELEASED"


class TestRelease:
    def test_takes_two_people_none_of_whom_made_the_loan(self, pledged: Pledged, officer: User, collector: User, approver: User) -> None:
        pledged.propose(pledged.second, officer)
        Loan.objects.get().application.outcomes.create(decided_by=approver, outcome="APPROVED", decided_date=pledged.book.today)
        for person in (officer, collector, approver):
            with pytest.raises(UnableToConfirm):
                pledged.decide(pledged.second, person)
        other = hire("olga_other", Role.APPROVER, branch=pledged.book.branch)
        done = pledged.decide(pledged.second, other)
        assert (done.state, done.ended_date) == ("RELEASED", pledged.book.today)
        cover = Cover.objects.get()
        assert (cover.pledges, cover.available) == (1, 100_000)
        assert OutboxEvent.objects.filter(name="PledgeReleased").count() == 1
        with pytest.raises(UnableToReleasePledge):
            pledged.propose(pledged.second, collector)

    def test_is_confirmed_by_nobody_who_made_the_file_before_there_is_a_loan(
        self, pledged: Pledged, collector: User, approver: User
    ) -> None:
        Cover.objects.all().delete()
        Loan.objects.all().delete()
        application = pledged.lent.application
        application.outcomes.create(decided_by=approver, outcome="APPROVED", decided_date=pledged.book.today)
        pledged.propose(pledged.second, collector)
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            pledged.decide(pledged.second, approver)
        other = hire("olga_other", Role.APPROVER, branch=pledged.book.branch)
        assert pledged.decide(pledged.second, other).state == "RELEASED"

    def test_is_refused_where_too_little_would_be_left_even_at_the_second_word(
        self, pledged: Pledged, collector: User, approver: User
    ) -> None:
        with pytest.raises(UnableToReleasePledge) as refusal:
            pledged.propose(pledged.first, collector)
        assert refusal.value.code == "must_cover" and "80,000.00 EUR would be left" in refusal.value.detail
        pledged.propose(pledged.second, collector)
        pledged.book.value(pledged.houses[0], 100_000)
        with pytest.raises(UnableToReleasePledge):
            pledged.decide(pledged.second, approver)
        assert Pledge.objects.get(pk=pledged.second.pk).state == "PERFECTED"
        Loan.objects.update(outstanding_principal=0, state="CLOSED")
        pledged.decide(pledged.second, approver)
        pledged.propose(pledged.first, collector)
        assert pledged.decide(pledged.first, approver).state == "RELEASED"

    def test_is_refused_before_the_money_leaves_too(self, pledged: Pledged, collector: User) -> None:
        loan = pledged.lent.loan
        Loan.objects.filter(pk=loan.pk).update(state="SIGNED", outstanding_principal=0, undrawn=100_000, disbursed_date=None)
        with pytest.raises(UnableToReleasePledge, match="must_cover"):
            pledged.propose(pledged.first, collector)
        pledged.propose(pledged.second, collector)

    def test_is_refused_before_there_is_a_contract_and_free_once_the_file_is_closed(self, pledged: Pledged, collector: User) -> None:
        application = pledged.lent.application
        Cover.objects.all().delete()
        Loan.objects.all().delete()
        Application.objects.filter(pk=application.pk).update(state="APPROVED")
        pledged.first.refresh_from_db()
        with pytest.raises(UnableToReleasePledge, match="must_cover"):
            pledged.propose(pledged.first, collector)
        Application.objects.filter(pk=application.pk).update(state="OFFER_REFUSED")
        pledged.propose(pledged.first, collector)

    def test_leaves_what_may_still_be_drawn_covered(self, pledged: Pledged, collector: User) -> None:
        Loan.objects.update(outstanding_principal=0, undrawn=0, state="CLOSED")
        limit = Facility.objects.filter(application=pledged.lent.application)
        limit.update(revolving=True, end_date=date(2030, 1, 1), state="AVAILABLE", drawn=0)
        with pytest.raises(UnableToReleasePledge, match="must_cover"):
            pledged.propose(pledged.first, collector)
        limit.update(state="CANCELLED")
        pledged.propose(pledged.first, collector)

    def test_is_not_let_go_on_the_strength_of_an_asset_that_red_flags_speak_against(
        self, pledged: Pledged, collector: User, approver: User, risk_manager: User
    ) -> None:
        house, today = pledged.houses[0], pledged.book.today
        flag = RedFlag.objects.create(asset=house, code="title_inconsistent", text="Another owner.", raised_date=today)
        decide_flag(flag=flag, uphold=True, reason="The registry names somebody else", actor=risk_manager, business_date=today)
        with pytest.raises(UnableToReleasePledge, match="must_cover"):
            pledged.propose(pledged.second, collector)
        with pytest.raises(UnableToReleasePledge, match="doubtful_replacement"):
            pledged.propose(pledged.second, collector, "substitution", replacement=pledged.first)

    def test_covers_what_was_written_off_until_it_has_come_in(
        self, pledged: Pledged, collector: User, risk_manager: User, approver: User
    ) -> None:
        loan, day = pledged.lent.loan, pledged.book.today
        people: dict[str, Any] = {"proposed_by": risk_manager, "confirmed_by": approver}
        Adjustment.objects.create(loan=loan, kind="WRITE_OFF", amount=100_000, booking_date=day, reason="Gone", **people)
        Loan.objects.filter(pk=loan.pk).update(outstanding_principal=0, written_off_date=day)
        with pytest.raises(UnableToReleasePledge, match="must_cover"):
            pledged.propose(pledged.first, collector)

    def test_follows_what_the_contract_asks_for(self, pledged: Pledged, collector: User) -> None:
        Covenant.objects.create(application=pledged.lent.application, min_coverage=Decimal("0.8"), agreed_date=pledged.book.today)
        pledged.propose(pledged.first, collector)

    def test_in_part_leaves_what_must_stay(self, pledged: Pledged, collector: User, approver: User) -> None:
        pledged.propose(pledged.second, collector)
        pledged.decide(pledged.second, approver)
        for amount, code in (("0", "bad_amount"), ("100000", "bad_amount"), ("NaN", "bad_amount"), ("99999.99", "must_cover")):
            with pytest.raises(UnableToReleasePledge) as refusal:
                pledged.propose(pledged.first, collector, "part", amount=Decimal(amount))
            assert refusal.value.code == code
        Loan.objects.update(outstanding_principal=60_000)
        pledged.propose(pledged.first, collector, "part", amount=Decimal(60_000))
        done = pledged.decide(pledged.first, approver)
        assert (done.state, done.amount) == ("PARTLY_RELEASED", 60_000) and Cover.objects.get().available == 60_000

    def test_for_another_asset_tells_how_a_call_was_met(self, pledged: Pledged, collector: User, approver: User) -> None:
        book = pledged.book
        Pledge.objects.filter(pk=pledged.second.pk).update(state="PROPOSED")
        Covenant.objects.create(application=pledged.lent.application, min_coverage=1, agreed_date=book.today)
        book.value(pledged.houses[0], 60_000)
        book.sweep()
        watch_covers(business_date=book.today, **EVERY)
        with pytest.raises(UnableToReleasePledge) as refusal:
            pledged.propose(pledged.first, collector, "substitution", replacement=pledged.second)
        assert refusal.value.code == "no_replacement"
        Pledge.objects.filter(pk=pledged.second.pk).update(state="PERFECTED", perfected_date=book.today)
        book.value(pledged.houses[1], 150_000)
        book.sweep()
        watch_covers(business_date=book.today, **EVERY)
        assert MarginCall.objects.get().answer == "PLEDGE"
        pledged.propose(pledged.first, collector, "substitution", replacement=pledged.second)
        done = pledged.decide(pledged.first, approver)
        assert (done.state, done.replaced_by) == ("SUBSTITUTED", pledged.second)
        assert MarginCall.objects.get().answer == "SUBSTITUTION" and Cover.objects.get().available == 100_000

    def test_comes_before_a_sale_by_the_owner(self, pledged: Pledged, collector: User, approver: User) -> None:
        sale: dict[str, Any] = {"asset": pledged.houses[1], "sold_date": pledged.book.today, "price": Decimal(9), "actor": collector}
        with pytest.raises(UnableToRecordRealisation) as refusal:
            record_realisation(**sale, business_date=pledged.book.today)
        assert refusal.value.code == "still_pledged"
        pledged.propose(pledged.second, collector)
        pledged.decide(pledged.second, approver)
        assert record_realisation(**sale, business_date=pledged.book.today).price == 9


def test_every_role_sees_and_does_only_what_is_its_own(bank: BankState, pledged: Pledged, branch: Branch, other_branch: Branch) -> None:
    release = reverse("collateral:pledge_release", args=[pledged.second.pk])
    decide = reverse("collateral:pledge_release_decide", args=[pledged.second.pk])
    enforce = reverse("collateral:enforce", args=[pledged.houses[0].pk])
    for role in Role:
        client = Client()
        client.force_login(hire(f"a_{role.value.lower()}", role, branch=branch))
        reads = role not in {Role.ADMINISTRATOR, Role.APPRAISER}
        assert [client.get(page).status_code for page in (release, enforce)] == [200 if reads else 403] * 2, role
        assert client.post(release, {"kind": "part", "amount": "-1", "reason": "x"}).status_code == (422 if reads else 403)
        assert client.post(enforce, {"price": "1"}).status_code == (422 if reads else 403)
        words = {Role.APPROVER, Role.RISK_MANAGER}
        assert client.post(decide, {"outcome": "confirm"}).status_code == (
            422 if role in words | {Role.OFFICER, Role.INVESTIGATOR, Role.COLLECTIONS} else 403
        )
        sold = client.post(reverse("collateral:enforce_decide", args=[pledged.houses[0].pk]), {"outcome": "confirm"})
        assert sold.status_code == (422 if role in words | {Role.COLLECTIONS} else 403), role
    stranger = Client()
    stranger.force_login(hire("elsewhere", Role.COLLECTIONS, branch=other_branch))
    assert [stranger.get(page).status_code for page in (release, enforce)] == [404, 404]


def test_is_proposed_and_decided_on_its_page(pledged: Pledged, collector: User, approver: User) -> None:
    page = reverse("collateral:pledge_release", args=[pledged.second.pk])
    proposer, decider = Client(), Client()
    proposer.force_login(collector)
    decider.force_login(approver)
    first = reverse("collateral:pledge_release", args=[pledged.first.pk])
    assert "Too little is left" in proposer.get(first).text
    refused = proposer.post(first, {"kind": "release", "reason": "Asked"})
    assert refused.status_code == 422 and "80,000.00 EUR would be left to cover" in refused.text
    sent = {"kind": "substitution", "replacement": str(pledged.first.pk), "reason": "A better house"}
    assert "It is proposed." in proposer.post(page, sent, follow=True).text
    assert "Cora: Substitute. A better house" in " ".join(decider.get(page).text.split())
    done = decider.post(
        reverse("collateral:pledge_release_decide", args=[pledged.second.pk]), about_open(outcome="confirm", reason=""), follow=True
    )
    assert "Your decision is recorded." in done.text and "In its place" in done.text


def test_an_old_button_never_confirms_what_took_the_place_of_what_was_shown(pledged: Pledged, collector: User, approver: User) -> None:
    decide = reverse("collateral:pledge_release_decide", args=[pledged.second.pk])
    decider = Client()
    decider.force_login(approver)
    pledged.propose(pledged.second, collector, "part", amount=Decimal(90_000))
    shown = about_open(outcome="confirm", reason="Seen")
    assert f'name="seen" value="{shown["seen"]}"' in decider.get(reverse("collateral:pledge_release", args=[pledged.second.pk])).text
    pledged.decide(pledged.second, collector, confirm=False)
    pledged.propose(pledged.second, collector)
    for sent in (shown, {"outcome": "confirm", "reason": "Seen"}):
        assert decider.post(decide, sent).status_code == 422
    assert Pledge.objects.get(pk=pledged.second.pk).state == "PERFECTED"
    assert decider.post(decide, about_open(outcome="confirm", reason="Seen")).status_code == 302
