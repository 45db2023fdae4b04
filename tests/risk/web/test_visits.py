"""A site visit shows that somebody stood there, or says why it does not; only one of this request answers the check."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from core.models import User
from loans.models import Application
from risk.models import FieldRecord, Investigation
from risk.services.field_work import UnableToRecordVisit
from risk.services.file_work import UnableToInvestigate
from risk.services.investigations import complete_item
from risk.services.putting_up import submit_investigation
from tests.risk.conftest import TODAY
from tests.risk.files import visit
from tests.risk.web.conftest import SignIn

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 30
PLACE = (Decimal("53.551086"), Decimal("9.993682"), 12)


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("shop.png", PNG, "image/png")


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"place": PLACE}, "a photo"),
        ({"photos": 1}, "a measured place"),
        ({"photos": 1, "place": PLACE, "measured": False}, "a measured place"),
        ({"photos": 1, "place": PLACE, "address": "NOT_SEEN"}, "the address seen"),
        ({"measured": False}, "a photo and a measured place"),
    ],
)
def test_what_is_missing_is_explained(changes: dict[str, Any], lacking: str, in_work: Investigation, investigator: User) -> None:
    given = changes | ({"photos": [photo()]} if "photos" in changes else {})
    with pytest.raises(UnableToRecordVisit) as refusal:
        visit(in_work.application, investigator, why_without=" ", **given)
    assert [(fault.field, fault.detail) for fault in refusal.value.faults] == [("why_without", f"Say why this visit is without {lacking}.")]
    assert not FieldRecord.objects.exists()
    assert visit(in_work.application, investigator, kind="INTERVIEW", why_without="", place=None).is_measured is None, (
        "an interview needs none"
    )
    if "photos" in given:
        given["photos"] = [photo()]
    assert visit(in_work.application, investigator, **given).why_without == "The camera failed."


def test_a_whole_one_needs_no_words(in_work: Investigation, investigator: User) -> None:
    kept = visit(in_work.application, investigator, why_without="", photos=[photo()], place=PLACE)
    assert kept.is_measured and kept.why_without == ""
    with pytest.raises(IntegrityError), transaction.atomic():
        FieldRecord.objects.create(
            application=in_work.application, kind="VISIT", seen_date=TODAY, recorded_by=investigator, recorded_date=TODAY, is_measured=True
        )


def test_a_visit_from_before_a_return_does_not_answer_the_check(in_work: Investigation, investigator: User) -> None:
    visit(in_work.application, investigator)
    Application.objects.update(submitted_at=timezone.now())
    check = in_work.items.get(code="visit")
    who: dict[str, Any] = {"actor": investigator, "business_date": TODAY}
    with pytest.raises(UnableToInvestigate, match="no_visit"):
        complete_item(item=check, in_order=True, note="Was there once.", **who)
    visit(in_work.application, investigator)
    check.refresh_from_db()
    assert complete_item(item=check, in_order=True, note="Went again.", **who).state == "DONE"


def test_the_form_tells_a_typed_place_from_a_measured_one_and_the_signer_reads_why(
    in_work: Investigation, investigator: User, second_investigator: User, sign_in: SignIn
) -> None:
    pk = in_work.application_id
    client = sign_in(investigator)
    sent = {"kind": "VISIT", "seen_date": TODAY.isoformat(), "people": "Freya", "findings": "Open.", "address": "AGREES"}
    typed = sent | {"typed_latitude": "53.5", "typed_longitude": "9.9"}
    refused = client.post(reverse("risk:visit_new", args=[pk]), typed)
    assert refused.status_code == 422 and "without a photo and a measured place" in refused.text
    client.post(reverse("risk:visit_new", args=[pk]), typed | {"why_without": "No signal in the cellar."})
    kept = FieldRecord.objects.get()
    assert (kept.is_measured, kept.latitude) == (False, Decimal("53.5"))
    panel = client.get(reverse("risk:field_panel", args=[pk])).text
    assert "Typed, not measured" in panel and "No signal in the cellar." in panel and "From before" not in panel
    told = {"latitude": "53.551086", "longitude": "9.993682", "accuracy": "8", "why_without": "The camera failed."}
    client.post(reverse("risk:visit_new", args=[pk]), sent | told)
    assert FieldRecord.objects.order_by("-id")[0].is_measured
    for item in in_work.items.filter(required=True):
        complete_item(item=item, in_order=True, note="Seen.", actor=investigator, business_date=TODAY)
    submit_investigation(investigation=in_work, summary="Fine.", actor=investigator, business_date=TODAY)
    page = sign_in(second_investigator).get(reverse("risk:investigation_panel", args=[pk])).text
    assert "No signal in the cellar." in page and "the place was typed, not measured" in page and "The camera failed." in page
    Application.objects.update(submitted_at=timezone.now() + timedelta(seconds=1))
    assert "From before the application was handed in again" in client.get(reverse("risk:field_panel", args=[pk])).text
