"""Entries that a rule asks for, of as many subjects as one night finds. A person confirms each of them, or refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction

from blacklist.models import BlacklistEntry, SourceKind
from blacklist.services.entry_input import check_entry_input, flatten_identifiers
from blacklist.services.entry_rows import EntryDraft, write_entries

Ground = tuple[str, str, str]
"""Of an entry: the key of its subject, the code of the reason, and what it refers to."""


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
    """Propose an entry for each finding, except where the subject is proposed or listed on the same ground already, also when somebody else
    lists it at this moment. Returns those proposed.

    Raises UnableToProposeEntry `invalid` when one of them cannot be an entry: then none is.
    """
    asked: dict[Ground, RuleFinding] = {}
    for one in found:
        asked.setdefault((one.subject_key, one.reason_code, one.source_reference), one)
    try:
        with transaction.atomic():
            return _write_unknown(asked, business_date)
    except IntegrityError:
        # Another was first with some of them. The database waited for who that was, so that they are known now.
        return _write_unknown(asked, business_date)


def _write_unknown(asked: Mapping[Ground, RuleFinding], business_date: date) -> list[BlacklistEntry]:
    """Write those on whose ground nobody is proposed or listed. Raises IntegrityError where somebody is meanwhile."""
    known: set[Ground] = set()
    if asked:
        rows = BlacklistEntry.objects.open_for(*{key for key, _, _ in asked})
        known = set(rows.values_list("subject_key", "reason_code", "source_reference"))
    left = [_draft(one, business_date) for ground, one in asked.items() if ground not in known]
    return write_entries(left, actor=None, business_date=business_date) if left else []


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
