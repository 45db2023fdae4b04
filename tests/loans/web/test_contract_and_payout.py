"""From an accepted offer to money that has left: contract, signature, payout. Who may not, changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from core.crypto import mask
from core.models import User
from core.roles import Role
from loans.models import Application, ConditionPrecedent, Disbursement, Loan
from loans.services.contracts import make_contract
from loans.services.disbursement import confirm_disbursement, reject_disbursement
from tests.every_role import every_role
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import IBAN, ask
from tests.loans.web.conftest import SignIn

pytestmark = pytest.mark.django_db
MakeApplication = Callable[..., Application]
Make = Callable[..., Loan]
PersonWith = Callable[[Role], User]
OTHER_IBAN = "DE02120300000000202051"
HTMX = {"HX-Request": "true"}


def contract_page(application: Application) -> str:
    return reverse("loans:contract_new", args=[application.pk])


def payout_page(loan: Loan) -> str:
    return reverse("loans:payout_new", args=[loan.public_id])


def confirm_at(payout: Disbursement) -> str:
    return reverse("loans:payout_confirm", args=[payout.pk])


def reject_at(payout: Disbursement) -> str:
    return reverse("loans:payout_reject", args=[payout.pk])


class TestContract:
    def test_is_one_click_from_the_accepted_application(self, accepted: MakeApplication, officer: User, sign_in: SignIn) -> None:
        application = accepted()
        page = sign_in(officer).get(reverse("loans:application_detail", args=[application.pk]))
        assert f'href="{contract_page(application)}"' in page.text

    def test_shows_the_schedule_before_anything_is_made(self, accepted: MakeApplication, officer: User, sign_in: SignIn) -> None:
        application = accepted()
        page = sign_in(officer).get(contract_page(application))
        assert len(page.context["schedule"].instalments) == 12
        assert "12,000.00" in page.text
        assert not Loan.objects.exists()

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_moves_the_schedule_with_the_dates(
        self, accepted: MakeApplication, officer: User, sign_in: SignIn, headers: dict[str, str]
    ) -> None:
        asked = {"start_date": "2026-03-10", "first_due_date": "2026-05-01"}
        page = sign_in(officer).get(contract_page(accepted()), asked, headers=headers)
        assert page.context["schedule"].instalments[0].due_date == date(2026, 5, 1)
        assert ("<html" in page.text) is (not headers)

    def test_says_at_its_field_that_dates_do_not_fit(self, accepted: MakeApplication, officer: User, sign_in: SignIn) -> None:
        application = accepted()
        asked = {"start_date": "2026-05-10", "first_due_date": "2026-05-01"}
        client = sign_in(officer)
        before = snapshot()
        for answer in (client.get(contract_page(application), asked), client.post(contract_page(application), asked)):
            assert answer.status_code == 422
            assert "first_due_date" in answer.context["form"].errors
        assert snapshot() == before

    def test_is_made_of_what_was_shown(self, accepted: MakeApplication, officer: User, sign_in: SignIn) -> None:
        application = accepted()
        client = sign_in(officer)
        answer = client.post(contract_page(application), {"start_date": "2026-03-10", "first_due_date": "2026-05-01"}, follow=True)
        loan = Loan.objects.get()
        assert (loan.first_due_date, loan.state) == (date(2026, 5, 1), "SIGNED")
        assert loan.reference in answer.text
        page = client.get(reverse("loans:application_detail", args=[application.pk]))
        assert reverse("loans:loan_detail", args=[loan.public_id]) in page.text

    def test_tells_the_second_who_was_first(self, accepted: MakeApplication, officer: User, sign_in: SignIn, today: date) -> None:
        application = accepted()
        make_contract(application=application, actor=officer, business_date=today)
        before = snapshot()
        answer = sign_in(officer).post(contract_page(application), {"start_date": "2026-03-02"})
        assert answer.status_code == 409
        assert f"{officer.full_name} was first" in answer.text
        assert snapshot() == before

    @every_role([role for role in Role if role != Role.OFFICER])
    def test_is_made_by_officers_only(self, accepted: MakeApplication, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        application = accepted()
        client = sign_in(person_with(role))
        before = snapshot()
        assert client.get(contract_page(application)).status_code == 403
        assert client.post(contract_page(application), {"start_date": "2026-03-02"}).status_code == 403
        assert snapshot() == before

    def test_is_hidden_from_another_branch(self, accepted: MakeApplication, stranger: User, sign_in: SignIn) -> None:
        application = accepted()
        client = sign_in(stranger)
        before = snapshot()
        assert client.get(contract_page(application)).status_code == 404
        assert client.post(contract_page(application), {"start_date": "2026-03-02"}).status_code == 404
        assert client.get(reverse("loans:contract_new", args=[uuid4()])).status_code == 404
        assert snapshot() == before


class TestSignature:
    def test_is_recorded_on_the_page_of_the_loan(self, accepted: MakeApplication, officer: User, sign_in: SignIn, today: date) -> None:
        loan = make_contract(application=accepted(), actor=officer, business_date=today)
        where = reverse("loans:signature_record", args=[loan.public_id])
        client = sign_in(officer)
        assert where in client.get(reverse("loans:loan_detail", args=[loan.public_id])).text
        missing = client.post(where, {"signature-note": ""})
        assert missing.status_code == 422
        assert "There is a problem" in missing.text
        answer = client.post(where, {"signature-note": "Signed in the branch"}, follow=True)
        assert "The signature is recorded" in answer.text
        condition = ConditionPrecedent.objects.get(code="contract_signed")
        assert (condition.state, condition.note) == ("SATISFIED", "Signed in the branch")
        again = client.post(where, {"signature-note": "Once more"})
        assert again.status_code == 422
        assert "The signature was recorded before" in again.text

    @every_role([role for role in Role if role != Role.OFFICER])
    def test_is_recorded_by_officers_only(
        self, accepted: MakeApplication, officer: User, person_with: PersonWith, sign_in: SignIn, today: date, role: Role
    ) -> None:
        loan = make_contract(application=accepted(), actor=officer, business_date=today)
        answer = sign_in(person_with(role)).post(reverse("loans:signature_record", args=[loan.public_id]), {"signature-note": "x"})
        assert answer.status_code == 403
        assert ConditionPrecedent.objects.get(code="contract_signed").state == "OPEN"


class TestPayoutRequest:
    def test_takes_the_account_of_the_application_when_none_is_typed(self, signed: Make, officer: User, sign_in: SignIn) -> None:
        loan = signed()
        client = sign_in(officer)
        page = client.get(payout_page(loan))
        assert "••••3000" in page.text
        assert 'value="12,000"' in page.text
        assert IBAN not in page.text
        answer = client.post(payout_page(loan), {"amount": "12,000.00", "payee_name": "Tools and Sons", "payee_iban": ""}, follow=True)
        payout = Disbursement.objects.get()
        assert (payout.state, payout.amount, payout.payee_iban) == ("REQUESTED", 12_000, IBAN)
        assert "As in the application" in answer.text
        assert mask(IBAN) in answer.text and IBAN not in answer.text
        assert "Another person, an approver or risk manager, confirms it" in answer.text

    @pytest.mark.parametrize(
        ("change", "field", "words"),
        [
            ({"amount": "12,000.01"}, "amount", "Only 12,000.00 EUR of this loan are not drawn yet"),
            ({"amount": "0"}, "amount", "more than zero"),
            ({"amount": "1.005"}, "amount", "2 decimal places"),
            ({"amount": "much"}, "amount", "Write the amount in digits"),
            ({"payee_iban": "DE89370400440532013001"}, "payee_iban", "not a valid IBAN"),
            ({"payee_name": " "}, "payee_name", "required"),
        ],
    )
    def test_says_every_refusal_at_its_field(
        self, signed: Make, officer: User, sign_in: SignIn, change: dict[str, str], field: str, words: str
    ) -> None:
        loan = signed()
        before = snapshot()
        data = {"amount": "12000", "payee_name": "Tools and Sons", "payee_iban": OTHER_IBAN, **change}
        answer = sign_in(officer).post(payout_page(loan), data)
        assert answer.status_code == 422
        assert words in str(answer.context["form"].errors[field])
        assert OTHER_IBAN in answer.text or "payee_iban" in change
        assert snapshot() == before

    def test_marks_an_account_that_is_not_the_applications(self, signed: Make, officer: User, approver: User, sign_in: SignIn) -> None:
        loan = signed()
        sign_in(officer).post(payout_page(loan), {"amount": "1000", "payee_name": "Somebody", "payee_iban": OTHER_IBAN})
        page = sign_in(approver).get(reverse("loans:loan_detail", args=[loan.public_id]))
        assert "Not the application" in page.text
        assert OTHER_IBAN not in page.text

    def test_is_not_offered_again_when_all_of_it_waits(self, requested: Disbursement, officer: User, sign_in: SignIn) -> None:
        page = sign_in(officer).get(reverse("loans:loan_detail", args=[requested.loan.public_id]))
        assert payout_page(requested.loan) not in page.text

    @every_role([role for role in Role if role != Role.OFFICER])
    def test_is_made_by_officers_only(self, signed: Make, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        loan = signed()
        before = snapshot()
        client = sign_in(person_with(role))
        assert client.get(payout_page(loan)).status_code == 403
        assert client.post(payout_page(loan), {"amount": "1", "payee_name": "x", "payee_iban": IBAN}).status_code == 403
        assert snapshot() == before


class TestPayoutDecision:
    def test_pays_when_another_person_confirms(self, requested: Disbursement, approver: User, sign_in: SignIn) -> None:
        client = sign_in(approver)
        page = client.get(reverse("loans:loan_detail", args=[requested.loan.public_id]))
        assert confirm_at(requested) in page.text
        answer = client.post(confirm_at(requested), follow=True)
        requested.refresh_from_db()
        assert requested.state == "PAID"
        assert "is confirmed and paid" in answer.text
        assert Loan.objects.get().outstanding_principal == 12_000

    def test_is_refused_to_the_person_who_requested(self, requested: Disbursement, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        before = snapshot()
        assert confirm_at(requested) not in client.get(reverse("loans:loan_detail", args=[requested.loan.public_id])).text
        answer = client.post(confirm_at(requested))
        assert answer.status_code == 422
        assert "You requested this payout yourself" in answer.text
        assert snapshot() == before

    def test_waits_for_open_conditions_and_names_them(
        self, accepted: MakeApplication, officer: User, approver: User, sign_in: SignIn, today: date
    ) -> None:
        loan = make_contract(application=accepted(), actor=officer, business_date=today)
        payout = ask(loan, officer, today)
        client = sign_in(approver)
        page = client.get(reverse("loans:loan_detail", args=[loan.public_id]))
        assert "Met when a loan officer records the borrower" in page.text
        assert "Waits for: Contract signed by the borrower." in page.text
        before = snapshot()
        answer = client.post(confirm_at(payout))
        assert answer.status_code == 422
        assert "These conditions are open" in answer.text
        assert snapshot() == before

    @every_role([role for role in Role if role not in (Role.APPROVER, Role.RISK_MANAGER)])
    def test_is_taken_by_nobody_else(self, requested: Disbursement, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        client = sign_in(person_with(role))
        before = snapshot()
        assert client.post(confirm_at(requested)).status_code in (403, 422)
        assert client.post(reject_at(requested), {"reject-reason": "No"}).status_code in (403, 422)
        assert snapshot() == before

    def test_is_hidden_from_another_branch(self, requested: Disbursement, stranger: User, sign_in: SignIn) -> None:
        client = sign_in(stranger)
        before = snapshot()
        assert client.post(confirm_at(requested)).status_code == 404
        assert client.post(reject_at(requested), {"reject-reason": "No"}).status_code == 404
        assert client.post(reverse("loans:payout_confirm", args=[uuid4()])).status_code == 404
        assert snapshot() == before

    def test_opened_by_hand_says_where_to_go(self, requested: Disbursement, approver: User, sign_in: SignIn) -> None:
        """After a reload of what a refused form sent, and after "back"."""
        client, file = sign_in(approver), requested.loan.application_id
        answer = client.get(reverse("loans:application_withdraw", args=[file]))
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert f'href="{reverse("loans:application_detail", args=[file])}"' in answer.text
        assert 'href="/"' in client.get(confirm_at(requested)).text
        assert not client.get(confirm_at(requested), headers=HTMX).content

    def test_asks_for_a_reason_before_it_refuses(self, requested: Disbursement, approver: User, sign_in: SignIn) -> None:
        client = sign_in(approver)
        before = snapshot()
        answer = client.post(reject_at(requested), {"reject-reason": ""})
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        assert snapshot() == before
        client.post(reject_at(requested), {"reject-reason": "Invoice is missing"})
        requested.refresh_from_db()
        assert requested.state == "REJECTED"

    def test_is_taken_back_by_who_requested(self, requested: Disbursement, officer: User, sign_in: SignIn) -> None:
        sign_in(officer).post(reject_at(requested), {"reject-reason": "Wrong payee"})
        requested.refresh_from_db()
        assert requested.state == "CANCELLED"

    def test_tells_the_second_who_was_first_and_keeps_what_was_typed(
        self, requested: Disbursement, approver: User, second_approver: User, sign_in: SignIn, today: date
    ) -> None:
        reject_disbursement(disbursement=requested, reason="Invoice is missing", actor=approver, business_date=today)
        before = snapshot()
        client = sign_in(second_approver)
        confirmed = client.post(confirm_at(requested))
        refused = client.post(reject_at(requested), {"reject-reason": "The payee is unknown to us"})
        for answer in (confirmed, refused):
            assert answer.status_code == 409
            assert f"{approver.full_name} was first" in answer.text
        assert "The payee is unknown to us" in refused.text
        assert snapshot() == before

    def test_asks_for_the_password_again(
        self, requested: Disbursement, approver: User, sign_in: SignIn, settings: Any, today: date
    ) -> None:
        settings.CREDENCE_REQUIRE_STEP_UP = True
        before = snapshot()
        answer = sign_in(approver).post(confirm_at(requested))
        assert answer.status_code == 302
        assert "reauthenticate" in answer["Location"]
        assert snapshot() == before

    def test_confirms_the_rest_of_a_loan_drawn_in_parts(
        self, signed: Make, officer: User, approver: User, sign_in: SignIn, today: date
    ) -> None:
        loan = signed()
        confirm_disbursement(disbursement=ask(loan, officer, today, Decimal(5000)), actor=approver, business_date=today)
        page = sign_in(officer).get(reverse("loans:loan_detail", args=[loan.public_id]))
        assert "7,000.00 EUR not drawn" in page.text
        assert page.context["may_request"] is True
