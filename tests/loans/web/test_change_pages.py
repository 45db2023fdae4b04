"""Changes of a running loan on their pages: shown before they are proposed, decided by another person, refused in words, and without effect
until then."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, OutboxEvent, Proposal, User
from core.roles import Role
from loans.models import Loan, ProductVersion
from loans.selectors.audit import first_difference
from loans.services.changes import CONFIRMERS, PROPOSERS
from loans.web.change_words import CHANGES
from loans.web.queue_views import LENDING
from tests.every_role import every_role
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import move
from tests.loans.servicing.test_close_of_day import close
from tests.loans.servicing.test_payments import pay
from tests.loans.web.conftest import SignIn
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
LATE = date(2026, 4, 12)
TYPED: dict[str, dict[str, str]] = {
    "waiver": {"component": "penalty", "amount": "1.00"},
    "moratorium": {"start_date": "2026-04-13", "end_date": "2026-06-01"},
    "rate_change": {"annual_rate": "4.5", "date": "2026-05-02"},
    "rescheduling": {"first_due_date": "2026-05-20", "instalments": "20"},
    "restructuring": {"annual_rate": "5", "instalments": "24", "first_due_date": "2026-05-12"},
    "write_off": {},
    "partial_write_off": {"principal": "2,000.00", "interest": "5"},
}
Move = Callable[[date], date]
PersonWith = Callable[[Role], User]


@shared
def late(loan: Loan, today: date) -> date:
    """Ten days after the first instalment fell due and was not paid; penalties at 12%."""
    ProductVersion.objects.update(penalty_rate=Decimal("0.12"))
    return close(move, today, LATE)


@pytest.fixture(autouse=True)
def always_late(late: date) -> date:
    return late


def page_of(loan: Loan, kind: str) -> str:
    return reverse(CHANGES[kind].url, args=[loan.public_id])


def everything() -> tuple[Any, ...]:
    return snapshot(), Proposal.objects.count(), AuditEntry.objects.count(), OutboxEvent.objects.count()


def shown(client: Client, loan: Loan, kind: str, **changes: str) -> dict[str, str]:
    """What the second form sends: the words of the first and the name of the outcome that was shown."""
    data = {**TYPED[kind], "reason": "Agreed at the branch", **changes}
    page = client.post(page_of(loan, kind), data)
    assert page.status_code == 200, page.text
    [seen] = set(re.findall(r'name="seen" value="([0-9a-f]{32})"', page.text))
    return {**data, "seen": seen, "propose": "1"}


@pytest.fixture
def proposed(loan: Loan, collector: User, sign_in: SignIn) -> Callable[[str], Proposal]:
    def make(kind: str) -> Proposal:
        client = sign_in(collector)
        answer = client.post(page_of(loan, kind), shown(client, loan, kind))
        assert answer.status_code == 302, answer.text
        return Proposal.objects.get(kind=f"loan_{kind}", state="OPEN")

    return make


@pytest.fixture
def each_proposed(proposed: Callable[[str], Proposal]) -> list[Proposal]:
    """A change of each kind waits for its second person."""
    return [proposed(kind) for kind in TYPED]


def decide(client: Client, proposal: Proposal, **data: str) -> Any:
    return client.post(reverse("loans:change_decide", args=[proposal.pk]), data)


@pytest.mark.parametrize("kind", TYPED)
class TestEveryKind:
    def test_is_shown_in_full_and_leaves_nothing_behind(self, loan: Loan, collector: User, sign_in: SignIn, kind: str) -> None:
        client = sign_in(collector)
        before = everything()
        shown(client, loan, kind)
        assert everything() == before

    def test_takes_effect_as_shown_when_another_person_confirms(
        self, loan: Loan, proposed: Callable[[str], Proposal], approver: User, sign_in: SignIn, kind: str
    ) -> None:
        books = snapshot()
        proposal = proposed(kind)
        assert snapshot() == books
        approver.refresh_from_db()
        other = sign_in(approver)
        page = other.get(page_of(loan, kind))
        promised = page.context["rehearsal"].after
        answer = decide(other, proposal, decision="confirm")
        assert answer.status_code == 302, answer.text
        assert first_difference() is None
        loan.refresh_from_db()
        stands = loan.restructured_into.first() or loan
        assert (stands.state, stands.outstanding_principal, stands.annual_rate) == (promised.state, promised.principal, promised.rate)
        assert other.get(reverse("loans:loan_detail", args=[loan.public_id])).status_code == 200

    def test_is_not_confirmed_by_its_proposer(
        self, loan: Loan, proposed: Callable[[str], Proposal], collector: User, sign_in: SignIn, kind: str
    ) -> None:
        proposal = proposed(kind)
        before = everything()
        answer = decide(sign_in(collector), proposal, decision="confirm")
        assert answer.status_code == 422
        assert everything() == before

    def test_goes_with_a_reason_when_it_is_refused(
        self, loan: Loan, proposed: Callable[[str], Proposal], approver: User, sign_in: SignIn, kind: str
    ) -> None:
        proposal = proposed(kind)
        books = snapshot()
        client = sign_in(approver)
        assert decide(client, proposal, decision="reject", reason="").status_code == 422
        assert decide(client, proposal, decision="reject", reason="Not agreed with the borrower").status_code == 302
        assert snapshot() == books
        proposal.refresh_from_db()
        assert (proposal.state, proposal.decided_by) == ("REJECTED", approver)


@every_role(Role)
class TestEveryRole:
    def test_proposes_if_it_services_loans(self, loan: Loan, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        client = sign_in(person_with(role))
        before = everything()
        for kind, typed in TYPED.items():
            assert (client.get(page_of(loan, kind)).status_code == 200) is (role in LENDING), kind
            answer = client.post(page_of(loan, kind), {**typed, "reason": "Agreed"})
            assert (answer.status_code == 200) is (role in PROPOSERS), kind
        assert everything() == before

    def test_confirms_nothing_unless_it_may(
        self, loan: Loan, each_proposed: list[Proposal], person_with: PersonWith, sign_in: SignIn, role: Role
    ) -> None:
        if role in CONFIRMERS:
            return
        client = sign_in(person_with(role))
        before = everything()
        for proposal in each_proposed:
            assert decide(client, proposal, decision="confirm").status_code in (403, 404, 422)
        assert everything() == before


class TestRefusals:
    @pytest.mark.parametrize(
        ("kind", "changes", "words"),
        [
            ("waiver", {"amount": "-1"}, "Amount"),
            ("waiver", {"amount": "0"}, "zero"),
            ("waiver", {"amount": "99,999.00"}, "penalt"),
            ("waiver", {"amount": "NaN"}, "Amount"),
            ("waiver", {"amount": "1.005"}, "decimal"),
            ("waiver", {"component": "principal"}, "one of what is offered"),
            ("waiver", {"reason": ""}, "Reason"),
            ("moratorium", {"start_date": "2026-04-01"}, "12 Apr 2026"),
            ("moratorium", {"end_date": "2026-04-13"}, "14 Apr 2026"),
            ("moratorium", {"end_date": "2026-02-30"}, "date"),
            ("rate_change", {"annual_rate": "-3"}, "rate"),
            ("rate_change", {"annual_rate": "1e9"}, "rate"),
            ("rate_change", {"date": "1926-01-01"}, "after"),
            ("rescheduling", {"instalments": "0"}, "1"),
            ("rescheduling", {"instalments": "99999"}, "1200"),
            ("rescheduling", {"first_due_date": "2026-04-12"}, "13 Apr 2026"),
            ("restructuring", {"instalments": "none"}, "whole number"),
            ("restructuring", {"first_due_date": "2026-04-12"}, "13 Apr 2026"),
            ("partial_write_off", {"principal": "12,000.00"}, "in full"),
            ("partial_write_off", {"interest": "61"}, "Only 60.00"),
        ],
    )
    def test_say_what_is_wrong_keep_what_was_typed_and_change_nothing(
        self, loan: Loan, collector: User, sign_in: SignIn, kind: str, changes: dict[str, str], words: str
    ) -> None:
        before = everything()
        data = {**TYPED[kind], "reason": "Agreed at the branch", **changes}
        page = sign_in(collector).post(page_of(loan, kind), data)
        assert page.status_code in (409, 422), page.text
        faults = re.sub(r"<[^>]+>", " ", page.text.split("</h1>")[1])
        assert words.lower() in faults.lower()
        for typed in (value for value in data.values() if value and value != "principal"):
            assert typed in page.text
        assert everything() == before

    def test_of_a_loan_of_another_branch_look_like_none(self, loan: Loan, stranger: User, sign_in: SignIn) -> None:
        client = sign_in(stranger)
        for kind, typed in TYPED.items():
            assert client.get(page_of(loan, kind)).status_code == 404
            assert client.post(page_of(loan, kind), {**typed, "reason": "Agreed"}).status_code == 404

    def test_of_a_proposal_whose_loan_moved_since_it_was_shown(self, loan: Loan, collector: User, sign_in: SignIn, late: date) -> None:
        client = sign_in(collector)
        form = shown(client, loan, "restructuring")
        pay(loan, "500.00", late)
        page = client.post(page_of(loan, "restructuring"), form)
        assert page.status_code == 409
        assert "This changed since it was shown" in page.text
        assert not Proposal.objects.filter(kind="loan_restructuring").exists()

    def test_of_a_confirmation_when_the_loan_moved_since_it_was_proposed(
        self, loan: Loan, proposed: Callable[[str], Proposal], approver: User, sign_in: SignIn, late: date
    ) -> None:
        proposal = proposed("restructuring")
        pay(loan, "500.00", late)
        before = snapshot()
        answer = decide(sign_in(approver), proposal, decision="confirm")
        assert answer.status_code == 422
        assert "changed" in answer.text
        assert snapshot() == before


class TestASetOff:
    def test_offers_the_credit_balances_of_the_customer_and_is_done_by_two(
        self, loan: Loan, active: Callable[..., Loan], collector: User, approver: User, sign_in: SignIn, on: Move, late: date, today: date
    ) -> None:
        url = reverse("loans:change_set_off", args=[loan.public_id])
        assert "No other loan of this customer has one" in sign_in(collector).get(url).text
        on(today)
        same = {"kind": "person", "name": loan.borrower.name, "birth_date": "1985-04-12", "national_id": "ID-90000001"}
        other = active(amount="1000.00", term_months=12, applicant=same)
        pay(other, "50.00", today)
        on(late)
        client = sign_in(collector)
        typed = {"from_loan": str(other.public_id), "amount": "20.00", "reason": "Agreed"}
        page = client.post(url, typed)
        assert page.status_code == 200 and f"{other.reference}, 50.00 EUR" in page.text
        books = snapshot()
        [seen] = set(re.findall(r'name="seen" value="([0-9a-f]{32})"', page.text))
        assert client.post(url, {**typed, "seen": seen, "propose": "1"}).status_code == 302
        assert snapshot() == books
        other_client = sign_in(approver)
        assert other.reference in other_client.get(url).text
        assert decide(other_client, Proposal.objects.get(kind="loan_set_off"), decision="confirm").status_code == 302
        payment = loan.payments.get(source="SET_OFF")
        assert payment.amount == 20 and first_difference() is None
        assert "Set off against another loan, rest waits" in other_client.get(reverse("loans:loan_detail", args=[other.public_id])).text
        too_much = client.post(url, {**typed, "amount": "30.01"})
        assert too_much.status_code == 422 and "is 30.00 EUR" in too_much.text


class TestTwice:
    def test_the_same_form_sent_twice_proposes_once(self, loan: Loan, collector: User, sign_in: SignIn) -> None:
        client = sign_in(collector)
        form = shown(client, loan, "waiver")
        assert [client.post(page_of(loan, "waiver"), form).status_code for _ in range(2)] == [302, 302]
        assert Proposal.objects.filter(kind="loan_waiver").count() == 1

    def test_the_second_to_decide_learns_who_was_first_and_keeps_the_reason(
        self, loan: Loan, proposed: Callable[[str], Proposal], approver: User, second_approver: User, sign_in: SignIn
    ) -> None:
        proposal = proposed("waiver")
        assert decide(sign_in(approver), proposal, decision="confirm").status_code == 302
        before = everything()
        page = decide(sign_in(second_approver), proposal, decision="reject", reason="Too much is given up")
        assert page.status_code == 409
        assert approver.full_name in page.text
        assert "Too much is given up" in page.text
        assert everything() == before


class TestLoanPage:
    def test_leads_to_the_changes_and_says_what_waits(
        self, loan: Loan, proposed: Callable[[str], Proposal], officer: User, auditor: User, sign_in: SignIn
    ) -> None:
        url = reverse("loans:loan_detail", args=[loan.public_id])
        assert all(page_of(loan, kind) in sign_in(officer).get(url).text for kind in TYPED)
        assert not any(page_of(loan, kind) in sign_in(auditor).get(url).text for kind in TYPED)
        proposed("waiver")
        assert "A change waits for a second person" in sign_in(auditor).get(url).text
