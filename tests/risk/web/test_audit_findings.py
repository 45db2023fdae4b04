"""What an audit finds holds a file wherever it stands, is told to monitoring, and is settled by two people who had no part in the file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.events import deliver_pending
from core.four_eyes import UnableToConfirm
from core.models import Branch, Proposal, User
from core.roles import Role
from loans.models import Application
from loans.services.contracts import make_contract
from loans.services.holds import is_held
from loans.services.offers import UnableToAcceptOffer, accept_offer
from monitoring.models import Alert
from risk.models import FileAudit
from risk.services.audit_findings import UnableToSettleFindings, decide_settlement, propose_settlement
from risk.services.file_audits import UnableToAudit, order_audit, order_sample, record_audit
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import Make, decided, did_before
from tests.risk.files import add_document
from tests.risk.web.conftest import HTMX, SignIn, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def compliance(branch: Branch) -> User:
    return make_person("cora_compliance", branch, Role.COMPLIANCE)


@pytest.fixture
def offered(reviewed: Make, approver: User) -> Application:
    application: Application = reviewed()
    decided(application, approver)
    application.refresh_from_db()
    return application


def drawn(actor: User) -> FileAudit:
    """The audit of the only file, by a lot."""
    Application.objects.update(decided_date=TODAY - timedelta(days=1))
    span: dict[str, Any] = {"since": TODAY - timedelta(days=2), "until": TODAY}
    lot = order_sample(size=1, auditor="Prüf & Partner", actor=actor, business_date=TODAY, **span)
    return FileAudit.objects.get(lot=lot)


@pytest.fixture
def faulty(offered: Application, risk_manager: User) -> FileAudit:
    """A lot drew the file after it was offered, and its payslips are false."""
    who: dict[str, Any] = {"actor": risk_manager, "business_date": TODAY}
    made = drawn(risk_manager)
    assert not is_held(offered), "nothing speaks against a file that a lot drew"
    return record_audit(found=made, clean=False, result="The payslips are false.", report=None, **who)


def test_whoever_had_a_part_in_the_file_says_nothing_of_its_audit(offered: Application, risk_manager: User, branch: Branch) -> None:
    made = order_audit(application=offered, auditor="P", reason="A call", actor=risk_manager, business_date=TODAY)
    for part in ("SIGNED", "TAKEN"):
        person = make_person(f"had_{part}", branch, Role.RISK_MANAGER)
        did_before(offered, person, part)
        with pytest.raises(UnableToAudit, match="own_file"):
            record_audit(
                found=made, clean=True, result="All fine.", report=add_document(offered, f"{part}.pdf"), actor=person, business_date=TODAY
            )
    assert is_held(offered)


def settled_by(found: FileAudit, one: User, other: User, *, confirm: bool = True) -> FileAudit:
    propose_settlement(found=found, answer="The employer confirmed other payslips.", actor=one, business_date=TODAY)
    return decide_settlement(found=found, confirm=confirm, reason="Seen both.", actor=other, business_date=TODAY)


def test_findings_stop_an_offer_and_are_told_to_monitoring(faulty: FileAudit, offered: Application, officer: User) -> None:
    with pytest.raises(UnableToAcceptOffer, match="in_review"):
        accept_offer(application=offered, actor=officer, business_date=TODAY)
    for _ in range(2):
        deliver_pending()
    alert = Alert.objects.get(kind="AUDIT")
    assert (alert.level, alert.borrower_id) == (2, offered.borrower_id) and "Prüf & Partner found faults" in alert.title


def test_those_of_a_contracted_file_are_told_of_its_loan(offered: Application, risk_manager: User, officer: User) -> None:
    accepted = accept_offer(application=offered, actor=officer, business_date=TODAY)
    loan = make_contract(application=accepted, actor=officer, business_date=TODAY)
    who: dict[str, Any] = {"actor": risk_manager, "business_date": TODAY}
    made = drawn(risk_manager)
    record_audit(found=made, clean=False, result="False payslips.", report=None, **who)
    for _ in range(2):
        deliver_pending()
    alert = Alert.objects.get(kind="AUDIT")
    assert (alert.level, alert.loan_id) == (3, loan.pk) and loan.reference in alert.title


def test_one_ordered_for_an_offered_file_holds_it_from_then_on(offered: Application, risk_manager: User) -> None:
    order_audit(application=offered, auditor="P", reason="A call from the employer", actor=risk_manager, business_date=TODAY)
    assert is_held(offered)


def test_two_people_settle_them_and_the_file_goes_on(
    faulty: FileAudit, offered: Application, risk_manager: User, compliance: User, officer: User
) -> None:
    found = settled_by(faulty, risk_manager, compliance)
    assert (found.state, found.answer, found.settled_date) == ("SETTLED", "The employer confirmed other payslips.", TODAY)
    assert not is_held(offered)
    assert accept_offer(application=offered, actor=officer, business_date=TODAY).state == "ACCEPTED"
    with pytest.raises(UnableToSettleFindings, match="no_findings"):
        propose_settlement(found=found, answer="Again.", actor=risk_manager, business_date=TODAY)


def test_a_refusal_leaves_it_held(faulty: FileAudit, offered: Application, risk_manager: User, compliance: User) -> None:
    assert settled_by(faulty, risk_manager, compliance, confirm=False).state == "FINDINGS" and is_held(offered)


def test_nobody_settles_alone_or_what_they_had_a_part_in(
    faulty: FileAudit, offered: Application, risk_manager: User, compliance: User, approver: User, branch: Branch
) -> None:
    with pytest.raises(UnableToConfirm, match="own_proposal"):
        settled_by(faulty, risk_manager, risk_manager)
    stranger = make_person("irma_investigator", branch, Role.INVESTIGATOR)
    for person, code in ((stranger, "not_entitled"), (approver, "not_entitled")):
        with pytest.raises(UnableToSettleFindings, match=code):
            propose_settlement(found=faulty, answer="Fine.", actor=person, business_date=TODAY)
    with pytest.raises(UnableToSettleFindings, match="invalid"):
        propose_settlement(found=faulty, answer=" ", actor=compliance, business_date=TODAY)
    for change in ("officer", "investigator", "decider"):
        person = make_person(f"{change}_before", branch, Role.RISK_MANAGER)
        if change == "officer":
            Application.objects.filter(pk=offered.pk).update(officer=person)
        elif change == "investigator":
            did_before(offered, person, "ANSWERED")
        else:
            decided_by_risk_manager(offered, person)
        with pytest.raises(UnableToSettleFindings, match="own_file") as refusal:
            decide_settlement(
                found=FileAudit.objects.get(), confirm=True, reason="Fine.", actor=person, business_date=TODAY, seen=Proposal.objects.get(kind="risk.audit_settled").pk
            )  # fmt: skip
        assert refusal.value.detail.startswith("You ")
    assert FileAudit.objects.get().state == "FINDINGS" and is_held(offered)


def decided_by_risk_manager(application: Application, person: User) -> None:
    """Another decision on the file, as an append-only table takes it."""
    last = application.decisions.first()
    assert last is not None
    last.pk, last.decided_by, last._state.adding = None, person, True
    last.id = type(last)._meta.get_field("id").get_default()
    last.save(force_insert=True)


class TestPage:
    def at(self, name: str, found: FileAudit) -> str:
        return reverse(f"risk:{name}", args=[found.application_id, found.pk])

    def panel(self, client: Client, found: FileAudit) -> str:
        return client.get(reverse("risk:field_panel", args=[found.application_id]), headers=HTMX).text

    def test_says_it_takes_it_back_and_confirms_it(self, faulty: FileAudit, risk_manager: User, compliance: User, sign_in: SignIn) -> None:
        one, other = sign_in(risk_manager), sign_in(compliance)
        assert "Nothing is granted, accepted or paid out" in self.panel(one, faulty)
        assert one.post(self.at("audit_settle", faulty), {f"settle-{faulty.pk}-answer": " "}).status_code == 422
        one.post(self.at("audit_settle", faulty), {f"settle-{faulty.pk}-answer": "New payslips."})
        seen = Proposal.objects.get(kind="risk.audit_settled", state="OPEN")
        assert "Take back" in self.panel(one, faulty) and "New payslips." in self.panel(other, faulty)
        one.post(self.at("audit_settled", faulty), {"seen": seen.pk, f"settled-{faulty.pk}-outcome": "refuse"})
        one.post(self.at("audit_settle", faulty), {f"settle-{faulty.pk}-answer": "The employer wrote."})
        stale = other.post(self.at("audit_settled", faulty), {"seen": seen.pk, f"settled-{faulty.pk}-outcome": "confirm"})
        assert stale.status_code == 422 and FileAudit.objects.get().state == "FINDINGS"
        fresh = Proposal.objects.get(kind="risk.audit_settled", state="OPEN")
        answer = other.post(self.at("audit_settled", faulty), {"seen": fresh.pk, f"settled-{faulty.pk}-outcome": "confirm"}, follow=True)
        assert "Findings settled" in answer.text and "The employer wrote." in answer.text

    def test_is_for_risk_managers_and_compliance(self, faulty: FileAudit, branch: Branch, sign_in: SignIn) -> None:
        before = world()
        for role in Role:
            client = sign_in(make_person(f"some_{role.lower()}", branch, role))
            for name in ("audit_settle", "audit_settled"):
                if role not in (Role.RISK_MANAGER, Role.COMPLIANCE):
                    assert client.post(self.at(name, faulty), {f"settle-{faulty.pk}-answer": "Fine."}).status_code in (403, 404), (
                        role,
                        name,
                    )
        assert world() == before
