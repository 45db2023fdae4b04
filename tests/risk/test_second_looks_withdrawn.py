"""A request for a second look that waits too long, one that was recorded by mistake, and the letter about a file that is taken up again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from core.errors import Conflict
from core.events import deliver_pending
from core.models import AuditEntry, BankState, Branch, User
from core.roles import Role
from loans.models import Application
from monitoring.models import Alert
from risk.models import Decision, SecondLook
from risk.selectors.second_looks import second_looks_for
from risk.services.letter_words import UnableToWriteLetter, second_look_letter_of
from risk.services.letters import write_second_look_letter
from risk.services.second_looks import (
    UnableToWithdrawSecondLook,
    answer_second_look,
    tell_overdue_second_looks,
    withdraw_second_look,
)
from tests.every_role import every_role
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import Make
from tests.risk.looking_again import answer, ask, asked, declined, everything, refused, uphold
from tests.shared_rows import shared

__all__ = ["asked", "refused"]
pytestmark = pytest.mark.django_db
WRONG_FILE = "The letter is of another applicant."


@pytest.fixture(autouse=True)
def _today(bank: BankState) -> None:
    BankState.objects.update(business_date=TODAY)


@shared
def other_officer(branch: Branch) -> User:
    return make_person("olivia_officer", branch, Role.OFFICER)


def withdraw(asked: SecondLook, actor: User, reason: str = WRONG_FILE) -> SecondLook:
    return withdraw_second_look(second_look=asked, reason=reason, actor=actor, business_date=TODAY)


def told() -> list[tuple[str, str]]:
    for _ in range(2):
        deliver_pending()
    return list(Alert.objects.filter(kind="LOOK_LATE").order_by("id").values_list("subject", "state"))


class TestWaitingTooLong:
    def test_is_told_once_after_its_last_day_and_ends_with_the_answer(self, asked: SecondLook, second_approver: User) -> None:
        assert tell_overdue_second_looks(business_date=asked.due_date) == 0, "its last day is in time"
        late = asked.due_date + timedelta(days=1)
        assert tell_overdue_second_looks(business_date=late) == 1
        assert told() == [(f"look:{asked.pk}", "OPEN")]
        alert = Alert.objects.get(kind="LOOK_LATE")
        assert alert.title == f"The second look at {asked.application.reference} was to be taken by 9 Mar 2026"
        assert (alert.branch_id, alert.owner) == (asked.application.branch_id, None)
        assert tell_overdue_second_looks(business_date=late + timedelta(days=9)) == 0
        uphold(asked, second_approver)
        assert told() == [(f"look:{asked.pk}", "RESOLVED")]

    def test_is_not_told_of_what_was_answered_or_withdrawn(self, asked: SecondLook, second_approver: User) -> None:
        late = asked.due_date + timedelta(days=1)
        assert tell_overdue_second_looks(business_date=late) == 1
        withdraw(asked, second_approver)
        assert told() == [], "withdrawn before anybody heard"
        SecondLook.objects.update(told_late_date=None)
        assert tell_overdue_second_looks(business_date=late) == 0

    def test_costs_the_same_for_any_number(self, reviewed: Make, approver: User, officer: User) -> None:
        cost = []
        for number in range(3):
            file = declined(reviewed, approver, number=f"L01X0077{number}")
            due = ask(file, officer).due_date
            if number == 1:
                continue
            with CaptureQueriesContext(connection) as queries:
                assert tell_overdue_second_looks(business_date=due + timedelta(days=1)) == max(number, 1)
            cost.append(len(queries))
        assert cost[0] == cost[1]
        assert len(told()) == 3


class TestRecordedByMistake:
    def test_is_withdrawn_by_somebody_else_with_a_reason_and_may_be_asked_again(
        self, asked: SecondLook, refused: Application, officer: User, other_officer: User, second_approver: User
    ) -> None:
        kept = withdraw(asked, other_officer)
        assert (kept.state, kept.rationale, kept.answered_by, kept.answered_date) == ("WITHDRAWN", WRONG_FILE, other_officer, TODAY)
        entry = AuditEntry.objects.get(action="second_look.withdrawn")
        assert (entry.actor, entry.details["reason"], entry.target_id) == (other_officer, WRONG_FILE, str(refused.pk))
        refused.refresh_from_db()
        assert refused.state == "DECLINED" and not second_looks_for(second_approver).exists()
        with pytest.raises(Conflict, match=r"Olivia Officer decided this at .*: recorded by mistake"):
            answer(asked, second_approver)
        with pytest.raises(UnableToWriteLetter, match="not_answered"):
            write_second_look_letter(second_look=kept, actor=officer, business_date=TODAY)
        again = ask(refused, officer)
        assert second_looks_for(second_approver).get() == again and uphold(again, second_approver).state == "UPHELD"

    def test_stays_as_it_was_withdrawn(self, asked: SecondLook, other_officer: User) -> None:
        withdraw(asked, other_officer)
        for change in ({"state": "OPEN"}, {"rationale": "None."}):
            with pytest.raises(DatabaseError), transaction.atomic():
                SecondLook.objects.update(**change)

    def test_is_one_of_two_that_never_stand_together(self, asked: SecondLook, other_officer: User, officer: User) -> None:
        withdraw(asked, other_officer)
        ask(asked.application, officer)
        kept = {name: getattr(asked, name) for name in ("application", "decision", "asked_date", "words", "due_date", "recorded_date")}
        with pytest.raises(IntegrityError, match="second_look_once_per_decision"), transaction.atomic():
            SecondLook.objects.create(recorded_by=officer, **kept)

    @every_role(Role)
    def test_is_withdrawn_by_officers_and_deciders_alone(self, asked: SecondLook, branch: Branch, role: Role) -> None:
        somebody = make_person("some_body", branch, role)
        before = everything()
        if role in (Role.OFFICER, Role.APPROVER, Role.RISK_MANAGER):
            assert withdraw(asked, somebody).state == "WITHDRAWN"
        else:
            with pytest.raises(UnableToWithdrawSecondLook, match="not_entitled"):
                withdraw(asked, somebody)
            assert everything() == before

    def test_is_not_withdrawn_by_who_recorded_it_or_had_a_part_nor_without_a_reason(
        self, asked: SecondLook, officer: User, approver: User, other_officer: User
    ) -> None:
        before = everything()
        for actor, reason, code in (
            (officer, WRONG_FILE, "own_record"),
            (approver, WRONG_FILE, "had_part"),
            (other_officer, " ", "invalid"),
        ):
            with pytest.raises(UnableToWithdrawSecondLook, match=code):
                withdraw(asked, actor, reason)
        assert everything() == before


class TestTakenUp:
    def test_has_a_letter_of_what_comes_next(self, asked: SecondLook, second_approver: User, officer: User) -> None:
        kept = answer(asked, second_approver, business_date=TODAY + timedelta(days=1))
        letter = second_look_letter_of(kept)
        assert letter.subject == "We have taken up your application again" and letter.reasons == []
        assert letter.opening[0].startswith("On 2 March 2026 you asked us to look again at our decision of 2 March 2026")
        assert "You hear from us by 10 March 2026" in letter.closing[0]
        words = " ".join([*letter.opening, *letter.closing])
        assert "paid off" not in words, "the rationale is the house's own"
        pdf = write_second_look_letter(second_look=kept, actor=officer, business_date=TODAY)
        assert b"StructTreeRoot" in pdf
        Application.objects.update(due_date=TODAY + timedelta(days=40))
        again = SecondLook.objects.get()
        assert write_second_look_letter(second_look=again, actor=officer, business_date=TODAY + timedelta(days=9)) == pdf
        assert Decision.objects.count() == 1

    def test_says_the_same_where_it_is_investigated_first(self, asked: SecondLook, second_approver: User) -> None:
        step: dict[str, Any] = {"taken_up": True, "investigate": True, "rationale": "New papers.", "told": "", "business_date": TODAY}
        kept = answer_second_look(second_look=asked, actor=second_approver, **step)
        assert "if something is missing, we will ask you for it" in second_look_letter_of(kept).closing[0]
