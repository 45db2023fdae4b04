"""Keeping papers about an asset, and finding the one that proves what is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from collateral.models import Asset, AssetDocument
from collateral.selectors.asset_documents import papers_for
from collateral.selectors.elsewhere import PROVING
from collateral.services.elsewhere import find_paper
from collateral.services.flags import raise_findings
from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role
from core.uuids import uuid7
from loans.services.documents import UnableToStoreDocument, check_upload, keep_file

KEEPERS = (Role.OFFICER, Role.INVESTIGATOR, Role.RISK_MANAGER)
TYPES = ("pdf", "png", "jpg", "jpeg")
Kind = AssetDocument.Kind
# A paper on file, or one that is sent with what it proves.
Proof = AssetDocument | UploadedFile[Any]


class UnableToKeepDocument(DomainError):
    """The paper was not kept."""

    title = "The paper was not kept"
    messages = {
        "not_entitled": "Only officers, investigators and risk managers put papers into the file of an asset, collections those of its sale, and of its loss.",
        "other_paper": "The paper named as proof is about another asset or lien, or of another kind.",
        "old_paper": "The extract is of {day}. It proves no look into the registry more than {days} days later; get another one.",
        "own_paper": "{name} put this paper on file, whose own word it is to prove. Get the registry's word yourself and add it.",
    }


@transaction.atomic
def keep_asset_document(
    *, asset: Asset, kind: str, upload: UploadedFile[Any], paper_date: date, actor: User | None, business_date: date, note: str = ""
) -> AssetDocument:
    """Keep a paper about an asset, checked like every document: size, type and content. One that proves something, and is on file of
    another asset too, raises `paper_elsewhere`.

    Raises UnableToKeepDocument: `not_entitled`, `invalid` with faults, among them a file that is on file already.
    """
    too = (Role.COLLECTIONS,) if kind in AssetDocument.BY_COLLECTIONS else ()
    if actor is not None and not actor.has_role(*KEEPERS, *too):
        raise UnableToKeepDocument("not_entitled")
    faults = []
    if kind not in Kind.values:
        faults.append(Fault("kind", "unknown", "Choose from the list what kind of paper it is."))
    if not date(1900, 1, 1) <= paper_date <= business_date:
        faults.append(Fault("paper_date", "out_of_bounds", "The day written on the paper is not after today."))
    try:
        checked = check_upload(upload, types=TYPES)
    except UnableToStoreDocument as refusal:
        faults.append(Fault("paper", refusal.code, refusal.detail))
    if faults:
        raise UnableToKeepDocument("invalid", faults=faults)
    Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    if AssetDocument.objects.filter(asset=asset, kind=kind, sha256=hashlib.sha256(checked.content).hexdigest()).exists():
        raise UnableToKeepDocument(
            "invalid", faults=[Fault("paper", "known", "This very file is on file already: choose it from the list.")]
        )
    row = AssetDocument(id=uuid7(), asset=asset, kind=kind, paper_date=paper_date, note=note.strip()[:200], recorded_date=business_date)
    paper = keep_file(row, checked, actor=actor)
    audit.record(
        "asset_document.stored",
        actor=actor,
        target=paper,
        branch=asset.branch_id,
        label=asset.reference,
        business_date=business_date,
        kind=paper.kind,
        sha256=paper.sha256,
    )
    if paper.kind in PROVING:
        raise_findings(asset=asset, findings=find_paper(asset, [(paper.name, paper.sha256)]), business_date=business_date)
    return paper


def proof_of(
    asset: Asset,
    kind: AssetDocument.Kind,
    given: Proof | None,
    *,
    paper_date: date,
    actor: User | None,
    business_date: date,
    note: str = "",
    of_others: bool = False,
) -> AssetDocument | None:
    """The paper that proves what is recorded of an asset, with `of_others` a claim of somebody else: the one given, kept first where it was
    sent; without one None.

    Raises UnableToKeepDocument: `other_paper`, and what keeping it raises.
    """
    if given is None or isinstance(given, AssetDocument):
        if given is not None and not papers_for(asset, kind, of_others=of_others).filter(pk=given.pk).exists():
            raise UnableToKeepDocument("other_paper")
        return given
    return keep_asset_document(
        asset=asset, kind=kind, upload=given, paper_date=paper_date, actor=actor, business_date=business_date, note=note
    )


def needed_proof(
    asset: Asset,
    kind: AssetDocument.Kind,
    given: Proof | None,
    *,
    paper_date: date,
    actor: User | None,
    business_date: date,
    not_by: Collection[int | None] = (),
    days: int | None = None,
) -> AssetDocument | None:
    """As `proof_of`; without one given the last of its kind that is on file. A paper that came from one of `not_by` proves nothing: it
    would be the word of the very person that is looked at a second time; so does one written more than so many `days` before what it is to
    prove.

    Raises UnableToKeepDocument `own_paper` or `old_paper` where there is no other.
    """
    found = proof_of(asset, kind, given, paper_date=paper_date, actor=actor, business_date=business_date)
    papers = [found] if found else list(papers_for(asset, kind))
    others = [paper for paper in papers if paper.uploaded_by_id is None or paper.uploaded_by_id not in not_by]
    if papers and not others:
        raise UnableToKeepDocument("own_paper", name=papers[0].uploaded_by_name)
    fresh = [paper for paper in others if days is None or (paper_date - paper.paper_date).days <= days]
    if others and not fresh:
        raise UnableToKeepDocument("old_paper", day=f"{others[0].paper_date:%-d %b %Y}", days=days)
    return fresh[0] if fresh else None
