"""The industry of a company through the API: a code, or words that read as one."""

from __future__ import annotations

from typing import Any

import pytest

from loans.models import Borrower, ProductVersion
from tests.api.client import Api, is_problem, pointers
from tests.api.conftest import application_form

pytestmark = pytest.mark.django_db


def sent(**changes: Any) -> dict[str, Any]:
    """An application of a company as a partner sends it."""
    form = application_form()
    del form["applicant"]["birth_date"], form["applicant"]["national_id"], form["applicant"]["income"]
    form["applicant"] |= {"kind": "company", "name": "Alder Workshop", "registration_number": "HRB 4711"} | changes
    return form


class TestPartner:
    @pytest.mark.parametrize("written", ["F43", "43.2", "Specialised construction", "crafts "])
    def test_sends_it_as_a_code_or_in_words(self, api: Api, product: ProductVersion, written: str) -> None:
        assert api.post("/applications", sent(industry=written)).status_code == 201
        assert Borrower.objects.get().industry == "F43"

    def test_is_told_the_nearest_code(self, api: Api, product: ProductVersion) -> None:
        answer = api.post("/applications", sent(industry="Bakkery"))
        assert is_problem(answer, 422, "invalid") and pointers(answer) == {"/applicant/industry": "unknown"}
        assert answer.json()["errors"][0]["detail"] == (
            "“Bakkery” is no industry of the list. The nearest is C10, Manufacture of food products."
        )

    def test_sends_no_company_without_one_but_keeps_it_as_a_draft(self, api: Api, product: ProductVersion) -> None:
        answer = api.post("/applications", sent())
        assert is_problem(answer, 422, "invalid") and pointers(answer) == {"/applicant/industry": "required"}
        kept = api.post("/applications", sent() | {"submit": False})
        assert (kept.status_code, kept.json()["status"]) == (201, "DRAFT")
        assert ("fact", "applicant.industry") in {(one["kind"], one["code"]) for one in kept.json()["missing"]}

    def test_needs_none_of_a_person(self, api: Api, product: ProductVersion) -> None:
        assert api.post("/applications", application_form()).status_code == 201
