"""Opening and working an investigation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from core.events import deliver_pending
from core.models import User
from loans.models import Application
from loans.services.applications import UnableToSubmit
from risk.models import ChecklistItem, Fact, Investigation
from risk.services.facts import UnableToRecordFact, record_fact
from risk.services.file_work import UnableToInvestigate
from risk.services.investigations import (
    complete_item,
    open_investigation,
    take_back_investigation,
    take_investigation,
)
from risk.services.putting_up import submit_investigation
from tests.risk.conftest import TODAY
from tests.risk.deciding import did_before
from tests.risk.files import add_document, visit
from tests.risk.test_interests import declare

Make = Callable[..., Any]


class TestOpenInvestigation:
    def test_follows_a_submission_through_the_outbox_with_the_products_checklist(self, apply: Make) -> None:
        application = apply()
        deliver_pending()
        investigation = Investigation.objects.get(application=application)
        assert [item.code for item in investigation.items.all()] == ["identity", "income", "visit"]

    def test_is_the_same_one_when_repeated(self, apply: Make) -> None:
        application = apply()
        first = open_investigation(application=application, business_date=TODAY)
        again = open_investigation(application=application, business_date=TODAY)
        assert first.pk == again.pk
        assert ChecklistItem.objects.count() == 3

    def test_keeps_what_the_applicant_states_as_unverified_facts(self, apply: Make) -> None:
        application = apply()
        open_investigation(application=application, business_date=TODAY)
        facts = {fact.code: fact for fact in Fact.objects.filter(application=application)}
        assert facts["monthly_income"].value == "4200.00"
        assert facts["monthly_obligations"].value == "300.00"
        assert {fact.authenticity for fact in facts.values()} == {"UNVERIFIED"}

    @pytest.mark.parametrize(
        ("owed", "known"),
        [
            ({}, {}),
            ({"monthly_payment": "", "outstanding": ""}, {}),
            ({"monthly_payment": "0", "outstanding": "0"}, {"monthly_obligations": "0.00", "total_debt": "0.00"}),
            ({"monthly_payment": "300"}, {"monthly_obligations": "300.00"}),
        ],
    )
    def test_takes_nought_for_a_statement_and_nothing_for_none(self, file: Make, owed: dict[str, str], known: dict[str, str]) -> None:
        application = file(1, income=[{"kind": "salary", "monthly_amount": ""}], obligations=[owed])
        open_investigation(application=application, business_date=TODAY)
        facts = dict(Fact.objects.filter(application=application, author_name="applicant").values_list("code", "value"))
        assert facts == known

    def test_refuses_debts_below_nought(self, file: Make) -> None:
        with pytest.raises(UnableToSubmit) as refused:
            file(1, obligations=[{"monthly_payment": "-1"}])
        assert [fault.field for fault in refused.value.faults] == ["applicant.obligations.0.monthly_payment"]


class TestTakeInvestigation:
    def test_gives_it_to_one_of_two(self, apply: Make, investigator: User, second_investigator: User) -> None:
        investigation = open_investigation(application=apply(), business_date=TODAY)
        stale = Investigation.objects.get(pk=investigation.pk)
        take_investigation(investigation=investigation, actor=investigator, business_date=TODAY)
        with pytest.raises(UnableToInvestigate, match="taken"):
            take_investigation(investigation=stale, actor=second_investigator, business_date=TODAY)
        assert Investigation.objects.get().investigator == investigator

    def test_refuses_other_roles(self, apply: Make, officer: User, approver: User) -> None:
        investigation = open_investigation(application=apply(), business_date=TODAY)
        for person in (officer, approver):
            with pytest.raises(UnableToInvestigate, match="not_entitled"):
                take_investigation(investigation=investigation, actor=person, business_date=TODAY)
        assert Investigation.objects.get().investigator is None


def recorded_fact(application: Application, actor: User, **changes: Any) -> Fact:
    values: dict[str, Any] = {
        "code": "employment_months",
        "value": "24",
        "source": "Employer",
        "authenticity": "UNVERIFIED",
        "as_of_date": TODAY,
    }
    return record_fact(application=application, actor=actor, business_date=TODAY, **(values | changes))


class TestRecordFact:
    def test_adds_and_never_changes(self, in_work: Investigation, investigator: User) -> None:
        application = in_work.application
        first = recorded_fact(application, investigator)
        second = recorded_fact(application, investigator, value="36")
        assert list(Fact.objects.filter(code="employment_months").values_list("value", flat=True)) == ["24", "36"]
        assert first.pk != second.pk

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"value": "many"}, "value"),
            ({"value": "-3"}, "value"),
            ({"code": "dsti"}, "code"),
            ({"code": "shoe_size"}, "code"),
            ({"source": " "}, "source"),
            ({"authenticity": "RUMOUR"}, "authenticity"),
            ({"authenticity": "DOCUMENT"}, "evidence"),
            ({"authenticity": "THIRD_PARTY"}, "evidence"),
            ({"code": "bureau_worst_dpd", "value": "0"}, "code"),
            ({"code": "bureau_enquiries", "value": "0"}, "code"),
            ({"source": "Stated by the applicant"}, "source"),
            ({"source": "stated  by the APPLICANT"}, "source"),
            ({"source": "Bureau report SB-9"}, "source"),
            ({"source": "Annual accounts 2025"}, "source"),
            ({"as_of_date": date(2026, 3, 3)}, "as_of_date"),
            ({"as_of_date": date(2015, 12, 31)}, "as_of_date"),
        ],
    )
    def test_refuses_what_is_wrong_at_its_field(
        self, in_work: Investigation, investigator: User, changes: dict[str, Any], field: str
    ) -> None:
        application = in_work.application
        before = Fact.objects.count()
        with pytest.raises(UnableToRecordFact) as refusal:
            recorded_fact(application, investigator, **changes)
        assert [fault.field for fault in refusal.value.faults] == [field]
        assert Fact.objects.count() == before

    def test_refuses_another_applications_document(self, in_work: Investigation, apply: Make, investigator: User) -> None:
        application = in_work.application
        foreign = add_document(apply(number="L01X00T48"), "other.pdf")
        with pytest.raises(UnableToRecordFact, match="foreign_document"):
            recorded_fact(application, investigator, authenticity="DOCUMENT", evidence=foreign)

    def test_refuses_people_who_do_not_investigate(self, in_work: Investigation, officer: User, approver: User, risk_manager: User) -> None:
        application = in_work.application
        before = Fact.objects.count()
        for person in (officer, approver, risk_manager):
            with pytest.raises(UnableToInvestigate, match="not_entitled"):
                recorded_fact(application, person)
        assert Fact.objects.count() == before

    def test_after_sign_off_voids_it(self, in_review: Application, investigator: User) -> None:
        recorded_fact(in_review, investigator)
        investigation = Investigation.objects.get(application=in_review)
        in_review.refresh_from_db()
        assert (investigation.state, investigation.signed_by, in_review.state) == ("OPEN", None, "INVESTIGATING")


class TestSubmitInvestigation:
    def test_takes_a_visit_for_in_order_only_when_one_was_recorded(self, in_work: Investigation, investigator: User) -> None:
        check = in_work.items.get(code="visit")
        who: dict[str, Any] = {"actor": investigator, "business_date": TODAY}
        with pytest.raises(UnableToInvestigate, match="no_visit"):
            complete_item(item=check, in_order=True, note="All well.", **who)
        assert complete_item(item=check, in_order=False, note="Nobody opened.", **who).state == "FAILED"
        visit(in_work.application, investigator)
        assert complete_item(item=check, in_order=True, note="Went again.", **who).state == "DONE"

    def test_needs_every_required_check(self, in_work: Investigation, investigator: User) -> None:
        with pytest.raises(UnableToInvestigate, match="items_open") as refusal:
            submit_investigation(investigation=in_work, summary="Fine.", actor=investigator, business_date=TODAY)
        assert "Identity checked, Income shown" in refusal.value.detail
        assert Investigation.objects.get().state == "OPEN"

    def test_needs_a_summary_and_a_note_for_each_check(self, in_work: Investigation, investigator: User) -> None:
        item = in_work.items.first()
        with pytest.raises(UnableToInvestigate, match="note_missing"):
            complete_item(item=item, in_order=True, note=" ", actor=investigator, business_date=TODAY)
        for each in in_work.items.filter(required=True):
            complete_item(item=each, in_order=True, note="Seen.", actor=investigator, business_date=TODAY)
        with pytest.raises(UnableToInvestigate, match="summary_missing"):
            submit_investigation(investigation=in_work, summary="", actor=investigator, business_date=TODAY)

    def test_belongs_to_who_took_it(self, to_sign_off: Investigation, second_investigator: User, investigator: User) -> None:
        take_back_investigation(investigation=to_sign_off, reason="One more call.", actor=investigator, business_date=TODAY)
        with pytest.raises(UnableToInvestigate, match="not_yours"):
            submit_investigation(investigation=to_sign_off, summary="Fine.", actor=second_investigator, business_date=TODAY)

    @pytest.mark.parametrize("how", ["intake", "interest", "worked", "officer"])
    def test_is_sent_back_by_nobody_who_could_not_sign_it(
        self, how: str, to_sign_off: Investigation, second_investigator: User, officer: User
    ) -> None:
        file, who = to_sign_off.application, second_investigator
        if how == "intake":
            Application.objects.filter(pk=file.pk).update(officer=who)
        elif how == "interest":
            declare(file, who)
        elif how == "worked":
            did_before(file, who, "ANSWERED")
        else:
            who = officer
        found = Investigation.objects.get(pk=to_sign_off.pk)
        with pytest.raises(UnableToInvestigate, match="not_a_signer"):
            take_back_investigation(investigation=found, reason="Income?", actor=who, business_date=TODAY)
        assert Investigation.objects.get().state == "SUBMITTED"

    def test_is_sent_back_with_a_reason_and_taken_back_without(
        self, to_sign_off: Investigation, second_investigator: User, investigator: User
    ) -> None:
        with pytest.raises(UnableToInvestigate, match="back_without_reason"):
            take_back_investigation(investigation=to_sign_off, reason=" ", actor=second_investigator, business_date=TODAY)
        assert Investigation.objects.get().state == "SUBMITTED"
        assert take_back_investigation(investigation=to_sign_off, reason="", actor=investigator, business_date=TODAY).state == "OPEN"
