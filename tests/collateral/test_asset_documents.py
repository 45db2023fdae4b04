"""Papers about an asset: kept once as they came, read by whom they do not lead astray, and what proves titles, policies,
claims and pledges.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collateral.models import Asset, AssetDocument, Pledge, Valuation
from collateral.services.asset_documents import UnableToKeepDocument, keep_asset_document
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledges import perfect_pledge
from collateral.services.records import record_insurance, record_lien
from collateral.services.titles import UnableToCheckTitle, check_title
from collateral.services.valuations import order_valuation
from core.models import AuditEntry, Branch, User
from core.roles import Role
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.papers import PDF, file_paper, sheet
from tests.collateral.test_services import another_application
from tests.every_role import every_role

Kind = AssetDocument.Kind


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def keep(asset: Asset, actor: User | None, today: date, **changes: Any) -> AssetDocument:
    asked = {"kind": "PURCHASE_CONTRACT", "upload": sheet(), "paper_date": today, "note": "", "business_date": today} | changes
    return keep_asset_document(asset=asset, actor=actor, **asked)


class TestKeeping:
    def test_keeps_what_came_with_who_and_when(self, asset: Asset, officer: User, today: date) -> None:
        paper = keep(asset, officer, today, paper_date=today - timedelta(days=9), note=" Bought from the maker ")
        assert (paper.uploaded_by, paper.note, paper.size, len(paper.sha256)) == (officer, "Bought from the maker", len(PDF), 64)
        assert AuditEntry.objects.get(action="asset_document.stored").details["sha256"] == paper.sha256

    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"kind": "LOVE_LETTER"}, "kind", "unknown"),
            ({"paper_date": date(2030, 1, 1)}, "paper_date", "out_of_bounds"),
            ({"upload": SimpleUploadedFile("a.pdf", b"MZ\x90 not a pdf")}, "paper", "not_what_it_says"),
            ({"upload": SimpleUploadedFile("a.exe", b"MZ\x90")}, "paper", "type_not_allowed"),
            ({"upload": SimpleUploadedFile("a.pdf", b"")}, "paper", "empty"),
        ],
    )
    def test_refuses_what_cannot_be(self, asset: Asset, officer: User, today: date, change: Any, field: str, code: str) -> None:
        before = AssetDocument.objects.count()
        with pytest.raises(UnableToKeepDocument) as refusal:
            keep(asset, officer, today, **change)
        assert [(fault.field, fault.code) for fault in refusal.value.faults] == [(field, code)]
        assert AssetDocument.objects.count() == before

    def test_keeps_the_same_file_once_and_never_changes_it(self, asset: Asset, officer: User, today: date) -> None:
        keep(asset, officer, today)
        with pytest.raises(UnableToKeepDocument) as refusal:
            keep(asset, officer, today)
        assert refusal.value.faults[0].code == "known"
        keep(asset, officer, today, kind="OTHER")
        for change in (lambda: AssetDocument.objects.update(note="x"), lambda: AssetDocument.objects.all()._raw_delete("default")):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    @every_role(Role)
    def test_is_for_who_keeps_the_file(self, asset: Asset, branch: Branch, sign_in: SignIn, role: Role) -> None:
        client, before = sign_in(hire("somebody", role, branch=branch)), AssetDocument.objects.count()
        sent = {"kind": "PURCHASE_CONTRACT", "paper_date": "2026-03-01", "paper": sheet()}
        answer = client.post(reverse("collateral:paper_add", args=[asset.pk]), sent)
        keeps = role in {Role.OFFICER, Role.INVESTIGATOR, Role.RISK_MANAGER}
        assert answer.status_code == (302 if keeps else 403)
        assert AssetDocument.objects.count() == before + keeps


class TestReading:
    @pytest.fixture
    def contract(self, asset: Asset, officer: User, today: date) -> AssetDocument:
        return keep(asset, officer, today)

    @every_role(Role)
    def test_is_for_who_reads_the_asset(
        self, contract: AssetDocument, branch: Branch, other_branch: Branch, sign_in: SignIn, role: Role
    ) -> None:
        address = reverse("collateral:asset_document", args=[contract.pk])
        answer = sign_in(hire("somebody", role, branch=branch)).get(address)
        reads = role not in {Role.ADMINISTRATOR, Role.APPRAISER}
        assert answer.status_code == (200 if reads else 404 if role == Role.APPRAISER else 403)
        if reads:
            assert answer.getvalue() == PDF
            assert answer["Content-Disposition"].startswith("attachment") and answer["X-Content-Type-Options"] == "nosniff"
        assert AuditEntry.objects.filter(action="asset_document.read").count() == reads
        if role == Role.OFFICER:
            assert sign_in(hire("stranger", role, branch=other_branch)).get(address).status_code == 404

    @pytest.mark.parametrize("more", [(), (Role.COLLECTIONS,)])
    def test_tells_who_values_nothing_of_figures(
        self,
        asset: Asset,
        contract: AssetDocument,
        branch: Branch,
        investigator: User,
        sign_in: SignIn,
        today: date,
        more: tuple[Role, ...],
    ) -> None:
        """Neither an appraiser nor who appraises beside other work, as long as the value is asked of them."""
        person = hire("values_too", Role.APPRAISER, *more, branch=branch)
        order_valuation(asset=asset, actor=investigator, business_date=today, appraiser=person)
        client = sign_in(person)
        page = client.get(reverse("collateral:asset_detail", args=[asset.pk])).text
        assert "Title extract of" in page and "Purchase contract" not in page and "Registration of a lien" not in page
        assert client.get(reverse("collateral:asset_document", args=[contract.pk])).status_code == 404
        extract = keep(asset, None, today, kind="TITLE_EXTRACT")
        assert client.get(reverse("collateral:asset_document", args=[extract.pk])).getvalue() == PDF
        if more:
            Valuation.objects.update(state="REJECTED")
            assert client.get(reverse("collateral:asset_document", args=[contract.pk])).getvalue() == PDF

    def test_costs_the_same_however_many(self, asset: Asset, officer: User, sign_in: SignIn, today: date) -> None:
        client, cost = sign_in(officer), []
        for _ in range(3):
            file_paper(asset, Kind.OTHER, today)
            page = reverse("collateral:records", args=[asset.pk])
            client.get(page)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).text.count("Other paper of") == AssetDocument.objects.filter(kind="OTHER").count()
            cost.append(len(queries))
        assert len(set(cost)) == 1


class TestProof:
    def test_a_title_is_not_verified_without_its_extract(self, register: Register, investigator: User, today: date) -> None:
        asset = register(kind="VEHICLE", looked_up=False, proved=False)
        look: dict[str, Any] = {"holders": [asset.owner_name], "checked_date": today, "actor": investigator, "business_date": today}
        with pytest.raises(UnableToCheckTitle) as refusal:
            check_title(asset=asset, **look)
        assert "Add the extract of the registry" in refusal.value.faults[0].detail and not asset.title_checks.exists()
        seen = check_title(asset=asset, proof=sheet("extract.pdf"), **look)
        asset.refresh_from_db()
        assert seen.document is not None and (seen.document.kind, seen.document.name) == ("TITLE_EXTRACT", "extract.pdf")
        assert asset.title_verified_date == today
        assert check_title(asset=asset, **look).document == seen.document

    def test_who_registered_it_may_look_without_one_and_verifies_nothing(self, register: Register, officer: User, today: date) -> None:
        asset = register(kind="VEHICLE", looked_up=False, proved=False)
        check_title(asset=asset, holders=[asset.owner_name], checked_date=today, actor=officer, business_date=today)
        asset.refresh_from_db()
        assert asset.title_verified_date is None

    def test_a_pledge_is_not_perfected_without_the_registrys_word(
        self, accepted: Valuation, pledge: Pledge, investigator: User, sign_in: SignIn, today: date
    ) -> None:
        word = pledge.asset.papers.get(kind=Kind.LIEN_REGISTRATION)
        other = pledge.asset.liens.create(
            holder="Elbe Bank", rank=9, amount=Decimal(1), registry_reference="R", registered_date=today, recorded_date=today, document=word
        )
        with pytest.raises(UnableToPerfectPledge, match="registration_missing"):
            perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=today)
        with pytest.raises(UnableToKeepDocument, match="other_paper"):
            perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=today, proof=word)
        other.delete()
        address, sent = reverse("collateral:pledge_perfect", args=[pledge.pk]), {"registry_reference": "R-1"}
        refused = sign_in(investigator).post(address, {**sent, "paper": SimpleUploadedFile("a.pdf", b"MZ")})
        assert refused.status_code == 422 and "it is no PDF file" in refused.text
        done = sign_in(investigator).post(address, {**sent, "document": str(word.pk)}, follow=True)
        pledge.refresh_from_db()
        assert "The pledge is perfected." in done.text and pledge.registration == word
        assert word.name in done.text

    def test_policies_and_claims_of_others_point_to_theirs(self, asset: Asset, officer: User, sign_in: SignIn, today: date) -> None:
        policy = record_insurance(
            asset=asset, insurer="Nordstern", policy_number="NS-1", sum_insured=Decimal(300_000), from_date=today,
            until_date=today + timedelta(days=300), names_bank=True, actor=officer, business_date=today, proof=sheet("policy.pdf"),
        )  # fmt: skip
        lien = record_lien(
            asset=asset, holder="Elbe Bank", rank=1, amount=Decimal(100), registry_reference="R", registered_date=today, actor=officer,
            business_date=today, proof=sheet("claim.pdf", "claim"),
        )  # fmt: skip
        assert policy.document is not None and lien.document is not None
        page = sign_in(officer).get(reverse("collateral:records", args=[asset.pk])).text
        assert page.count("policy.pdf") >= 2 and page.count("claim.pdf") >= 2

    def test_of_another_asset_proves_nothing(self, register: Register, accepted: Valuation, pledge: Pledge, today: date) -> None:
        other = register(title_number="SN 9", application=another_application(pledge.application))
        for proof in other.papers.all():
            with pytest.raises(UnableToKeepDocument, match="other_paper"):
                perfect_pledge(pledge=pledge, registry_reference="R", actor=None, business_date=today, proof=proof)
