"""Keeping what else is on file of an asset: insurance, liens of others, photos."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction

from collateral.domain.amounts import faults_of_amount
from collateral.domain.insurance import LONGEST_DAYS
from collateral.domain.photo_marks import Taken, read_taken
from collateral.domain.photos import NoPhoto, make_small
from collateral.domain.red_flags import Finding
from collateral.models import Asset, AssetDocument, AssetPhoto, Inspection, InsurancePolicy, Lien, Pledge
from collateral.selectors.insurance import insured_until_by_policies
from collateral.selectors.records import photo_elsewhere
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.elsewhere import flag_policy, flag_reference
from collateral.services.flags import raise_findings
from collateral.services.insured_sums import look_at_sum
from collateral.services.lapses import settle_lapses
from collateral.services.ranks import move_waiting_behind, ranks_in_registry, review_covers_of, settle_claims
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.models import User
from core.roles import Role
from loans.services.documents import store_document

RECORDERS = (Role.OFFICER, Role.INVESTIGATOR)
LARGEST_UPLOAD = 40 << 20


class UnableToRecord(DomainError):
    """This was not kept."""

    title = "This was not kept"
    messages = {
        "not_entitled": "Only officers and investigators keep the file of an asset.",
        "not_pledged": "The asset backs nothing; its file is closed.",
    }


@transaction.atomic
def record_insurance(
    *,
    asset: Asset,
    insurer: str,
    policy_number: str,
    sum_insured: Decimal,
    from_date: date,
    until_date: date,
    names_bank: bool,
    actor: User | None,
    business_date: date,
    proof: Proof | None = None,
) -> InsurancePolicy:
    """Keep a policy; once it has begun, the asset is insured to the last day that policies cover without a gap. Sums in force
    below the value raise `under_insured`, a policy that pays somebody else `insurance_pays_others`, one that insures another asset too
    `policy_elsewhere`. An open flag of lapsed insurance stays
    for a second person. `proof` is the policy itself.

    Raises UnableToRecord: `not_entitled`, `invalid` with faults, among them no policy; what keeping a paper raises.
    """
    asset = _lock(asset, actor)
    faults = [
        Fault(name, "required", words)
        for name, given, words in (
            ("insurer", insurer, "Name the insurer."),
            ("policy_number", policy_number, "Write the number of the policy."),
        )
        if not given.strip()
    ]
    faults += faults_of_amount("sum_insured", sum_insured, asset.currency, "The sum has to be more than zero and below a million million.")
    if until_date <= from_date:
        faults.append(Fault("until_date", "before", "The policy has to end after it begins."))
    elif until_date < business_date:
        faults.append(Fault("until_date", "past", "This policy has run out already."))
    elif until_date > business_date + timedelta(days=LONGEST_DAYS):
        faults.append(
            Fault("until_date", "too_long", "Nothing is insured for more than five years ahead; record the renewal when it comes.")
        )
    if actor is not None and proof is None:
        faults.append(Fault("paper", "required", "Add the policy itself: what somebody says insures for a month at most."))
    if faults:
        raise UnableToRecord("invalid", faults=faults)
    kind = AssetDocument.Kind.INSURANCE_POLICY
    paper = proof_of(asset, kind, proof, paper_date=min(from_date, business_date), actor=actor, business_date=business_date)
    policy = InsurancePolicy.objects.create(
        asset=asset,
        insurer=insurer.strip(),
        policy_number=policy_number.strip(),
        sum_insured=sum_insured,
        from_date=from_date,
        until_date=until_date,
        names_bank=names_bank,
        document=paper,
        recorded_by=actor,
        recorded_date=business_date,
    )
    insure_by_policies(asset, business_date=business_date)
    audit.record(
        "asset.insured", actor=actor, target=asset, label=asset.reference, insurer=insurer, sum_insured=sum_insured, until=until_date
    )
    look_at_sum(asset, business_date=business_date, on=max(from_date, business_date))
    if not names_bank:
        found = Finding("insurance_pays_others", "The insurer does not pay the bank.", {"policy": policy_number.strip()})
        raise_findings(asset=asset, findings=[found], business_date=business_date)
    flag_policy(policy, business_date=business_date)
    settle_lapses(asset=asset, business_date=business_date)
    return policy


def insure_by_policies(asset: Asset, *, business_date: date) -> None:
    """Let an asset be insured to the last day that its policies cover without a gap; nothing changes while none has begun."""
    if until := insured_until_by_policies(asset, on=business_date):
        asset.insured_until = until
        asset.save(update_fields=["insured_until"])


@transaction.atomic
def record_lien(
    *,
    asset: Asset,
    holder: str,
    rank: int,
    amount: Decimal,
    registry_reference: str,
    registered_date: date,
    actor: User | None,
    business_date: date,
    proof: Proof | None = None,
) -> Lien:
    """Keep a claim of somebody else at a rank that is free. What the bank has only proposed moves behind it; what it has perfected keeps
    its rank. Claims before a pledge that are more than was known raise `lien_undeclared`, an entry that stands for another claim too
    `reference_elsewhere`. One that stands before or beside what has its rank comes by `services.claims_ahead`.

    Raises UnableToRecord: `not_entitled`, `invalid` with faults, among them a rank that is taken or stands behind nobody.
    """
    asset = _lock(asset, actor)
    claim: dict[str, Any] = {
        "holder": holder,
        "amount": amount,
        "registry_reference": registry_reference,
        "registered_date": registered_date,
    }
    faults = faults_of_claim(**claim, currency=asset.currency, actor=actor, business_date=business_date, proof=proof)
    taken = ranks_in_registry(asset)
    last = max(taken, default=0)
    if rank in taken:
        words = f"Rank {rank} is taken by a claim that stands in the registry. If the registry shows this one before or beside it, choose that below."
        faults.append(Fault("rank", "taken", words))
    elif not 1 <= rank <= last + 1:
        faults.append(Fault("rank", "gap", f"The next free rank is {last + 1}; a claim cannot stand behind nobody."))
    if faults:
        raise UnableToRecord("invalid", faults=faults)
    kind = AssetDocument.Kind.LIEN_REGISTRATION
    paper = proof_of(asset, kind, proof, paper_date=registered_date, actor=actor, business_date=business_date, of_others=True)
    return keep_lien(asset=asset, rank=rank, **claim, document=paper, recorded_by=actor, business_date=business_date)


def faults_of_claim(
    *,
    holder: str,
    amount: Decimal,
    registry_reference: str,
    registered_date: date,
    currency: str,
    actor: User | None,
    business_date: date,
    proof: Proof | None,
) -> list[Fault]:
    """What is wrong with a claim of somebody else, wherever it stands."""
    faults = []
    if not holder.strip():
        faults.append(Fault("holder", "required", "Name whose claim it is."))
    if not registry_reference.strip():
        faults.append(Fault("registry_reference", "required", "Enter the registry's reference."))
    faults += faults_of_amount("amount", amount, currency, "The amount has to be more than zero and below a million million.")
    if registered_date > business_date:
        faults.append(Fault("registered_date", "future", "The claim cannot be registered in the future."))
    if actor is not None and proof is None:
        faults.append(Fault("paper", "required", "Add the registry's paper: the claim may be paid by it one day."))
    return faults


def keep_lien(
    *,
    asset: Asset,
    holder: str,
    rank: int,
    amount: Decimal,
    registry_reference: str,
    registered_date: date,
    document: AssetDocument | None,
    recorded_by: User | None,
    business_date: date,
    confirmed_by: User | None = None,
) -> Lien:
    """Write a claim of somebody else down at its rank, with all that follows for the bank's own. Call it with the asset held."""
    lien = Lien.objects.create(
        asset=asset,
        holder=holder.strip(),
        rank=rank,
        amount=amount,
        registry_reference=registry_reference.strip(),
        registered_date=registered_date,
        document=document,
        recorded_by=recorded_by,
        confirmed_by=confirmed_by,
        recorded_date=business_date,
    )
    audit.record(
        "lien.recorded", actor=confirmed_by or recorded_by, target=asset, label=asset.reference, holder=holder, rank=rank, amount=amount
    )
    move_waiting_behind(asset)
    for pledge, known in settle_claims(asset):
        found = Finding(
            "lien_undeclared",
            "The registry shows more claims of others before ours than were declared.",
            {"declared": str(known), "registered": str(pledge.prior_claims)},
        )
        raise_findings(asset=asset, findings=[found], business_date=business_date)
    flag_reference(lien, business_date=business_date)
    review_covers_of(asset, business_date=business_date)
    return lien


