"""A second look that rests on the first person's own paper is no second look."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import AssetDocument, Pledge, Valuation
from collateral.services.asset_documents import UnableToKeepDocument, keep_asset_document
from collateral.services.pledges import perfect_pledge
from collateral.services.titles import check_title
from core.models import Branch, User
from core.roles import Role
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.papers import file_paper, sheet

Kind = AssetDocument.Kind


def own(asset: Any, kind: str, actor: User, today: date) -> AssetDocument:
    kept: dict[str, Any] = {"kind": kind, "upload": sheet("own.pdf", kind), "paper_date": today, "actor": actor, "business_date": today}
    return keep_asset_document(asset=asset, **kept)


def test_a_title_is_not_verified_by_an_extract_of_who_registered_it(
    register: Register, officer: User, investigator: User, sign_in: SignIn, today: date
) -> None:
    asset = register(kind="VEHICLE", looked_up=False, proved=False)
    paper = own(asset, Kind.TITLE_EXTRACT, officer, today)
    look: dict[str, Any] = {"holders": [asset.owner_name], "checked_date": today, "actor": investigator, "business_date": today}
    for proof in (None, paper):
        with pytest.raises(UnableToKeepDocument, match="own_paper") as refusal:
            check_title(asset=asset, **look, proof=proof)
        assert f"{officer.full_name} put this paper on file" in refusal.value.detail
    asset.refresh_from_db()
    assert asset.title_verified_date is None and not asset.title_checks.exists()
    found = sign_in(investigator).post(
        reverse("collateral:title_check", args=[asset.pk]),
        {"holders": asset.owner_name, "checked_date": today.isoformat(), "document": str(paper.pk)},
    )
    assert found.status_code == 422 and "Get the registry" in found.text
    seen = check_title(asset=asset, **look, proof=sheet("fresh.pdf", "fresh"))
    asset.refresh_from_db()
    assert asset.title_verified_date == today and seen.document is not None and seen.document.name == "fresh.pdf"


def test_a_lien_is_not_proved_by_a_paper_of_who_pledged_or_wrote_down_what_it_is(
    accepted: Valuation, pledge: Pledge, officer: User, investigator: User, branch: Branch, today: date
) -> None:
    asset = pledge.asset
    # What is on file from elsewhere proves another claim already.
    asset.liens.create(
        holder="Elbe Bank",
        rank=9,
        amount=1,
        registry_reference="R",
        registered_date=today,
        recorded_date=today,
        document=asset.papers.get(kind=Kind.LIEN_REGISTRATION),
    )
    writer = hire("walter_writer", Role.OFFICER, branch=branch)
    type(asset).objects.filter(pk=asset.pk).update(title_entered_by=writer)
    step: dict[str, Any] = {"registry_reference": "R", "actor": investigator, "business_date": today}
    for person in (officer, writer):
        paper = file_paper(asset, Kind.LIEN_REGISTRATION, today, uploaded_by=person, uploaded_by_name=person.full_name)
        for proof in (None, paper):
            with pytest.raises(UnableToKeepDocument, match="own_paper"):
                perfect_pledge(pledge=pledge, **step, proof=proof)
    other = hire("olaf_other", Role.OFFICER, branch=branch)
    kept = file_paper(asset, Kind.LIEN_REGISTRATION, today, uploaded_by=other, uploaded_by_name=other.full_name)
    assert perfect_pledge(pledge=pledge, **step).registration == kept
