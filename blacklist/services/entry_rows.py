"""Writing proposed entries with what identifies their subjects: as many statements for many as for one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from blacklist.events import EntryProposed
from blacklist.models import BlacklistEntry, EntryAddress, EntryHistory, EntryIdentifier, EntryName
from blacklist.selectors.proposals import ENTRY_PROPOSAL
from blacklist.selectors.subjects import keyed_fingerprint
from core import crypto, four_eyes
from core.events import publish_all
from core.models import User
from core.references import next_references
from core.roles import Role

CONFIRMERS = (Role.COMPLIANCE, Role.RISK_MANAGER)


@dataclass(frozen=True)
class EntryDraft:
    """An entry to be proposed, as `propose_entry` takes it, checked already:
    the first name is the primary one, identifiers are (kind, value).
    """

    subject_kind_code: str
    subject_key: str
    names: Sequence[str]
    identifiers: Sequence[tuple[str, str]]
    addresses: Sequence[str]
    birth_date: date | str | None
    country: str
    reason_code: str
    evidence: str
    source: str
    source_reference: str
    valid_until: date | None = None


def write_entries(drafts: Sequence[EntryDraft], *, actor: User | None, business_date: date) -> list[BlacklistEntry]:
    """Write entries with the rows that screening reads beside them, their history, and the proposals that a second person decides. To be
    called within a transaction.

    Raises IntegrityError where a subject is proposed or listed on the same ground already.
    """
    references = next_references("BL", len(drafts))
    entries = [_entry(draft, reference, actor, business_date) for draft, reference in zip(drafts, references, strict=True)]
    pairs = list(zip(entries, drafts, strict=True))
    BlacklistEntry.objects.bulk_create(entries)
    names = {
        entry.pk: [EntryName(entry=entry, name=name, is_primary=position == 0) for position, name in enumerate(dict.fromkeys(draft.names))]
        for entry, draft in pairs
    }
    identifiers = {
        entry.pk: [
            EntryIdentifier(entry=entry, kind=kind, value=value, value_index=crypto.blind_index(value, kind=kind))
            for kind, value in draft.identifiers
        ]
        for entry, draft in pairs
    }
    EntryName.objects.bulk_create(chain.from_iterable(names.values()))
    EntryIdentifier.objects.bulk_create(chain.from_iterable(identifiers.values()))
    EntryAddress.objects.bulk_create(EntryAddress(entry=entry, address=address) for entry, draft in pairs for address in draft.addresses)
    EntryHistory.objects.bulk_create(
        EntryHistory(
            entry=entry,
            business_date=business_date,
            from_state="",
            to_state=entry.state,
            actor=actor,
            actor_name=actor.full_name if actor else draft.source,
            reason="",
        )
        for entry, draft in pairs
    )
    asked = [
        four_eyes.Asked(
            target=entry,
            title=f"Blacklist entry {entry.reference}: {entry.get_reason_code_display()}",
            content=_content(entry, names[entry.pk], identifiers[entry.pk]),
            path=f"/blacklist/{entry.pk}/",
        )
        for entry in entries
    ]
    four_eyes.propose_all(kind=ENTRY_PROPOSAL, asked=asked, roles=CONFIRMERS, actor=actor)
    publish_all([EntryProposed(entry_id=str(entry.pk), subject_key=entry.subject_key) for entry in entries])
    return entries


def proposal_content(entry: BlacklistEntry) -> dict[str, Any]:
    """What is confirmed, free of clear personal data: identifiers and names as keyed indexes."""
    return _content(entry, entry.names.all(), entry.identifiers.all())


def _content(entry: BlacklistEntry, names: Iterable[EntryName], identifiers: Iterable[EntryIdentifier]) -> dict[str, Any]:
    return {
        "reason_code": entry.reason_code,
        "subject_key": entry.subject_key,
        "subject_kind": entry.subject_kind,
        "source": f"{entry.source}:{entry.source_reference}",
        "valid_until": entry.valid_until,
        "names": sorted(keyed_fingerprint(row.name, kind="entry_name").hex() for row in names),
        "identifiers": sorted(f"{row.kind}:{bytes(row.value_index).hex()}" for row in identifiers),
        "evidence": keyed_fingerprint(entry.evidence_text, kind="entry_evidence").hex(),
    }


def _entry(draft: EntryDraft, reference: str, actor: User | None, business_date: date) -> BlacklistEntry:
    birth = draft.birth_date
    return BlacklistEntry(
        reference=reference,
        subject_kind=draft.subject_kind_code,
        subject_key=draft.subject_key,
        birth_date_text=birth.isoformat() if isinstance(birth, date) else (birth or "").strip(),
        country=draft.country.upper(),
        reason_code=draft.reason_code,
        evidence_text=draft.evidence.strip(),
        source=draft.source,
        source_reference=draft.source_reference,
        proposed_by=actor,
        proposed_date=business_date,
        valid_until=draft.valid_until,
    )
