"""What was found out by a record that was amended since shows nothing any more: a bureau's report on another number, an old address."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import User
from loans.models import Application, Borrower
from risk.models import BureauReport, Fact
from risk.selectors.facts import KnownFact, current_facts
from risk.services.assessment import work_out_facts
from risk.services.bureau import fetch_due, order_report
from risk.services.registered_addresses import FACT, record_registered_address
from tests.risk.conftest import TODAY
from tests.risk.files import add_document
from tests.risk.web.bureaus import Asked, Bureau, asked, bureau, report
from tests.risk.web.conftest import HTMX, SignIn
from tests.risk.web.test_investigation_pages import address

__all__ = ["asked", "bureau"]
pytestmark = pytest.mark.django_db
OF_BUREAU = ("bureau_worst_dpd", "bureau_enquiries", "total_debt", "monthly_obligations")
HOME = {"address_line": "Lindenallee 12", "postcode": "20999", "city": "Nordersund"}


@pytest.fixture
def told(asked: Asked, bureau: Bureau) -> BureauReport:
    """A clean report on the applicant, in the file."""
    row = asked()
    fetch_due(business_date=TODAY)
    row.refresh_from_db()
    assert row.in_file_at is not None
    return row


def amend(row: BureauReport, **changes: Any) -> None:
    """The applicant's record says otherwise from now on."""
    who = Borrower.objects.get(pk=row.borrower_id)
    for name, value in changes.items():
        setattr(who, name, value)
    who.save()


def worked_out(key: Any) -> dict[str, KnownFact]:
    """What is known of a file once its facts were worked out, and that the database says the same."""
    application = Application.objects.select_related("borrower", "product_version__product", "branch").get(pk=key)
    known = work_out_facts(application=application, business_date=TODAY)
    read = current_facts(application, business_date=TODAY)
    assert {code: fact.row.authenticity for code, fact in known.items()} == {code: read[code].row.authenticity for code in known}
    return known


def marks(known: dict[str, KnownFact]) -> set[str]:
    return {known[code].row.authenticity for code in OF_BUREAU}


@pytest.mark.parametrize("changes", [{"national_id": "L01X00T99"}, {"birth_date": "1986-05-05"}], ids=["number", "birth"])
def test_a_report_on_somebody_else_is_nobodys_word(changes: dict[str, str], told: BureauReport) -> None:
    assert marks(worked_out(told.application_id)) == {"THIRD_PARTY"}
    amend(told, **changes)
    known = worked_out(told.application_id)
    assert marks(known) == {"UNVERIFIED"}
    fact = known["bureau_worst_dpd"].row
    assert (fact.value, fact.source, fact.as_of_date) == ("12", "Bureau report SB-1, asked by an earlier record", told.as_of_date)
    rows = Fact.objects.filter(application=told.application_id, code="bureau_worst_dpd")
    worked_out(told.application_id)
    assert rows.count() == 2, "it is said once"


@pytest.mark.parametrize("changes", [{"name": "Freya Lindquist"}, {"phone": "+49 40 1"}, HOME], ids=["name", "phone", "address"])
def test_who_is_the_same_to_a_bureau_stays_so(changes: dict[str, str], told: BureauReport) -> None:
    amend(told, **changes)
    assert marks(worked_out(told.application_id)) == {"THIRD_PARTY"}


def test_another_report_shows_it_again_and_so_does_the_record_put_right(told: BureauReport, bureau: Bureau, investigator: User) -> None:
    amend(told, national_id="L01X00T99")
    worked_out(told.application_id)
    amend(told, national_id="L01X00T47")
    assert marks(worked_out(told.application_id)) == {"THIRD_PARTY"}
    amend(told, national_id="L01X00T99")
    worked_out(told.application_id)
    bureau.answer = (200, report(report="SB-2", worst_dpd=0), 0.0)
    application = Application.objects.select_related("borrower").get(pk=told.application_id)
    assert application.borrower is not None
    order_report(application=application, borrower=application.borrower, actor=investigator, business_date=TODAY)
    fetch_due(business_date=TODAY)
    known = worked_out(told.application_id)
    assert marks(known) == {"THIRD_PARTY"} and known["bureau_worst_dpd"].row.value == "0"
    assert bureau.asked[-1]["identifier"] == "L01X00T99"


def test_what_somebody_recorded_of_it_stays_theirs(told: BureauReport, investigator: User) -> None:
    Fact.objects.create(
        application=told.application, code="total_debt", value="9500.50", source="Contracts", authenticity="DOCUMENT", as_of_date=TODAY,
        recorded_date=TODAY, author=investigator, author_name="Ida",
    )  # fmt: skip
    amend(told, national_id="L01X00T99")
    assert worked_out(told.application_id)["total_debt"].row.authenticity == "DOCUMENT"


def test_its_page_says_so(told: BureauReport, investigator: User, sign_in: SignIn) -> None:
    page = address("bureau_panel", told.application)
    assert "earlier record" not in sign_in(investigator).get(page, headers=HTMX).text
    amend(told, national_id="L01X00T99")
    assert "Order another report: this one shows nothing." in sign_in(investigator).get(page, headers=HTMX).text


def test_an_address_is_registered_where_they_live_by_their_record_now(told: BureauReport, investigator: User) -> None:
    amend(told, **HOME)
    application = Application.objects.select_related("borrower").get(pk=told.application_id)
    record_registered_address(
        application=application, register="RESIDENTS", number="R-1", as_of_date=TODAY, line="Lindenallee 12", postcode="20999",
        city="Nordersund", country="DE", document=add_document(application), actor=investigator, business_date=TODAY,
    )  # fmt: skip
    known = worked_out(application.pk)[FACT].row
    assert (known.value, known.authenticity, known.author_id) == ("true", "DOCUMENT", investigator.pk), "as it was recorded"
    amend(told, address_line="Hafenweg 99", city="Westerkoog")
    known = worked_out(application.pk)[FACT].row
    assert (known.value, known.authenticity, known.as_of_date) == ("false", "CONFLICTING", TODAY)
    amend(told, address_line="", city="")
    assert worked_out(application.pk)[FACT].row.authenticity == "UNVERIFIED", "nobody knows where they live"
    amend(told, **HOME)
    known = worked_out(application.pk)[FACT].row
    assert (known.value, known.authenticity) == ("true", "DOCUMENT")


def test_a_report_from_before_it_was_kept_whom_it_was_about_is_taken_as_it_is(told: BureauReport) -> None:
    BureauReport.objects.filter(pk=told.pk).update(asked="")
    amend(told, national_id="L01X00T99")
    assert marks(worked_out(told.application_id)) == {"THIRD_PARTY"}
