"""The report of a value and what comes with it: asked of other firms, checked, and seen by nobody who may not see the value."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from collateral.models import Asset, RedFlag, Valuation, ValuationFile
from collateral.services.appraisers import record_firm
from collateral.services.records import add_photo
from collateral.services.valuations import Attachments, UnableToSubmitValuation, challenge_valuation, order_valuation
from core.models import AuditEntry, Branch, User
from core.roles import Role
from loans.models import Application, Document
from loans.services.documents import open_document
from tests.collateral.conftest import Register, SignIn, Value, hire
from tests.collateral.test_records import as_file, machine_hall
from tests.collateral.test_services import another_application, open_codes
from tests.every_role import every_role
from tests.shared_rows import shared

PDF = b"%PDF-1.7\nWhat the lathe is worth, and why.\n%%EOF"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def pdf(name: str = "report.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


@shared
def outside(asset: Asset, appraisers: list[User], risk_manager: User, investigator: User, today: date) -> Valuation:
    """An order where all appraisers are of other firms."""
    for number, person in enumerate(appraisers):
        record_firm(person=person, firm=f"Elbe Valuations {number}", actor=risk_manager, business_date=today)
    return order_valuation(asset=asset, actor=investigator, business_date=today)


@pytest.fixture
def reported(outside: Valuation, submit: Value) -> ValuationFile:
    submit(outside, attachments=Attachments(report=pdf()))
    return ValuationFile.objects.get()


class TestHandingIn:
    def test_takes_a_report_comparables_and_photos(self, ordered: Valuation, submit: Value) -> None:
        sheet = SimpleUploadedFile("sales.csv", b"sold,price\n2026-01-02,200000\n")
        photo = as_file(machine_hall(4000, 3000))
        submit(ordered, attachments=Attachments(report=pdf("../../etc/Gutachten.pdf"), comparables=[sheet], photos=[photo]))
        report, comparables, picture = ordered.files.all()
        assert [report.kind, comparables.kind, picture.kind] == ["REPORT", "COMPARABLES", "PHOTO"]
        with open_document(report) as kept:
            read = kept.read()
        assert (report.name, report.sha256, read) == ("Gutachten.pdf", hashlib.sha256(PDF).hexdigest(), PDF)
        assert picture.likeness is not None and picture.content_type == "image/jpeg" and picture.size < photo.size
        told = AuditEntry.objects.get(action="valuation.submitted").details["files"]
        assert told[str(report.pk)] == report.sha256 and len(told) == 3
        assert not Document.objects.exists()

    @pytest.mark.parametrize(
        ("sent", "field", "code"),
        [
            (Attachments(report=pdf("report.docx")), "report", "type_not_allowed"),
            (Attachments(report=pdf(content=b"MZ no pdf")), "report", "not_what_it_says"),
            (Attachments(report=pdf(content=b"")), "report", "empty"),
            (Attachments(comparables=[SimpleUploadedFile("x.xml", b"<?xml version='1.0'?>")]), "comparable_files", "type_not_allowed"),
            (Attachments(photos=[SimpleUploadedFile("x.jpg", b"\xff\xd8\xff cut off")]), "photos", "no_photo"),
            (Attachments(photos=[as_file(machine_hall()) for _ in range(11)]), "photos", "too_many"),
        ],
    )
    def test_refuses_other_files_at_their_field_and_keeps_nothing(
        self, ordered: Valuation, submit: Value, sent: Attachments, field: str, code: str
    ) -> None:
        with pytest.raises(UnableToSubmitValuation) as refusal:
            submit(ordered, attachments=sent)
        assert [(fault.field, fault.code) for fault in refusal.value.faults] == [(field, code)]
        ordered.refresh_from_db()
        assert (ordered.state, ValuationFile.objects.count()) == ("ORDERED", 0)

    def test_asks_another_firm_for_a_report_each_time(self, outside: Valuation, submit: Value, approver: User, today: date) -> None:
        with pytest.raises(UnableToSubmitValuation) as refusal:
            submit(outside)
        assert [fault.field for fault in refusal.value.faults] == ["report"]
        valuation = submit(outside, attachments=Attachments(report=pdf()))
        challenge_valuation(valuation=valuation, reason="Which lathe?", actor=approver, business_date=today)
        with pytest.raises(UnableToSubmitValuation):
            submit(valuation, "205000.00")
        submit(valuation, "205000.00", attachments=Attachments(report=pdf("second.pdf")))
        assert list(outside.files.values_list("name", flat=True)) == ["report.pdf", "second.pdf"]

    def test_finds_a_photo_of_another_asset(
        self, register: Register, application: Application, ordered: Valuation, officer: User, submit: Value, today: date
    ) -> None:
        other = register(application=another_application(application), title_number="XK 99-77123", description="Press")
        add_photo(asset=other, upload=as_file(machine_hall()), actor=officer, business_date=today)
        submit(ordered, attachments=Attachments(photos=[as_file(machine_hall().resize((640, 430)))]))
        flag = RedFlag.objects.get(asset=ordered.asset, code="photo_elsewhere")
        assert (flag.evidence, flag.valuation) == ({"elsewhere": other.reference}, ordered)
        assert "photo_elsewhere" not in open_codes(other)
        # And the other way round: what came with the value is found by a photo taken later.
        third = register(title_number="ZZ 1", description="Mill")
        add_photo(asset=third, upload=as_file(machine_hall()), actor=officer, business_date=today)
        assert third.flags.get(code="photo_elsewhere").evidence == {
            "elsewhere": ", ".join(sorted([other.reference, ordered.asset.reference]))
        }


def asked(client: Client, address: str) -> int:
    """What asking for a file is answered with."""
    answer = client.get(address)
    # Read to its end: only so is the file closed and the connection kept.
    assert answer.getvalue()
    return answer.status_code


class TestThePage:
    def test_hands_the_files_in_and_shows_them_beside_the_value(self, outside: Valuation, approver: User, sign_in: SignIn) -> None:
        assert outside.appraiser is not None
        client = sign_in(outside.appraiser)
        address = reverse("collateral:valuation_submit", args=[outside.pk])
        sent = {"market_value": "210000.00", "method": "COMPARISON", "valued_date": "2026-03-02", "independence_declared": "on"}
        refused = client.post(address, sent)
        assert refused.status_code == 422 and "hands in the report" in refused.text and "210000.00" in refused.text
        files = {"report": pdf(), "photos": [as_file(machine_hall(), "a.jpg"), as_file(machine_hall(640, 480), "b.jpg")]}
        assert client.post(address, {**sent, **files}).status_code == 302
        report, *photos = outside.files.all()
        assert [photo.name for photo in photos] == ["a.jpg", "b.jpg"]
        for page in ("asset_detail", "valuations_compared"):
            text = sign_in(approver).get(reverse(f"collateral:{page}", args=[outside.asset_id])).text
            assert all(reverse("collateral:valuation_file", args=[file.pk]) in text for file in (report, *photos))

    def test_gives_a_file_as_an_attachment_and_keeps_who_read_it(self, reported: ValuationFile, approver: User, sign_in: SignIn) -> None:
        answer = sign_in(approver).get(reverse("collateral:valuation_file", args=[reported.pk]))
        assert (answer.getvalue(), answer["Content-Security-Policy"]) == (PDF, "sandbox")
        assert answer["Content-Disposition"] == 'attachment; filename="report.pdf"'
        assert AuditEntry.objects.get(action="valuation_file.read").actor == approver

    @every_role(Role)
    def test_shows_a_file_to_who_may_see_the_value(
        self, reported: ValuationFile, branch: Branch, other_branch: Branch, sign_in: SignIn, role: Role
    ) -> None:
        address = reverse("collateral:valuation_file", args=[reported.pk])
        expected = {Role.ADMINISTRATOR: 403, Role.APPRAISER: 404}.get(role, 200)
        assert asked(sign_in(hire("somebody", role, branch=branch)), address) == expected
        wide = role in {Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR, Role.VALIDATOR}
        assert asked(sign_in(hire("stranger", role, branch=other_branch)), address) == (expected if wide or expected == 403 else 404)

    def test_shows_appraisers_their_own_and_nobody_a_sealed_one(
        self, register: Register, investigator: User, appraisers: list[User], approver: User, submit: Value, sign_in: SignIn, today: date
    ) -> None:
        asset: Asset = register(stated_value=Decimal(4_000_000))
        first, second = order_valuation(asset=asset, actor=investigator, business_date=today).together().order_by("id")
        submit(first, "4000000.00", attachments=Attachments(report=pdf("first.pdf")))
        address = reverse("collateral:valuation_file", args=[first.files.get().pk])
        assert first.appraiser is not None and second.appraiser is not None
        assert asked(sign_in(first.appraiser), address) == 200
        assert [asked(sign_in(person), address) for person in (second.appraiser, approver)] == [404, 404]
        for page in ("asset_detail", "valuations_compared"):
            assert "first.pdf" not in sign_in(approver).get(reverse(f"collateral:{page}", args=[asset.pk])).text
        submit(second, "4000000.00", attachments=Attachments(report=pdf("second.pdf")))
        assert [asked(sign_in(person), address) for person in (second.appraiser, approver)] == [404, 200]
        assert "first.pdf" not in sign_in(second.appraiser).get(reverse("collateral:asset_detail", args=[asset.pk])).text
