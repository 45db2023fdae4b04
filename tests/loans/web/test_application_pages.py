"""Intake and the workspace of an application, by hand: what is refused, where it is said, and who was first."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.crypto import mask
from core.models import Branch, User
from core.roles import Role
from loans.models import Application, Document, ProductVersion
from loans.services.applications import start_review
from loans.services.decisions import decide_application
from loans.services.direct_intake import intake_application
from loans.services.withdrawals import UnableToWithdraw, withdraw_application
from tests.every_role import every_role
from tests.loans.servicing.conftest import hire
from tests.loans.web.conftest import SignIn
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
NEW = f"{reverse('loans:application_new')}?product=consumer"
MakeApplication = Callable[..., Application]
PersonWith = Callable[[Role], User]
COMPLETE = {
    "amount": "12,000.00",
    "term_months": "12",
    "purpose_code": "equipment",
    "kind": "person",
    "name": "Mira Number",
    "birth_date": "1985-04-12",
    "national_id": "ID-9000001",
    "country": "DE",
}


def edit(application: Application) -> str:
    return reverse("loans:application_edit", args=[application.pk])


def page_of(application: Application) -> str:
    return reverse("loans:application_detail", args=[application.pk])


@shared
def waiting(branch: Branch, officer: User, product: ProductVersion, today: date) -> Application:
    """A submitted application in review."""
    application = intake_application(
        data={
            "product": "consumer",
            "amount": "12000.00",
            "currency": "EUR",
            "term_months": 12,
            "purpose": {"code": "equipment", "text": "Lathe", "payees": [{"name": "Tools and Sons", "iban": ""}]},
            "applicant": {
                "kind": "person",
                "name": "Mira Number",
                "birth_date": "1985-04-12",
                "national_id": "ID-9000001",
                "income": [{"kind": "salary", "monthly_amount": "3100.00"}],
            },
            "related_parties": [
                {"role": "guarantor", "kind": "person", "name": "Otto Surety", "birth_date": "1970-01-01", "national_id": "ID-9000002"}
            ],
        },
        branch=branch,
        actor=officer,
        business_date=today,
    )
    return start_review(application=application, actor=None, business_date=today)


class TestIntake:
    def test_begins_nothing_of_an_empty_form_and_names_a_draft_by_what_was_typed(
        self, officer: User, product: ProductVersion, sign_in: SignIn
    ) -> None:
        client, new = sign_in(officer), f"{reverse('loans:application_new')}?product={product.product.code}"
        for press, words in (("submit", "There is a problem"), ("save", "Nothing is written yet")):
            answer = client.post(new, {press: "1", "kind": "person"})
            assert answer.status_code == 422 and words in answer.text
        assert not Application.objects.exists()
        client.post(new, {"save": "1", "name": "Draft Person"})
        listed = client.get(reverse("loans:application_list")).text
        assert "Draft Person" in listed and Application.objects.get().reference in listed

    def test_keeps_a_half_filled_draft(self, officer: User, product: ProductVersion, sign_in: SignIn) -> None:
        client = sign_in(officer)
        answer = client.post(NEW, {"name": "Mira", "amount": "12,0", "birth_date": "tomorrow", "save": "1"})
        application = Application.objects.get()
        assert answer["Location"] == edit(application)
        page = client.get(edit(application))
        assert application.state == "DRAFT"
        for typed in ("Mira", "12,0", "tomorrow"):
            assert f'value="{typed}"' in page.text

    def test_calls_nothing_optional_that_a_submission_needs(self, officer: User, product: ProductVersion, sign_in: SignIn) -> None:
        page = sign_in(officer).get(NEW)
        for label, optional in (("Amount", False), ("Name", False), ("Identity document number", False), ("Phone", True)):
            [said] = re.findall(rf'<label for="id_(?!related)\w+">{label}(.*?)</label>', page.text)
            assert ("optional" in said) is optional, label

    def test_says_every_fault_at_its_field_at_once(self, officer: User, product: ProductVersion, sign_in: SignIn) -> None:
        client = sign_in(officer)
        answer = client.post(
            NEW,
            {
                **COMPLETE,
                "amount": "900,000",
                "purpose_code": "yacht",
                "birth_date": "2031-01-01",
                "payee_iban": "DE89370400440532013001",
                "term_months": "",
                "national_id": "",
                "submit": "1",
            },
        )
        assert answer.status_code == 422
        errors = answer.context["form"].errors
        assert set(errors) == {"amount", "purpose_code", "birth_date", "payee_iban", "term_months", "national_id"}
        assert "500 to 500,000 EUR" in str(errors["amount"])
        assert "future" in str(errors["birth_date"])
        assert "not a valid IBAN" in str(errors["payee_iban"])
        assert answer.text.count("<title>Error:") == 1
        for name in errors:
            assert f'href="#id_{name}"' in answer.text
            assert f'id="id_{name}-error"' in answer.text
        assert 'value="900,000"' in answer.text
        assert Application.objects.get().state == "DRAFT"

    def test_submits_what_is_complete(self, officer: User, product: ProductVersion, sign_in: SignIn) -> None:
        answer = sign_in(officer).post(NEW, {**COMPLETE, "submit": "1"}, follow=True)
        application = Application.objects.get()
        assert application.state == "INVESTIGATING"
        assert "is submitted and goes to investigation" in answer.text

    def test_asks_which_part_somebody_named_has(self, officer: User, product: ProductVersion, sign_in: SignIn) -> None:
        answer = sign_in(officer).post(NEW, {**COMPLETE, "related_name": "Jon Adler", "submit": "1"})
        assert answer.status_code == 422 and "related_role" in answer.context["form"].errors
        assert 'value="Jon Adler"' in answer.text

    def test_asks_the_consent_of_the_applicant_with_its_day(self, officer: User, product: ProductVersion, sign_in: SignIn) -> None:
        client = sign_in(officer)
        for day, words in (("yesterday", "YYYY-MM-DD"), ("2999-01-01", "future day")):
            answer = client.post(NEW, {**COMPLETE, "bureau_consent": day, "submit": "1"})
            assert answer.status_code == 422 and words in str(answer.context["form"].errors["bureau_consent"])
        application = Application.objects.order_by("-id")[0]
        assert 'value="2999-01-01"' in client.get(edit(application)).text
        sent = {**COMPLETE, "bureau_consent": "2026-01-05", "version": application.version, "submit": "1"}
        client.post(edit(application), sent)
        application.refresh_from_db()
        assert application.state == "INVESTIGATING"
        assert application.consents == [{"kind": "bureau", "given_at": "2026-01-05", "recorded_by": officer.full_name}]

    def test_tells_the_second_who_saved_and_keeps_what_was_typed(
        self, officer: User, branch: Branch, product: ProductVersion, sign_in: SignIn
    ) -> None:
        client = sign_in(officer)
        client.post(NEW, {**COMPLETE, "save": "1"})
        application = Application.objects.get()
        other = hire("otto_officer", Role.OFFICER, branch=branch)
        data = {**COMPLETE, "version": str(application.version)}
        sign_in(other).post(edit(application), {**data, "name": "Mira Changed", "save": "1"})
        answer = client.post(edit(application), {**data, "name": "Mira Mine", "save": "1"})
        assert answer.status_code == 409
        assert f"{other.full_name} saved it" in answer.text
        assert 'value="Mira Mine"' in answer.text
        application.refresh_from_db()
        assert "Mira Changed" in application.draft

    def test_goes_on_with_a_returned_file_as_it_was(
        self, waiting: Application, officer: User, risk_manager: User, sign_in: SignIn, today: date
    ) -> None:
        decide_application(
            application=waiting,
            outcome="RETURNED",
            amount=None,
            term_months=None,
            annual_rate=None,
            conditions=[],
            reasons=[{"code": "R1", "text": "The income is not shown."}],
            actor=risk_manager,
            business_date=today,
        )
        client = sign_in(officer)
        page = client.get(edit(waiting))
        for typed in ("12000.00", "Mira Number", "ID-9000001", "3100.00", "Otto Surety", "Tools and Sons"):
            assert f'value="{typed}"' in page.text, typed
        version = page.context["version"]
        data = {name: value for name, value in page.context["form"].initial.items() if value is not None}
        client.post(edit(waiting), {**data, "version": version, "monthly_income": "3,300.00", "submit": "1"})
        waiting.refresh_from_db()
        assert waiting.state == "INVESTIGATING"
        assert waiting.stated["income"] == [{"kind": "salary", "monthly_amount": "3300.00"}]
        assert waiting.parties.count() == 2

    def test_takes_nobody_else_into_a_returned_file(
        self, waiting: Application, officer: User, risk_manager: User, sign_in: SignIn, today: date
    ) -> None:
        decide_application(
            application=waiting,
            outcome="RETURNED",
            amount=None,
            term_months=None,
            annual_rate=None,
            conditions=[],
            reasons=[{"code": "R1", "text": "The income is not shown."}],
            actor=risk_manager,
            business_date=today,
        )
        client = sign_in(officer)
        page = client.get(edit(waiting))
        data = {name: value for name, value in page.context["form"].initial.items() if value is not None}
        other = {"name": "Otto Other", "national_id": "ID-7000009", "version": page.context["version"], "submit": "1"}
        before, people = waiting.borrower, waiting.parties.count()
        answer = client.post(edit(waiting), {**data, **other})
        assert answer.status_code == 422 and "The file is that of Mira Number" in str(answer.context["form"].errors["name"])
        waiting.refresh_from_db()
        assert (waiting.state, waiting.borrower, waiting.parties.count()) == ("RETURNED", before, people)

    @every_role([role for role in Role if role != Role.OFFICER])
    def test_is_for_officers_only(self, product: ProductVersion, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        client = sign_in(person_with(role))
        assert client.get(NEW).status_code == 403
        assert client.post(NEW, {**COMPLETE, "submit": "1"}).status_code == 403
        assert not Application.objects.exists()


class TestDocuments:
    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("payslip.pdf", b"MZ\x90 this is a program", "is no PDF file"),
            ("scan.png", b"%PDF-1.7", "is no PNG file"),
            ("notes.txt", b"\x00\x01\x02", "is no TXT file"),
            ("run.exe", b"MZ", "not accepted"),
            ("empty.pdf", b"", "empty"),
        ],
    )
    def test_refuses_a_file_that_is_not_what_its_name_says(
        self, waiting: Application, officer: User, sign_in: SignIn, name: str, content: bytes, words: str
    ) -> None:
        where = reverse("loans:document_upload", args=[waiting.pk])
        answer = sign_in(officer).post(where, {"kind": "other", "file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 422
        assert words in str(answer.context["upload"].errors["file"])
        assert not Document.objects.exists()

    def test_keeps_a_true_one_and_serves_it_as_an_attachment(
        self, waiting: Application, officer: User, sign_in: SignIn, settings: Any, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        client = sign_in(officer)
        upload = SimpleUploadedFile("../../payslip.pdf", b"%PDF-1.7 a payslip")
        client.post(reverse("loans:document_upload", args=[waiting.pk]), {"kind": "other", "file": upload})
        document = Document.objects.get()
        answer = client.get(reverse("loans:document_download", args=[document.pk]))
        assert answer["Content-Disposition"].startswith("attachment")
        assert b"".join(answer.streaming_content) == b"%PDF-1.7 a payslip"  # type: ignore[attr-defined]


class TestWhatIsAskedFor:
    def test_shows_purpose_payee_masked_account_and_employer(self, accepted: MakeApplication, officer: User, sign_in: SignIn) -> None:
        application = accepted()
        application.stated = {**application.stated, "employment": {"employer": "Harbour Works", "months": "40"}}
        application.save(update_fields=["stated"])
        page = sign_in(officer).get(reverse("loans:application_detail", args=[application.pk])).text
        for words in ("Lathe", "Tools and Sons", mask(application.payee_iban), "Harbour Works, 40 months"):
            assert words in page, words
        assert application.payee_iban not in page


class TestAnOffer:
    @pytest.mark.parametrize(("state", "words"), [("OFFER_REFUSED", "Offer refused"), ("OFFER_EXPIRED", "Offer expired")])
    def test_says_in_words_what_became_of_it(
        self, accepted: MakeApplication, officer: User, sign_in: SignIn, state: str, words: str
    ) -> None:
        application = accepted()
        Application.objects.filter(pk=application.pk).update(state=state)
        page = sign_in(officer).get(reverse("loans:application_detail", args=[application.pk])).text
        assert f"<dt>Since then</dt><dd>{words}</dd>" in page
        assert state not in page


class TestTwoAtOnce:
    def test_the_second_answer_to_an_offer_learns_who_was_first(
        self, accepted: MakeApplication, officer: User, branch: Branch, sign_in: SignIn
    ) -> None:
        application = accepted()
        other = hire("otto_officer", Role.OFFICER, branch=branch)
        answer = sign_in(other).post(reverse("loans:offer_refuse", args=[application.pk]))
        assert answer.status_code == 409
        assert f"{officer.full_name} was first" in answer.text
        application.refresh_from_db()
        assert application.state == "ACCEPTED"

    @pytest.mark.parametrize("typed", [{}, {"reason": "   "}])
    def test_a_withdrawal_says_why(self, waiting: Application, officer: User, sign_in: SignIn, today: date, typed: dict[str, str]) -> None:
        answer = sign_in(officer).post(reverse("loans:application_withdraw", args=[waiting.pk]), typed)
        assert answer.status_code == 422
        assert "<details open><summary>The applicant withdraws</summary>" in answer.text
        with pytest.raises(UnableToWithdraw):
            withdraw_application(application=waiting, actor=officer, business_date=today, reason=typed.get("reason", ""))
        waiting.refresh_from_db()
        assert waiting.state == "REVIEW"

    def test_the_second_withdrawal_keeps_its_reason(self, waiting: Application, officer: User, branch: Branch, sign_in: SignIn) -> None:
        other = hire("otto_officer", Role.OFFICER, branch=branch)
        where = reverse("loans:application_withdraw", args=[waiting.pk])
        sign_in(officer).post(where, {"reason": "Bought for cash"})
        answer = sign_in(other).post(where, {"reason": "Found a cheaper bank"})
        assert answer.status_code == 409
        assert f"{officer.full_name} was first" in answer.text
        assert "Found a cheaper bank" in answer.text
