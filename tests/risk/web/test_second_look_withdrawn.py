"""A request that was recorded by mistake is withdrawn on its page, and the letter about a file that is taken up again is written there."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from risk.models import SecondLook
from risk.services.second_looks import UnableToWithdrawSecondLook
from tests.risk.conftest import make_person
from tests.risk.looking_again import answer, asked, refused
from tests.risk.web.conftest import SignIn
from tests.shared_rows import shared

__all__ = ["asked", "refused"]
pytestmark = pytest.mark.django_db
WRONG_FILE = "The letter is of another applicant."


@shared
def other_officer(branch: Branch) -> User:
    return make_person("olivia_officer", branch, Role.OFFICER)


def test_a_mistaken_record_is_withdrawn_on_its_page(
    asked: SecondLook, officer: User, approver: User, other_officer: User, second_approver: User, sign_in: SignIn
) -> None:
    page = reverse("risk:second_look", args=[asked.application_id])
    there = reverse("risk:second_look_withdraw", args=[asked.application_id, asked.pk])
    for actor in (officer, approver):
        assert there not in sign_in(actor).get(page).text
    barred = sign_in(approver).post(there, {"mistake-reason": WRONG_FILE})
    assert (
        barred.status_code == UnableToWithdrawSecondLook.status and WRONG_FILE in barred.text and SecondLook.objects.get().state == "OPEN"
    )
    client = sign_in(other_officer)
    assert there in client.get(page).text
    assert client.post(there, {"mistake-reason": ""}).status_code == 422 and SecondLook.objects.get().state == "OPEN"
    answer = client.post(there, {"mistake-reason": WRONG_FILE}, follow=True).text
    assert "The record is withdrawn" in answer and "Recorded by mistake" in answer and WRONG_FILE in answer
    assert "Record a request" in answer and there not in answer
    late = sign_in(second_approver).post(there, {"mistake-reason": "My own words."})
    assert late.status_code == 409 and "My own words." in late.text


def test_the_letter_about_a_file_that_is_taken_up_again_is_written_there(
    asked: SecondLook, second_approver: User, officer: User, sign_in: SignIn
) -> None:
    answer(asked, second_approver)
    there = reverse("risk:second_look_letter", args=[asked.application_id, asked.pk])
    client = sign_in(officer)
    assert there in client.get(reverse("risk:second_look", args=[asked.application_id])).text
    assert client.post(there)["Content-Type"] == "application/pdf"
