"""Background work of the ground floor."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core import events
from core.models import Heartbeat, IdempotencyKey

TURN = 500


@shared_task(name="core.deliver_outbox", ignore_result=True)
def deliver_outbox() -> int:
    """Deliver waiting events; woken by commits and by beat. A full turn calls for another one."""
    events.answer_call()
    delivered = events.deliver_pending(limit=TURN)
    if delivered == TURN:
        events.wake()
    return delivered


@shared_task(name="core.beat_heartbeat", ignore_result=True)
def beat_heartbeat() -> None:
    """Show that beat sends and a worker works."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})


@shared_task(name="core.forget_idempotency_keys", ignore_result=True)
def forget_idempotency_keys() -> int:
    """Remove answers older than three days; partners are promised 24 hours."""
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - timedelta(days=3)).delete()
    return deleted
