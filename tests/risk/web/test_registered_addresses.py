"""The registered address: an extract or a bureau's report beside what was stated and what a visit saw, past the spelling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from hypothesis import given
from hypothesis import strategies as st

from collateral.models import Asset, Pledge
from collateral.services.assets import register_asset
from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from risk.domain.addresses import Place, read_place
from risk.domain.bureau import Unusable, read_report
from risk.models import Fact, Investigation, RegisteredAddress
from risk.selectors.conflicts import people_on_file
from risk.selectors.facts import current_facts
from risk.services.assessment import work_out_facts
from risk.services.bureau import fetch_due
from risk.services.cross_checks import CrossCheck, cross_checks, unexplained
from risk.services.field_work import explain_difference
from risk.services.registered_addresses import UnableToRecordAddress, agree, record_registered_address
from tests.risk.conftest import TODAY, make_person
from tests.risk.files import add_document
from tests.risk.web.bureaus import Asked, Bureau, asked, bureau, report
from tests.risk.web.conftest import HTMX, SignIn, world
from tests.risk.web.test_field_work import at, file_of, visit
from tests.shared_rows import shared

__all__ = ["asked", "bureau"]
Opened = Callable[..., Investigation]
HOME = Place("Lindenstraße 12", "20999", "Nordersund", "DE")


@shared
def application(in_work: Investigation) -> Application:
    found = file_of(in_work)
    at_home(found)
    return file_of(found.investigation)


def at_home(application: Application) -> None:
    borrower = application.borrower
    assert borrower is not None
    borrower.address_line, borrower.postcode, borrower.city = HOME.line, HOME.postcode, HOME.city
    borrower.save()


def record(application: Application, actor: User, **changes: Any) -> RegisteredAddress:
    extract: dict[str, Any] = {
        "register": "RESIDENTS", "number": "EMA 4711", "as_of_date": TODAY - timedelta(days=3), "line": "LINDENSTR. 12",
        "postcode": "20999", "city": "Nordersund", "country": "de",
    }  # fmt: skip
    if "document" not in changes:
        changes["document"] = add_document(application, f"extract-{application.documents.count()}.pdf")
    return record_registered_address(application=application, actor=actor, business_date=TODAY, **extract | changes)


def checks(application: Application) -> dict[str, CrossCheck]:
    return {row.code: row for row in cross_checks(application, business_date=TODAY) if row.code.startswith("address")}


@pytest.mark.django_db
class TestRecorded:
    def test_one_that_agrees_past_its_spelling_is_a_fact_by_its_paper(self, application: Application, investigator: User) -> None:
        kept = record(application, investigator)
        fact = Fact.objects.get(code="address_registered")
        assert (fact.value, fact.authenticity, fact.source) == ("true", "DOCUMENT", "Residents' register EMA 4711")
        assert fact.evidence_id == kept.document_id and fact.as_of_date == TODAY - timedelta(days=3)
        assert checks(application)["address_register"].verdict == "AGREES" and unexplained(application, business_date=TODAY) == []

    def test_another_one_conflicts_and_refers_until_it_is_explained(self, application: Application, investigator: User) -> None:
        record(application, investigator, line="Hafenweg 99")
        assert Fact.objects.get(code="address_registered").authenticity == "CONFLICTING"
        work_out_facts(application=application, business_date=TODAY)
        assert current_facts(application, business_date=TODAY)["failed_checks"].row.value == "1"
        why: dict[str, Any] = {
            "check_code": "address_register",
            "code": "CHANGED",
            "reason": "Moved in May.",
            "actor": investigator,
            "business_date": TODAY,
        }
        explain_difference(application=application, **why)
        assert unexplained(application, business_date=TODAY) == []
        record(application, investigator, line="Hafenweg 7")
        assert len(unexplained(application, business_date=TODAY)) == 1, "an explanation counts for its addresses alone"
        record(application, investigator)
        assert unexplained(application, business_date=TODAY) == [], "the newest extract counts"

    def test_an_older_extract_takes_nothing_back(self, application: Application, investigator: User) -> None:
        record(application, investigator, line="Hafenweg 99")
        record(application, investigator, as_of_date=TODAY - timedelta(days=30))
        assert checks(application)["address_register"].verdict == "DIFFERS"

    def test_the_three_stand_beside_each_other(self, application: Application, investigator: User) -> None:
        record(application, investigator, line="Hafenweg 99", city="Westerkoog", postcode="26998")
        visit(application, investigator, address="DIFFERS", address_seen="Hafenweg 99, 26998 Westerkoog")
        assert {code: row.verdict.value for code, row in checks(application).items()} == {
            "address_register": "DIFFERS", "address_register_visit": "AGREES", "address_visit": "DIFFERS"
        }  # fmt: skip
        visit(application, investigator, address="DIFFERS", address_seen="Am Deich 1, 26998 Westerkoog")
        assert checks(application)["address_register_visit"].differs
        visit(application, investigator)
        assert set(checks(application)) == {"address_register", "address_visit"}, "stated and seen are one: the register differs once"

    def test_flags_what_is_pledged(self, application: Application, investigator: User, officer: User) -> None:
        asset = register_asset(
            application=application, kind="MACHINERY", description="Lathe", stated_value=application.amount, actor=officer,
            business_date=TODAY, owner=application.borrower, owner_name="Freya Lindqvist",
        )  # fmt: skip
        assert Pledge.objects.filter(asset=asset, application=application).exists()
        record(application, investigator)
        assert not Asset.objects.get().flags.filter(code="address_differs").exists()
        record(application, investigator, line="Hafenweg 99")
        assert "a register shows" in Asset.objects.get().flags.get(code="address_differs").text

    def test_is_refused_without_its_paper_and_names_every_fault(
        self, application: Application, investigator: User, file: Callable[..., Application]
    ) -> None:
        foreign = add_document(file(3), "other.pdf")
        for changes, field in (
            ({"document": None}, "document"),
            ({"document": foreign}, "document"),
            ({"register": "BUREAU"}, "register"),
            ({"number": " "}, "number"),
            ({"line": ""}, "line"),
            ({"city": ""}, "city"),
            ({"country": "Germany"}, "country"),
            ({"as_of_date": TODAY + timedelta(days=1)}, "as_of_date"),
        ):
            with pytest.raises(UnableToRecordAddress) as refusal:
                record(application, investigator, **changes)
            assert [fault.field for fault in refusal.value.faults] == [field]
        assert not RegisteredAddress.objects.exists() and not Fact.objects.filter(code="address_registered").exists()

    def test_lies_in_no_clear_text_and_stays_as_it_is(self, application: Application, investigator: User) -> None:
        kept = record(application, investigator, line="Hafenweg 99")
        with connection.cursor() as cursor:
            cursor.execute("SELECT line, postcode, city FROM risk_registeredaddress")
            assert not any(word in bytes(part) for part in cursor.fetchone() for word in (b"Hafenweg", b"20999", b"Nordersund"))
        with pytest.raises(DatabaseError), transaction.atomic():
            RegisteredAddress.objects.filter(pk=kept.pk).update(number="other")
        with pytest.raises(DatabaseError), transaction.atomic():
            RegisteredAddress.objects.create(application=application, register="COMPANY", number="1", as_of_date=TODAY, recorded_date=TODAY)
        assert people_on_file(application)[investigator.pk] == "investigated the file"


@pytest.mark.django_db
class TestFromTheBureau:
    SUBJECT: Any = {"name": "Freya Lindqvist", "birth_date": "1986-05-04"}

    def test_comes_with_the_report(self, asked: Asked, bureau: Bureau) -> None:
        row = asked()
        at_home(row.application)
        address = {"line1": "Hafenweg 99", "postcode": "26998", "city": "Westerkoog", "country": "DE"}
        bureau.answer = (200, report(subject=self.SUBJECT | {"address": address}), 0.0)
        fetch_due(business_date=TODAY)
        kept = RegisteredAddress.objects.get()
        assert (kept.register, kept.number, kept.line, kept.report_id) == ("BUREAU", "SB-1", "Hafenweg 99", row.pk)
        fact = Fact.objects.get(code="address_registered")
        assert (fact.value, fact.authenticity, str(fact.as_of_date)) == ("false", "CONFLICTING", "2026-02-27")
        assert checks(file_of(row.application.investigation))["address_register"].differs

    def test_may_be_missing_but_not_nonsense(self) -> None:
        assert read_report(report(), on=TODAY).address is None
        assert read_report(report(subject=self.SUBJECT | {"address": None}), on=TODAY).address is None
        for address in (
            "Hafenweg 99",
            {},
            {"line1": 1, "postcode": "1", "city": "X", "country": "DE"},
            {"line1": "A 1", "postcode": "1", "city": "X", "country": "D1"},
        ):
            with pytest.raises(Unusable):
                read_report(report(subject=self.SUBJECT | {"address": address}), on=TODAY)


@pytest.mark.django_db
class TestPage:
    def test_takes_an_extract_and_shows_no_address(self, application: Application, investigator: User, sign_in: SignIn) -> None:
        client = sign_in(investigator)
        document = add_document(application, "extract.pdf")
        sent = {
            "register": "COMPANY", "number": "HRB 1", "as_of_date": "2026-02-28", "line": "Hafenweg 99", "postcode": "20999",
            "city": "Nordersund", "country": "DE", "document": str(document.pk),
        }  # fmt: skip
        form = {f"register-{name}": value for name, value in sent.items()}
        wrong = client.post(at("address_record", application), form | {"register-document": ""}, headers=HTMX)
        assert wrong.status_code == 422 and "There is a problem" in wrong.text
        page = client.post(at("address_record", application), form, headers=HTMX).text
        assert "Company register HRB 1" in page and "Hafenweg" not in page and "Lindenstra" not in page
        assert "Differs" in page and RegisteredAddress.objects.get().recorded_by == investigator

    def test_nobody_but_an_investigator_records_one(self, application: Application, branch: Branch, sign_in: SignIn) -> None:
        before = {key: value for key, value in world().items() if key != "counts"}
        for role in set(Role) - {Role.INVESTIGATOR}:
            client = sign_in(make_person(f"one_{role.lower()}", branch, role))
            assert client.post(at("address_record", application), {"register-line": "x"}).status_code in (403, 404), role
        assert {key: value for key, value in world().items() if key != "counts"} == before
        assert not RegisteredAddress.objects.exists()


class TestComparison:
    @pytest.mark.parametrize(
        ("other", "same"),
        [
            (Place("Lindenstr. 12", "20999", "NORDERSUND", "DE"), True),
            (Place("Linden-Strasse 12", "", "Nordersund"), True),
            (Place("Lindenstraße 12a", "20999", "Nordersund", "DE"), True),
            (Place("Lindenstraße 12-14", "20999", "Nordersund", "DE"), True),
            (Place("Lindenstraße 13", "20999", "Nordersund", "DE"), False),
            (Place("Lindenstraße", "20999", "Nordersund", "DE"), False),
            (Place("Lindenallee 12", "20999", "Nordersund", "DE"), False),
            (Place("Lindenstraße 12", "20998", "Nordersund", "DE"), False),
            (Place("Lindenstraße 12", "20999", "Nordersund", "AT"), False),
            (Place("Lindenstraße 12", "", "Westerkoog", "DE"), False),
            (Place(""), None),
        ],
    )
    def test_reads_past_the_spelling_and_no_further(self, other: Place, same: bool | None) -> None:
        assert agree(HOME, other) is same and agree(other, HOME) is same

    def test_streets_of_one_letter_are_streets(self) -> None:
        assert agree(Place("Q 5, 14", city="Mannheim"), Place("q5 14", city="Mannheim")) is False, "no register writes it so"
        assert agree(Place("Q 5, 14", city="Mannheim"), Place("Q 5 14", city="mannheim")) is True

    names = st.sampled_from(["Lindenallee", "Am Deich", "Straße des 17. Juni", "Mühlenstieg", "Rue Cler", "Ленинская ул."])
    places = st.builds(
        Place,
        st.builds(lambda name, number: f"{name} {number}", names, st.integers(1, 999)),
        st.integers(1000, 99999).map(str),
        st.sampled_from(["Nordersund", "Bad Ahlen", "Köln"]),
        st.just("DE"),
    )

    @given(places, places)
    def test_is_the_same_from_both_sides_and_one_with_itself(self, one: Place, other: Place) -> None:
        assert agree(one, other) is agree(other, one) and agree(one, one) is True
        if one.postcode != other.postcode:
            assert agree(one, other) is False

    @given(places)
    def test_what_is_written_in_one_line_is_read_in_its_parts(self, place: Place) -> None:
        assert read_place(str(place)) == Place(place.line, place.postcode, place.city)
        assert agree(place, read_place(str(place))) is True
        assert agree(place, Place(place.line.upper(), place.postcode, place.city.upper())) is True

    @given(st.text(max_size=80))
    def test_no_text_breaks_it(self, text: str) -> None:
        agree(HOME, read_place(text))
