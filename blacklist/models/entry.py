"""A blacklist entry: who is barred, why, by whom, since when. Everything that names the subject is encrypted."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from blacklist.domain.states import IN_FORCE, EntryState
from core import crypto
from core.fields import EncryptedTextField
from core.uuids import uuid7


class SubjectKindChoice(models.TextChoices):
    PERSON = "person", "Person"
    COMPANY = "company", "Company"


class ReasonCode(models.TextChoices):
    """Why somebody may be barred. The words are what staff read."""

    DEFAULT = "default", "Default"
    MATURITY_UNPAID = "maturity_unpaid", "Principal unpaid at maturity"
    INTEREST_UNPAID = "interest_unpaid", "Interest unpaid beyond the limit"
    FRAUD = "fraud", "Proven fraud"
    DIVERSION = "diversion", "Proven diversion of funds"
    COURT_LISTING = "court_listing", "Listed by a court"


class SourceKind(models.TextChoices):
    RULE = "rule", "Rule"
    PERSON = "person", "Person"


class EntryStateChoice(models.TextChoices):
    PROPOSED = EntryState.PROPOSED.value, "Proposed"
    ACTIVE = EntryState.ACTIVE.value, "Active"
    APPEALED = EntryState.APPEALED.value, "Active, under appeal"
    LIFTED = EntryState.LIFTED.value, "Lifted"
    EXPIRED = EntryState.EXPIRED.value, "Expired"
    REJECTED = EntryState.REJECTED.value, "Rejected"


class IdentifierKind(models.TextChoices):
    NATIONAL_ID = "national_id", "National id"
    TAX_ID = "tax_id", "Tax id"
    REGISTRATION_NUMBER = "registration_number", "Registration number"
    PASSPORT = "passport", "Passport"
    IBAN = "iban", "Account number"
    PHONE = "phone", "Phone"


class EntryQuerySet(models.QuerySet["BlacklistEntry"]):
    def in_force(self) -> EntryQuerySet:
        """Entries that bar their subject now."""
        return self.filter(state__in=[state.value for state in IN_FORCE])

    def open_for(self, *subject_keys: str) -> EntryQuerySet:
        """Entries about these subjects that are proposed or in force."""
        return self.filter(
            subject_key__in=subject_keys,
            state__in=[EntryState.PROPOSED.value, *(state.value for state in IN_FORCE)],
        )


class BlacklistEntry(models.Model):
    """One barred person or company.

    `subject_key` is text of the calling app ("borrower:…"), never a foreign key: blacklist knows nobody above it.
    `valid_until` is exclusive. `content_version` grows whenever what identifies the subject changes, so that remembered
    decisions about hits know when they are out of date; `list_version` is the version of the list that brought the last change.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.CharField(max_length=20, unique=True)
    subject_kind = models.CharField(max_length=8, choices=SubjectKindChoice.choices)
    subject_key = models.CharField(max_length=100, blank=True, db_index=True)
    birth_date_text = EncryptedTextField()
    country = models.CharField(max_length=2, blank=True)
    reason_code = models.CharField(max_length=20, choices=ReasonCode.choices)
    evidence_text = EncryptedTextField()
    source = models.CharField(max_length=8, choices=SourceKind.choices)
    source_reference = models.CharField(max_length=100, blank=True)
    state = models.CharField(
        max_length=8,
        choices=EntryStateChoice.choices,
        default=EntryState.PROPOSED.value,
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    proposed_date = models.DateField()
    proposed_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    content_version = models.PositiveIntegerField(default=1)
    list_version = models.BigIntegerField(default=0, db_index=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name_plural = "blacklist entries"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="blacklist_entry_four_eyes",
                condition=Q(confirmed_by__isnull=True) | Q(proposed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="blacklist_entry_in_force_confirmed",
                condition=Q(state__in=["PROPOSED", "REJECTED"]) | Q(confirmed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="blacklist_entry_person_proposes",
                condition=Q(source="rule") | Q(proposed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="blacklist_entry_validity",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="blacklist_entry_state_known",
                condition=Q(state__in=EntryStateChoice.values),
            ),
            models.UniqueConstraint(
                name="blacklist_entry_once_per_ground",
                fields=["subject_key", "reason_code", "source_reference"],
                condition=Q(state__in=["PROPOSED", "ACTIVE", "APPEALED"]) & ~Q(subject_key=""),
            ),
        ]
        indexes: ClassVar = [models.Index(name="blacklist_entry_state", fields=["state", "-id"])]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_in_force(self) -> bool:
        return self.state in IN_FORCE

    @property
    def birth_date(self) -> date | None:
        """The birth date when all of it is known."""
        try:
            return date.fromisoformat(self.birth_date_text) if self.birth_date_text else None
        except ValueError:
            return None


class EntryName(models.Model):
    """A name of the subject, encrypted; searched only through the index in memory."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    entry = models.ForeignKey(BlacklistEntry, on_delete=models.CASCADE, related_name="names")
    name = EncryptedTextField()
    is_primary = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-is_primary", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="entry_name_one_primary",
                fields=["entry"],
                condition=Q(is_primary=True),
            )
        ]


class EntryIdentifier(models.Model):
    """An identifier or phone of the subject: encrypted, and a keyed blind index of its kind that meets equal values elsewhere."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    entry = models.ForeignKey(BlacklistEntry, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=20, choices=IdentifierKind.choices)
    value = EncryptedTextField()
    value_index = models.BinaryField(db_index=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["kind", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="entry_identifier_once", fields=["entry", "kind", "value_index"]),
            models.CheckConstraint(
                name="entry_identifier_kind_known",
                condition=Q(kind__in=IdentifierKind.values),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The blind index follows the value."""
        self.value_index = crypto.blind_index(self.value, kind=self.kind)
        super().save(*args, **kwargs)


class EntryAddress(models.Model):
    """An address of the subject, encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    entry = models.ForeignKey(BlacklistEntry, on_delete=models.CASCADE, related_name="addresses")
    address = EncryptedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]


class EntryAppeal(models.Model):
    """The subject's way back: grounds, a deadline, and an outcome by a person who put none of it up."""

    class Outcome(models.TextChoices):
        OPEN = "OPEN", "Open"
        GRANTED = "GRANTED", "Granted"
        DISMISSED = "DISMISSED", "Dismissed"
        MOOT = "MOOT", "Ended without a decision"

    id = models.UUIDField(primary_key=True, default=uuid7)
    entry = models.ForeignKey(BlacklistEntry, on_delete=models.PROTECT, related_name="appeals")
    grounds = EncryptedTextField()
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_date = models.DateField()
    decide_by_date = models.DateField()
    outcome = models.CharField(max_length=9, choices=Outcome.choices, default=Outcome.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    decided_date = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="entry_appeal_one_open",
                fields=["entry"],
                condition=Q(outcome="OPEN"),
            ),
            models.CheckConstraint(
                name="entry_appeal_four_eyes",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("filed_by")),
            ),
        ]


class EntryHistory(models.Model):
    """Every change of an entry's state, with who and why. Append-only: the database refuses change and removal."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(BlacklistEntry, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField(auto_now_add=True)
    business_date = models.DateField()
    from_state = models.CharField(max_length=8, blank=True)
    to_state = models.CharField(max_length=8, choices=EntryStateChoice.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        verbose_name_plural = "entry history"
