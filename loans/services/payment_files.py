"""Files of incoming payments: taken, read and matched in the background, then booked line by line, each once ever.

The rows are the truth and messages only wake-ups. Reading a file is one transaction; booking takes one line a transaction, so that a
killed worker loses nothing and a doubled message finds nothing to do.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from core import audit, kept_files
from core.business_date import get_business_date
from core.errors import DomainError
from core.models import User
from core.money import MoneyError, check_amount
from core.waiting_rows import try_each
from core.wake_ups import wake_after_commit
from loans.domain.statement_files import Booking, FileRefused, StatementFile, check_bytes, read_statements
from loans.domain.statement_files.parts import MAX_FAULTS
from loans.models import Loan, PaymentFile, PaymentLine
from loans.selectors.loans import visible_loans
from loans.services.payment_matching import Match, match_bookings
from loans.services.payments import CASHIERS, post_payment

MAX_BYTES = 20 << 20
CHUNK = 2_000
TASK = "loans.work_payment_files"
State, FileState = PaymentLine.State, PaymentFile.State


class UnableToImportPayments(DomainError):
    """The file, or the line, goes no further."""

    title = "These payments cannot be imported"
    messages = {
        "not_entitled": "Only loan officers and collections officers book payments.",
        "no_branch": "You belong to no branch, so that nobody could see your file.",
        "too_large": "The file is larger than 20 MB.",
        "refused": "{detail}",
        "there_before": "This file was uploaded before, on {day} by {name}.",
        "not_read": "This file is {state}.",
        "nothing_matched": "No line is matched to a loan. Take up the lines that are not matched one by one.",
        "not_open": "This line is {state}.",
        "unknown_loan": "There is no loan {reference} that you may see.",
        "other_currency": "The line is in {currency}, the loan in {loan_currency}.",
        "reason_missing": "Say why.",
    }


@transaction.atomic
def receive_payments(*, upload: UploadedFile[Any], actor: User) -> PaymentFile:
    """Keep a statement for a worker to read. Raises UnableToImportPayments."""
    _may_book(actor)
    branch = actor.branches.order_by("pk").first()
    if branch is None:
        raise UnableToImportPayments("no_branch")
    if (upload.size or 0) > MAX_BYTES:
        raise UnableToImportPayments("too_large")
    content = upload.read()
    try:
        check_bytes(content)
    except FileRefused as refusal:
        raise UnableToImportPayments("refused", detail=str(refusal)) from refusal
    digest = hashlib.sha256(content).hexdigest()
    file = PaymentFile(branch=branch, file_name=(upload.name or "file")[:200], sha256=digest, uploaded_by=actor)
    file.stored_as = f"payments/{file.pk.hex}"
    try:
        with transaction.atomic():
            file.save(force_insert=True)
    except IntegrityError as error:
        first = PaymentFile.objects.select_related("uploaded_by").get(sha256=digest)
        raise UnableToImportPayments("there_before", day=first.uploaded_at.date(), name=first.uploaded_by.full_name) from error
    kept_files.keep(file.stored_as, BytesIO(content), place=_place(file))
    audit.record("payments.received", actor=actor, target=file, branch=branch.pk, label=file.file_name)
    wake_after_commit(TASK)
    return file


@transaction.atomic
def post_file(*, file: PaymentFile, actor: User) -> PaymentFile:
    """Have the matched lines booked. Raises UnableToImportPayments: `not_entitled`, `not_read`, `nothing_matched`."""
    _may_book(actor)
    held = PaymentFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if held.state != FileState.READ:
        raise UnableToImportPayments("not_read", state=held.get_state_display().lower())
    if not held.lines.filter(state=State.MATCHED).exists():
        raise UnableToImportPayments("nothing_matched")
    held.state, held.posted_by = FileState.POSTING, actor
    held.save(update_fields=["state", "posted_by"])
    audit.record("payments.posting", actor=actor, target=held, branch=held.branch_id, label=held.file_name)
    wake_after_commit(TASK)
    return held


@transaction.atomic
def assign_line(*, line: PaymentLine, reference: str, actor: User) -> PaymentLine:
    """Book a line that was not matched to a loan that a person names. Raises UnableToImportPayments, UnableToPostPayment."""
    held = _lock_open(line, actor)
    held.loan = find_loan(reference, held.currency, actor)
    _book(held, actor)
    return held


@transaction.atomic
def set_line_aside(*, line: PaymentLine, reason: str, actor: User) -> PaymentLine:
    """Say that a line is no payment of a loan, and why. Raises UnableToImportPayments."""
    held = _lock_open(line, actor)
    if not reason.strip():
        raise UnableToImportPayments("reason_missing")
    held.state, held.note, held.decided_by, held.loan = State.SET_ASIDE, reason.strip()[:300], actor, None
    held.save(update_fields=["state", "note", "decided_by", "loan"])
    audit.record("payments.set_aside", actor=actor, target=held, branch=held.file.branch_id, label=held.file.file_name, reason=reason)
    return held


def find_loan(reference: str, currency: str, actor: User) -> Loan:
    """The loan of a reference that this person may see. Raises UnableToImportPayments: `unknown_loan`, `other_currency`."""
    wanted = reference.strip().upper()
    loan = visible_loans(actor).filter(reference=wanted).first()
    if loan is None:
        raise UnableToImportPayments("unknown_loan", reference=wanted[:20])
    if loan.currency != currency:
        raise UnableToImportPayments("other_currency", currency=currency, loan_currency=loan.currency)
    return loan


def work_files() -> int:
    """Read the files that wait and book what is to be booked. Several workers at once share the work. Returns lines and files done."""
    done = try_each(PaymentFile.objects.filter(state=FileState.RECEIVED), _read, _leave_unread)
    for key in PaymentFile.objects.filter(state=FileState.POSTING).order_by("id").values_list("pk", flat=True)[:100]:
        done += _post_lines(key)
    return done


def _read(key: UUID) -> int:
    with transaction.atomic():
        file = _lock_received(key)
        try:
            with kept_files.open_kept(file.stored_as, place=_place(file)) as kept:
                found = read_statements(kept.read())
        except FileRefused as refusal:
            found = StatementFile("")
            found.fault(refusal.line, str(refusal))
        _take(file, found)
    return _forget(file)


def _leave_unread(key: UUID) -> int:
    found = StatementFile("")
    found.fault(1, "The file could not be read.")
    with transaction.atomic():
        file = _lock_received(key)
        _take(file, found)
    return _forget(file)


def _lock_received(key: UUID) -> PaymentFile:
    rows = PaymentFile.objects.select_for_update(of=("self",)).select_related("uploaded_by")
    return rows.get(pk=key, state=FileState.RECEIVED)


def _forget(file: PaymentFile) -> int:
    """Nothing of a file is kept once it was read, or given up."""
    kept_files.forget(file.stored_as)
    PaymentFile.objects.filter(pk=file.pk).update(stored_as="")
    return 1


def _take(file: PaymentFile, found: StatementFile) -> None:
    """Write the incoming amounts as lines, matched where they name a loan; what leaves the account is none of ours."""
    incoming: list[tuple[Booking, str, str]] = []
    seen: Counter[str] = Counter()
    for part in found.statements:
        for booking in part.bookings:
            if booking.amount <= 0:
                continue
            try:
                check_amount(booking.amount, part.currency)
            except MoneyError as error:
                found.fault(booking.line, str(error))
                continue
            own = booking.own_id or f"{booking.day.isoformat()}|{booking.amount}|{booking.text}|{booking.traits}"
            identity = f"{part.account}|{part.currency}|{own}"
            seen[identity] += 1
            incoming.append((booking, part.currency, _key(f"{identity}|{0 if booking.own_id else seen[identity]}")))
    matches = match_bookings([(booking, currency) for booking, currency, _ in incoming], file.uploaded_by)
    for start in range(0, len(incoming), CHUNK):
        _write(file, incoming[start : start + CHUNK], matches[start : start + CHUNK])
    file.faults = [{"line": fault.line, "detail": fault.detail} for fault in sorted(found.faults, key=lambda one: one.line)[:MAX_FAULTS]]
    file.state = FileState.READ if incoming or (found.format and not found.faults) else FileState.REFUSED
    file.save(update_fields=["faults", "state"])
    audit.record(
        "payments.read", actor=None, target=file, branch=file.branch_id, label=file.file_name, lines=len(incoming), faults=len(found.faults)
    )


def _write(file: PaymentFile, incoming: list[tuple[Booking, str, str]], matches: list[Match]) -> None:
    known = set(PaymentLine.objects.filter(key__in=[key for _, _, key in incoming]).values_list("key", flat=True))
    rows = []
    for (booking, currency, key), match in zip(incoming, matches, strict=True):
        again = key in known
        known.add(key)
        rows.append(
            PaymentLine(
                file=file,
                number=booking.line,
                value_date=booking.day,
                amount=booking.amount,
                currency=currency,
                text=booking.text[:1000],
                key=None if again else key,
                state=State.DUPLICATE if again else State.MATCHED if match.loan_id else State.UNMATCHED,
                loan_id=None if again else match.loan_id,
                note="" if again else match.note,
            )
        )
    PaymentLine.objects.bulk_create(rows)


def _post_lines(key: Any) -> int:
    """Book the matched lines of a file one by one; a line that is refused goes to the worklist with the reason."""
    file = PaymentFile.objects.select_related("posted_by").get(pk=key)
    assert file.posted_by is not None
    done = 0
    while True:
        with transaction.atomic():
            rows = PaymentLine.objects.select_for_update(skip_locked=True, of=("self",)).select_related("loan")
            line = rows.filter(file=file, state=State.MATCHED).order_by("number", "id").first()
            if line is None:
                break
            try:
                with transaction.atomic():
                    _book(line, file.posted_by)
            except DomainError as refusal:
                PaymentLine.objects.filter(pk=line.pk).update(state=State.UNMATCHED, note=refusal.detail[:300])
        done += 1
    with transaction.atomic():
        held = PaymentFile.objects.select_for_update(of=("self",)).get(pk=key)
        if held.state == FileState.POSTING and not held.lines.filter(state=State.MATCHED).exists():
            held.state = FileState.DONE
            held.save(update_fields=["state"])
            audit.record("payments.posted", actor=held.posted_by, target=held, branch=held.branch_id, label=held.file_name)
    return done


def _book(line: PaymentLine, actor: User) -> None:
    assert line.loan is not None and line.key is not None
    line.payment = post_payment(
        loan=line.loan,
        amount=line.amount,
        currency=line.currency,
        value_date=line.value_date,
        actor=actor,
        business_date=get_business_date(),
        external_reference=f"file {line.key}",
        source="FILE",
    )
    line.state, line.note, line.decided_by = State.POSTED, "", actor
    line.save(update_fields=["loan", "payment", "state", "note", "decided_by"])


def _lock_open(line: PaymentLine, actor: User) -> PaymentLine:
    _may_book(actor)
    held = PaymentLine.objects.select_for_update(of=("self",)).select_related("file").get(pk=line.pk)
    if held.state != State.UNMATCHED:
        raise UnableToImportPayments("not_open", state=held.get_state_display().lower())
    return held


def _may_book(actor: User) -> None:
    if not actor.has_role(*CASHIERS):
        raise UnableToImportPayments("not_entitled")


def _key(identity: str) -> str:
    """Keyed, because a bank's texts name people and accounts."""
    return hmac.new(settings.CREDENCE_INDEX_KEY, f"payment_line:{identity}".encode(), hashlib.sha256).hexdigest()[:48]


def _place(file: PaymentFile) -> str:
    return f"payment_file:{file.pk}"
