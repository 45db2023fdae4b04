"""One person in two branches is one person: what is owed, how late it was, and how far the group is counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import Branch, User
from loans.models import Application, ApplicationOutcome, Borrower, Loan, StateChange
from loans.selectors import groups
from loans.selectors.borrowers import exposure_of
from risk.domain.authority import COMMITTEE
from risk.selectors.own_history import own_history
from risk.selectors.terms import authority_for
from risk.services.fact_parts import facts_of_the_moment
from tests.risk.book import GRANTED, make_past_loans, write_off_part
from tests.risk.conftest import TODAY
from tests.shared_rows import shared

Make = Callable[..., Any]


@shared
def far(bank: object) -> Branch:
    return Branch.objects.create(code="B9", name="Far")


def promise(application: Application, amount: int) -> None:
    Application.objects.filter(pk=application.pk).update(state="OFFERED")
    ApplicationOutcome.objects.create(application=application, outcome="APPROVED", amount=Decimal(amount), decided_date=TODAY)


class TestExposure:
    def test_is_of_the_person_in_all_branches(self, file: Make, far: Branch, approver: User, django_assert_num_queries: Any) -> None:
        here, there = file(0), file(0, at=far)
        assert here.borrower_id != there.borrower_id
        promise(there, 30_000)
        with django_assert_num_queries(1):
            group = groups.connected_to(here.borrower)
        assert (group.keys, group.people) == ({here.borrower_id, there.borrower_id}, 1)
        needed = authority_for(here, amount=Decimal(1_000), approves=True, business_date=TODAY, by=approver)
        assert (needed.exposure_after, needed.group) == (Decimal(31_000), 1)
        assert exposure_of(here.borrower) == 30_000

    def test_reaches_on_from_the_far_branch(self, file: Make, far: Branch, approver: User) -> None:
        """Bruno of the far branch borrows there with Freya's namesake row; who is married to him there counts here."""
        here = file(0)
        wife = [{"role": "spouse", "kind": "person", "name": "Oksana Marchenko", "birth_date": "1970-01-01", "national_id": "L01X00002"}]
        file(0, at=far, related=wife)
        at_home = file(2)
        promise(at_home, 5_000)
        needed = authority_for(here, amount=Decimal(1_000), approves=True, business_date=TODAY, by=approver)
        assert (needed.exposure_after, needed.group) == (Decimal(6_000), 2)

    def test_of_a_group_too_large_to_count_goes_to_the_committee(self, file: Make, approver: User, monkeypatch: pytest.MonkeyPatch) -> None:
        related = [
            {"role": "owner", "kind": "person", "name": f"Owner {number}", "birth_date": "1970-01-01", "national_id": f"L02X0000{number}"}
            for number in range(3)
        ]
        application = file(0, related=related)
        asked: dict[str, Any] = {"amount": Decimal(1_000), "approves": True, "business_date": TODAY, "by": approver}
        monkeypatch.setattr(groups, "MOST_CONNECTED", 4)
        counted = authority_for(application, **asked)
        assert (counted.group, counted.cut_off) == (4, False) and counted.level < COMMITTEE
        monkeypatch.setattr(groups, "MOST_CONNECTED", 3)
        needed = authority_for(application, **asked)
        assert needed.level == COMMITTEE and needed.as_kept()["cut_off"] is True


class TestOwnHistory:
    def test_is_the_worst_delay_that_ever_was(self, branch: Branch, file: Make, far: Branch) -> None:
        """Late by 120 days once and cured since, closed, in another branch."""
        application = make_past_loans(far, ["good", "late"])[0]
        Loan.objects.update(days_past_due=0, state="CLOSED", closed_date=TODAY)
        there = application.borrower
        assert there is not None
        there.kind, there.national_id, there.birth_date = "PERSON", "L01X00000", None
        there.save()
        mine = file(0)
        assert mine.borrower_id != there.pk
        found = facts_of_the_moment(mine, business_date=TODAY)
        assert (found["own_history_worst_dpd"][0], found["own_loans"][0]) == (120, 2)
        assert facts_of_the_moment(file(1), business_date=TODAY)["own_history_worst_dpd"][0] == 0

    def test_counts_a_loan_of_which_a_part_was_written_off_as_one_that_went_bad(self, branch: Branch, file: Make) -> None:
        """What was written off was never paid: it is late up to that day, and by no more when the rest is paid as agreed."""
        application = make_past_loans(branch, ["good", "good"])[0]
        there = application.borrower
        assert there is not None
        there.kind, there.national_id, there.birth_date = "PERSON", "L01X00000", None
        there.save()
        mine = file(0)
        for day, told in ((None, (10, 0)), (GRANTED + timedelta(days=100), (70, 1))):
            if day:
                write_off_part(Loan.objects.order_by("id")[0], day, number=1)
            found = facts_of_the_moment(mine, business_date=TODAY)
            assert (found["own_history_worst_dpd"][0], found["own_history_defaults"][0]) == told

    def test_counts_a_loan_that_was_called_in_though_it_was_paid_and_closed_since(self, branch: Branch) -> None:
        (application,) = make_past_loans(branch, ["good"])
        assert application.borrower_id is not None
        loan, called = Loan.objects.get(), GRANTED + timedelta(days=90)
        StateChange.objects.create(
            target_type="loans.loan", target_id=str(loan.pk), old_state="ACTIVE", new_state="CALLED", actor_name="x", business_date=called
        )
        for state in ("CALLED", "CLOSED"):
            Loan.objects.update(state=state, closed_date=TODAY if state == "CLOSED" else None)
            known = [own_history(application.borrower_id, day=day).defaulted for day in (called - timedelta(days=1), called, TODAY)]
            assert known == [0, 1, 1], state

    def test_is_that_of_a_joint_loan_too(self, branch: Branch, file: Make) -> None:
        """The other one took it out; whoever borrowed with them answers for it as much, and a guarantor does not."""
        first, second = make_past_loans(branch, ["late", "late"])
        mine = file(0)
        me = mine.borrower
        assert me is not None
        first.parties.create(borrower=me, part="CO_BORROWER")
        second.parties.create(borrower=me, part="GUARANTOR")
        found = facts_of_the_moment(mine, business_date=TODAY)
        assert (found["own_history_worst_dpd"][0], found["own_loans"][0]) == (120, 1)

    def test_counts_what_is_late_today_and_nothing_that_is_not_due(self, branch: Branch) -> None:
        (application,) = make_past_loans(branch, ["good"])
        assert application.borrower_id is not None
        assert own_history(application.borrower_id, day=GRANTED).worst == 0
        Loan.objects.update(days_past_due=400)
        assert own_history(application.borrower_id, day=GRANTED).worst == 400
        assert Borrower.objects.count() == 1
