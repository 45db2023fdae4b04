"""An applicant who is declined may ask that somebody else looks at it: when, who looks, what comes of it, and what the decision stays."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core import four_eyes
from core.errors import Conflict
from core.models import AuditEntry, Branch, OutboxEvent, User, UserRole
from core.roles import Role
from loans.models import Application, ProductVersion
from loans.services.documents import UnableToStoreDocument
from loans.services.interests import declare_interest
from risk.models import Decision, Recommendation, SecondLook
from risk.selectors.conflicts import any_part, without_part
from risk.selectors.second_looks import second_looks_for
from risk.services.letter_words import UnableToWriteLetter, second_look_letter_of
from risk.services.letters import write_second_look_letter
from risk.services.second_looks import UnableToAnswerSecondLook, UnableToAskForSecondLook
from tests.every_role import every_role
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import Make, did_before
from tests.risk.looking_again import WORDS, answer, ask, asked, declined, everything, paper, refused, uphold

__all__ = ["asked", "refused"]
pytestmark = pytest.mark.django_db
LAST = TODAY + timedelta(days=30)


class TestAsking:
    def test_is_recorded_with_its_day_words_and_papers(self, refused: Application, officer: User, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path
        made = ask(refused, officer, papers=[paper(), paper("bank.pdf")], asked_date=TODAY, business_date=TODAY + timedelta(days=2))
        kept = SecondLook.objects.get()
        assert (kept.words, kept.state, kept.asked_date, kept.recorded_date) == (WORDS, "OPEN", TODAY, TODAY + timedelta(days=2))
        assert kept.decision == Decision.objects.get() and kept.due_date == TODAY + timedelta(days=7), "five business days from its arrival"
        assert sorted(made.papers.values_list("name", "kind")) == [("bank.pdf", "second_look"), ("paid-off.pdf", "second_look")]
        with connection.cursor() as cursor:
            cursor.execute("SELECT words FROM risk_secondlook")
            assert b"car loan" not in bytes(cursor.fetchone()[0]), "what an applicant writes of themselves is sealed"
        entry = AuditEntry.objects.get(action="second_look.asked")
        assert (entry.actor, entry.details["papers"], entry.target_id) == (officer, 2, str(refused.pk))
        event = OutboxEvent.objects.get(name="SecondLookAsked")
        assert event.payload == {"second_look_id": str(kept.pk), "application_id": str(refused.pk)}
        refused.refresh_from_db()
        assert refused.state == "DECLINED"

    @pytest.mark.parametrize(
        ("changes", "field", "code"),
        [
            ({"asked_date": TODAY + timedelta(days=1)}, "asked_date", "future"),
            ({"asked_date": TODAY - timedelta(days=1)}, "asked_date", "too_early"),
            ({"asked_date": LAST + timedelta(days=1), "business_date": LAST + timedelta(days=1)}, "asked_date", "too_late"),
            ({"words": "  "}, "words", "required"),
            ({"papers": [None] * 13}, "papers", "too_many"),
        ],
    )
    def test_names_what_is_wrong_and_changes_nothing(
        self, changes: dict[str, Any], field: str, code: str, refused: Application, officer: User
    ) -> None:
        before = everything()
        with pytest.raises(UnableToAskForSecondLook, match="invalid") as refusal:
            ask(refused, officer, **changes)
        assert [(fault.field, fault.code) for fault in refusal.value.faults] == [(field, code)]
        assert everything() == before

    def test_counts_the_day_on_which_it_arrived(self, refused: Application, officer: User) -> None:
        late = LAST + timedelta(days=10)
        with pytest.raises(UnableToAskForSecondLook, match="until 01 Apr 2026"):
            ask(refused, officer, asked_date=late, business_date=late)
        assert ask(refused, officer, asked_date=LAST, business_date=late).due_date == date(2026, 4, 10), (
            "five business days on, after Easter"
        )

    def test_takes_as_many_days_as_the_product_gave_when_it_was_declined(self, reviewed: Make, approver: User, officer: User) -> None:
        ProductVersion.objects.update(second_look_days=3)
        file = declined(reviewed, approver)
        ProductVersion.objects.update(second_look_days=60)
        day = TODAY + timedelta(days=4)
        with pytest.raises(UnableToAskForSecondLook, match="until 05 Mar 2026"):
            ask(file, officer, asked_date=day, business_date=day)

    def test_is_of_a_decline_that_stands(self, in_review: Application, officer: User) -> None:
        before = everything()
        with pytest.raises(UnableToAskForSecondLook, match="not_declined"):
            ask(in_review, officer)
        assert everything() == before

    def test_is_recorded_once(self, asked: SecondLook, officer: User) -> None:
        before = everything()
        with pytest.raises(UnableToAskForSecondLook, match="asked for on 02 Mar 2026 already"):
            ask(asked.application, officer)
        assert everything() == before

    def test_keeps_nothing_where_a_paper_is_not_what_it_says(self, refused: Application, officer: User) -> None:
        before = everything()
        wrong = paper("letter.png")
        with pytest.raises(UnableToStoreDocument, match="not_what_it_says"):
            ask(refused, officer, papers=[wrong])
        assert everything() == before

    @every_role([role for role in Role if role != Role.OFFICER])
    def test_is_recorded_by_nobody_else(self, refused: Application, branch: Branch, role: Role) -> None:
        somebody = make_person("some_body", branch, role)
        before = everything()
        with pytest.raises(UnableToAskForSecondLook, match="not_entitled"):
            ask(refused, somebody)
        assert everything() == before


class TestWhoLooks:
    @every_role(Role)
    def test_is_who_decides_and_had_no_part(self, asked: SecondLook, branch: Branch, role: Role) -> None:
        somebody = make_person("some_body", branch, role)
        may = role in (Role.APPROVER, Role.RISK_MANAGER)
        assert second_looks_for(somebody).exists() == may
        before = everything()
        if may:
            assert uphold(asked, somebody).answered_by == somebody
        else:
            with pytest.raises(UnableToAnswerSecondLook, match="not_entitled"):
                uphold(asked, somebody)
            assert everything() == before

    def test_is_nobody_who_decided_worked_on_it_or_has_an_interest(
        self, asked: SecondLook, refused: Application, approver: User, investigator: User, officer: User, branch: Branch
    ) -> None:
        signer, interested, proposer, voter = (
            make_person(name, branch, Role.APPROVER) for name in ("signer", "interested", "put_up", "voter")
        )
        for person in (investigator, officer):
            move_on(person)
        did_before(refused, signer)
        assert refused.borrower is not None
        declare_interest(
            application=refused, borrower=refused.borrower, kind="FAMILY", reason="A cousin.", actor=interested, business_date=TODAY
        )
        put_up = put_up_before(refused, proposer)
        put_up.votes.create(member=voter, member_name="Voter", by_manager=False, in_favour=True)
        before = everything()
        for known in (approver, investigator, officer, signer, interested, proposer, voter):
            person = User.objects.get(pk=known.pk)
            assert any_part(person, refused), person
            assert not without_part(SecondLook.objects.all(), person).exists(), person
            assert not second_looks_for(person).exists(), person
            for act in (answer, uphold):
                with pytest.raises(UnableToAnswerSecondLook, match="own_record" if known == officer else "had_part"):
                    act(asked, person)
        assert everything() == before

    def test_is_not_who_recorded_the_request(self, refused: Application, branch: Branch) -> None:
        other = make_person("omar_officer", branch, Role.OFFICER)
        asked = ask(refused, other)
        other = move_on(other)
        assert not any_part(other, refused) and not second_looks_for(other).exists()
        with pytest.raises(UnableToAnswerSecondLook, match="own_record"):
            uphold(asked, other)
        with pytest.raises(IntegrityError, match="second_look_four_eyes"), transaction.atomic():
            SecondLook.objects.update(
                state="UPHELD", rationale="So.", told="So.", answered_by=other, answered_at=timezone.now(), answered_date=TODAY
            )

    def test_is_of_the_branch(self, asked: SecondLook, outsider: User, second_approver: User) -> None:
        assert not second_looks_for(outsider).exists()
        assert second_looks_for(second_approver).get() == asked


def move_on(person: User) -> User:
    """Somebody who is a risk manager by now."""
    UserRole.objects.filter(user=person).delete()
    UserRole.objects.create(user=person, role=Role.RISK_MANAGER)
    return User.objects.get(pk=person.pk)


def put_up_before(application: Application, person: User) -> Recommendation:
    """This person once put a decision up that came to nothing."""
    proposal = four_eyes.propose(
        kind="decision",
        target=application,
        title="Approve",
        roles=(Role.APPROVER,),
        actor=person,
        content={"outcome": "APPROVED"},
        path="/",
    )
    four_eyes.void(kind="decision", target=application, reason="Voided.")
    return Recommendation.objects.create(application=application, proposal=proposal, content={}, evidence_hash="0", made_by=person)


class TestUpheld:
    def test_leaves_the_file_declined_and_tells_why(self, asked: SecondLook, refused: Application, second_approver: User) -> None:
        before = Decision.objects.values().get()
        kept = uphold(asked, second_approver)
        refused.refresh_from_db()
        assert (kept.state, kept.answered_by, kept.answered_date, refused.state) == ("UPHELD", second_approver, TODAY, "DECLINED")
        assert Decision.objects.values().get() == before
        entry = AuditEntry.objects.get(action="second_look.upheld")
        assert (entry.actor, entry.details["reason"]) == (second_approver, "The letter is of another loan.")
        assert OutboxEvent.objects.get(name="SecondLookAnswered").payload["outcome"] == "UPHELD"
        letter = second_look_letter_of(kept)
        assert letter.opening[0] == (
            "On 2 March 2026 you asked us to look again at our decision of 2 March 2026 on a loan of 12,000 EUR over 36 months."
        )
        assert letter.reasons == ["The instalments would take too much of the income."]
        assert letter.closing[0] == "The letter that you sent is about a loan that we had not counted."
        assert not any("another loan." in words for words in (*letter.opening, *letter.closing)), "the rationale is the house's own"

    def test_wants_a_rationale_and_words_for_the_applicant(self, asked: SecondLook, second_approver: User) -> None:
        before = everything()
        with pytest.raises(UnableToAnswerSecondLook, match="invalid") as refusal:
            uphold(asked, second_approver, rationale=" ", told=" ")
        assert [fault.field for fault in refusal.value.faults] == ["rationale", "told"]
        assert everything() == before

    def test_has_a_letter_that_is_recorded_and_the_same_again(
        self, asked: SecondLook, second_approver: User, officer: User, auditor: User
    ) -> None:
        with pytest.raises(UnableToWriteLetter, match="not_answered"):
            write_second_look_letter(second_look=asked, actor=officer, business_date=TODAY)
        kept = uphold(asked, second_approver)
        pdf = write_second_look_letter(second_look=kept, actor=officer, business_date=TODAY)
        assert pdf.startswith(b"%PDF") and b"StructTreeRoot" in pdf
        assert write_second_look_letter(second_look=kept, actor=officer, business_date=TODAY + timedelta(days=3)) == pdf
        assert AuditEntry.objects.filter(action="second_look.letter_written").count() == 2
        with pytest.raises(UnableToWriteLetter, match="not_entitled"):
            write_second_look_letter(second_look=kept, actor=auditor, business_date=TODAY)

    def test_is_the_end_of_it(self, asked: SecondLook, second_approver: User, risk_manager: User) -> None:
        uphold(asked, second_approver)
        before = everything()
        for again in (answer, uphold):
            with pytest.raises(Conflict, match=r"Alex Approver decided this at .*: decision upheld"):
                again(asked, risk_manager)
        assert everything() == before
