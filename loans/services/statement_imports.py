"""Statements that somebody sends: kept encrypted until a worker has read them, then only their lines remain.

The row is the truth and the message only a wake-up: whatever waits is sent again by beat. Reading is one transaction that
ends in DONE, so a killed worker leaves nothing behind and a doubled message finds nothing to do.
"""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from core import audit, kept_files
from core.errors import DomainError
from core.events import publish
from core.models import PartnerClient, User
from core.roles import Role
from core.waiting_rows import try_each
from core.wake_ups import wake_after_commit
from loans.domain.statement_files import FileRefused, StatementFile, check_bytes, read_statements
from loans.domain.statement_files.parts import MAX_FAULTS, account_number
from loans.domain.states import ApplicationState
from loans.events import StatementRead
from loans.models import Application, StatementImport
from loans.selectors.interests import has_interest
from loans.services.statement_merging import add_part
from loans.services.statements import open_account

MAX_BYTES = 20 << 20
TASK = "loans.read_statements"
SENDERS = (Role.OFFICER, Role.INVESTIGATOR)
INVESTIGATED = (ApplicationState.SUBMITTED, ApplicationState.INCOMPLETE, ApplicationState.INVESTIGATING)


class UnableToReceiveStatement(DomainError):
    """The file is not taken."""

    title = "The statement was not taken"
    messages = {
        "too_large": "The file is larger than 20 MB.",
        "no_borrower": "The application is still a draft. Statements are taken when it has been submitted.",
        "refused": "{detail}",
        "not_entitled": "Loan officers and investigators send statements of an applicant.",
        "own_interest": "You declared an interest in a party of this file. Somebody else sends its statements.",
        "closed": "The investigation has ended. Send the file back to it before another statement is read.",
    }

    @property
    def status(self) -> int:  # type: ignore[override]
        return {"too_large": 413, "no_borrower": 409, "closed": 409}.get(self.code, 422)


@transaction.atomic
def receive_statement(
    *, application: Application, upload: UploadedFile[Any], account: str = "", partner: PartnerClient | None, actor: User | None
) -> StatementImport:
    """Keep a file of the applicant's account for a worker to read. `account` names it when the file does not. A person sends one while the
    file is investigated, since facts follow from it; a partner sends them for a running loan too.

    Raises UnableToReceiveStatement: `too_large`, `no_borrower`, `refused` (empty, an archive, binary, a DTD inside); of a person
    `not_entitled`, `own_interest`, `closed`.
    """
    if actor is not None:
        _check_sender(actor, application)
    if application.borrower is None:
        raise UnableToReceiveStatement("no_borrower")
    if (upload.size or 0) > MAX_BYTES:
        raise UnableToReceiveStatement("too_large")
    content = upload.read()
    try:
        check_bytes(content)
    except FileRefused as refusal:
        raise UnableToReceiveStatement("refused", detail=str(refusal)) from refusal
    statement = StatementImport(
        application=application,
        partner=partner,
        sent_by=actor,
        source=(partner.name if partner else actor.full_name if actor else "system")[:60],
        sha256=hashlib.sha256(content).hexdigest(),
        given_account=account_number(account),
    )
    statement.stored_as = f"statements/{statement.pk.hex}"
    kept_files.keep(statement.stored_as, BytesIO(content), place=_place(statement))
    statement.save(force_insert=True)
    audit.record(
        "statement.received",
        actor=actor,
        actor_name=partner.name if partner and actor is None else "",
        target=statement,
        branch=application.branch_id,
        label=application.reference,
    )
    wake_after_commit(TASK)
    return statement


def may_send(actor: User, application: Application) -> bool:
    """Whether this person may send a statement for the file now."""
    return actor.has_role(*SENDERS) and application.state in INVESTIGATED and not has_interest(actor, application)


def _check_sender(actor: User, application: Application) -> None:
    if not actor.has_role(*SENDERS):
        raise UnableToReceiveStatement("not_entitled")
    if has_interest(actor, application):
        raise UnableToReceiveStatement("own_interest")
    if application.borrower is not None and application.state not in INVESTIGATED:
        raise UnableToReceiveStatement("closed")


def read_waiting() -> int:
    """Read the files that wait. Returns how many were read or refused."""
    waiting = StatementImport.objects.filter(state__in=("RECEIVED", "READING"), stored_as__gt="")
    return try_each(waiting, _read_one, _leave_unread, state="READING")


def _read_one(key: UUID) -> int:
    with transaction.atomic():
        rows = StatementImport.objects.select_for_update(of=("self",)).select_related("application__borrower")
        statement = rows.get(pk=key, state="READING")
        with kept_files.open_kept(statement.stored_as, place=_place(statement)) as kept:
            content = kept.read()
        try:
            file = read_statements(content)
        except FileRefused as refusal:
            file = StatementFile("")
            file.fault(refusal.line, str(refusal))
        _take(statement, file)
    _forget(statement)
    return 1


def _leave_unread(key: UUID) -> int:
    StatementImport.objects.filter(pk=key).update(state="REFUSED", errors=[_fault(1, "The file could not be read.")])
    _forget(StatementImport.objects.get(pk=key))
    return 1


def _take(statement: StatementImport, file: StatementFile) -> None:
    """Add the lines of every account of the file, and say how it went."""
    assert statement.application is not None and statement.application.borrower is not None
    contradicts = False
    for part in file.statements:
        number = part.account or statement.given_account
        if statement.given_account and part.account and part.account != statement.given_account:
            file.fault(part.line, "This account is not the one that was named with the file.")
        elif not number:
            file.fault(part.line, "Neither the file nor the request names the account.")
        else:
            account = open_account(borrower=statement.application.borrower, iban=number, bank_name="", actor=None)
            statement.account = account
            merged = add_part(statement, account, part, form=file.format)
            statement.accepted += len(merged.fresh)
            statement.duplicates += merged.duplicates
            file.faults += merged.conflicts
            contradicts = contradicts or bool(merged.conflicts)
    statement.lines, statement.form = file.lines, file.format
    statement.errors = [_fault(fault.line, fault.detail) for fault in sorted(file.faults, key=lambda fault: fault.line)[:MAX_FAULTS]]
    statement.state = "DONE" if statement.accepted or statement.duplicates or (file.format and not file.faults) else "REFUSED"
    statement.read_at = timezone.now()
    statement.save(update_fields=["account", "accepted", "duplicates", "retold", "lines", "form", "errors", "state", "read_at"])
    if statement.accepted or statement.retold or contradicts:
        publish(StatementRead(statement_id=str(statement.pk)))
    audit.record(
        "statement.read",
        actor=None,
        target=statement,
        branch=statement.application.branch_id,
        label=statement.application.reference,
        format=file.format,
        accepted=statement.accepted,
        duplicates=statement.duplicates,
        retold=statement.retold,
        faults=len(file.faults),
    )


def _fault(line: int, detail: str) -> dict[str, Any]:
    return {"line": line, "detail": detail}


def _place(statement: StatementImport) -> str:
    return f"statement_file:{statement.pk}"


def _forget(statement: StatementImport) -> None:
    """The file has been read: its lines stand in the database, and nothing else of it is kept."""
    kept_files.forget(statement.stored_as)
    StatementImport.objects.filter(pk=statement.pk).update(stored_as="")