@transaction.atomic
def end_lien(*, lien: Lien, ended_date: date, actor: User | None, business_date: date, reason: str = "") -> Lien:
    """Let a claim of somebody else stand no more; what stood behind it has so much more of the value. People come here through
    `services.lien_ends`, where one proposes and another confirms.

    Raises UnableToRecord `invalid`; Conflict when it was ended before.
    """
    Asset.objects.select_for_update(of=("self",)).get(pk=lien.asset_id)
    refuse_end(lien, ended_date, business_date)
    if not Lien.objects.filter(pk=lien.pk, ended_date=None).update(ended_date=ended_date):
        raise Conflict("already_advanced", state="ended")
    audit.record(
        "lien.ended", actor=actor, target=lien.asset, label=lien.asset.reference, holder=lien.holder, rank=lien.rank, reason=reason
    )
    lien.refresh_from_db()
    settle_claims(lien.asset)
    review_covers_of(lien.asset, business_date=business_date)
    return lien


def refuse_end(lien: Lien, ended_date: date, business_date: date) -> None:
    """Raises UnableToRecord `invalid` for a day on which a claim cannot have ended."""
    if not lien.registered_date <= ended_date <= business_date:
        fault = Fault("ended_date", "out_of_bounds", "The claim ended between its registration and today.")
        raise UnableToRecord("invalid", faults=[fault])


