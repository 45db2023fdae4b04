"""Proposing entries from a file: previewed line by line, proposed as a whole, confirmed by another person."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO, ClassVar

from django.db import transaction

from blacklist.domain.lists.record import UnreadableList, read_text
from blacklist.models import EntryBatch, EntryBatchLine, IdentifierKind
from blacklist.selectors.subjects import keyed_fingerprint
from blacklist.services import batch_entering
from blacklist.services.entries import PROPOSERS
from blacklist.services.entry_input import UnableToProposeEntry, check_entry_input, entry_arguments, flatten_identifiers
from blacklist.services.entry_rows import CONFIRMERS
from core import audit, four_eyes
from core.errors import DomainError
from core.models import User
from core.wake_ups import wake_after_commit

KIND = "blacklist.batch"
NEEDED = frozenset({"kind", "name", "reason_code", "evidence"})
COLUMNS = NEEDED | {"aliases", "birth_date", "country", "addresses", "source_reference", "valid_until", *IdentifierKind.values}
MAX_LINES = 5_000


class UnableToImportEntries(DomainError):
    """The file, or the batch, goes no further."""

    title = "These entries cannot be imported"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Your roles do not allow you to import entries.",
        "unreadable": "{why}",
        "faulty": "{faulty} lines have faults. Mend the file and upload it again.",
        "not_here": "This batch is {state}.",
        "reason_missing": "Say why.",
    }


@transaction.atomic
def preview_entries(*, stream: BinaryIO, file_name: str, actor: User, business_date: date) -> EntryBatch:
    """Read a CSV of entries and say line by line what is wrong. Nothing is proposed yet.

    Raises UnableToImportEntries: `not_entitled`, `unreadable`.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToImportEntries("not_entitled")
    batch = EntryBatch.objects.create(file_name=file_name[:200], uploaded_by=actor)
    seen: dict[bytes, int] = {}
    lines: list[EntryBatchLine] = []
    try:
        for number, row in _rows(stream):
            faults = _faults(row, actor, business_date)
            key = keyed_fingerprint(json.dumps(row, sort_keys=True), kind="entry_batch_line")
            if key in seen:
                faults.append(f"The same as line {seen[key]}.")
            seen.setdefault(key, number)
            lines.append(EntryBatchLine(batch=batch, number=number, content=json.dumps(row, ensure_ascii=False), faults=faults))
            batch.lines += 1
            batch.faulty += bool(faults)
    except UnreadableList as refusal:
        raise UnableToImportEntries("unreadable", why=str(refusal)) from refusal
    EntryBatchLine.objects.bulk_create(lines, batch_size=1_000)
    batch.save(update_fields=["lines", "faulty"])
    audit.record("entry_batch.uploaded", actor=actor, target=batch, business_date=business_date, lines=batch.lines, faulty=batch.faulty)
    return batch


@transaction.atomic
def propose_batch(*, batch: EntryBatch, actor: User) -> EntryBatch:
    """Ask a second person to confirm the whole batch. Raises UnableToImportEntries: `not_here`, `faulty`, `not_entitled`."""
    locked = EntryBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.uploaded_by_id != actor.pk:
        raise UnableToImportEntries("not_entitled")
    if locked.state != EntryBatch.State.PREVIEW:
        raise UnableToImportEntries("not_here", state=locked.get_state_display().lower())
    if locked.faulty or not locked.lines:
        raise UnableToImportEntries("faulty", faulty=locked.faulty or "no")
    locked.state = EntryBatch.State.PROPOSED
    locked.save(update_fields=["state"])
    four_eyes.propose(
        kind=KIND,
        target=locked,
        title=f"{locked.lines} blacklist entries from {locked.file_name}",
        roles=CONFIRMERS,
        actor=actor,
        content=_content(locked),
        path=f"/blacklist/import/{locked.pk}/",
    )
    return locked


@transaction.atomic
def decide_batch(*, batch: EntryBatch, confirm: bool, reason: str, actor: User) -> EntryBatch:
    """Let a worker put every entry of the batch into force, or refuse them all: the second pair of eyes.

    Raises UnableToImportEntries: `not_here`, `reason_missing`; core's UnableToConfirm.
    """
    if not confirm and not reason.strip():
        raise UnableToImportEntries("reason_missing")
    locked = EntryBatch.objects.select_for_update().get(pk=batch.pk)
    proposal = four_eyes.open_proposal(kind=KIND, target=locked)
    if proposal is None:
        raise UnableToImportEntries("not_here", state=locked.get_state_display().lower())
    if not confirm:
        four_eyes.reject(proposal, actor=actor, reason=reason.strip())
        locked.state, locked.reason = EntryBatch.State.REFUSED, reason.strip()
        locked.save(update_fields=["state", "reason"])
        return locked
    four_eyes.confirm(proposal, actor=actor, content=_content(locked), reason=reason.strip())
    locked.state, locked.confirmed_by, locked.reason = EntryBatch.State.ENTERING, actor, reason.strip()
    locked.save(update_fields=["state", "confirmed_by", "reason"])
    wake_after_commit(batch_entering.TASK)
    return locked


def _content(batch: EntryBatch) -> dict[str, Any]:
    """What is confirmed, as keyed fingerprints."""
    return {"lines": [keyed_fingerprint(line.content, kind="entry_batch_line").hex() for line in batch.rows.all()]}


def _rows(stream: BinaryIO) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(read_text(stream), strict=True)
    count = 0
    try:
        header = set(reader.fieldnames or [])
        if not header >= NEEDED or not header <= COLUMNS:
            raise UnreadableList(
                "malformed", f"The header needs {', '.join(sorted(NEEDED))}, and may have {', '.join(sorted(COLUMNS - NEEDED))}."
            )
        for row in reader:
            if None in row or None in row.values():
                raise UnreadableList("truncated", f"Line {reader.line_num} has not as many fields as the header.")
            count += 1
            if count > MAX_LINES:
                raise UnreadableList("too_large", f"At most {MAX_LINES:,} entries are imported at once.")
            yield reader.line_num, {column: value.strip() for column, value in row.items()}
    except csv.Error as error:
        raise UnreadableList("truncated", f"The file ends inside a quoted field near line {reader.line_num}.") from error
    if not count:
        raise UnreadableList("empty", "The file has no entries.")


def _faults(row: Mapping[str, str], actor: User, business_date: date) -> list[str]:
    """What is wrong with a line, in words."""
    try:
        values = entry_arguments(row)
    except ValueError:
        return ["valid_until: This is not a date."]
    try:
        check_entry_input(
            subject_kind_code=values["subject_kind_code"],
            names=[name for name in values["names"] if name],
            reason_code=values["reason_code"],
            evidence=values["evidence"],
            source="person",
            actor=actor,
            birth_date=values["birth_date"],
            country=values["country"],
            identifiers=flatten_identifiers(values["identifiers"]),
            valid_until=values["valid_until"],
            business_date=business_date,
        )
    except UnableToProposeEntry as refusal:
        return [f"{fault.field}: {fault.detail}" for fault in refusal.faults]
    return []
