"""Interests that staff declare themselves in somebody the bank lends to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField
from core.uuids import uuid7


class DeclaredInterest(models.Model):
    """ "I know this applicant": a member of staff bars themselves from every file of a person or company, in all branches, until a second
    person has agreed that the interest is over.

    Who it is stands beside the borrower by kind and fingerprints, so that the same one is known in a branch whose rows nobody here sees.
    """

    class Kind(models.TextChoices):
        FAMILY = "FAMILY", "Relative or household"
        FRIEND = "FRIEND", "Friend or acquaintance"
        BUSINESS = "BUSINESS", "Business with them"
        OWNERSHIP = "OWNERSHIP", "Share or seat in the company"
        OTHER = "OTHER", "Another interest"

    id = models.UUIDField(primary_key=True, default=uuid7)
    staff = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, related_name="+")
    application = models.ForeignKey(
        "loans.Application", on_delete=models.PROTECT, related_name="interests", help_text="Where it was declared"
    )
    subject_kind = models.CharField(max_length=7)
    national_id_index = models.BinaryField(null=True)
    tax_id_index = models.BinaryField(null=True)
    registration_number_index = models.BinaryField(null=True)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    reason = EncryptedTextField()
    declared_at = models.DateTimeField(auto_now_add=True)
    declared_date = models.DateField()
    withdrawn_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="declared_interest_open_once", fields=["staff", "borrower"], condition=Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(
                name="declared_interest_four_eyes",
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True)
                | (Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdrawn_by=F("staff"))),
            ),
        ]
