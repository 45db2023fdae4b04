"""From a proposal to an entry in force, or to its refusal; and the end that the calendar brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from blacklist.domain.normalise import prepare_name
from blacklist.domain.profiles import parse_birth_date, subject_kind
from blacklist.domain.states import EntryState
from blacklist.events import EntryActivated, EntryExpired, EntryProposed
from blacklist.models import (
    BlacklistEntry,
    EntryAddress,
    EntryIdentifier,
    EntryName,
    IdentifierKind,
    ReasonCode,
    SourceKind,
    SubjectKindChoice,
)
from blacklist.selectors.proposals import ENTRY_PROPOSAL, latest_proposal
from blacklist.selectors.subjects import keyed_fingerprint
from blacklist.services.endings import end_open_work
from blacklist.services.transitions import advance_entry, write_history
from core import audit, crypto, four_eyes
from core.errors import DomainError, Fault
from core.events import publish
from core.models import User
from core.references import next_reference
from core.roles import Role

PROPOSERS = (Role.COLLECTIONS, Role.RISK_MANAGER, Role.COMPLIANCE)
CONFIRMERS = (Role.COMPLIANCE, Role.RISK_MANAGER)


class UnableToProposeEntry(DomainError):
    """The entry cannot be proposed; `faults` name the fields."""

    title = "This entry cannot be proposed"
    messages: ClassVar[dict[str, str]] = {
        "invalid": "Some of what was given cannot be used.",
        "not_entitled": "Your roles do not allow you to propose an entry.",
        "already_listed": "This subject is already proposed or listed on the same ground.",
    }


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
    clean_identifiers = _flatten(identifiers or {})
    _check(
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
        BlacklistEntry.objects.open_for(subject_key)
        .filter(reason_code=reason_code, source_reference=source_reference)
        .exists()
    ):
        raise UnableToProposeEntry("already_listed")
    try:
        with transaction.atomic():
            entry = BlacklistEntry.objects.create(
                reference=next_reference("BL"),
                subject_kind=subject_kind_code,
                subject_key=subject_key,
                birth_date_text=birth_date.isoformat() if isinstance(birth_date, date) else (birth_date or "").strip(),
                country=country.upper(),
                reason_code=reason_code,
                evidence_text=evidence.strip(),
                source=source,
                source_reference=source_reference,
                proposed_by=actor,
                proposed_date=business_date,
                valid_until=valid_until,
            )
    except IntegrityError as error:
        raise UnableToProposeEntry("already_listed") from error
    _attach(
        entry,
        clean_names,
        clean_identifiers,
        [text.strip() for text in addresses if text.strip()],
    )
    write_history(
        entry,
        "",
        actor=actor,
        business_date=business_date,
        reason="",
        actor_name=source,
    )
    four_eyes.propose(
        kind=ENTRY_PROPOSAL,
        target=entry,
        title=f"Blacklist entry {entry.reference}: {entry.get_reason_code_display()}",
        roles=CONFIRMERS,
        actor=actor,
        content=proposal_content(entry),
        path=f"/blacklist/{entry.pk}/",
    )
    publish(EntryProposed(entry_id=str(entry.pk), subject_key=subject_key))
    return entry


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
    due = list(
        BlacklistEntry.objects.in_force()
        .filter(valid_until__lte=business_date)
        .select_for_update(of=("self",), skip_locked=True)
    )
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


def proposal_content(entry: BlacklistEntry) -> dict[str, Any]:
    """What is confirmed, free of clear personal data: identifiers and names as keyed indexes."""
    return {
        "reason_code": entry.reason_code,
        "subject_key": entry.subject_key,
        "subject_kind": entry.subject_kind,
        "source": f"{entry.source}:{entry.source_reference}",
        "valid_until": entry.valid_until,
        "names": sorted(keyed_fingerprint(row.name, kind="entry_name").hex() for row in entry.names.all()),
        "identifiers": sorted(f"{row.kind}:{bytes(row.value_index).hex()}" for row in entry.identifiers.all()),
        "evidence": keyed_fingerprint(entry.evidence_text, kind="entry_evidence").hex(),
    }


def _latest_proposal(entry: BlacklistEntry) -> Any:
    proposal = latest_proposal(kind=ENTRY_PROPOSAL, target=entry)
    if proposal is None:
        raise UnableToConfirmEntry("no_proposal", state=entry.get_state_display().lower())
    return proposal


def _flatten(identifiers: Mapping[str, str | Sequence[str]]) -> list[tuple[str, str]]:
    """(kind, value) pairs without blanks and repeats."""
    pairs: dict[tuple[str, str], tuple[str, str]] = {}
    for kind, values in identifiers.items():
        for value in [values] if isinstance(values, str) else values:
            if value.strip():
                pairs.setdefault((kind, crypto.normalise_identifier(value)), (kind, value.strip()))
    return list(pairs.values())


def _check(
    *,
    subject_kind_code: str,
    names: list[str],
    reason_code: str,
    evidence: str,
    source: str,
    actor: User | None,
    birth_date: date | str | None,
    country: str,
    identifiers: list[tuple[str, str]],
    valid_until: date | None,
    business_date: date,
) -> None:
    faults: list[Fault] = []
    if subject_kind_code not in SubjectKindChoice.values:
        faults.append(Fault("subject_kind", "unknown", "Choose a person or a company."))
    if not names:
        faults.append(Fault("names", "required", "Give at least one name."))
    for name in names:
        if len(name) > 500:
            faults.append(Fault("names", "too_long", "A name may have at most 500 characters."))
        elif prepare_name(name, subject_kind(subject_kind_code)).empty:
            faults.append(
                Fault(
                    "names",
                    "identifies_nobody",
                    f"“{name[:60]}” has no word that identifies anybody.",
                )
            )
    if reason_code not in ReasonCode.values:
        faults.append(Fault("reason_code", "unknown", "Choose a reason."))
    if not evidence.strip():
        faults.append(Fault("evidence", "required", "Say what the entry rests on."))
    if source not in SourceKind.values or (source == SourceKind.PERSON and actor is None):
        faults.append(Fault("source", "unknown", "An entry comes from a rule or from a person."))
    if birth_date not in (None, ""):
        birth = parse_birth_date(birth_date)
        if birth is None:
            faults.append(Fault("birth_date", "invalid", "This is not a date, a month or a year."))
        elif birth.year > business_date.year or (isinstance(birth_date, date) and birth_date > business_date):
            faults.append(Fault("birth_date", "future", "The birth date is in the future."))
    if country and not (len(country) == 2 and country.isalpha() and country.isascii()):
        faults.append(Fault("country", "invalid", "Use the two-letter country code."))
    for kind, value in identifiers:
        if kind not in IdentifierKind.values:
            faults.append(
                Fault(
                    "identifiers",
                    "unknown_kind",
                    f"There is no identifier of the kind “{kind[:30]}”.",
                )
            )
        elif len(crypto.normalise_identifier(value)) < 4:
            faults.append(Fault(kind, "too_short", "This is too short to identify anybody."))
    if valid_until is not None and valid_until <= business_date:
        faults.append(Fault("valid_until", "past", "The last day has to lie in the future."))
    if faults:
        raise UnableToProposeEntry("invalid", faults=faults)


def _attach(
    entry: BlacklistEntry,
    names: list[str],
    identifiers: list[tuple[str, str]],
    addresses: list[str],
) -> None:
    for position, name in enumerate(dict.fromkeys(names)):
        EntryName.objects.create(entry=entry, name=name, is_primary=position == 0)
    for kind, value in identifiers:
        EntryIdentifier.objects.create(entry=entry, kind=kind, value=value)
    for address in addresses:
        EntryAddress.objects.create(entry=entry, address=address)
