"""A declined file that a second look took up again: who decides it anew, what it stands on, and what the database keeps of it all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from blacklist.models import Screening
from core.events import deliver_pending
from core.models import OutboxEvent, User
from loans.models import Application, StateChange
from loans.services.holds import is_held
from loans.services.statement_imports import read_waiting
from risk.models import Decision, FileAudit, Investigation, PolicyEvaluation, Recommendation, SecondLook
from risk.selectors.conflicts import people_on_file
from risk.selectors.work import decisions_for
from risk.services.decisions import confirm_decision
from risk.services.file_audits import order_sample, record_audit
from risk.services.replay import replay_decision
from risk.services.rules_of_decision import UnableToDecide
from risk.services.second_looks import UnableToAnswerSecondLook
from tests.collateral.test_sales_at_once import in_turn
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make, decided
from tests.risk.looking_again import answer, ask, asked, decline, declined, refused, uphold
from tests.risk.test_judged_anew import amend
from tests.risk.test_new_statements import send, told
from tests.risk.web.conftest import world

__all__ = ["asked", "refused"]
pytestmark = pytest.mark.django_db


class TestTakenUpAgain:
    def test_puts_the_file_back_into_review_for_others(
        self, asked: SecondLook, refused: Application, approver: User, second_approver: User, risk_manager: User
    ) -> None:
        before = Decision.objects.values().get()
        screened = Screening.objects.count()
        day = TODAY + timedelta(days=3)
        kept = answer(asked, second_approver, business_date=day)
        refused.refresh_from_db()
        assert (kept.state, refused.state, refused.assigned_to) == ("TAKEN_UP", "REVIEW", None)
        assert refused.due_date == day + timedelta(days=7), "so many business days as its product promises, from now on"
        step = StateChange.objects.filter(target_id=str(refused.pk)).latest("pk")
        assert (step.old_state, step.new_state, step.actor, step.reason) == ("DECLINED", "REVIEW", second_approver, "The loan is paid off.")
        assert Screening.objects.count() == screened + 1, "who was closed is not watched"
        assert Decision.objects.values().get() == before
        assert people_on_file(refused)[approver.pk] == "declined the application"
        assert not decisions_for(approver).exists() and decisions_for(risk_manager).get() == refused

    def test_is_decided_anew_by_others_and_both_decisions_replay(
        self, asked: SecondLook, refused: Application, approver: User, second_approver: User, risk_manager: User
    ) -> None:
        first = Decision.objects.get()
        answer(asked, second_approver)
        refused.refresh_from_db()
        before = world()
        with pytest.raises(UnableToDecide, match="You declined the application"):
            decided(refused, approver)
        assert world() == before
        put_up = decided(refused, risk_manager, override_code="STRONG_COLLATERAL")
        assert isinstance(put_up, Recommendation), "it is against the system still"
        confirm_decision(application=refused, actor=second_approver, business_date=TODAY)
        assert Decision.objects.count() == 2 and Application.objects.get(pk=refused.pk).state == "OFFERED"
        for one in Decision.objects.all():
            assert replay_decision(decision=one, files=False).identical, one.outcome
        assert Decision.objects.get(pk=first.pk).outcome == "DECLINED"

    def test_may_be_declined_again_which_is_a_decision_of_its_own(
        self, asked: SecondLook, refused: Application, second_approver: User, risk_manager: User, officer: User
    ) -> None:
        answer(asked, second_approver)
        refused.refresh_from_db()
        decline(refused, risk_manager)
        again = ask(refused, officer)
        assert again.decision.decided_by == risk_manager and SecondLook.objects.count() == 2
        with pytest.raises(UnableToAnswerSecondLook, match="had_part"):
            uphold(again, risk_manager)

    def test_goes_to_its_investigator_first_where_something_is_to_be_found_out(
        self, asked: SecondLook, refused: Application, second_approver: User, investigator: User
    ) -> None:
        answer(asked, second_approver, investigate=True)
        refused.refresh_from_db()
        investigation = Investigation.objects.get(application=refused)
        assert (refused.state, refused.assigned_to) == ("INVESTIGATING", investigator)
        assert (investigation.state, investigation.signed_by) == ("OPEN", None)
        assert OutboxEvent.objects.filter(name="InvestigationReopened").count() == 1

    @pytest.mark.parametrize("what", ["amended", "statement"])
    def test_goes_to_its_investigator_where_something_came_after_the_facts_were_signed(
        self, what: str, asked: SecondLook, refused: Application, apply: Make, officer: User, risk_manager: User, second_approver: User, settings: Any,
        tmp_path: Path,
    ) -> None:  # fmt: skip
        """No closed file is sent back when it comes: it would lie in review, and nobody could decide it."""
        settings.MEDIA_ROOT = str(tmp_path)
        if what == "amended":
            amend(refused, officer, risk_manager, name="Freya Lindquist")
        else:
            send(apply(), actor=officer)
            read_waiting()
            told()
        refused.refresh_from_db()
        assert refused.state == "DECLINED"
        answer(asked, second_approver)
        refused.refresh_from_db()
        assert refused.state == "INVESTIGATING" and Investigation.objects.get(application=refused).signed_by is None

    def test_is_held_by_what_an_audit_found_meanwhile(
        self, refused: Application, officer: User, second_approver: User, risk_manager: User
    ) -> None:
        lot = order_sample(
            size=1, auditor="P", since=TODAY, until=TODAY + timedelta(days=1), actor=risk_manager, business_date=TODAY + timedelta(days=1)
        )
        found = FileAudit.objects.get(lot=lot)
        record_audit(found=found, clean=False, result="A payslip is false.", report=None, actor=risk_manager, business_date=TODAY)
        assert not is_held(refused), "nothing comes of a closed file"
        answer(ask(refused, officer), second_approver)
        assert is_held(refused)

    def test_is_screened_and_told_to_its_partner_as_any_step(self, asked: SecondLook, second_approver: User) -> None:
        answer(asked, second_approver)
        for _ in range(2):
            deliver_pending()
        told = OutboxEvent.objects.filter(name="ApplicationStatusChanged").latest("pk")
        assert (told.payload["old_state"], told.payload["new_state"]) == ("DECLINED", "REVIEW")


class TestTheDatabase:
    def test_keeps_one_request_for_each_decision(self, asked: SecondLook, officer: User) -> None:
        with pytest.raises(IntegrityError, match="second_look_once_per_decision"), transaction.atomic():
            SecondLook.objects.create(
                application=asked.application,
                decision=asked.decision,
                asked_date=TODAY,
                due_date=TODAY,
                recorded_by=officer,
                recorded_date=TODAY,
            )

    @pytest.mark.parametrize("change", ["asked_date = asked_date - 1", "due_date = due_date + 9", "recorded_date = recorded_date - 1"])
    def test_keeps_what_was_asked_as_it_came_in(self, change: str, asked: SecondLook) -> None:
        with pytest.raises(ProgrammingError, match="kept as it was asked"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE risk_secondlook SET {change}")

    def test_keeps_an_answer_as_it_was_given(self, asked: SecondLook, second_approver: User) -> None:
        uphold(asked, second_approver)
        for change in ("state = 'TAKEN_UP'", "told = 'Well.'", "rationale = 'Well.'"):
            with pytest.raises(ProgrammingError, match="kept as it was asked"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE risk_secondlook SET {change}")
        with pytest.raises(ProgrammingError, match="kept as it was asked"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM risk_secondlook")

    def test_wants_an_answer_whole(self, asked: SecondLook, second_approver: User) -> None:
        whole: dict[str, Any] = {"state": "UPHELD", "rationale": "So.", "told": "So.", "answered_by": second_approver}
        whole |= {"answered_at": timezone.now(), "answered_date": TODAY}
        for left_out in ("rationale", "told", "answered_by", "answered_at", "answered_date"):
            with pytest.raises(IntegrityError, match="second_look_"), transaction.atomic():
                SecondLook.objects.update(**{name: value for name, value in whole.items() if name != left_out})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["uphold", "take up"])
def test_of_two_who_answer_at_once_one_is_first(
    first: str, reviewed: Callable[..., Application], approver: User, second_approver: User, risk_manager: User, officer: User
) -> None:
    asked = ask(declined(reviewed, approver), officer)
    acts = [partial(uphold, asked, second_approver), partial(answer, asked, risk_manager)]
    assert in_turn(*(acts if first == "uphold" else reversed(acts))) == ("ok", "decided_before")
    state, by = ("DECLINED", second_approver) if first == "uphold" else ("REVIEW", risk_manager)
    assert Application.objects.get(pk=asked.application_id).state == state and SecondLook.objects.get().answered_by == by
    assert PolicyEvaluation.objects.exists()
