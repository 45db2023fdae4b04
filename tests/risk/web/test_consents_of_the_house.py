"""What one of the house writes of a consent is their word, not the applicant's: it holds with the paper that shows it, and for a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.models import Branch, PartnerClient, User
from loans.domain.consents import handed_in
from loans.models import Application
from loans.selectors.consents import bureau_consent
from loans.services.applications import save_draft, submit_application
from loans.services.consents import UnableToRecordConsent
from loans.services.direct_intake import intake_application
from risk.models import BureauReport
from risk.services.bureau import UnableToOrderReport, fetch_due, order_report, record_bureau_consent
from risk.services.investigations import open_investigation, take_investigation
from tests.risk.conftest import TODAY
from tests.risk.files import add_document
from tests.risk.web.bureaus import Bureau, bureau
from tests.risk.web.conftest import HTMX, SignIn
from tests.risk.web.test_investigation_pages import address

__all__ = ["bureau"]
pytestmark = pytest.mark.django_db
SAID = {"kind": "bureau", "given_at": "2026-02-20"}
NOW: dict[str, Any] = {"business_date": TODAY}


@pytest.fixture
def data() -> dict[str, Any]:
    """An application that says that the applicant agreed."""
    return {
        "product": "personal",
        "amount": "12000.00",
        "currency": "EUR",
        "term_months": "36",
        "purpose": {"code": "car", "text": "Estate car"},
        "applicant": {"kind": "person", "name": "Freya Lindqvist", "birth_date": "1986-05-04", "national_id": "L01X00T47"},
        "consents": [SAID],
    }


@pytest.fixture
def partner(branch: Branch) -> PartnerClient:
    """Through whom applicants send their own word."""
    return PartnerClient.objects.create(name="Car Dealer GmbH", client_id="dealer", branch=branch)


def investigated(file: Application, investigator: User) -> dict[str, Any]:
    """What the steps about the applicant's consent take, of a file that the investigator has in hand."""
    take_investigation(investigation=open_investigation(application=file, **NOW), actor=investigator, **NOW)
    found = Application.objects.select_related("borrower").get(pk=file.pk)
    assert found.borrower is not None
    return {"application": found, "borrower": found.borrower, "actor": investigator, **NOW}


def test_an_officers_word_asks_no_bureau(
    data: dict[str, Any], branch: Branch, product: None, officer: User, investigator: User, bureau: Bureau, sign_in: SignIn
) -> None:
    file = intake_application(data=data, branch=branch, actor=officer, **NOW)
    assert file.consents == [SAID | {"recorded_by": officer.full_name}]
    who = investigated(file, investigator)
    with pytest.raises(UnableToOrderReport, match="no_consent"):
        order_report(**who)
    assert not BureauReport.objects.exists() and bureau.asked == []
    page = sign_in(investigator).get(address("bureau_panel", file), headers=HTMX).text
    assert f"as {officer.full_name} wrote: no paper shows it" in " ".join(page.split()) and "No consent on file" in page
    record_bureau_consent(given_date=date(2026, 2, 20), document=add_document(file, "consent.pdf"), **who)
    assert order_report(**who).state == "WAITING" and fetch_due(**NOW) == 1


def test_the_applicants_own_word_through_a_partner_does(
    data: dict[str, Any], branch: Branch, product: None, partner: PartnerClient, officer: User, investigator: User, bureau: Bureau
) -> None:
    """And stays theirs when an officer hands the returned file in again, who types the day alone."""
    moment = {"kind": "bureau", "given_at": "2026-02-20T10:00:00Z"}
    file = intake_application(data=data | {"consents": [moment]}, branch=branch, actor=None, partner=partner, **NOW)
    Application.objects.filter(pk=file.pk).update(state="RETURNED")
    save_draft(application=file, data=data, actor=officer)
    submit_application(application=file, actor=officer, **NOW)
    file.refresh_from_db()
    assert file.consents == [moment]
    assert order_report(**investigated(file, investigator)).state == "WAITING"


@pytest.mark.parametrize(
    ("given", "holds"), [(TODAY - timedelta(days=365), True), (TODAY - timedelta(days=366), False), (date(1, 1, 1), False)]
)
def test_none_holds_for_ever(
    given: date,
    holds: bool,
    data: dict[str, Any],
    branch: Branch,
    product: None,
    partner: PartnerClient,
    investigator: User,
    bureau: Bureau,
) -> None:
    said = {"kind": "bureau", "given_at": given.isoformat()}
    file = intake_application(data=data | {"consents": [said]}, branch=branch, actor=None, partner=partner, **NOW)
    who = investigated(file, investigator)
    assert (bureau_consent(who["application"], file.borrower_id, **NOW) is not None) == holds
    if not holds:
        with pytest.raises(UnableToOrderReport, match="no_consent"):
            order_report(**who)
        with pytest.raises(UnableToRecordConsent) as refusal:
            record_bureau_consent(given_date=given, document=add_document(file, "consent.pdf"), **who)
        assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("given_date", "too_old")]


def test_how_long_is_a_setting(
    data: dict[str, Any], branch: Branch, product: None, partner: PartnerClient, settings: Any, bureau: Bureau
) -> None:
    file = intake_application(data=data, branch=branch, actor=None, partner=partner, **NOW)
    settings.CREDENCE_CONSENT_DAYS = 9
    assert bureau_consent(file, file.borrower_id, **NOW) is None


def test_handing_in_anew_keeps_what_was_recorded_and_takes_no_word_for_another() -> None:
    shown = SAID | {"person": "0198c0de", "document": "7", "recorded_by": "Ida"}
    theirs = {"kind": "bureau", "given_at": datetime(2026, 2, 20, 10, tzinfo=UTC).isoformat()}
    typed = SAID | {"recorded_by": "Otto"}
    assert handed_in([SAID], [theirs, shown], recorded_by="Otto") == [theirs, shown]
    assert handed_in([SAID], [typed, shown], recorded_by="Olga") == [SAID | {"recorded_by": "Olga"}, shown]
    assert handed_in([SAID | {"given_at": "2026-02-21"}], [theirs], recorded_by="Otto")[0]["recorded_by"] == "Otto"
    assert handed_in([SAID], [], recorded_by="") == [SAID] and handed_in([], [theirs], recorded_by="Otto") == []
