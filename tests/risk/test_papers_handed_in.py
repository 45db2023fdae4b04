"""Who handed in a paper that counts in a file worked on it: no second signature, no judgement and no decision of theirs."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.errors import DomainError
from core.models import Branch, User
from core.roles import Role
from loans.models import Application, Document
from loans.services.documents import store_document
from risk.models import Decision, Investigation
from risk.selectors.conflicts import part_in, people_on_file, without_conflict
from risk.services.sign_off import sign_off_investigation
from tests.every_role import every_role
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import decided

pytestmark = pytest.mark.django_db
DONE = "handed in a paper that counts in the file"


def hand_in(application: Application, person: User) -> Document:
    return store_document(application=application, kind="payslips", upload=SimpleUploadedFile("pay.pdf", b"%PDF-1.4 pay"), actor=person)


def test_the_second_investigator_signs_nothing_off_that_stands_on_their_paper(
    to_sign_off: Investigation, second_investigator: User
) -> None:
    file = to_sign_off.application
    paper = hand_in(file, second_investigator)
    assert second_investigator.pk not in people_on_file(file), "nothing refers to it yet"
    to_sign_off.items.update(evidence=paper)
    with pytest.raises(DomainError) as refusal:
        sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
    assert refusal.value.code == "own_investigation"
    to_sign_off.refresh_from_db()
    assert (to_sign_off.state, to_sign_off.signed_by) == ("SUBMITTED", None)


@every_role((Role.APPROVER, Role.RISK_MANAGER))
def test_a_decider_decides_nothing_that_stands_on_theirs(role: Role, in_review: Application, branch: Branch) -> None:
    person = make_person(f"handed_{role.lower()}", branch, role)
    paper = hand_in(in_review, person)
    in_review.investigation.items.update(evidence=paper)
    assert people_on_file(in_review)[person.pk] == DONE and part_in(person, in_review) == "worked on the investigation"
    assert not without_conflict(Application.objects.all(), person).exists()
    with pytest.raises(DomainError, match="conflict_of_interest"):
        decided(in_review, person)
    assert not Decision.objects.exists()


@every_role((Role.APPROVER, Role.RISK_MANAGER))
def test_a_letter_that_nothing_refers_to_bars_nobody(role: Role, in_review: Application, branch: Branch) -> None:
    person = make_person(f"wrote_{role.lower()}", branch, role)
    hand_in(in_review, person)
    assert person.pk not in people_on_file(in_review)
    assert without_conflict(Application.objects.all(), person).exists()


def test_of_many_files_it_costs_one_question(in_review: Application, approver: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        list(without_conflict(Application.objects.all(), approver))
    with django_assert_num_queries(1):
        people_on_file(in_review)