@transaction.atomic
def add_photo(*, asset: Asset, upload: UploadedFile[Any], actor: User | None, business_date: date) -> AssetPhoto:
    """Keep a photo, made small, in the file of the application the asset is pledged for. Nearly the same photo of another asset raises
    `photo_elsewhere`.

    Raises UnableToRecord: `not_entitled`, `not_pledged`, `invalid` for what is no photo.
    """
    _check_entitled(actor)
    small = small_photo(upload)
    return keep_photo(asset=_lock(asset, actor), photo=small, actor=actor, business_date=business_date)


class SmallPhoto(NamedTuple):
    """A photo made small: the file, the hash by which it is known again, and what its camera wrote of day and place."""

    file: SimpleUploadedFile
    likeness: int
    taken: Taken = Taken()


def small_photo(upload: UploadedFile[Any]) -> SmallPhoto:
    """Make a photo small, which takes a while: before anything is locked. Raises UnableToRecord `invalid` for what is no photo."""
    if (upload.size or 0) > LARGEST_UPLOAD:
        raise UnableToRecord("invalid", faults=[Fault("photo", "too_large", "The photo is larger than 40 MB.")])
    try:
        sent = upload.read()
        content, likeness = make_small(sent)
    except NoPhoto as fault:
        raise UnableToRecord("invalid", faults=[Fault("photo", "no_photo", str(fault))]) from fault
    name = (upload.name or "photo").rpartition(".")[0] or "photo"
    return SmallPhoto(SimpleUploadedFile(f"{name}.jpg", content, "image/jpeg"), likeness, read_taken(sent))


def keep_photo(
    *, asset: Asset, photo: SmallPhoto, actor: User | None, business_date: date, inspection: Inspection | None = None
) -> AssetPhoto:
    """What adding a photo does, for whoever may; `inspection` is the one it was taken at. To be called within a transaction.

    Raises UnableToRecord `not_pledged`.
    """
    pledge = asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).select_related("application").order_by("-id").first()
    if pledge is None:
        raise UnableToRecord("not_pledged")
    document = store_document(application=pledge.application, kind="asset_photo", upload=photo.file, actor=actor)
    kept = AssetPhoto.objects.create(
        asset=asset, document=document, likeness=photo.likeness, inspection=inspection, added_by=actor, added_date=business_date
    )
    audit.record("asset.photographed", actor=actor, target=asset, label=asset.reference, document=document.pk)
    if others := photo_elsewhere(asset, photo.likeness):
        found = Finding("photo_elsewhere", "Nearly the same photo shows another asset.", {"elsewhere": ", ".join(others)})
        raise_findings(asset=asset, findings=[found], business_date=business_date)
    return kept


def _check_entitled(actor: User | None) -> None:
    if actor is not None and not actor.has_role(*RECORDERS):
        raise UnableToRecord("not_entitled")


def _lock(asset: Asset, actor: User | None) -> Asset:
    _check_entitled(actor)
    return Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
