"""Putting a confirmed batch into force, piece by piece, by a worker: five thousand entries are more than a request can wait for.

The rows are the truth and the message only a wake-up. A line is entered in the transaction that says so, hence never twice, whoever
is killed and however often the message comes.
"""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from blacklist.models import EntryBatch
from blacklist.services.entries import confirm_entry, propose_entry
from blacklist.services.entry_input import entry_arguments
from core import audit
from core.errors import DomainError

log = structlog.get_logger(__name__)

TASK = "blacklist.enter_batches"
PIECE = 50


def enter_waiting(*, business_date: date) -> int:
    """Enter what was confirmed, oldest batch first; what another worker is at is left to it. Returns how many lines were settled."""
    settled = 0
    for key in list(EntryBatch.objects.filter(state=EntryBatch.State.ENTERING).order_by("id").values_list("pk", flat=True)):
        while piece := _enter_piece(key, business_date):
            settled += piece
    return settled


@transaction.atomic
def _enter_piece(key: UUID, business_date: date) -> int:
    """Enter the next lines of a batch, or end it when none is left. A line that is no longer possible says why and stays out."""
    waiting = EntryBatch.objects.select_for_update(skip_locked=True, of=("self",)).select_related("uploaded_by", "confirmed_by")
    batch = waiting.filter(pk=key, state=EntryBatch.State.ENTERING).first()
    if batch is None:
        return 0
    assert batch.confirmed_by is not None  # the database says so of a batch that is being entered
    lines = list(batch.rows.filter(entry=None, faults=[])[:PIECE])
    for line in lines:
        try:
            with transaction.atomic():
                arguments = entry_arguments(json.loads(line.content))
                entry = propose_entry(**arguments, source="person", actor=batch.uploaded_by, business_date=business_date)
                line.entry = confirm_entry(entry=entry, actor=batch.confirmed_by, business_date=business_date)
        except (DomainError, ValueError, IntegrityError) as refusal:
            # Whatever is wrong with one line, the rest goes on; a database that is gone is no fault of a line and ends the piece.
            line.entry, line.faults = None, [refusal.detail if isinstance(refusal, DomainError) else "The line could not be entered."]
            batch.faulty += 1
            log.warning("batch_line_left_out", batch=str(key), line=line.number, error=type(refusal).__name__)
        line.save(update_fields=["entry", "faults"])
    if not lines:
        batch.state = EntryBatch.State.DONE
        audit.record(
            "entry_batch.entered", actor=None, actor_name="worker", target=batch, business_date=business_date, left_out=batch.faulty
        )
    batch.save(update_fields=["state", "faulty"])
    return len(lines)
