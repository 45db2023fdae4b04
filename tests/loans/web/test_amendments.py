"""A customer's record amended: on a paper, by two people, with its history, and with everything made anew that stands on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.crypto import blind_index
from core.errors import DomainError
from core.events import deliver_pending
from core.four_eyes import UnableToPropose
from core.models import AuditEntry, Branch, OutboxEvent, Proposal, User
from core.roles import Role
from loans.models import Application, Borrower, CustomerAmendment
from loans.selectors.borrowers import list_borrowers
from loans.selectors.otherwise import recorded_values
from loans.services.amendments import decide_amendment, propose_amendment
from loans.services.interests import declare_interest
from risk.models import ApplicationTrace
from tests.every_role import every_role
from tests.loans.servicing.conftest import MakeApplication, hire
from tests.loans.web.conftest import SignIn
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
NEW = {"phone": "+49 40 777888", "address_line": "Hafenweg 3", "postcode": "20999", "city": "Nordersund"}
State = CustomerAmendment.State


def paper(name: str = "letter.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4 letter")


@shared
def customer(accepted: MakeApplication) -> Borrower:
    """Somebody with a phone number and one accepted application."""
    person = accepted().borrower
    assert person is not None
    person.phone = "+49 40 111222"
    person.save()
    return person


def propose(customer: Borrower, officer: User, today: date, **changes: Any) -> CustomerAmendment:
    given: dict[str, Any] = {"changes": NEW, "reason": "Moved in February.", "upload": paper()} | changes
    return propose_amendment(borrower=customer, actor=officer, business_date=today, **given)


def record() -> dict[str, Any]:
    """What a refused action must leave alone."""
    return {
        "people": [(row.pk, row.name, recorded_values(row)) for row in Borrower.objects.order_by("pk")],
        "amendments": list(CustomerAmendment.objects.order_by("pk").values_list("pk", "state", "decided_by")),
        "proposals": list(Proposal.objects.order_by("pk").values_list("pk", "state")),
        "counts": [model.objects.count() for model in (AuditEntry, OutboxEvent)],
    }


def refused(code: str, act: Callable[[], object]) -> None:
    before = record()
    with pytest.raises(DomainError) as refusal:
        act()
    assert refusal.value.code == code
    assert record() == before, "and nothing happened"


class TestPropose:
    def test_changes_nothing_and_asks_a_second_person(self, customer: Borrower, officer: User, today: date) -> None:
        before = recorded_values(customer)
        made = propose(customer, officer, today)
        assert recorded_values(Borrower.objects.get(pk=customer.pk)) == before
        assert json.loads(made.after) == NEW and json.loads(made.before)["phone"] == "+49 40 111222"
        proposal = Proposal.objects.get(target_id=str(customer.pk))
        assert "777888" not in json.dumps(proposal.content) + proposal.title, "nothing of a person stands there in clear"
        with connection.cursor() as cursor:
            cursor.execute("SELECT before, after, reason FROM loans_customeramendment")
            assert not any(b"40" in bytes(sealed) or b"Moved" in bytes(sealed) for sealed in cursor.fetchone())

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"changes": {"phone": "+49 40 111222"}}, "unchanged"),
            ({"changes": {"email": "no address"}}, "invalid"),
            ({"changes": {"birth_date": "2020-01-01"}}, "invalid"),
            ({"changes": {"country": "Germany"}}, "invalid"),
            ({"changes": {"postcode": "1", "city": "Ort"}}, "invalid"),
            ({"reason": "  "}, "invalid"),
            ({"upload": None}, "invalid"),
            ({"upload": SimpleUploadedFile("letter.pdf", b"MZ")}, "not_what_it_says"),
        ],
    )
    def test_refuses(self, changes: dict[str, Any], code: str, customer: Borrower, officer: User, today: date) -> None:
        refused(code, lambda: propose(customer, officer, today, **changes))

    def test_refuses_the_number_of_somebody_else(self, customer: Borrower, accepted: MakeApplication, officer: User, today: date) -> None:
        other = accepted().borrower
        assert other is not None
        refused("invalid", lambda: propose(customer, officer, today, changes={"national_id": other.national_id}))

    def test_waits_once(self, customer: Borrower, officer: User, today: date) -> None:
        propose(customer, officer, today)
        with pytest.raises(UnableToPropose, match="already_open"):
            propose(customer, officer, today)

    @every_role(tuple(Role))
    def test_is_for_loan_officers_of_the_branch(self, role: Role, customer: Borrower, branch: Branch, today: date) -> None:
        person = hire(f"one_{role.lower()}", role, branch=branch)
        if role == Role.OFFICER:
            assert propose(customer, person, today).state == State.PROPOSED
        else:
            refused("not_entitled", lambda: propose(customer, person, today))

    def test_is_for_nobody_elsewhere_or_with_an_interest(
        self, customer: Borrower, other_branch: Branch, branch: Branch, today: date
    ) -> None:
        stranger = hire("far_officer", Role.OFFICER, branch=other_branch)
        refused("not_entitled", lambda: propose(customer, stranger, today))
        friend = hire("near_officer", Role.OFFICER, branch=branch)
        file = customer.applications.get()
        declare_interest(application=file, borrower=customer, kind="FRIEND", reason="School.", actor=friend, business_date=today)
        refused("own_interest", lambda: propose(customer, friend, today))


class TestDecide:
    def test_amends_the_record_with_its_keys_and_history(self, customer: Borrower, officer: User, risk_manager: User, today: date) -> None:
        while deliver_pending():
            pass
        made = propose(customer, officer, today, changes=NEW | {"national_id": "ID-NEW-0001"})
        decide_amendment(amendment=made, confirm=True, reason="Seen.", actor=risk_manager, business_date=today)
        now = Borrower.objects.get(pk=customer.pk)
        assert {name: getattr(now, name) for name in NEW} == NEW
        assert bytes(now.phone_index) == blind_index(NEW["phone"], kind="phone")
        assert list(list_borrowers(risk_manager, text="+49 (40) 777888")) == [now] and not list_borrowers(
            risk_manager, text="+49 40 111222"
        )
        made.refresh_from_db()
        assert (made.state, made.proposed_by, made.decided_by, made.decided_date) == (State.CONFIRMED, officer, risk_manager, today)
        assert json.loads(made.before)["phone"] == "+49 40 111222", "what it said before is kept"
        entry = AuditEntry.objects.get(action="borrower.amended")
        assert entry.actor == risk_manager and "777888" not in str(entry.details)
        while deliver_pending():
            pass
        traces = ApplicationTrace.objects.filter(application=customer.applications.get())
        assert {bytes(trace.subject) for trace in traces} == {blind_index("ID-NEW-0001", kind="national_id")}
        assert bytes(traces.get(kind="PHONE").key) == blind_index(NEW["phone"], kind="phone")

    def test_refuses_who_proposed_it_and_a_record_changed_since(
        self, customer: Borrower, officer: User, risk_manager: User, today: date
    ) -> None:
        made = propose(customer, officer, today)
        refused("own_proposal", lambda: decide_amendment(amendment=made, confirm=True, actor=officer, business_date=today))
        refused("reason_missing", lambda: decide_amendment(amendment=made, confirm=False, actor=risk_manager, business_date=today))
        customer.phone = "+49 40 999"
        customer.save()
        refused("changed", lambda: decide_amendment(amendment=made, confirm=True, actor=risk_manager, business_date=today))
        assert decide_amendment(amendment=made, confirm=False, actor=officer, business_date=today).state == State.TAKEN_BACK

    @every_role(tuple(Role))
    def test_is_for_those_who_confirm(self, role: Role, customer: Borrower, officer: User, branch: Branch, today: date) -> None:
        made, person = propose(customer, officer, today), hire(f"two_{role.lower()}", role, branch=branch)
        if role in (Role.APPROVER, Role.RISK_MANAGER, Role.COMPLIANCE):
            assert decide_amendment(amendment=made, confirm=True, actor=person, business_date=today).state == State.CONFIRMED
        else:
            refused("not_entitled", lambda: decide_amendment(amendment=made, confirm=True, actor=person, business_date=today))
            refused("not_entitled", lambda: decide_amendment(amendment=made, confirm=False, reason="No", actor=person, business_date=today))

    def test_is_for_nobody_with_an_interest(self, customer: Borrower, officer: User, approver: User, today: date) -> None:
        made, file = propose(customer, officer, today), customer.applications.get()
        declare_interest(application=file, borrower=customer, kind="FRIEND", reason="School.", actor=approver, business_date=today)
        refused("conflict_of_interest", lambda: decide_amendment(amendment=made, confirm=True, actor=approver, business_date=today))

    def test_is_history_that_the_database_keeps(self, customer: Borrower, officer: User, approver: User, today: date) -> None:
        made = propose(customer, officer, today)
        with pytest.raises(DatabaseError, match="customer_amendment_four_eyes"), transaction.atomic():
            CustomerAmendment.objects.update(state="CONFIRMED", decided_by=officer)
        decide_amendment(amendment=made, confirm=True, actor=approver, business_date=today)
        for change in (lambda: CustomerAmendment.objects.update(state="REFUSED"), lambda: CustomerAmendment.objects.all().delete()):
            with pytest.raises(DatabaseError, match="is kept"), transaction.atomic():
                change()


class TestPages:
    def at(self, customer: Borrower, action: str = "borrower_amend", *more: Any) -> str:
        return reverse(f"loans:{action}", args=[customer.pk, *more])

    def test_take_over_what_an_application_stated(
        self, customer: Borrower, officer: User, approver: User, accepted: MakeApplication, sign_in: SignIn
    ) -> None:
        told = {
            "kind": "person",
            "name": customer.name,
            "birth_date": "1985-04-12",
            "national_id": customer.national_id,
            "phone": "+49 40 777888",
        }
        file: Application = accepted(applicant=told)
        client, party = sign_in(officer), file.parties.get()
        assert "1 statement in applications differs from this record: phone" in client.get(self.at(customer, "borrower_detail")).text
        page = client.get(self.at(customer)).text
        assert f"{party.pk}:phone" in page and "777888" not in page and "Never amended" in page
        sent = {"take": f"{party.pk}:phone", "reason": "Says so in her application", "paper": paper()}
        wrong = client.post(self.at(customer), sent | {"paper": "", "email": "x"})
        assert wrong.status_code == 422 and "There is a problem" in wrong.text and not CustomerAmendment.objects.exists()
        assert client.post(self.at(customer), sent).status_code == 302
        made = CustomerAmendment.objects.get()
        assert json.loads(made.after) == {"phone": "+49 40 777888"} and made.application == file
        assert "Take it back" in client.get(self.at(customer)).text
        second = sign_in(approver)
        assert "777888" not in second.get(self.at(customer)).text
        assert "+49 40 777888" in second.post(self.at(customer, "amendment_show", made.pk)).text
        assert AuditEntry.objects.filter(action="borrower.unmasked", actor=approver).count() == 1
        assert b"".join(second.get(self.at(customer, "amendment_paper", made.pk)).streaming_content) == b"%PDF-1.4 letter"
        seen = Proposal.objects.get(target_id=str(customer.pk)).pk
        assert second.post(self.at(customer, "amendment_decide", made.pk), {"outcome": "confirm", "seen": seen}).status_code == 302
        page = second.get(self.at(customer)).text
        assert "Amended" in page and "Every application says what the record says" in page
        late = sign_in(officer).post(self.at(customer, "amendment_decide", made.pk), {"outcome": "refuse", "seen": seen})
        assert late.status_code == 422 and "was first" in late.text

    @every_role(tuple(Role))
    def test_open_to_their_roles_alone(
        self, role: Role, customer: Borrower, officer: User, branch: Branch, sign_in: SignIn, today: date
    ) -> None:
        made = propose(customer, officer, today)
        client, before = sign_in(hire(f"three_{role.lower()}", role, branch=branch)), record()["people"]
        reads = role not in (Role.APPRAISER, Role.VALIDATOR, Role.ADMINISTRATOR)
        assert (client.get(self.at(customer)).status_code == 200) == reads
        decides = role in (Role.APPROVER, Role.RISK_MANAGER, Role.COMPLIANCE)
        assert (client.post(self.at(customer, "amendment_show", made.pk)).status_code == 200) == decides
        answer = client.post(self.at(customer, "amendment_decide", made.pk), {"outcome": "confirm"})
        assert answer.status_code == (422 if decides or role == Role.OFFICER else 403), "without what was seen nothing is decided"
        assert record()["people"] == before and CustomerAmendment.objects.get().state == State.PROPOSED

    def test_cost_the_same_however_much_was_amended(
        self, customer: Borrower, officer: User, approver: User, sign_in: SignIn, today: date
    ) -> None:
        client, counts = sign_in(officer), []
        for number in range(4):
            made = propose(customer, officer, today, changes={"phone": f"+49 40 5555{number}"})
            decide_amendment(amendment=made, confirm=True, actor=approver, business_date=today)
            with CaptureQueriesContext(connection) as queries:
                client.get(self.at(customer))
            counts.append(len(queries))
        assert len(set(counts[1:])) == 1, counts
