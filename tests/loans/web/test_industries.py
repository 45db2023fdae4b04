"""The industry of a company is a code, chosen at intake; what was written before there were codes is read once."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.urls import reverse

from core.models import Branch, User
from loans.models import Application, Borrower, ProductVersion
from tests.loans.web.conftest import SignIn

pytestmark = pytest.mark.django_db
NEW = f"{reverse('loans:application_new')}?product=consumer"
COMPANY = {
    "amount": "12,000.00", "term_months": "12", "purpose_code": "equipment", "kind": "company", "name": "Alder Workshop",
    "registration_number": "HRB 4711", "country": "DE",
}  # fmt: skip


class TestIntake:
    def test_chooses_it_from_the_list(self, officer: User, product: ProductVersion, sign_in: SignIn) -> None:
        client = sign_in(officer)
        page = client.get(NEW).text
        assert '<optgroup label="F Construction">' in page and '<option value="F43">Specialised construction (F43)</option>' in page
        refused = client.post(NEW, {**COMPANY, "submit": "1"})
        assert refused.status_code == 422 and set(refused.context["form"].errors) == {"industry"}
        client.post(NEW, {**COMPANY, "industry": "F43", "submit": "1"})
        assert {borrower.industry for borrower in Borrower.objects.all()} == {"F43"}

    def test_keeps_what_a_draft_of_before_says(self, officer: User, product: ProductVersion, sign_in: SignIn) -> None:
        client = sign_in(officer)
        client.post(NEW, {**COMPANY, "industry": "Wizardry", "save": "1"})
        draft = reverse("loans:application_edit", args=[Application.objects.get().pk])
        assert '<option value="Wizardry" selected>' in client.get(draft).text
        client.post(draft, {**COMPANY, "version": Application.objects.get().version, "industry": "Crafts", "save": "1"})
        assert '<option value="F43" selected>' in client.get(draft).text

    def test_does_not_hold_up_a_person_of_whom_a_draft_says_one_that_does_not_read(
        self, officer: User, product: ProductVersion, sign_in: SignIn
    ) -> None:
        client = sign_in(officer)
        person = COMPANY | {"kind": "person", "birth_date": "1980-05-17", "national_id": "AB 1234567", "registration_number": ""}
        client.post(NEW, {**person, "industry": "Wizardry", "submit": "1"})
        assert Application.objects.get().state != "DRAFT"
        client.post(NEW, {**person, "national_id": "AB 7654321", "industry": "F43", "submit": "1"})
        assert sorted(Borrower.objects.values_list("industry", flat=True)) == ["", "F43"]


class TestCustomer:
    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"industry": "F43", "industry_written": "Crafts"}, "<span>Specialised construction (F43)</span>"),
            ({"industry_written": "Wizardry"}, "<span>Wizardry</span>"),
            ({}, "<span>Industry not known</span>"),
        ],
    )
    def test_page_tells_it(self, officer: User, branch: Branch, sign_in: SignIn, said: dict[str, str], words: str) -> None:
        company = Borrower.objects.create(reference="BR-1", branch=branch, kind="COMPANY", name="Alder Workshop", country="DE", **said)
        assert words in sign_in(officer).get(reverse("loans:borrower_detail", args=[company.pk])).text


class TestBeforeCodes:
    def test_words_are_read_as_far_as_they_read(self, branch: Branch) -> None:
        for number, written in enumerate(("Crafts", "crafts", "Retail", "Wizardry", "")):
            Borrower.objects.create(
                reference=f"BR-{number}", branch=branch, kind="COMPANY", name="X", country="DE", industry_written=written
            )
        migration: Any = import_module("loans.migrations.0012_industries_by_code")
        with connection.schema_editor() as editor:
            migration.code_industries(apps, editor)
        found = list(Borrower.objects.order_by("reference").values_list("industry", "industry_written"))
        assert found == [("F43", "Crafts"), ("F43", "crafts"), ("G47", "Retail"), ("", "Wizardry"), ("", "")]

    def test_a_letter_of_another_edition_is_not_read(self, branch: Branch) -> None:
        """Finance was K and is L; up to F nothing moved, and a division tells the edition by its letter."""
        for number, written in enumerate(("F", "K", " k ", "G", "L64", "K64")):
            Borrower.objects.create(
                reference=f"BR-{number}", branch=branch, kind="COMPANY", name="X", country="DE", industry_written=written
            )
        migration: Any = import_module("loans.migrations.0012_industries_by_code")
        with connection.schema_editor() as editor:
            migration.code_industries(apps, editor)
        assert list(Borrower.objects.order_by("reference").values_list("industry", flat=True)) == ["F", "", "", "", "L64", ""]

    def test_nothing_but_a_code_is_kept(self, branch: Branch) -> None:
        with pytest.raises(IntegrityError, match="borrower_industry_is_a_code"):
            Borrower.objects.create(reference="BR-1", branch=branch, kind="COMPANY", name="X", country="DE", industry="f43")
