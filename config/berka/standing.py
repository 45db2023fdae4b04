"""Where an import stands in this house: not begun, begun, or done. What each step brought is kept with its audit entry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, ClassVar

from django.db import connection

from core import audit
from core.business_date import get_bank
from core.errors import DomainError
from core.models import AuditEntry, BankState, Branch, User
from loans.models import Application, Borrower, Product

FIRST_DAY = date(1993, 1, 1)
CURRENCY = "CZK"
ACTOR = "import"
STARTED, STEP, FINISHED = "berka.started", "berka.step", "berka.finished"
LOCK = 1993_0101


class UnableToImport(DomainError):
    """The data cannot be imported here."""

    title = "The Berka data was not imported"
    messages: ClassVar[dict[str, str]] = {
        "not_empty": "The Berka data goes only into an empty bank whose business date is 1993-01-01; this one stands on {business_date}"
        " and {state}. Choose another CREDENCE_DATA folder.",
        "other_files": "This bank was filled from other Berka files; import these into another CREDENCE_DATA folder.",
        "running": "An import into this bank is running already.",
        "files_missing": "These files are missing in {folder}: {files}.",
        "columns_missing": "{file} lacks the columns {columns}.",
    }


@contextmanager
def alone() -> Iterator[None]:
    """Only one import at a time works on a bank. Raises UnableToImport: `running`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not (cursor.fetchone() or (False,))[0]:
            raise UnableToImport("running")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def fingerprint_of(digests: dict[str, str]) -> str:
    """One fingerprint of all files with their names."""
    return hashlib.sha256("\n".join(f"{name}:{digests[name]}" for name in sorted(digests)).encode()).hexdigest()


def check_ground(fingerprint: str) -> None:
    """Whether this bank may take these files: empty and on the first day, or in the middle or at the end of the same import.

    Raises UnableToImport: `not_empty`, `other_files`.
    """
    begun = AuditEntry.objects.filter(action=STARTED).order_by("id").first()
    if begun is not None:
        if begun.details["files"] != fingerprint:
            raise UnableToImport("other_files")
        return
    bank = BankState.objects.filter(id=1).first()
    if bank is None:
        return
    if bank.business_date != FIRST_DAY:
        raise UnableToImport("not_empty", business_date=bank.business_date, state="its days have begun")
    if any(model._default_manager.exists() for model in (Branch, User, Borrower, Application, Product)):
        raise UnableToImport("not_empty", business_date=bank.business_date, state="somebody works in it")


def begin(fingerprint: str) -> None:
    """Note which files this bank is filled from."""
    audit.record(STARTED, actor=None, actor_name=ACTOR, target=get_bank(), files=fingerprint)


def brought_by(step: str) -> dict[str, Any] | None:
    """What a step brought when it was done; None while it is not."""
    entry = AuditEntry.objects.filter(action=STEP, target_label=step).first()
    return None if entry is None else dict(entry.details)


def note_step(step: str, brought: dict[str, Any]) -> dict[str, Any]:
    """A step is done. Call it in the step's own transaction. Returns what it brought as the database keeps it."""
    audit.record(STEP, actor=None, actor_name=ACTOR, target=get_bank(), label=step, **brought)
    return brought_by(step) or {}


def finished_report() -> dict[str, Any] | None:
    """The report of an import that was carried out to its end."""
    entry = AuditEntry.objects.filter(action=FINISHED).first()
    return None if entry is None else dict(entry.details["report"])


def note_finish(report: dict[str, Any]) -> dict[str, Any]:
    """The import is done. Returns the report as the database keeps it."""
    audit.record(FINISHED, actor=None, actor_name=ACTOR, target=get_bank(), report=report)
    return finished_report() or {}
