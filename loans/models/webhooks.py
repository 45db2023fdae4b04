"""Where partners want to be told what happens, and what they were told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from core.fields import EncryptedTextField
from core.uuids import uuid7


class WebhookEndpoint(models.Model):
    """An address of a partner and the secret that its messages are signed with. Removed ones stay for their history."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    partner = models.ForeignKey("core.PartnerClient", on_delete=models.PROTECT, related_name="+")
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    secret = EncryptedTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)


class WebhookDelivery(models.Model):
    """One message to one endpoint. Its key is the `webhook-id`, the same however often it is sent."""

    class State(models.TextChoices):
        PENDING = "PENDING", "Waiting"
        DELIVERED = "DELIVERED", "Delivered"
        FAILED = "FAILED", "Given up"

    id = models.UUIDField(primary_key=True, default=uuid7)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=40)
    payload = models.JSONField(help_text="Ids, references and states; never personal data")
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    last_answer = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(name="webhook_waiting", fields=["next_at"], condition=models.Q(state="PENDING"))]
