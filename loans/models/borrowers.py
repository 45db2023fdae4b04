"""Who borrows: a person or a company. Names and birth dates stay searchable; identifiers, phones and addresses are encrypted."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models

from core.fields import BlindIndexField, EncryptedTextField
from core.industries import in_words
from core.uuids import uuid7


class BorrowerKind(models.TextChoices):
    """A natural person or a legal one."""

    PERSON = "PERSON", "Person"
    COMPANY = "COMPANY", "Company"


class Borrower(models.Model):
    """A customer, or somebody related to one (guarantor, owner). The same identifier in the same branch is the same borrower."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.CharField(max_length=20, unique=True)
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=7, choices=BorrowerKind.choices)
    name = models.CharField(max_length=160, db_index=True)
    birth_date = models.DateField(null=True, blank=True)
    # A code of `core.industries`, and what was written before there were codes.
    industry = models.CharField(max_length=3, blank=True)
    industry_written = models.CharField(max_length=60, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    national_id = EncryptedTextField()
    national_id_index = BlindIndexField(source="national_id", kind="national_id")
    tax_id = EncryptedTextField()
    tax_id_index = BlindIndexField(source="tax_id", kind="tax_id")
    registration_number = EncryptedTextField()
    registration_number_index = BlindIndexField(source="registration_number", kind="registration_number")
    phone = EncryptedTextField()
    phone_index = BlindIndexField(source="phone", kind="phone")
    email = EncryptedTextField()
    address_line = EncryptedTextField()
    postcode = EncryptedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="borrower_company_has_no_birth_date", condition=models.Q(kind="PERSON") | models.Q(birth_date__isnull=True)
            ),
            models.CheckConstraint(name="borrower_industry_is_a_code", condition=models.Q(industry__regex=r"^([A-V]([0-9]{2})?)?$")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def addressee_lines(self) -> list[str]:
        """Name, street and town, as letters are addressed; without what is not on record."""
        town = " ".join(part for part in (self.postcode, self.city) if part)
        return [part for part in (self.name, self.address_line, town) if part]

    @property
    def industry_words(self) -> str:
        """The industry in words with its code, or as it was written before there were codes; empty where none is known."""
        return in_words(self.industry) or self.industry_written

    @property
    def subject_key(self) -> str:
        """How screening knows this borrower; the blacklist keeps no foreign key to us."""
        return subject_key_of(self.pk)


def subject_key_of(borrower_id: UUID) -> str:
    """The same where only the id is known."""
    return f"borrower:{borrower_id}"
