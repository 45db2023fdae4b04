"""Things asked for: proposals that wait for a second person, API requests that may be repeated, partners that may ask."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField
from core.uuids import uuid7


class ProposalState(models.TextChoices):
    """Where a proposal stands."""

    OPEN = "OPEN", "Waiting for a second person"
    CONFIRMED = "CONFIRMED", "Confirmed"
    REJECTED = "REJECTED", "Rejected"
    VOIDED = "VOIDED", "Voided"


class Proposal(models.Model):
    """One person asks, another entitled person confirms. The database refuses the same person twice.

    `content` is what was proposed and `content_hash` its fingerprint: an edit of the target after the proposal voids it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField(max_length=40, db_index=True)
    target_type = models.CharField(max_length=40)
    target_id = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    path = models.CharField(max_length=200, blank=True)
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, null=True, related_name="+")
    content = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    roles = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="proposal_four_eyes",
                condition=~Q(state="CONFIRMED")
                | (Q(decided_by__isnull=False) & (Q(proposed_by__isnull=True) | ~Q(decided_by=F("proposed_by")))),
            ),
            models.UniqueConstraint(name="proposal_one_open", fields=["kind", "target_type", "target_id"], condition=Q(state="OPEN")),
        ]
        indexes: ClassVar = [models.Index(name="proposal_target", fields=["target_type", "target_id"])]


class PartnerClient(models.Model):
    """A partner system: an OAuth2 client together with the branch its applications go to."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=120)
    client_id = models.CharField(max_length=100, unique=True)
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """A POST that a partner may safely repeat: same key and content give the same answer, which is kept encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    client_id = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    status = models.PositiveSmallIntegerField(null=True)
    body = EncryptedTextField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="idempotency_key_once", fields=["client_id", "key"])]
