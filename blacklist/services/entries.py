"""From a proposal to an entry in force, or to its refusal; and the end that the calendar brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from blacklist.domain.states import EntryState
from blacklist.events import EntryActivated, EntryExpired
from blacklist.models import BlacklistEntry
from blacklist.selectors.proposals import ENTRY_PROPOSAL, latest_proposal
from blacklist.services.endings import end_open_work
from blacklist.services.entry_input import UnableToProposeEntry, check_entry_input, flatten_identifiers
from blacklist.services.entry_rows import EntryDraft, proposal_content, write_entries
from blacklist.services.transitions import advance_entry
from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.events import publish
from core.models import User
from core.roles import Role

__all__ = [
    "UnableToConfirmEntry",
    "UnableToProposeEntry",
    "confirm_entry",
    "expire_entries",
    "propose_entry",
    "reject_entry",
]

PROPOSERS = (Role.COLLECTIONS, Role.RISK_MANAGER, Role.COMPLIANCE)


class UnableToConfirmEntry(DomainError):
    """The proposal cannot be confirmed or rejected now."""

    title = "This entry cannot be decided"
    messages: ClassVar[dict[str, str]] = {
        "no_proposal": "This entry waits for nobody: it is {state}.",
        "reason_missing": "Say why.",
    }


@transaction.atomic
def propose_entry(
    *,
    subject_kind_code: str,
    names: Sequence[str],
    reason_code: str,
    evidence: str,
    source: str,
    business_date: date,
    actor: User | None,
    subject_key: str = "",
    source_reference: str = "",
    birth_date: date | str | None = None,
    country: str = "",
    identifiers: Mapping[str, str | Sequence[str]] | None = None,
    addresses: Sequence[str] = (),
    valid_until: date | None = None,
) -> BlacklistEntry:
    """Ask for an entry; it bars nobody until another person confirms it.

    `actor` is None only for `source="rule"`. `identifiers` maps a kind (national_id, tax_id, registration_number, passport,
    iban, phone) to one value or several. Raises UnableToProposeEntry: `invalid` (with faults by field), `not_entitled`,
    `already_listed`.
    """
    if actor is not None and not actor.has_role(*PROPOSERS):
        raise UnableToProposeEntry("not_entitled")
    clean_names = [name.strip() for name in names if name.strip()]
    clean_identifiers = flatten_identifiers(identifiers or {})
    check_entry_input(
        subject_kind_code=subject_kind_code,
        names=clean_names,
        reason_code=reason_code,
        evidence=evidence,
        source=source,
        actor=actor,
        birth_date=birth_date,
        country=country,
        identifiers=clean_identifiers,
        valid_until=valid_until,
        business_date=business_date,
    )
    if subject_key and (
        BlacklistEntry.objects.open_for(subject_key).filter(reason_code=reason_code, source_reference=source_reference).exists()
    ):
        raise UnableToProposeEntry("already_listed")
    draft = EntryDraft(
        subject_kind_code=subject_kind_code,
        subject_key=subject_key,
        names=clean_names,
        identifiers=clean_identifiers,
        addresses=[text.strip() for text in addresses if text.strip()],
        birth_date=birth_date,
        country=country,
        reason_code=reason_code,
        evidence=evidence,
        source=source,
        source_reference=source_reference,
        valid_until=valid_until,
    )
    try:
        with transaction.atomic():
            return write_entries([draft], actor=actor, business_date=business_date)[0]
    except IntegrityError as error:
        raise UnableToProposeEntry("already_listed") from error


@transaction.atomic
def confirm_entry(*, entry: BlacklistEntry, actor: User, business_date: date) -> BlacklistEntry:
    """Put a proposed entry into force: the second pair of eyes.

    Raises UnableToConfirmEntry `no_proposal`, core's UnableToConfirm (`own_proposal`, `not_entitled`, `already_decided`,
    `changed`), Conflict.
    """
    proposal = _latest_proposal(entry)
    four_eyes.confirm(proposal, actor=actor, content=proposal_content(entry))
    advance_entry(
        entry,
        EntryState.ACTIVE,
        actor=actor,
        business_date=business_date,
        confirmed_by=actor,
        confirmed_at=timezone.now(),
        valid_from=business_date,
    )
    audit.record(
        "blacklist_entry.activated",
        actor=actor,
        target=entry,
        reason_code=entry.reason_code,
        proposed_by=entry.proposed_by,
    )
    publish(EntryActivated(entry_id=str(entry.pk), subject_key=entry.subject_key))
    return entry


@transaction.atomic
def reject_entry(*, entry: BlacklistEntry, actor: User, reason: str, business_date: date) -> BlacklistEntry:
    """Refuse a proposed entry; who proposed it may take it back the same way.

    Raises UnableToConfirmEntry `no_proposal`, `reason_missing`; core's UnableToConfirm; Conflict.
    """
    if not reason.strip():
        raise UnableToConfirmEntry(
            "reason_missing",
            faults=[Fault("reason", "required", "Say why the entry is refused.")],
        )
    four_eyes.reject(_latest_proposal(entry), actor=actor, reason=reason.strip())
    advance_entry(
        entry,
        EntryState.REJECTED,
        actor=actor,
        business_date=business_date,
        reason=reason.strip(),
    )
    audit.record("blacklist_entry.rejected", actor=actor, target=entry, reason=reason.strip())
    return entry


@transaction.atomic
def expire_entries(*, business_date: date, actor_name: str = "sweep") -> int:
    """End every entry in force whose `valid_until` is reached. Idempotent. Returns how many ended."""
    due = list(BlacklistEntry.objects.in_force().filter(valid_until__lte=business_date).select_for_update(of=("self",), skip_locked=True))
    for entry in due:
        advance_entry(
            entry,
            EntryState.EXPIRED,
            actor=None,
            business_date=business_date,
            reason=f"Valid until {entry.valid_until}",
            actor_name=actor_name,
        )
        end_open_work(entry, business_date=business_date, reason="The entry expired.")
        audit.record(
            "blacklist_entry.expired",
            actor=None,
            actor_name=actor_name,
            target=entry,
            business_date=business_date,
            valid_until=entry.valid_until,
        )
        publish(EntryExpired(entry_id=str(entry.pk), subject_key=entry.subject_key))
    return len(due)


def _latest_proposal(entry: BlacklistEntry) -> Any:
    proposal = latest_proposal(kind=ENTRY_PROPOSAL, target=entry)
    if proposal is None:
        raise UnableToConfirmEntry("no_proposal", state=entry.get_state_display().lower())
    return proposal
