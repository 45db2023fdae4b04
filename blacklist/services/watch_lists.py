"""Taking in a version of a public watch list: compared with what is in force, and put into force, held back or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO, ClassVar

from django.db import transaction
from django.db.models import Max

from blacklist.domain.lists.ofac import read_ofac
from blacklist.domain.lists.plain import read_plain
from blacklist.domain.lists.record import ListRecord, UnreadableList
from blacklist.domain.lists.un import read_un
from blacklist.models import ChangeKind, VersionState, WatchList, WatchListChange, WatchListVersion
from blacklist.services.watch_list_force import UnableToDecideVersion, put_into_force
from core import audit, four_eyes
from core.errors import DomainError
from core.models import User
from core.roles import Role

IMPORTERS = (Role.COMPLIANCE, Role.RISK_MANAGER)
HELD_PROPOSAL = "blacklist.watch_list"
FIELDS = ("subject_kind", "names", "birth_dates", "identifiers", "addresses", "countries", "program")
CHUNK = 1_000


class UnableToImportList(DomainError):
    """The import was not even begun."""

    title = "This list cannot be imported"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Your roles do not allow you to import a list.",
        "files_missing": "A list of this kind needs {files}.",
        "held": "Version {number} of this list is held back. Release or refuse it first.",
        "too_large": "The files are larger than {limit} MB.",
        "being_read": "A file of this list is being read. Wait until that has ended.",
    }


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """The files of a version, read as a whole: its records and digest; or why they are none, in words."""

    names: str
    sha256: str
    records: list[ListRecord]
    refusal: str = ""


def import_watch_list(
    *, watch_list: WatchList, files: Mapping[str, BinaryIO], actor: User | None, business_date: date, actor_name: str = ""
) -> WatchListVersion:
    """Read the files as a new version of the list. The version says what became of it; the list in force changes only if it is IN_FORCE.

    `files` maps a part (`sdn`, `alt`, `add` for OFAC; `list` else) to its stream. A file that cannot be read as a whole is REFUSED;
    a list that shrinks by more than its limit is HELD for a second person. Raises UnableToImportList.
    """
    check_import(watch_list=watch_list, files=files, actor=actor)
    read = read_files(watch_list.format, files)
    return take_in(watch_list=watch_list, read=read, actor=actor, business_date=business_date, actor_name=actor_name)


def open_list(*, code: str, title: str, kind: str, actor: User | None, business_date: date, actor_name: str = "") -> WatchList:
    """The list of this code; there is none yet, so it is begun, in the format `kind` (of ListFormat)."""
    watch_list, is_new = WatchList.objects.get_or_create(code=code, defaults={"title": title, "format": kind})
    if is_new:
        audit.record("watch_list.opened", actor=actor, actor_name=actor_name, target=watch_list, business_date=business_date, format=kind)
    return watch_list


def check_import(*, watch_list: WatchList, files: Mapping[str, Any], actor: User | None) -> None:
    """Whether an import may begin. Raises UnableToImportList: `not_entitled`, `files_missing`, `held`."""
    if actor is not None and not actor.has_role(*IMPORTERS):
        raise UnableToImportList("not_entitled")
    needed = ("sdn",) if watch_list.format == "ofac" else ("list",)
    if not all(files.get(part) for part in needed):
        raise UnableToImportList("files_missing", files=", ".join(needed))
    held = watch_list.versions.filter(state=VersionState.HELD).first()
    if held is not None:
        raise UnableToImportList("held", number=held.number)


def read_files(kind: str, files: Mapping[str, BinaryIO], progress: Callable[[int], None] | None = None) -> ReadFiles:
    """Read the files of a list of this format, outside any transaction. `progress` hears how many more bytes were read."""
    digest = hashlib.sha256()
    names = ", ".join(sorted(files))[:300]
    try:
        records = list(_read(kind, {part: _Hashed(stream, digest, progress) for part, stream in files.items()}))
    except UnreadableList as refusal:
        return ReadFiles(names, digest.hexdigest(), [], str(refusal))
    return ReadFiles(names, digest.hexdigest(), records)


@transaction.atomic
def take_in(*, watch_list: WatchList, read: ReadFiles, actor: User | None, business_date: date, actor_name: str = "") -> WatchListVersion:
    """Make a version of what was read: in force, held back, refused or without a change. Raises UnableToImportList: `held`."""
    watch_list = WatchList.objects.select_for_update().get(pk=watch_list.pk)
    held = watch_list.versions.filter(state=VersionState.HELD).first()
    if held is not None:
        raise UnableToImportList("held", number=held.number)
    version = WatchListVersion(
        watch_list=watch_list,
        number=(watch_list.versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        state=VersionState.REFUSED,
        files=read.names,
        sha256=read.sha256,
        imported_by=actor,
        imported_by_name=actor.full_name if actor else actor_name or "command",
        business_date=business_date,
    )
    records = read.records
    if read.refusal:
        version.note = f"{read.refusal} The list in force stays as it is."
        return _keep(version, [])
    version.records = len(records)
    changes = _compare(watch_list, version, records)
    if not changes:
        version.state = VersionState.UNCHANGED
        return _keep(version, changes)
    before = watch_list.rows.filter(in_force=True).count()
    if before and Decimal(before - len(records)) / before > watch_list.shrink_limit:
        version.state = VersionState.HELD
        version.note = (
            f"The list would shrink from {before:,} to {len(records):,} records, by more than {watch_list.shrink_limit:.1%}. "
            "The list in force stays until a second person releases this version."
        )
    else:
        version.state = VersionState.REPLACED  # until it is put into force, in this transaction
    _keep(version, changes)
    if version.state == VersionState.HELD:
        four_eyes.propose(
            kind=HELD_PROPOSAL,
            target=version,
            title=f"Release version {version.number} of {watch_list.title}",
            roles=IMPORTERS,
            actor=actor,
            content={"list": watch_list.code, "sha256": version.sha256, "removed": version.removed},
            path=f"/screening/lists/{version.pk}/",
        )
    else:
        put_into_force(version)
    return version


@transaction.atomic
def decide_held_version(*, version: WatchListVersion, release: bool, reason: str, actor: User) -> WatchListVersion:
    """Release a version that was held back, or refuse it: the second pair of eyes.

    Raises UnableToDecideVersion: `not_held`, `reason_missing`; core's UnableToConfirm.
    """
    if not reason.strip():
        raise UnableToDecideVersion("reason_missing")
    proposal = four_eyes.open_proposal(kind=HELD_PROPOSAL, target=version)
    if version.state != VersionState.HELD or proposal is None:
        raise UnableToDecideVersion("not_held", state=version.get_state_display().lower())
    if release:
        four_eyes.confirm(proposal, actor=actor, reason=reason.strip())
    else:
        four_eyes.reject(proposal, actor=actor, reason=reason.strip())
    state = VersionState.REPLACED if release else VersionState.REFUSED
    own = version.imported_by_id == actor.pk
    version.state, version.decided_by = state, None if own else actor
    version.note = f"{version.note} {'Released' if release else 'Refused'} by {actor.full_name}: {reason.strip()}"
    version.save(update_fields=["state", "decided_by", "note"])
    audit.record(f"watch_list.{'released' if release else 'refused'}", actor=actor, target=version, reason=reason.strip())
    if release:
        put_into_force(version)
    return version


class _Hashed:
    """A stream that feeds a digest with what is read from it, and tells how much that was."""

    def __init__(self, stream: BinaryIO, digest: Any, progress: Callable[[int], None] | None = None) -> None:
        self.stream, self.digest, self.progress = stream, digest, progress

    def read(self, size: int = -1) -> bytes:
        chunk = self.stream.read(size)
        self.digest.update(chunk)
        if self.progress is not None:
            self.progress(len(chunk))
        return chunk


def _read(kind: str, files: Mapping[str, Any]) -> Iterator[ListRecord]:
    if kind == "ofac":
        return read_ofac(files["sdn"], files.get("alt"), files.get("add"))
    readers: dict[str, Callable[[Any], Iterator[ListRecord]]] = {"un": read_un, "plain": read_plain}
    return readers[kind](files["list"])


def content_of(record: ListRecord) -> dict[str, Any]:
    """The record as it is stored and compared: plain JSON."""
    content = asdict(record)
    content["subject_kind"] = content.pop("kind")
    return {
        field: [list(v) if isinstance(v, tuple) else v for v in value] if isinstance(value, tuple) else value
        for field, value in content.items()
    }


def _compare(watch_list: WatchList, version: WatchListVersion, records: Iterable[ListRecord]) -> list[WatchListChange]:
    """What the records change against those in force; counts go into the version."""
    known = {row.uid: row for row in watch_list.rows.filter(in_force=True).iterator(chunk_size=CHUNK)}
    changes = []
    for record in records:
        after = content_of(record)
        row = known.pop(record.uid, None)
        before = {field: getattr(row, field) for field in FIELDS} if row is not None else {}
        if row is not None and all(before[field] == after[field] for field in FIELDS):
            continue
        kind = ChangeKind.CHANGED if row is not None else ChangeKind.ADDED
        changes.append(WatchListChange(version=version, kind=kind, uid=record.uid, name=record.names[0][:500], before=before, after=after))
    for uid, row in known.items():
        before = {field: getattr(row, field) for field in FIELDS}
        changes.append(WatchListChange(version=version, kind=ChangeKind.REMOVED, uid=uid, name=str(row)[:500], before=before))
    for kind in ChangeKind:
        setattr(version, kind.value, sum(change.kind == kind for change in changes))
    return changes


def _keep(version: WatchListVersion, changes: list[WatchListChange]) -> WatchListVersion:
    version.save(force_insert=True)
    batch = iter(changes)
    while chunk := list(islice(batch, CHUNK)):
        WatchListChange.objects.bulk_create(chunk)
    audit.record(
        "watch_list.imported",
        actor=version.imported_by,
        actor_name=version.imported_by_name,
        target=version,
        label=str(version),
        business_date=version.business_date,
        state=version.state,
        records=version.records,
        added=version.added,
        changed=version.changed,
        removed=version.removed,
    )
    return version
