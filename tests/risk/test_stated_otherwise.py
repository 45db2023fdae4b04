"""What somebody the bank knows states otherwise: kept with the application, asked about, and marked where it cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from core.models import Branch, User
from loans.models import Application, Borrower
from loans.services.direct_intake import intake_application
from risk.domain.cross_checks import Verdict
from risk.models import ApplicationTrace, FraudSignal, Investigation
from risk.services.cross_checks import cross_checks
from risk.services.field_work import explain_difference
from risk.services.fraud import look_for_fraud
from risk.services.investigations import open_investigation, take_investigation
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from risk.web.differences import both_sides
from tests.risk.conftest import TODAY
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
HOME = {"line1": "Lindenstraße 12", "postcode": "20999", "city": "Nordersund", "country": "DE"}


def hand_in(officer: User, branch: Branch, **said: Any) -> Application:
    return hand_in_with(officer, branch, (), **said)


def hand_in_with(officer: User, branch: Branch, related: Any, **said: Any) -> Application:
    """The same with other parties beside the applicant."""
    applicant = {"kind": "person", "name": "Freya Lindqvist", "birth_date": "1986-05-04", "national_id": "L01X00T47", "phone": "+49 40 111"}
    applicant |= {"email": "freya@example.org", "address": HOME, "income": [{"kind": "salary", "monthly_amount": "4200.00"}], **said}
    data: dict[str, Any] = {
        "product": "personal",
        "amount": "12000.00",
        "term_months": "36",
        "purpose": {"code": "car"},
        "applicant": applicant,
    }
    data["related_parties"] = list(related)
    return intake_application(data=data, branch=branch, actor=officer, business_date=TODAY)


@shared
def known(officer: User, branch: Branch, product: None) -> Application:
    """The first application of somebody, after which the bank knows them."""
    return hand_in(officer, branch)


def checks(application: Application) -> dict[str, Verdict]:
    found = cross_checks(application, business_date=TODAY)
    return {row.code: row.verdict for row in found if row.code.startswith("customer_")}


def signals(application: Application) -> list[tuple[str, str]]:
    look_for_fraud(application=application, business_date=TODAY)
    return list(FraudSignal.objects.filter(application=application).values_list("rule", "state"))


class TestStatedOtherwise:
    def test_fills_an_address_as_a_whole(self, known: Application, officer: User, branch: Branch) -> None:
        """A street that is told for the first time brings its own town along, and never lies in the one on record."""
        person = Borrower.objects.get()
        person.address_line, person.postcode, person.city = "", "10115", "Altstadt"
        person.save()
        hand_in(officer, branch, address={"line1": "Hafenweg 3", "country": "DE"})
        person.refresh_from_db()
        assert (person.address_line, person.postcode, person.city) == ("Hafenweg 3", "", "")

    def test_stays_with_the_application_and_changes_no_record(self, known: Application, officer: User, branch: Branch) -> None:
        second = hand_in(officer, branch, phone="+49 40 222", email="other@example.org", birth_date="1987-05-04")
        person = Borrower.objects.get()
        assert (person.phone, person.email, str(person.birth_date)) == ("+49 40 111", "freya@example.org", "1986-05-04")
        party = second.parties.get()
        said = json.loads(party.stated)
        assert (said["phone"], said["birth_date"], party.differing) == ("+49 40 222", "1987-05-04", ["birth_date", "phone", "email"])
        assert known.parties.get().differing == [], "who is new states nothing otherwise"
        with connection.cursor() as cursor:
            cursor.execute("SELECT stated FROM loans_applicationparty WHERE id = %s", [party.pk])
            assert b"222" not in bytes(cursor.fetchone()[0]), "and is not in clear"

    @pytest.mark.parametrize("said", [{"phone": "+49 (40) 111"}, {"email": "Freya@Example.org"}, {"name": "freya  lindqvist"}, {}])
    def test_is_nothing_that_is_only_spelt_otherwise(self, said: dict[str, str], known: Application, officer: User, branch: Branch) -> None:
        assert checks(hand_in(officer, branch, **said)) == {}

    def test_is_a_question_until_it_is_explained(
        self, known: Application, officer: User, branch: Branch, investigator: User, second_investigator: User
    ) -> None:
        second = hand_in(officer, branch, phone="+49 40 222", address=HOME | {"line1": "Hafenweg 3"})
        assert signals(second) == [], "who moved has done nothing"
        assert checks(second) == {"customer_phone": Verdict.DIFFERS, "customer_address": Verdict.DIFFERS}
        row = next(row for row in cross_checks(second, business_date=TODAY) if row.code == "customer_phone")
        assert both_sides(row, "EUR") == ("••••222", "••••111"), "shown masked"
        file = take_investigation(
            investigation=open_investigation(application=second, business_date=TODAY), actor=investigator, business_date=TODAY
        )
        Investigation.objects.filter(pk=file.pk).update(state="SUBMITTED")
        file.refresh_from_db()
        with pytest.raises(UnableToSignOff):
            sign_off_investigation(investigation=file, actor=second_investigator, business_date=TODAY)
        Investigation.objects.filter(pk=file.pk).update(state="OPEN")
        for code in ("customer_phone", "customer_address"):
            explain_difference(
                application=second, check_code=code, code="CHANGED", reason="Moved in May.", actor=investigator, business_date=TODAY
            )
        assert all(row.is_explained for row in cross_checks(second, business_date=TODAY) if row.code.startswith("customer_"))

    @pytest.mark.parametrize("said", [{"birth_date": "1987-05-04"}, {"national_id": "L09Z00002", "tax_id": "12/345/67890"}])
    def test_is_marked_where_nobody_can_have_two(self, said: dict[str, str], known: Application, officer: User, branch: Branch) -> None:
        person = Borrower.objects.get()
        person.tax_id = "12/345/67890"
        person.save()
        second = hand_in(officer, branch, **said)
        assert second.borrower_id == known.borrower_id
        assert signals(second) == [("IMPOSSIBLE", "OPEN")] == signals(second)

    def test_leaves_a_trace_that_others_meet(self, known: Application, officer: User, branch: Branch) -> None:
        second = hand_in(officer, branch, phone="+49 40 222")
        look_for_fraud(application=second, business_date=TODAY)
        assert ApplicationTrace.objects.filter(application=second, kind="PHONE").count() == 2
        third = hand_in(
            officer, branch, name="Jonas Berg", national_id="L03X00003", birth_date="1979-02-01", phone="+49 40 222", address={}
        )
        assert signals(third) == [("PHONE", "OPEN")]

    def test_agrees_once_the_record_says_the_same(self, known: Application, officer: User, branch: Branch) -> None:
        second = hand_in(officer, branch, phone="+49 40 222")
        person = Borrower.objects.get()
        person.phone = "+49 40 222"
        person.save()
        assert checks(second) == {"customer_phone": Verdict.AGREES}

    def test_another_industry_is_asked_about_in_words(self, known: Application, officer: User, branch: Branch) -> None:
        Borrower.objects.update(industry="F43")
        second = hand_in(officer, branch, industry="L64")
        assert checks(second) == {"customer_industry": Verdict.DIFFERS} and Borrower.objects.get().industry == "F43"
        [row] = [row for row in cross_checks(second, business_date=TODAY) if row.code == "customer_industry"]
        stated, recorded = both_sides(row, "EUR")
        assert stated.startswith("Financial services") and recorded == "Specialised construction (F43)"

    def test_another_employer_at_the_same_time_is_a_question(self, known: Application, officer: User, branch: Branch) -> None:
        Application.objects.filter(pk=known.pk).update(stated={"employment": {"employer": "Werft Nord"}}, submitted_date="2025-12-02")
        work = {"employer": "Hafen Süd", "months": "12"}
        assert checks(hand_in(officer, branch, employment=work)) == {"customer_employer": Verdict.DIFFERS}
        assert checks(hand_in(officer, branch, employment=work | {"months": "2"})) == {}, "who began after it changed jobs"
