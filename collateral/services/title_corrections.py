"""A title number that was written down wrongly: another one is proposed with a reason, and stands on a second person's word."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from collateral.models import Asset, FactsVersion
from collateral.selectors.interests import interested_in_asset
from collateral.services.assets import TITLED_KINDS
from collateral.services.fact_versions import keep_version
from collateral.services.title_numbers import RECORDERS, put_on_file, unreadable
from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.models import Proposal, User
from core.roles import Role

CONFIRMERS = (Role.INVESTIGATOR, Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.title_correction"
# The section under which every number that was ever on file is kept.
TITLE = "title"


class UnableToCorrectTitle(DomainError):
    """The number of the title stays as it is."""

    title = "The title was not corrected"
    messages = {
        "not_entitled": "Only officers and investigators propose another number of a title.",
        "no_title": "No title of {asset} is on file that could be corrected.",
        "gone": "{asset} is {state}; its file is closed.",
    }


@transaction.atomic
def propose_title_correction(*, asset: Asset, title_number: str, reason: str, actor: User, business_date: date, path: str = "") -> Proposal:
    """Ask for another number to stand for the title of an asset. Until another person confirms it, nothing changes.

    Raises UnableToCorrectTitle: `not_entitled`, `gone`, `no_title`, `invalid` with faults; core's UnableToPropose.
    """
    if not actor.has_role(*RECORDERS):
        raise UnableToCorrectTitle("not_entitled")
    held = _lock(asset)
    _check_titled(held)
    number = title_number.strip()
    faults = unreadable(number)
    if number == held.title_number:
        faults.append(Fault("title_number", "same", "This is the number on file."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say what shows that the number on file is wrong; the reason goes into the audit trail."))
    if faults:
        raise UnableToCorrectTitle("invalid", faults=faults)
    return four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"Correct the title of {held.reference} from {held.title_number} to {number}",
        roles=CONFIRMERS,
        actor=actor,
        content=_content(held, number, reason.strip()),
        path=path,
    )


@transaction.atomic
def decide_title_correction(
    *, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> Asset:
    """Put the proposed number in place of the one on file, or refuse to; never by who proposed it, registered the asset, wrote the number
    down or declared an interest in whom it secures a file of. The number before stays on record. Nobody has looked the new one up: the
    title has to be verified anew, and the asset is held against all others again.

    Raises UnableToCorrectTitle: `gone`, `no_title`; core's UnableToConfirm, also when the number changed since.
    """
    held = _lock(asset)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        # Also where the asset is gone: nothing waits for ever.
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return held
    _check_titled(held)
    number = proposal.content["to"]
    content = _content(held, number, proposal.content["reason"])
    four_eyes.confirm(proposal, actor=actor, content=content, barred=barred_from(held), reason=reason.strip())
    known: dict[str, Any] = {"actor": proposal.proposed_by, "business_date": business_date}
    if not FactsVersion.objects.filter(asset=held, section=TITLE).exists():
        before: dict[str, Any] = {"actor": held.title_entered_by or held.registered_by, "business_date": business_date}
        keep_version(held, TITLE, {"title_number": held.title_number}, valid_from=held.registered_date, **before)
    keep_version(held, TITLE, {"title_number": number}, valid_from=business_date, **known)
    audit.record(
        "asset.title_corrected", actor=actor, target=held, branch=held.branch_id, label=held.reference, business_date=business_date,
        before=held.title_number, number=number, reason=proposal.content["reason"],
    )  # fmt: skip
    held.title_corrected_at = proposal.proposed_at
    held.save(update_fields=["title_corrected_at"])
    put_on_file(held, number, written_by=proposal.proposed_by, business_date=business_date)
    return held


def _content(asset: Asset, number: str, reason: str) -> dict[str, str]:
    return {"from": asset.title_number, "to": number, "reason": reason}


def barred_from(asset: Asset) -> frozenset[int]:
    """Ids of who confirms no other number, besides who proposed it:
    who registered the asset, wrote its number down, or has an interest in it.
    """
    return interested_in_asset(asset) | frozenset(key for key in (asset.registered_by_id, asset.title_entered_by_id) if key)


def _lock(asset: Asset) -> Asset:
    return Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)


def _check_titled(held: Asset) -> None:
    if held.state != Asset.State.REGISTERED:
        raise UnableToCorrectTitle("gone", asset=held.reference, state=held.get_state_display().lower())
    if held.kind not in TITLED_KINDS or not held.title_number:
        raise UnableToCorrectTitle("no_title", asset=held.reference)
