"""Recording who owns an asset from a day on, and that an owner agreed to a pledge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from collateral.domain.ownership import check_shares, show_share
from collateral.domain.red_flags import Finding
from collateral.models import Asset, AssetOwner, OwnerConsent, OwnerShare, Ownership, Pledge
from collateral.selectors.owners import owners_on
from collateral.services.flags import raise_findings
from collateral.services.seen import OWNERS, refuse_unseen
from collateral.services.titles import compare_title
from collateral.services.twin_flags import look_for_twins
from collateral.services.twins import index_assets
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.models import User
from core.roles import Role
from loans.models import Application, Borrower
from loans.services.borrowers import PartyFound
from loans.services.documents import store_document
from loans.services.intake import Party
from loans.services.pledgors import UnableToIdentify, add_pledgor, identify_pledgor

RECORDERS = (Role.OFFICER, Role.INVESTIGATOR)


class UnableToRecordOwners(DomainError):
    """The owners, or an owner's consent, were not kept."""

    title = "The owners were not kept"
    messages = {
        "not_entitled": "Only officers and investigators record owners.",
        "gone": "{asset} is {state}; its file is closed.",
        "not_an_owner": "{name} does not own this asset today.",
        "not_pledged": "This pledge was given back; it needs no consent.",
        "own_pledge": "{name} gives the pledge as the borrower; no consent is needed besides.",
    }


@dataclass(frozen=True)
class OwnerDraft:
    """An owner as entered: somebody on file, or a party to be identified by name and number."""

    share: Fraction
    person: Borrower | None = None
    party: Party | None = None


