"""The industry of a company is a code, chosen at intake; what was written before there were codes is read once."""

from __future__ import annotations

import json
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.urls import reverse

from core.models import Branch, Proposal, User
from loans.domain.otherwise import differing
from loans.models import Application, Borrower, CustomerAmendment, ProductVersion
from loans.selectors.amendments import is_judged_by
from loans.selectors.otherwise import stated_of
from loans.services.amendments import UnableToAmend, propose_amendment
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


class TestOnRecord:
    """Who writes it first does not decide for ever: another one is asked about, and put on record by two people."""

    STATED = COMPANY | {"industry": "L64", "submit": "1"}

    @pytest.fixture
    def company(self, officer: User, product: ProductVersion, sign_in: SignIn) -> Borrower:
        """A company with F43 on record, whose next application says L64."""
        client = sign_in(officer)
        client.post(NEW, {**COMPANY, "industry": "F43", "submit": "1"})
        client.post(NEW, self.STATED)
        return Borrower.objects.get()

    def test_another_one_is_a_difference_that_two_people_take_over(
        self, company: Borrower, officer: User, approver: User, sign_in: SignIn
    ) -> None:
        second = Application.objects.latest("created_at").parties.get()
        assert (company.industry, second.differing) == ("F43", ["industry"])
        client, page = sign_in(officer), reverse("loans:borrower_amend", args=[company.pk])
        shown = client.get(page).text
        assert "Financial services" in shown and "On record Specialised construction (F43)" in shown
        assert "Now Specialised construction (F43)" in shown and '<option value="L64">' in shown
        sent = {"take": f"{second.pk}:industry", "reason": "By the register", "paper": SimpleUploadedFile("a.pdf", b"%PDF-1.4 extract")}
        assert client.post(page, sent).status_code == 302
        assert Borrower.objects.get().industry == "F43", "until a second person says so"
        seen, made = Proposal.objects.get(target_id=str(company.pk)).pk, CustomerAmendment.objects.get()
        word = {"outcome": "confirm", "seen": seen}
        other = sign_in(approver)
        assert other.post(reverse("loans:amendment_decide", args=[company.pk, made.pk]), word).status_code == 302
        assert Borrower.objects.get().industry == "L64" and not stated_of([company])
        assert is_judged_by(made) and "Industry: Specialised construction (F43) →" in other.get(page).text

    def test_the_section_of_it_is_none(self, company: Borrower) -> None:
        assert differing({"industry": "F"}, {"industry": "F43"}) == [] == differing({"industry": "F43"}, {"industry": "F"})
        assert differing({"industry": "F41"}, {"industry": "F43"}) == ["industry"] == differing({"industry": "L"}, {"industry": "F43"})

    @pytest.mark.parametrize(
        ("written", "code", "words"),
        [
            ("Crafts", "unchanged", ""),
            ("Wizardry", "invalid", "is no industry of the list"),
            ("", "invalid", "Choose the company's industry"),
        ],
    )
    def test_nothing_but_an_industry_of_the_list_is_proposed(
        self, company: Borrower, officer: User, today: date, written: str, code: str, words: str
    ) -> None:
        paper = SimpleUploadedFile("a.pdf", b"%PDF-1.4 extract")
        with pytest.raises(UnableToAmend) as refusal:
            propose_amendment(borrower=company, changes={"industry": written}, reason="x", upload=paper, actor=officer, business_date=today)
        assert refusal.value.code == code and words in " ".join(fault.detail for fault in refusal.value.faults)
        assert not CustomerAmendment.objects.exists()

    def test_is_put_on_record_by_any_of_its_words(self, company: Borrower, officer: User, today: date) -> None:
        paper = SimpleUploadedFile("a.pdf", b"%PDF-1.4 extract")
        made = propose_amendment(
            borrower=company, changes={"industry": "6419"}, reason="x", upload=paper, actor=officer, business_date=today
        )
        assert json.loads(made.after) == {"industry": "L64"}


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
