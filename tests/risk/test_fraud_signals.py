"""Fraud signals: each rule with what it must not take for fraud, what an open one stops, who judges it, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.crypto import blind_index
from core.errors import Conflict, DomainError
from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from loans.services.holds import is_held
from risk.domain.fraud import address_key, births_alike
from risk.models import Decision, Fact, FraudSignal
from risk.selectors.conflicts import people_on_file
from risk.selectors.fraud import count_signals
from risk.selectors.work import investigations_for
from risk.services.decisions import decide
from risk.services.facts import record_fact
from risk.services.file_work import UnableToInvestigate
from risk.services.fraud import UnableToJudgeSignal, judge_signal, look_for_fraud
from risk.services.investigations import free_investigation, open_investigation, take_investigation
from tests.risk.conftest import TODAY, make_person
from tests.risk.files import add_document
from tests.risk.web.conftest import sign_in

pytestmark = pytest.mark.django_db
__all__ = ["sign_in"]
IBAN = "DE02120300000000202051"


def look(application: Application, day: date = TODAY) -> dict[str, FraudSignal]:
    look_for_fraud(application=application, business_date=day)
    return {signal.rule: signal for signal in FraudSignal.objects.filter(application=application)}


AT = {"line1": "Lindenstraße 12", "postcode": "20999", "city": "Nordersund", "country": "DE"}
Make = Callable[..., Application]


class TestRules:
    @pytest.mark.parametrize(
        ("rule", "mine", "theirs"),
        [
            ("PHONE", {"phone": "+49 40 123456"}, {"phone": "+49 (40) 12 34 56"}),
            ("ADDRESS", {"address": AT}, {"address": AT | {"line1": "Lindenstr. 12"}}),
            ("PAYEE", {"iban": IBAN}, {"iban": IBAN}),
            (
                "NAME",
                {"name": "Jürgen Mueller-Ahlers", "birth_date": "1980-03-04"},
                {"name": "Juergen Müller Ahlers", "birth_date": "1980-04-03"},
            ),
        ],
    )
    def test_two_people_share_what_only_one_should_have(self, rule: str, mine: Any, theirs: Any, file: Make) -> None:
        first, second = file(1, **theirs), file(2, **mine)
        assert look(first) == {}, "alone in the bank it shares nothing yet"
        assert {name: signal.evidence["others"] for name, signal in look(second).items()} == {rule: [str(first.pk)]}
        assert set(look(first)) == {rule}, "from now on the first one meets the second"

    def test_strangers_share_nothing(self, file: Make) -> None:
        for number in range(4):
            file(number, phone=f"+49 40 12345{number}", address=AT | {"line1": f"Lindenstraße {number + 1}"})
        assert [look(application) for application in Application.objects.all()] == [{}] * 4

    def test_who_stood_in_one_file_may_live_together_but_not_be_paid_together(self, file: Make) -> None:
        spouse = {"role": "spouse", "kind": "person", "name": "Bruno Castellani", "birth_date": "1961-02-11", "national_id": "L01X00001"}
        look(file(0, address=AT, phone="+49 40 1", iban=IBAN, related=[spouse | {"address": AT, "phone": "+49 40 1"}]))
        assert set(look(file(1, address=AT, phone="+49 40 1", iban=IBAN))) == {"PAYEE"}

    def test_the_same_person_in_two_branches_is_one(self, file: Make) -> None:
        other = Branch.objects.create(code="B9", name="Lake")
        look(file(1, address=AT, phone="+49 40 1"))
        assert look(file(1, at=other, address=AT, phone="+49 40 1")) == {}

    def test_one_identifier_with_two_dates_of_birth_cannot_be(self, file: Make) -> None:
        other = Branch.objects.create(code="B9", name="Lake")
        look(file(1))
        assert set(look(file(1, at=other, birth_date="1971-07-17"))) == {"IMPOSSIBLE"}

    def test_an_employer_of_many_in_one_month(self, file: Make) -> None:
        work = {"employment": {"employer": "Nordhusen Textiles GmbH", "months": "30"}}
        old = file(5, day=TODAY - timedelta(days=40), **work)
        files = [file(number, **work) for number in range(4)]
        found = [set(look(application)) for application in (old, *files)]
        assert found == [set(), set(), set(), set(), {"EMPLOYER"}]

    def test_the_same_document_in_the_files_of_two(self, file: Make) -> None:
        first, again, second = file(1), file(1), file(2)
        for application in (first, again, second):
            look(application)
            add_document(application, f"{application.reference}.pdf")
        assert set(look(second)) == {"DOCUMENT"}
        assert look(second)["DOCUMENT"].evidence["others"] == [str(again.pk), str(first.pk)]

    def test_one_person_asks_too_often(self, file: Make) -> None:
        days = (TODAY - timedelta(days=60), TODAY - timedelta(days=20), TODAY - timedelta(days=5), TODAY)
        assert [set(look(file(1, day=day), day)) for day in days] == [set(), set(), set(), {"VELOCITY"}]

    @pytest.mark.parametrize(
        ("applicant", "related"),
        [
            ({"employment": {"employer": "Werft", "months": "500"}, "birth_date": "1990-01-01"}, []),
            ({"kind": "person", "financials": {"turnover": "1000", "ebitda": "2000"}}, []),
            (
                {},
                [
                    {
                        "role": "guarantor",
                        "kind": "person",
                        "name": "Bruno Castellani",
                        "birth_date": "1961-02-11",
                        "national_id": "L01X00001",
                    }
                ],
            ),
        ],
    )
    def test_what_cannot_both_be_true(self, applicant: Any, related: Any, file: Make) -> None:
        assert set(look(file(1, related=related, **applicant))) == {"IMPOSSIBLE"}

    def test_addresses_and_births_are_read_past_their_spelling(self) -> None:
        assert address_key("Haupt-Str. 5", "1", "Köln", "DE") == address_key("haupt strasse 5", "1", "KOELN".replace("OE", "O"), "DE")
        assert address_key("Hauptstraße", "1", "Köln", "DE") == "", "no house number names no house"
        assert births_alike(date(1980, 3, 4), date(1980, 4, 3)) and not births_alike(date(1980, 3, 4), date(1981, 4, 3))

    def test_nothing_is_kept_in_clear(self, file: Make) -> None:
        look(file(1, phone="+49 40 998877", address=AT, iban=IBAN))
        with connection.cursor() as cursor:
            cursor.execute("SELECT key FROM risk_applicationtrace WHERE kind = 'ADDRESS'")
            assert bytes(cursor.fetchone()[0]) == blind_index("lindenstr 12 20999 nordersund de", kind="address")


class TestOpenSignal:
    def test_holds_the_file_until_a_person_explains_it(self, file: Make, investigator: User) -> None:
        look(file(1, iban=IBAN))
        second = file(2, iban=IBAN)
        signal = look(second)["PAYEE"]
        assert is_held(second) and look(second)["PAYEE"].pk == signal.pk, "looking again raises nothing twice"
        judge_signal(signal=signal, state="EXPLAINED", reason="The dealer sells to both.", actor=investigator, business_date=TODAY)
        assert not is_held(second)
        assert look(second)["PAYEE"].state == "EXPLAINED" and not is_held(second)
        with pytest.raises(Conflict):
            judge_signal(signal=signal, state="CONFIRMED", reason="No.", actor=investigator, business_date=TODAY)
        assert people_on_file(second)[investigator.pk] == "judged a fraud signal of the file"

    def test_is_judged_by_nobody_who_investigates_the_file(
        self, file: Make, investigator: User, second_investigator: User, sign_in: Callable[[User], Client]
    ) -> None:
        look(file(1, iban=IBAN))
        second = file(2, iban=IBAN)
        signal = look(second)["PAYEE"]
        found = open_investigation(application=second, business_date=TODAY)
        take_investigation(investigation=found, actor=investigator, business_date=TODAY)
        judged: dict[str, Any] = {"signal": signal, "state": "EXPLAINED", "reason": "Known dealer.", "business_date": TODAY}
        with pytest.raises(UnableToJudgeSignal, match="own_file"):
            judge_signal(actor=investigator, **judged)
        page = sign_in(investigator).get(reverse("risk:signals_panel", args=[second.pk])).text
        assert "Somebody else judges its signals" in page and "Save judgement" not in page and "Look again" in page
        assert is_held(second)
        judge_signal(actor=second_investigator, **judged)
        assert not is_held(second)

    def test_was_judged_by_nobody_who_investigates_the_file_later(self, file: Make, investigator: User) -> None:
        look(file(1, iban=IBAN))
        second = file(2, iban=IBAN)
        found = open_investigation(application=second, business_date=TODAY)
        assert investigations_for(investigator).filter(pk=found.pk).exists()
        judge_signal(signal=look(second)["PAYEE"], state="EXPLAINED", reason="Known.", actor=investigator, business_date=TODAY)
        with pytest.raises(UnableToInvestigate, match="judged_signal"):
            take_investigation(investigation=found, actor=investigator, business_date=TODAY)
        assert not investigations_for(investigator).filter(pk=found.pk).exists()

    def test_was_judged_by_nobody_who_works_on_a_file_that_another_took(
        self, file: Make, investigator: User, second_investigator: User, sign_in: Callable[[User], Client]
    ) -> None:
        """Whoever cleared it would stand behind what they vouched for, though they never took the file."""
        look(file(1, iban=IBAN))
        second = file(2, iban=IBAN)
        found = open_investigation(application=second, business_date=TODAY)
        take_investigation(investigation=found, actor=second_investigator, business_date=TODAY)
        panel = reverse("risk:investigation_panel", args=[second.pk])
        assert sign_in(investigator).get(panel).context["may_edit"]
        judge_signal(signal=look(second)["PAYEE"], state="EXPLAINED", reason="Known.", actor=investigator, business_date=TODAY)
        with pytest.raises(UnableToInvestigate, match="judged_signal"):
            record_fact(
                application=second, code="living_expenses", value="900", source="Told", authenticity="UNVERIFIED", as_of_date=TODAY,
                actor=investigator, business_date=TODAY,
            )  # fmt: skip
        assert not Fact.objects.filter(author=investigator).exists()
        assert not sign_in(investigator).get(panel).context["may_edit"] and sign_in(second_investigator).get(panel).context["may_edit"]
        free_investigation(investigation=found, actor=make_person("rita", second.branch, Role.RISK_MANAGER), business_date=TODAY)
        assert not sign_in(investigator).get(panel).context["may_take"]

    def test_are_counted_in_the_database(self, file: Make, investigator: User) -> None:
        look(file(1, iban=IBAN))
        judge_signal(signal=look(file(2, iban=IBAN))["PAYEE"], state="EXPLAINED", reason="x", actor=investigator, business_date=TODAY)
        look(file(3, iban=IBAN))
        with CaptureQueriesContext(connection) as seen:
            counts = count_signals(investigator)
        assert (counts["OPEN"], counts["EXPLAINED"], counts["CONFIRMED"]) == (
            FraudSignal.objects.filter(state="OPEN").count(), 1, 0,
        )  # fmt: skip
        assert "GROUP BY" in seen.captured_queries[-1]["sql"]

    def test_is_raised_anew_when_it_has_grown(self, file: Make, investigator: User) -> None:
        look(file(1, iban=IBAN))
        second = file(2, iban=IBAN)
        judge_signal(signal=look(second)["PAYEE"], state="EXPLAINED", reason="Known dealer.", actor=investigator, business_date=TODAY)
        look(file(3, iban=IBAN))
        look(second)
        assert list(FraudSignal.objects.filter(application=second).values_list("state", flat=True)) == ["EXPLAINED", "OPEN"]
        assert is_held(second)

    def test_is_raised_anew_when_other_figures_are_as_impossible(self, file: Make, investigator: User) -> None:
        """What was explained was explained of the figures of its day; that days pass makes no other ones."""
        stated = {"financials": {"turnover": "1000", "ebitda": "2000"}, "employment": {"employer": "Werft", "months": "500"}}
        application = file(1, birth_date="1990-01-01", **stated)
        look(application)
        for signal in FraudSignal.objects.all():
            judge_signal(signal=signal, state="EXPLAINED", reason="A typing error.", actor=investigator, business_date=TODAY)
        assert not is_held(application)
        look(application, TODAY + timedelta(days=200))
        assert FraudSignal.objects.count() == 2
        application.stated = application.stated | {"financials": {"turnover": "1000", "ebitda": "90000"}}
        application.save()
        look(application)
        assert is_held(application)
        assert FraudSignal.objects.get(state="OPEN").evidence["words"] == "EBITDA of 90,000 exceeds the turnover of 1,000."

    def test_confirmed_fraud_stays_held(self, file: Make, investigator: User) -> None:
        look(file(1, iban=IBAN))
        second = file(2, iban=IBAN)
        judge_signal(signal=look(second)["PAYEE"], state="CONFIRMED", reason="A ring.", actor=investigator, business_date=TODAY)
        assert is_held(second)

    def test_that_came_up_since_the_investigation_stops_the_decision(self, in_review: Application, file: Make, approver: User) -> None:
        assert in_review.borrower is not None
        in_review.borrower.phone = "+49 40 1"
        in_review.borrower.save()
        look(in_review)
        look(file(2, phone="+49 40 1"))
        assert not is_held(in_review), "the later file is marked, the earlier one was looked at before"
        with pytest.raises(DomainError, match="on_hold"):
            decide(
                application=in_review, outcome="APPROVED", amount=None, term_months=None, annual_rate=None, conditions=[], reasons=[],
                rationale="Sound.", override_code="", actor=approver, business_date=TODAY,
            )  # fmt: skip
        assert FraudSignal.objects.get(application=in_review).rule == "PHONE" and is_held(in_review), (
            "what was found stays, though nothing was decided"
        )
        assert not Decision.objects.exists()

    def test_the_database_wants_a_person_and_a_reason(self, file: Make) -> None:
        look(file(1, iban=IBAN))
        signal = look(file(2, iban=IBAN))["PAYEE"]
        with pytest.raises(IntegrityError, match="fraud_signal_decided_with_reason"), transaction.atomic():
            FraudSignal.objects.filter(pk=signal.pk).update(state="EXPLAINED")

    def test_reading_costs_the_same_whatever_it_meets(self, file: Make) -> None:
        counts = []
        for number in range(5):
            application = file(number, iban=IBAN, phone="+49 40 1", address=AT)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                look_for_fraud(application=application, business_date=TODAY)
            counts.append(
                sum(
                    1
                    for query in queries
                    if query["sql"].startswith("SELECT") and "hold" not in query["sql"] and "core_" not in query["sql"]
                )
            )
        assert len(set(counts[1:])) == 1, counts
