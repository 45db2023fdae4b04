"""A limit that was lowered while collateral was given back rises only as far as what is left covers it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, DecidedCover
from collateral.services.decided_covers import lacks_decided_cover
from collateral.services.releases import decide_release, propose_release
from core.models import Branch, Proposal, User
from core.roles import Role
from loans.models import ApplicationHold, Facility
from loans.services.facilities import UnableToChangeLimit, confirm_limit, propose_limit
from tests.collateral.books import Book
from tests.collateral.conftest import SignIn, hire
from tests.shared_rows import shared


class Line:
    """A limit of 100,000 decided on two houses, each of which carries 60,000 of it; nothing is drawn."""

    def __init__(self, book: Book, collector: User, approver: User) -> None:
        self.collector, self.approver, self.today = collector, approver, book.today
        self.lent = book.lend(100_000, state="CLOSED")
        self.first, self.second = (book.pledge(book.asset(200_000), self.lent, 60_000) for _ in range(2))
        Asset.objects.update(insured_until=book.today + timedelta(days=365))
        self.facility = Facility.objects.get()
        Facility.objects.update(revolving=True, end_date=date(2030, 1, 1), state="AVAILABLE", drawn=0)
        decided = {"available": 100_000, "exposure": 100_000, "decided_date": book.today}
        DecidedCover.objects.create(application=self.lent.application, **decided)

    def propose(self, limit: int) -> Proposal:
        self.facility.refresh_from_db()
        asked: dict[str, Any] = {"reason": "Season", "actor": self.collector, "business_date": self.today}
        return propose_limit(facility=self.facility, limit=Decimal(limit), **asked)

    def confirm(self) -> Decimal:
        return confirm_limit(facility=self.facility, actor=self.approver, business_date=self.today).limit_amount

    def give_back(self) -> None:
        asked: dict[str, Any] = {"pledge": self.second, "business_date": self.today, "reason": "Not needed"}
        propose_release(**asked, kind="release", actor=self.collector)
        decide_release(**asked, confirm=True, actor=self.approver)


@shared
def line(branch: Branch, product: Any, today: date, approver: User) -> Line:
    return Line(Book(branch, product, today), hire("cora", Role.COLLECTIONS, branch=branch), approver)


def test_a_limit_rises_again_only_as_far_as_what_was_left_covers_it(line: Line) -> None:
    line.propose(50_000)
    line.confirm()
    line.give_back()
    assert lacks_decided_cover(line.lent.application, line.today) == 0
    with pytest.raises(UnableToChangeLimit, match="less_cover") as refusal:
        line.propose(100_000)
    assert "For a limit of 100,000.00 EUR less stands in the registry" in refusal.value.detail
    assert not ApplicationHold.objects.exists(), "measured and taken back"
    line.propose(60_000)
    assert line.confirm() == 60_000


def test_what_is_given_back_after_the_proposal_stands_before_its_confirmation(line: Line, sign_in: SignIn) -> None:
    line.propose(50_000)
    line.confirm()
    line.propose(100_000)
    page = reverse("loans:facility_limit", args=[line.facility.pk])
    assert 'value="confirm"' in sign_in(line.approver).get(page).text
    line.give_back()
    shown = sign_in(line.approver).get(page).text
    assert "less stands in the registry than the decision counted on" in shown and 'value="confirm"' not in shown
    with pytest.raises(UnableToChangeLimit, match="less_cover"):
        line.confirm()


def test_nothing_given_back_lets_a_limit_go_down_and_up(line: Line) -> None:
    """Also where less than all of it was covered from the first."""
    DecidedCover.objects.update(available=50_000)
    for limit in (40_000, 100_000):
        line.propose(limit)
        assert line.confirm() == limit


def test_a_file_that_is_held_gets_no_higher_limit(line: Line) -> None:
    line.propose(50_000)
    line.confirm()
    ApplicationHold.objects.create(application=line.lent.application, reason="SCREENING", source="hit:1")
    with pytest.raises(UnableToChangeLimit, match="on_hold"):
        line.propose(100_000)
    line.propose(40_000)
