"""Conditions before payout: settled on something that shows them, by somebody who neither decided nor took the application in."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import User
from loans.models import Application, ApplicationOutcome, ConditionPrecedent, Document, Loan
from loans.services.conditions import settle_condition
from loans.services.contracts import make_contract
from tests.loans.servicing.conftest import MakeApplication
from tests.loans.web.conftest import SignIn

pytestmark = pytest.mark.django_db


def add_paper(application: Application) -> Document:
    return Document.objects.create(
        application=application, kind="insurance", name="policy.pdf", content_type="application/pdf", size=10, sha256="ab" * 32,
        stored_as=f"{application.reference}-policy.pdf", uploaded_by_name="Otto Officer",
    )  # fmt: skip


class TestConditionOnTheLoan:
    NOTE = {"insurance-note": "Policy no. 4 of Harbour Insurance", "back": "loan"}

    @pytest.fixture
    def insured(self, accepted: MakeApplication, officer: User, today: date) -> Loan:
        """A loan that waits for its insurance; a risk manager decided it."""
        application = accepted()
        ConditionPrecedent.objects.create(application=application, code="insurance", title="Insurance is assigned")
        return make_contract(application=application, actor=officer, business_date=today)

    def at(self, loan: Loan) -> str:
        return reverse("loans:condition_settle", args=[loan.application_id, "insurance"])

    def test_is_settled_on_a_document_that_comes_with_it(self, insured: Loan, approver: User, sign_in: SignIn) -> None:
        client, file = sign_in(approver), SimpleUploadedFile("policy.pdf", b"%PDF-1.4 policy")
        page = client.get(reverse("loans:loan_detail", args=[insured.public_id]))
        assert self.at(insured) in page.text
        answer = client.post(self.at(insured), self.NOTE | {"insurance-file": file})
        assert answer["Location"] == reverse("loans:loan_detail", args=[insured.public_id])
        condition = ConditionPrecedent.objects.get(code="insurance")
        assert condition.state == "SATISFIED" and condition.document.name == "policy.pdf"
        assert condition.document.application_id == insured.application_id

    def test_takes_something_to_show_it(self, insured: Loan, approver: User, accepted: MakeApplication, sign_in: SignIn) -> None:
        client, foreign = sign_in(approver), add_paper(accepted())
        no_pdf = SimpleUploadedFile("policy.pdf", b"no pdf")
        for given, words in (
            ({}, "Choose the document that shows it, or upload it."),
            ({"insurance-document": foreign.pk}, "Choose one of what is offered."),
            ({"insurance-file": no_pdf}, "it is no PDF file"),
            ({"insurance-note": " "}, "Say what shows that the condition is met."),
        ):
            answer = client.post(self.at(insured), self.NOTE | given)
            assert answer.status_code == 422 and words in answer.text, given
        assert ConditionPrecedent.objects.get(code="insurance").state == "OPEN"
        assert not Document.objects.filter(application=insured.application_id).exists()

    def test_is_settled_by_nobody_who_decided_or_took_it_in(
        self, insured: Loan, risk_manager: User, approver: User, second_approver: User, sign_in: SignIn, today: date
    ) -> None:
        given = self.NOTE | {"insurance-document": add_paper(insured.application).pk}
        told = ApplicationOutcome.objects.get(application=insured.application_id)
        for deciders in ((risk_manager, None), (approver, risk_manager)):
            ApplicationOutcome.objects.create(
                application=insured.application, outcome=told.outcome, decided_by=deciders[0], put_up_by=deciders[1], decided_date=today
            )
            answer = sign_in(risk_manager).post(self.at(insured), given)
            assert answer.status_code == 422 and "You decided this application" in answer.text
            page = sign_in(risk_manager).get(reverse("loans:loan_detail", args=[insured.public_id]))
            assert "You decided this application" in page.text and self.at(insured) not in page.text
        Application.objects.filter(pk=insured.application_id).update(officer=second_approver)
        assert "You took this application in" in sign_in(second_approver).post(self.at(insured), given).text
        assert ConditionPrecedent.objects.get(code="insurance").state == "OPEN"

    def test_the_second_settlement_keeps_its_note(
        self, insured: Loan, approver: User, second_approver: User, sign_in: SignIn, today: date
    ) -> None:
        condition, paper = ConditionPrecedent.objects.get(code="insurance"), add_paper(insured.application)
        settle_condition(condition=condition, note="Policy no. 4", document=paper, actor=approver, business_date=today)
        where = reverse("loans:condition_settle", args=[insured.application_id, "insurance"])
        answer = sign_in(second_approver).post(where, {"insurance-note": "Policy no. 9", "insurance-document": paper.pk})
        assert answer.status_code == 409
        assert f"{approver.full_name} was first" in answer.text and "Policy no. 9" in answer.text
        condition.refresh_from_db()
        assert condition.note == "Policy no. 4"

    def test_is_settled_there_and_leads_back(self, insured: Loan, approver: User, sign_in: SignIn) -> None:
        loan, client = insured, sign_in(approver)
        answer = client.post(self.at(loan), self.NOTE | {"insurance-document": add_paper(loan.application).pk})
        assert answer["Location"] == reverse("loans:loan_detail", args=[loan.public_id])
        assert ConditionPrecedent.objects.get(code="insurance").state == "SATISFIED"
