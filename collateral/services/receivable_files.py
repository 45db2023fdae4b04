"""Receivables from a file: previewed line by line, and taken in by a worker once a person has looked at what was found.

The file waits encrypted and is read twice; nothing but counts and what is wrong is kept before. Taking it in is one transaction, hence done
once, whoever is killed and however often the message comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from collateral.domain.fact_flags import NAMED, find_in_receivable
from collateral.domain.receivable_files import ReceivableLine, read_receivables
from collateral.domain.tables import Refusal, UnreadableTable
from collateral.domain.twins.words import name_key
from collateral.models import Asset, FactsVersion, Receivable, ReceivableFile
from collateral.selectors.receivables import group_of, invoices_elsewhere, spent
from collateral.services.confirmed_facts import relied_on
from collateral.services.counting import recount
from collateral.services.file_intake import BATCH, sha256_of
from collateral.services.flags import raise_findings
from collateral.services.receivable_watch import find_late_ones
from collateral.services.receivables import ask_about_added, facts_version, invoice_key, lock_receivables, receivable_of
from core import audit, kept_files
from core.bulk_rows import copy_in
from core.errors import Conflict, DomainError
from core.models import User
from core.waiting_rows import try_each
from core.wake_ups import wake_after_commit

TASK = "collateral.take_receivables"
MAX_BYTES = 20 << 20
State = ReceivableFile.State


class UnableToImportReceivables(DomainError):
    """The file goes no further."""

    title = "The file was not taken in"
    messages = {
        "too_large": "The file is larger than 20 MB. Split it.",
        "unreadable": "{reason}",
        "nothing_usable": "No line of the file can be taken in.",
    }


@transaction.atomic
def preview_receivables(*, asset: Asset, stream: BinaryIO, file_name: str, actor: User, business_date: date) -> ReceivableFile:
    """Read a file and say line by line what is wrong with it. No receivable is kept yet; the file waits encrypted.

    Raises UnableToImportReceivables `too_large`, `unreadable`; UnableToRecordReceivable `not_entitled`, `other_class`, `gone`.
    """
    asset = lock_receivables(asset, actor)
    if stream.seek(0, 2) > MAX_BYTES:
        raise UnableToImportReceivables("too_large")
    stream.seek(0)
    file = ReceivableFile(asset=asset, file_name=file_name[:120], fingerprint=sha256_of(stream), uploaded_by=actor)
    try:
        for batch in _batches(file, stream, asset, business_date):
            file.usable += len(batch)
            file.total += sum(line.facts["nominal"] for line in batch)
    except UnreadableTable as fault:
        raise UnableToImportReceivables("unreadable", reason=str(fault)) from fault
    file.stored_as = f"receivables/{file.pk.hex}"
    file.save(force_insert=True)
    stream.seek(0)
    kept_files.keep(file.stored_as, stream, place=_place(file))
    audit.record(
        "receivables.previewed", actor=actor, target=asset, label=asset.reference, business_date=business_date,
        usable=file.usable, known=file.known, refused=file.refused, fingerprint=file.fingerprint,
    )  # fmt: skip
    return file


@transaction.atomic
def take_receivables(*, file: ReceivableFile, actor: User, business_date: date) -> ReceivableFile:
    """Have a worker take in what can be used of a previewed file.

    Raises UnableToImportReceivables `nothing_usable`; Conflict when it was taken in or dropped; UnableToRecordReceivable.
    """
    asset = lock_receivables(file.asset, actor)
    held = _lock_preview(file)
    if not held.usable:
        raise UnableToImportReceivables("nothing_usable")
    held.state, held.taken_by, held.taken_date = State.TAKING, actor, business_date
    held.save(update_fields=["state", "taken_by", "taken_date"])
    audit.record("receivables.taking", actor=actor, target=asset, label=asset.reference, business_date=business_date, file=held.fingerprint)
    wake_after_commit(TASK)
    return held


@transaction.atomic
def drop_receivables(*, file: ReceivableFile, actor: User, business_date: date) -> ReceivableFile:
    """Take nothing of a previewed file. Raises Conflict when it was taken in or dropped; UnableToRecordReceivable."""
    asset = lock_receivables(file.asset, actor)
    held = _lock_preview(file)
    _settle(held, State.DROPPED)
    audit.record(
        "receivables.dropped", actor=actor, target=asset, label=asset.reference, business_date=business_date, file=held.fingerprint
    )
    return held


def take_waiting() -> int:
    """Take in what persons said should be. Returns how many files were settled."""
    return try_each(ReceivableFile.objects.filter(state=State.TAKING), _take, _leave_unread)


@transaction.atomic
def _take(key: UUID) -> int:
    file = _lock_taking(key)
    assert file.taken_by is not None and file.taken_date is not None  # the database says so of a file that is being taken in
    try:
        asset = lock_receivables(file.asset, None)
    except DomainError as refusal:  # sold or destroyed since
        return _give_up(file, refusal.detail)
    waits = relied_on(asset)
    elsewhere = _write(file, asset, waits)
    today = file.taken_date
    debtors = sorted(set(file.receivables.filter(connected=True).order_by().values_list("debtor_name", flat=True)[:NAMED]))
    overdue = [one.invoice_number for one in spent(file.receivables.order_by("due_date", "id")[:NAMED], on=today)]
    findings = find_in_receivable(
        connected=bool(debtors),
        debtor="; ".join(debtors),
        elsewhere=sorted(elsewhere)[:NAMED],
        invoice=f"of {file.file_name}",
        overdue=overdue,
    )
    findings += find_late_ones(business_date=today, asset=asset).values()
    raise_findings(asset=asset, findings=findings, business_date=today)
    if waits:
        ask_about_added(asset, file.taken_by, today)
    recount(asset, business_date=today)
    audit.record(
        "receivables.taken_in", actor=file.taken_by, target=asset, label=asset.reference, business_date=today,
        kept=file.usable, known=file.known, refused=file.refused, fingerprint=file.fingerprint,
    )  # fmt: skip
    return 1


@transaction.atomic
def _leave_unread(key: UUID) -> int:
    return _give_up(_lock_taking(key), "The file could not be read again. Upload it once more.")


def _lock_taking(key: UUID) -> ReceivableFile:
    rows = ReceivableFile.objects.select_for_update(of=("self",)).select_related("taken_by", "asset")
    return rows.get(pk=key, state=State.TAKING)


def _write(file: ReceivableFile, asset: Asset, unconfirmed: bool) -> set[str]:
    """The receivables and their first versions, in batches: memory stays flat. What was added since the preview counts as known.

    Returns references of other assets with some of the same invoices.
    """
    assert file.taken_by is not None and file.taken_date is not None
    file.refusals, file.refused, file.known = [], 0, 0
    group = group_of(asset)
    by: dict[str, Any] = {"actor": file.taken_by, "business_date": file.taken_date}
    shared: dict[str, Any] = {"group": group, "source": file, "unconfirmed": unconfirmed}
    elsewhere: set[str] = set()
    with kept_files.open_kept(file.stored_as, place=_place(file)) as stream:
        for batch in _batches(file, stream, asset, file.taken_date):
            rows = [receivable_of(asset, line.facts, **shared, **by) for line in batch]
            copy_in(Receivable, rows)
            versions = (facts_version(row, valid_from=file.taken_date, **by) for row in rows)
            copy_in(FactsVersion, versions)
            elsewhere.update(invoices_elsewhere(asset, rows))
    kept = file.receivables.order_by()
    file.usable, file.total = kept.count(), kept.aggregate(total=Sum("nominal"))["total"] or 0
    _settle(file, State.DONE)
    return elsewhere


def _batches(file: ReceivableFile, stream: BinaryIO, asset: Asset, on: date) -> Iterator[list[ReceivableLine]]:
    """Usable lines in batches; what is refused or known is counted on the file. Raises UnreadableTable."""
    usable = _unique(file, read_receivables(stream, currency=asset.currency, on=on))
    while batch := list(islice(usable, BATCH)):
        keys = {invoice_key(line.facts["invoice_number"]) for line in batch}
        known = set(asset.receivables.filter(invoice_key__in=keys).order_by().values_list("debtor_key", "invoice_key"))
        fresh = [line for line in batch if _key(line) not in known]
        file.known += len(batch) - len(fresh)
        yield fresh


def _unique(file: ReceivableFile, lines: Iterator[ReceivableLine | Refusal]) -> Iterator[ReceivableLine]:
    """Lines that can be used and stand in the file for the first time."""
    # The hash of an invoice → the line it stood in: a hundred thousand names themselves would be memory.
    seen: dict[int, int] = {}
    for line in lines:
        if isinstance(line, Refusal):
            file.refuse(line.line, line.reason)
        elif (first := seen.setdefault(hash(_key(line)), line.number)) != line.number:
            file.refuse(line.number, f"{line.facts['invoice_number']} of {line.facts['debtor_name']} stands in line {first} already")
        else:
            yield line


def _key(line: ReceivableLine) -> tuple[str, str]:
    return name_key(str(line.facts["debtor_name"])), invoice_key(line.facts["invoice_number"])


def _lock_preview(file: ReceivableFile) -> ReceivableFile:
    held = ReceivableFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if held.state != State.PREVIEW:
        raise Conflict("already_advanced", state=held.get_state_display().lower())
    return held


def _give_up(file: ReceivableFile, reason: str) -> int:
    file.refuse(1, reason)
    file.usable = 0
    _settle(file, State.DROPPED)
    audit.record("receivables.given_up", actor=None, actor_name="worker", target=file.asset, label=file.asset.reference, reason=reason)
    return 1


def _settle(file: ReceivableFile, state: str) -> None:
    """End a file; once that holds nothing of it stays on the disk."""
    stored_as = file.stored_as
    file.state, file.stored_as = state, ""
    file.save()
    transaction.on_commit(lambda: kept_files.forget(stored_as))


def _place(file: ReceivableFile) -> str:
    return f"receivable_file:{file.pk}"
