"""Whose word changed what a file is judged by does not decide it: who amended the record of a party, who sent in its statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.errors import DomainError
from core.models import User
from loans.models import Application, Borrower, CustomerAmendment, StatementImport
from risk.models import Decision
from risk.selectors.conflicts import people_on_file, without_conflict
from tests.risk.conftest import TODAY
from tests.risk.deciding import decided, receive_statement

pytestmark = pytest.mark.django_db
CONFIRMED = "confirmed an amendment of a party's record"


def amended(file: Application, officer: User, second: User | None, **changes: Any) -> CustomerAmendment:
    """An amendment of the applicant's record, as the two people left it."""
    assert file.borrower is not None
    state = "CONFIRMED" if second else "PROPOSED"
    given: dict[str, Any] = {"state": state, "decided_date": TODAY if second else None, "proposed_date": TODAY, "size": 1} | changes
    return CustomerAmendment.objects.create(borrower=file.borrower, fields=["city"], proposed_by=officer, decided_by=second, **given)


def bars(person: User, file: Application) -> str:
    """What bars this person from deciding, asked of one file and of many alike."""
    done = people_on_file(file).get(person.pk, "")
    assert bool(done) != without_conflict(Application.objects.filter(pk=file.pk), person).exists()
    return done


def test_who_confirmed_an_amendment_of_a_partys_record_decides_nothing(
    in_review: Application, officer: User, approver: User, second_approver: User
) -> None:
    amended(in_review, officer, approver)
    assert bars(approver, in_review) == CONFIRMED
    with pytest.raises(DomainError, match="conflict_of_interest") as refusal:
        decided(in_review, approver)
    assert CONFIRMED in refusal.value.detail and not Decision.objects.exists()
    assert isinstance(decided(in_review, second_approver), Decision)


def test_nor_does_who_proposed_one_that_waits(in_review: Application, approver: User) -> None:
    amended(in_review, approver, None)
    assert bars(approver, in_review) == "proposed an amendment of a party's record"


@pytest.mark.parametrize("changes", [{"state": "REFUSED"}, {"decided_date": TODAY - timedelta(days=1)}], ids=["refused", "before the file"])
def test_what_changed_nothing_of_this_file_bars_nobody(
    in_review: Application, officer: User, approver: User, changes: dict[str, Any]
) -> None:
    amended(in_review, officer, approver, **changes)
    assert not bars(approver, in_review)


def test_nor_does_an_amendment_of_somebody_else(in_review: Application, officer: User, approver: User) -> None:
    stranger = Borrower.objects.create(branch=in_review.branch, kind="PERSON", name="Ole Holm", reference="C-9")
    CustomerAmendment.objects.create(
        borrower=stranger, fields=["city"], state="CONFIRMED", proposed_by=officer, decided_by=approver, decided_date=TODAY,
        proposed_date=TODAY, size=1,
    )  # fmt: skip
    assert not bars(approver, in_review)


def test_a_statement_sent_under_another_file_counts_in_this_one(in_review: Application, apply: Any, approver: User) -> None:
    """Lines count for their holder, whichever file they came in."""
    other = apply()
    sent = receive_statement(other, TODAY - timedelta(days=3))
    StatementImport.objects.filter(pk=sent.pk).update(sent_by=approver)
    assert other.borrower_id == in_review.borrower_id
    assert bars(approver, in_review) == "sent in a statement of a party's account"
    with pytest.raises(DomainError, match="conflict_of_interest"):
        decided(in_review, approver)


def test_one_of_years_ago_has_no_line_in_it(in_review: Application, apply: Any, approver: User) -> None:
    sent = receive_statement(apply(), TODAY - timedelta(days=800))
    StatementImport.objects.filter(pk=sent.pk).update(sent_by=approver, created_at="2024-01-05T12:00Z")
    assert not bars(approver, in_review)
