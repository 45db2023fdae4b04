"""Files of entries for those who may see them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from blacklist.models import EntryBatch
from blacklist.selectors.entries import READERS
from core.access import one
from core.models import User


def list_batches(user: User) -> QuerySet[EntryBatch]:
    """Every batch, newest first; none without a reading role."""
    if not user.is_active or not user.has_role(*READERS):
        return EntryBatch.objects.none()
    return EntryBatch.objects.select_related("uploaded_by", "confirmed_by")


def access_batch(user: User, batch_id: UUID | str) -> EntryBatch:
    """One batch. Raises NotFound when absent or not for this user."""
    return one(list_batches(user), pk=batch_id)


def count_entered(batch: EntryBatch) -> int:
    """How many lines of a batch are settled since it was confirmed: entered, or left out with a reason."""
    return batch.rows.exclude(entry=None, faults=[]).count()
