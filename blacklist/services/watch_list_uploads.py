"""Files of watch lists that somebody sends: kept until a worker has read them, with their progress, then only the version remains.

The row is the truth and the message only a wake-up: whatever waits is sent again by beat. Reading stands outside any transaction
and becomes a version in one, so a killed worker leaves nothing behind and a doubled message finds nothing to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import date
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from blacklist.domain.lists.record import MAX_BYTES
from blacklist.models import UploadState, WatchListUpload
from blacklist.services.watch_lists import ReadFiles, UnableToImportList, check_import, open_list, read_files, take_in
from core import audit, kept_files
from core.errors import DomainError
from core.models import User
from core.waiting_rows import try_each
from core.wake_ups import wake_after_commit

TASK = "blacklist.read_watch_lists"
WAITING = (UploadState.RECEIVED, UploadState.READING)
# Progress is written at most so often, in seconds.
PROGRESS_EVERY = 0.5


def receive_watch_list(
    *, title: str, kind: str, files: Mapping[str, UploadedFile[Any]], actor: User, business_date: date
) -> WatchListUpload:
    """Keep the files of a list for a worker to read; a list of a new title is begun with them, in the format `kind`.

    `files` are named as `import_watch_list` has them. Raises UnableToImportList: `not_entitled`, `files_missing`, `held`, `too_large`,
    `being_read`; then no list is begun either.
    """
    size = sum(file.size or 0 for file in files.values())
    if size > MAX_BYTES:
        raise UnableToImportList("too_large", limit=MAX_BYTES >> 20)
    code = slugify(title)[:40] or "list"
    try:
        with transaction.atomic():
            watch_list = open_list(code=code, title=title, kind=kind, actor=actor, business_date=business_date)
            check_import(watch_list=watch_list, files=files, actor=actor)
            upload = WatchListUpload(watch_list=watch_list, parts=sorted(files), size=size, uploaded_by=actor, business_date=business_date)
            upload.save(force_insert=True)
            audit.record("watch_list.received", actor=actor, target=upload, business_date=business_date, list=code)
            for part, file in files.items():
                kept_files.keep(_name(upload, part), cast(BinaryIO, file), place=_place(upload, part))
            wake_after_commit(TASK)
    except IntegrityError as error:
        if not WatchListUpload.objects.filter(watch_list__code=code, state__in=WAITING).exists():
            raise
        raise UnableToImportList("being_read") from error
    return upload


def read_waiting() -> int:
    """Read what waits. Returns how many were read or given up."""
    return try_each(WatchListUpload.objects.filter(state__in=WAITING), _read_one, _leave_unread, state=UploadState.READING, done=0)


def _read_one(key: UUID) -> int:
    """Make a version of one upload. Returns that it is settled, read or not."""
    upload = _upload(key)
    try:
        with ExitStack() as stack:
            files: dict[str, BinaryIO] = {
                part: stack.enter_context(kept_files.open_kept(_name(upload, part), place=_place(upload, part))) for part in upload.parts
            }
            read = read_files(upload.watch_list.format, files, _progress(key))
        _make_version(upload, read)
    except DomainError as refusal:
        return _settle(upload, note=refusal.detail)
    _forget(upload)
    return 1


def _leave_unread(key: UUID) -> int:
    return _settle(_upload(key), note="The files could not be read.")


def _upload(key: UUID) -> WatchListUpload:
    return WatchListUpload.objects.select_related("watch_list", "uploaded_by").get(pk=key)


@transaction.atomic
def _make_version(upload: WatchListUpload, read: ReadFiles) -> None:
    upload.version = take_in(watch_list=upload.watch_list, read=read, actor=upload.uploaded_by, business_date=upload.business_date)
    upload.state, upload.done = UploadState.DONE, upload.size
    upload.save(update_fields=["version", "state", "done"])


def _settle(upload: WatchListUpload, *, note: str) -> int:
    """Give the files up, and say why."""
    upload.state, upload.note = UploadState.FAILED, f"{note} The list in force stays as it is."
    upload.save(update_fields=["state", "note"])
    audit.record("watch_list.given_up", actor=None, actor_name="worker", target=upload, reason=note)
    _forget(upload)
    return 1


def _progress(key: UUID) -> Callable[[int], None]:
    """Adds up the bytes that were read and writes them into the row now and then."""
    total, written = 0, time.monotonic()

    def hear(count: int) -> None:
        nonlocal total, written
        total += count
        if time.monotonic() - written >= PROGRESS_EVERY:
            written = time.monotonic()
            WatchListUpload.objects.filter(pk=key).update(done=total)

    return hear


def _folder(upload: WatchListUpload) -> str:
    return f"watch_lists/{upload.pk.hex}"


def _name(upload: WatchListUpload, part: str) -> str:
    return f"{_folder(upload)}/{part}"


def _place(upload: WatchListUpload, part: str) -> str:
    return f"blacklist_watchlistupload:{upload.pk}:{part}"


def _forget(upload: WatchListUpload) -> None:
    """The files have been read, or given up: nothing of them is kept."""
    kept_files.forget(_folder(upload))
