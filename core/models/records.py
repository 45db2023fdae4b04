"""What happened: the audit log, and the outbox of events with who has handled them."""

from __future__ import annotations

from typing import ClassVar

from django.apps import apps
from django.conf import settings
from django.db import models

from core.uuids import uuid7


class AuditEntry(models.Model):
    """Who did what to which row, when, and why. Append-only: the database refuses change and removal.

    `actor` is null for the system; `actor_name` keeps the words of the day ("import", "sweep", "Maja Kovac").
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    business_date = models.DateField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    action = models.CharField(max_length=60, db_index=True)
    target_type = models.CharField(max_length=40)
    target_id = models.CharField(max_length=60)
    target_label = models.CharField(max_length=120, blank=True)
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, null=True, related_name="+")
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar = [models.Index(name="audit_target", fields=["target_type", "target_id", "-id"])]

    @property
    def target_kind(self) -> str:
        """What kind of row it is about, in words: "screening run"; its label where the kind is no more."""
        try:
            return str(apps.get_model(self.target_type)._meta.verbose_name)
        except LookupError:
            return self.target_type


class OutboxEvent(models.Model):
    """Something that happened and that other rooms want to know, written in the same transaction as the change itself."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=80)
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar = [
            models.Index(name="outbox_pending", fields=["id"], condition=models.Q(delivered_at__isnull=True)),
        ]


class EventDelivery(models.Model):
    """One handler has taken one event: the unique row that makes handling idempotent."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=120)
    delivered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="event_handled_once", fields=["event", "handler"])]