@transaction.atomic
def record_ownership(
    *,
    asset: Asset,
    owners: Sequence[OwnerDraft],
    from_date: date,
    reason: str,
    actor: User | None,
    business_date: date,
    seen: str = "",
) -> Ownership:
    """Keep who owns an asset from a day on, in shares that add up to exactly all. Owners that are no party of what the asset secures become
    one, and are screened. `seen` is the revision of the owners that the change was made on.

    Raises UnableToRecordOwners: `not_entitled`, `gone`, `invalid` with faults at "owners.N.share", "owners.N.name" and so on;
    ChangedMeanwhile when somebody recorded others since.
    """
    if actor is not None and not actor.has_role(*RECORDERS):
        raise UnableToRecordOwners("not_entitled")
    asset = Asset.objects.select_for_update(of=("self",)).select_related("branch").get(pk=asset.pk)
    if asset.state != Asset.State.REGISTERED:
        raise UnableToRecordOwners("gone", asset=asset.reference, state=asset.get_state_display().lower())
    refuse_unseen(asset, OWNERS, seen)
    faults = []
    if from_date > business_date:
        faults.append(Fault("from_date", "future", "Nobody owns it from a day in the future."))
    elif from_date.year < 1900:
        faults.append(Fault("from_date", "out_of_bounds", "Not before 1900."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Write down how it came to these owners."))
    if len(reason) > 200:
        faults.append(Fault("reason", "too_long", "At most 200 characters."))
    found: list[PartyFound] = []
    for number, draft in enumerate(owners):
        try:
            found.append(_identify(asset, number, draft, actor, business_date))
        except UnableToIdentify as refusal:
            faults += refusal.faults
    # Two that nobody could identify are not the same person for that.
    faults += check_shares([(one.borrower.pk, draft.share) for one, draft in zip(found, owners, strict=False)]) if not faults else []
    if faults:
        raise UnableToRecordOwners("invalid", faults=faults)
    first = not Ownership.objects.filter(asset=asset).exists()
    held = Ownership.objects.create(asset=asset, from_date=from_date, reason=reason.strip(), recorded_by=actor, recorded_date=business_date)
    for one, draft in zip(found, owners, strict=True):
        owner, _ = AssetOwner.objects.get_or_create(asset=asset, person=one.borrower)
        OwnerShare.objects.create(
            ownership=held,
            owner=owner,
            numerator=draft.share.numerator,
            denominator=draft.share.denominator,
            stated=one.stated,
            differing=one.differing,
        )
    told = {one.borrower.name: show_share(draft.share) for one, draft in zip(found, owners, strict=True)}
    audit.record(
        "asset.owners_recorded", actor=actor, target=asset, label=asset.reference, business_date=business_date, since=from_date, owners=told
    )
    _settle(asset, first=first, actor=actor, business_date=business_date)
    return held


def _identify(asset: Asset, number: int, draft: OwnerDraft, actor: User | None, on: date) -> PartyFound:
    if draft.person is not None:
        return PartyFound(draft.person, "", "", [])
    if draft.party is None:
        raise UnableToIdentify("invalid", faults=[Fault(f"owners.{number}.name", "required", "Name the owner.")])
    return identify_pledgor(party=draft.party, branch=asset.branch, path=f"owners.{number}", on=on, actor=actor)


def _settle(asset: Asset, *, first: bool, actor: User | None, business_date: date) -> None:
    """What follows from who owns the asset today: its own line of it, the parties of what it secures, and red flags."""
    owners = owners_on(asset, business_date)
    if not owners:
        return
    asset.owner = owners[0].owner.person
    asset.owner_name = ", ".join(row.owner.person.name for row in owners)[:160]
    asset.save(update_fields=["owner", "owner_name"])
    index_assets([asset])
    pledges = list(asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).select_related("application"))
    findings = []
    for pledge in pledges:
        join_owners(asset, pledge.application, actor=actor, business_date=business_date)
        if all(row.owner.person_id != pledge.application.borrower_id for row in owners) and not first:
            text = "The owner is not the borrower. A third party's consent has to be on file."
            findings.append(Finding("owner_differs", text, {"owner": asset.owner_name}))
    if not first and any(pledge.state in Pledge.STANDING for pledge in pledges):
        findings.append(Finding("owner_changed", "The asset changed hands while it is pledged.", {"owner": asset.owner_name}))
    raise_findings(asset=asset, findings=findings, business_date=business_date)
    if not first:
        look_for_twins(asset=asset, business_date=business_date)
    compare_title(asset, business_date=business_date)


def join_owners(asset: Asset, application: Application, *, actor: User | None, business_date: date) -> None:
    """Make the owners parties of an application that the asset secures, screened like every other."""
    for row in owners_on(asset, business_date):
        add_pledgor(
            application=application,
            person=row.owner.person,
            stated=row.stated,
            differing=row.differing,
            actor=actor,
            business_date=business_date,
        )


@transaction.atomic
def record_consent(
    *, owner: AssetOwner, pledge: Pledge, given_date: date, upload: UploadedFile[Any], actor: User | None, business_date: date
) -> OwnerConsent:
    """Keep an owner's signed consent to a pledge.

    Raises UnableToRecordOwners: `not_entitled`, `not_pledged`, `not_an_owner`, `own_pledge`, `invalid` with faults; what `store_document`
    raises for a file that is none; Conflict when it is on file already.
    """
    if actor is not None and not actor.has_role(*RECORDERS):
        raise UnableToRecordOwners("not_entitled")
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=pledge.asset_id)
    name = owner.person.name
    if pledge.state in Pledge.GIVEN_BACK:
        raise UnableToRecordOwners("not_pledged")
    if owner.pk not in {row.owner_id for row in owners_on(asset, business_date)}:
        raise UnableToRecordOwners("not_an_owner", name=name)
    if owner.person_id == pledge.application.borrower_id:
        raise UnableToRecordOwners("own_pledge", name=name)
    if not date(1990, 1, 1) <= given_date <= business_date:
        raise UnableToRecordOwners("invalid", faults=[Fault("given_date", "out_of_bounds", "The consent was given up to today.")])
    if OwnerConsent.objects.filter(owner=owner, pledge=pledge).exists():
        raise Conflict("already_advanced", state="consented")
    document = store_document(application=pledge.application, kind="pledge_consent", upload=upload, actor=actor)
    consent = OwnerConsent.objects.create(
        owner=owner, pledge=pledge, given_date=given_date, document=document, recorded_by=actor, recorded_date=business_date
    )
    audit.record(
        "pledge.consented", actor=actor, target=asset, label=asset.reference, business_date=business_date, owner=name, given=given_date
    )
    return consent
