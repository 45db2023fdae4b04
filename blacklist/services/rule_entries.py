"""Entries that a rule asks for, of as many subjects as one night finds. A person confirms each of them, or refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from blacklist.models import BlacklistEntry, SourceKind
from blacklist.services.entry_input import check_entry_input, flatten_identifiers
from blacklist.services.entry_rows import EntryDraft, write_entries


@dataclass(frozen=True)
class RuleFinding:
    """What a rule holds against one subject: as `propose_entry` takes it, `source_reference` names the ground."""

    subject_kind_code: str
    subject_key: str
    name: str
    birth_date: date | None
    country: str
    identifiers: Mapping[str, str]
    reason_code: str
    evidence: str
    source_reference: str


@transaction.atomic
def propose_by_rule(found: Sequence[RuleFinding], *, business_date: date) -> list[BlacklistEntry]:
    """Propose an entry for each finding, except where the subject is proposed or listed on the same ground already. Returns those proposed.

    Raises UnableToProposeEntry `invalid` when one of them cannot be an entry: then none is; IntegrityError when another was first.
    """
    keys = {one.subject_key for one in found}
    known = set(BlacklistEntry.objects.open_for(*keys).values_list("subject_key", "reason_code", "source_reference")) if keys else set()
    drafts: dict[tuple[str, str, str], EntryDraft] = {}
    for one in found:
        ground = (one.subject_key, one.reason_code, one.source_reference)
        if ground not in known and ground not in drafts:
            drafts[ground] = _draft(one, business_date)
    return write_entries(list(drafts.values()), actor=None, business_date=business_date) if drafts else []


def _draft(one: RuleFinding, business_date: date) -> EntryDraft:
    names, identifiers = [name for name in [one.name.strip()] if name], flatten_identifiers(one.identifiers)
    check_entry_input(
        subject_kind_code=one.subject_kind_code,
        names=names,
        reason_code=one.reason_code,
        evidence=one.evidence,
        source=SourceKind.RULE,
        actor=None,
        birth_date=one.birth_date,
        country=one.country,
        identifiers=identifiers,
        valid_until=None,
        business_date=business_date,
    )
    return EntryDraft(
        subject_kind_code=one.subject_kind_code,
        subject_key=one.subject_key,
        names=names,
        identifiers=identifiers,
        addresses=[],
        birth_date=one.birth_date,
        country=one.country,
        reason_code=one.reason_code,
        evidence=one.evidence,
        source=SourceKind.RULE,
        source_reference=one.source_reference,
    )
