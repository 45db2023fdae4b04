"""Who moved a row last: what the second of two people is told."""

from __future__ import annotations

from django.db import models

from loans.models import StateChange


def last_step(row: models.Model) -> StateChange | None:
    """The latest step of an application, loan or payout from one state to the next; None when it never moved."""
    return StateChange.objects.filter(target_type=row._meta.label_lower, target_id=str(row.pk)).order_by("-id").first()
