"""What was seen outside the office: visits and interviews with their photos, differences explained, and audits by a third party."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField
from core.uuids import uuid7
from risk.domain.cross_checks import REASONS


class FieldRecord(models.Model):
    """One visit or interview. Never changed: a later one is added. The place is where the phone stood, in degrees, with its accuracy in
    metres, or what somebody typed.
    """

    class Kind(models.TextChoices):
        VISIT = "VISIT", "Site visit"
        INTERVIEW = "INTERVIEW", "Interview"

    class Address(models.TextChoices):
        AGREES = "AGREES", "As on file"
        DIFFERS = "DIFFERS", "Another one"
        NOT_SEEN = "NOT_SEEN", "Not seen"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="field_records")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    seen_date = models.DateField()
    people = models.CharField(max_length=200)
    findings = models.TextField()
    address = models.CharField(max_length=8, choices=Address.choices, default=Address.NOT_SEEN)
    address_seen = EncryptedTextField()
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    accuracy = models.PositiveIntegerField(null=True)
    is_measured = models.BooleanField(null=True, help_text="Whether a device told the place; empty where nobody said so yet")
    why_without = models.CharField(max_length=300, blank=True, help_text="Why a photo, a measured place or the address is missing")
    photos = models.ManyToManyField("loans.Document", related_name="+")
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="field_record_place_whole",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
            ),
            models.CheckConstraint(
                name="field_record_measured_a_place",
                condition=Q(is_measured__isnull=True) | Q(is_measured=False) | Q(latitude__isnull=False, accuracy__isnull=False),
            ),
        ]


class Explanation(models.Model):
    """Why something stated differs from what was seen, by a person. The newest of a check counts, for the figures it was written on."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="explanations")
    check_code = models.CharField(max_length=30)
    figures = models.CharField(max_length=64, help_text="Fingerprint of both sides as they stood; others want another explanation")
    code = models.CharField(max_length=10, choices=REASONS, blank=True, help_text="Empty where it was written before there were codes")
    reason = models.TextField()
    author = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]


class AuditLot(models.Model):
    """A lot of decided files whose audits were ordered together. Never changed: the system drew the seed when the files were known, so that
    nobody chose them, and who has the seed and the files of then draws the same lot again."""

    MOST = 200

    id = models.UUIDField(primary_key=True, default=uuid7)
    seed = models.CharField(max_length=32, help_text="Drawn by the system when the lot was ordered")
    since = models.DateField(help_text="Files decided on this day or later")
    until = models.DateField(help_text="Files decided before this day")
    size = models.PositiveSmallIntegerField(help_text="How many were asked for")
    auditor = models.CharField(max_length=120)
    population = models.PositiveIntegerField(help_text="How many files it was drawn of")
    population_sha256 = models.CharField(max_length=64, help_text="Of their references in order, a line each")
    ordered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    ordered_date = models.DateField()
    drawn_at = models.DateTimeField(help_text="What had reported or stood in a lot by then was left out")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="audit_lot_drawn_of_something",
                condition=Q(size__gte=1, size__lte=200, population__gte=1, since__lt=F("until")) & ~Q(seed=""),
            ),
        ]


class FileAudit(models.Model):
    """An audit of a file by a third party: ordered for it, or drawn by lot. One that is open holds the file, unless a lot drew it after it
    was decided; findings hold every file until two people say that they are settled.
    """

    class State(models.TextChoices):
        ORDERED = "ORDERED", "Ordered"
        CLEAN = "CLEAN", "Nothing found"
        FINDINGS = "FINDINGS", "Findings"
        SETTLED = "SETTLED", "Findings settled"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="audits")
    auditor = models.CharField(max_length=120)
    reason = models.CharField(max_length=200)
    sample = models.CharField(max_length=60, blank=True, help_text="Typed seed, size and period of a lot from before lots were kept")
    lot = models.ForeignKey(AuditLot, on_delete=models.PROTECT, null=True, related_name="audits", help_text="The lot that drew its file")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ORDERED)
    result = models.TextField(blank=True)
    report = models.ForeignKey("loans.Document", on_delete=models.PROTECT, null=True, related_name="+")
    ordered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    ordered_date = models.DateField()
    reported_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    reported_date = models.DateField(null=True)
    reported_at = models.DateTimeField(null=True, help_text="Empty where it reported before lots were kept")
    told_late_date = models.DateField(null=True, help_text="When monitoring was told that it has not reported in time")
    answer = models.TextField(blank=True, help_text="What was done about the findings")
    answered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="Who said so")
    settled_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="Who confirmed it")
    settled_date = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="file_audit_settled_with_answer",
                condition=Q(state="SETTLED", settled_date__isnull=False) & ~Q(answer="")
                | ~Q(state="SETTLED") & Q(settled_date__isnull=True, answer=""),
            ),
            models.CheckConstraint(
                name="file_audit_settled_by_two",
                condition=Q(state="SETTLED", answered_by__isnull=False, settled_by__isnull=False) & ~Q(answered_by=F("settled_by"))
                | ~Q(state="SETTLED") & Q(answered_by__isnull=True, settled_by__isnull=True),
            ),
            models.UniqueConstraint(name="file_audit_open_once", fields=["application"], condition=Q(state="ORDERED")),
            models.CheckConstraint(
                name="file_audit_reported_with_words",
                condition=Q(state="ORDERED") | (Q(reported_by__isnull=False) & ~Q(result="")),
            ),
        ]
