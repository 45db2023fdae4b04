"""The credit investigation of one application: a checklist, and facts with their evidence, signed off by a second person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField
from core.uuids import uuid7


class Investigation(models.Model):
    """One per application. Signed off by somebody who did not investigate; an edit after that voids the sign-off."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        SUBMITTED = "SUBMITTED", "Waiting for sign-off"
        SIGNED_OFF = "SIGNED_OFF", "Signed off"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.OneToOneField("loans.Application", on_delete=models.PROTECT, related_name="investigation")
    investigator = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    summary = models.TextField(blank=True)
    accepted = EncryptedTextField(
        db_default=b"", help_text="The differences the signer accepted, each with both sides and its explanation, JSON"
    )
    submitted_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="investigation_four_eyes", condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("investigator"))),
        ]
        indexes: ClassVar = [
            # The few that wait for a second person, found without reading the many that are still to be done.
            models.Index(name="investigation_to_sign", fields=["application"], condition=Q(state="SUBMITTED")),
        ]


class ChecklistItem(models.Model):
    """One thing the product wants checked, with what was found and the document that shows it."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        DONE = "DONE", "Done"
        FAILED = "FAILED", "Not in order"

    id = models.UUIDField(primary_key=True, default=uuid7)
    investigation = models.ForeignKey(Investigation, on_delete=models.CASCADE, related_name="items")
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    required = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    note = models.TextField(blank=True)
    evidence = models.ForeignKey("loans.Document", on_delete=models.PROTECT, null=True, related_name="+")
    done_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        constraints: ClassVar = [models.UniqueConstraint(name="checklist_item_once", fields=["investigation", "code"])]


class InvestigationStep(models.Model):
    """What somebody did in the investigation of a file, with the first day of it. Append-only: who investigated or signed stays known when
    the file is opened again and others do it anew.
    """

    class Did(models.TextChoices):
        TAKEN = "TAKEN", "Took the investigation"
        ANSWERED = "ANSWERED", "Answered a check"
        PUT_UP = "PUT_UP", "Put it up for sign-off"
        SIGNED = "SIGNED", "Signed it off"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="investigation_steps")
    did = models.CharField(max_length=8, choices=Did.choices)
    person = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    done_date = models.DateField(help_text="Business date on which the person did it first")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="investigation_step_once", fields=["application", "did", "person"])]


class Fact(models.Model):
    """One named fact about an application. Never updated: a newer one of the same code is known from later.

    `value` is text in canonical form (decimal, integer, date or words, by the fact's type in `risk.domain.facts`).
    """

    class Authenticity(models.TextChoices):
        UNVERIFIED = "UNVERIFIED", "Unverified"
        DOCUMENT = "DOCUMENT", "Document"
        THIRD_PARTY = "THIRD_PARTY", "Third party"
        CONFLICTING = "CONFLICTING", "Conflicting"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="facts")
    code = models.CharField(max_length=40)
    value = models.CharField(max_length=80)
    source = models.CharField(max_length=80)
    authenticity = models.CharField(max_length=11, choices=Authenticity.choices, default=Authenticity.UNVERIFIED)
    evidence = models.ForeignKey("loans.Document", on_delete=models.PROTECT, null=True, related_name="+")
    as_of_date = models.DateField(help_text="The day the fact was true: its valid-from")
    known_from = models.DateTimeField(auto_now_add=True)
    recorded_date = models.DateField(help_text="Business date on which we learnt it")
    author = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=120)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar = [models.Index(name="fact_by_code", fields=["application", "code", "-id"])]
