"""Where a register says that an applicant is at home."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import EncryptedTextField
from core.uuids import uuid7


class RegisteredAddress(models.Model):
    """The address of an applicant in a register, with the paper or the bureau report that shows it. Never changed: the newest counts."""

    class Register(models.TextChoices):
        COMPANY = "COMPANY", "Company register"
        RESIDENTS = "RESIDENTS", "Residents' register"
        BUREAU = "BUREAU", "Bureau report"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="registered_addresses")
    register = models.CharField(max_length=9, choices=Register.choices)
    number = models.CharField(max_length=60, help_text="Number of the extract or of the report")
    as_of_date = models.DateField(help_text="The day of the extract")
    line = EncryptedTextField()
    postcode = EncryptedTextField()
    city = EncryptedTextField()
    country = models.CharField(max_length=2)
    document = models.ForeignKey("loans.Document", on_delete=models.PROTECT, null=True, related_name="+")
    report = models.ForeignKey("risk.BureauReport", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="registered_address_shown",
                condition=Q(register="BUREAU", report__isnull=False)
                | (~Q(register="BUREAU") & Q(document__isnull=False, recorded_by__isnull=False)),
            ),
        ]
