"""What screening asked and found. A subject is kept only as opaque key, keyed fingerprint and encrypted snapshot."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from blacklist.domain.states import Grade, HitState
from blacklist.models.entry import BlacklistEntry
from blacklist.models.watch_list import WatchListRecord
from core.fields import EncryptedTextField
from core.uuids import uuid7


class ListVersion(models.Model):
    """One row for each change of who is barred: the number that every process polls to know that its index is old.

    Rows are written under a lock, so a smaller number never becomes visible after a larger one.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)


class Purpose(models.TextChoices):
    SUBMISSION = "submission", "Submission"
    PAYOUT = "payout", "Payout"
    NIGHTLY = "nightly", "Nightly"
    ACTIVATION = "activation", "Entry activated"
    API = "api", "Partner request"
    MANUAL = "manual", "On demand"


class ScreeningResult(models.TextChoices):
    CLEAR = "CLEAR", "Clear"
    REVIEW = "REVIEW", "Review"


class HitStateChoice(models.TextChoices):
    OPEN = HitState.OPEN.value, "Open"
    PROPOSED_FALSE = HitState.PROPOSED_FALSE.value, "Waits for a second person"
    TRUE_MATCH = HitState.TRUE_MATCH.value, "True match"
    FALSE_POSITIVE = HitState.FALSE_POSITIVE.value, "False positive"
    ENDED = HitState.ENDED.value, "Entry ended"


class GradeChoice(models.TextChoices):
    HIGH = Grade.HIGH.value, "High"
    MEDIUM = Grade.MEDIUM.value, "Medium"
    LOW = Grade.LOW.value, "Low"


class ScreeningRun(models.Model):
    """One rescreening: nightly for a business date (and shard), or of the whole book on demand, with its progress.

    `list_version_from` (exclusive) to `list_version_to` is the span of the list that unchanged people meet; changed people meet
    all of it. `cursor` is where a run that is worked off in pieces stands.
    """

    class State(models.TextChoices):
        RUNNING = "RUNNING", "Running"
        DONE = "DONE", "Done"

    id = models.UUIDField(primary_key=True, default=uuid7)
    business_date = models.DateField()
    shard = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.DONE)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    total = models.PositiveIntegerField(default=0)
    cursor = models.CharField(max_length=60, blank=True)
    list_version_from = models.BigIntegerField()
    list_version_to = models.BigIntegerField()
    subjects = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    hits_opened = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="screening_run_once", fields=["business_date", "shard"])]


class ScreenedSubject(models.Model):
    """What a subject looked like when the book was last screened, as a keyed fingerprint: the way to know who changed since."""

    subject_key = models.CharField(max_length=100, primary_key=True)
    fingerprint = models.BinaryField()

    def __str__(self) -> str:
        return self.subject_key


class Screening(models.Model):
    """One subject asked about once. Clear answers of the nightly run are only counted in the run."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    subject_key = models.CharField(max_length=100, db_index=True)
    subject_kind = models.CharField(max_length=8, blank=True)
    subject_fingerprint = models.BinaryField()
    snapshot = EncryptedTextField()
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    at = models.DateTimeField(auto_now_add=True)
    business_date = models.DateField()
    result = models.CharField(max_length=6, choices=ScreeningResult.choices)
    list_version = models.BigIntegerField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey(ScreeningRun, on_delete=models.PROTECT, null=True, related_name="screenings")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    @property
    def blocks(self) -> bool:
        """Whether the asking process has to stop and wait for a person."""
        return self.result == ScreeningResult.REVIEW


class ScreeningHit(models.Model):
    """A subject resembles an entry or a record of a watch list. A person decides whether it is the same.

    The pair is remembered until either side changes: `entry_version` is the content version of the listed side.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="hits")
    entry = models.ForeignKey(BlacklistEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="hits")
    record = models.ForeignKey(WatchListRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="hits")
    entry_version = models.PositiveIntegerField()
    subject_key = models.CharField(max_length=100, db_index=True)
    subject_fingerprint = models.BinaryField()
    grade = models.CharField(max_length=6, choices=GradeChoice.choices)
    score = models.DecimalField(max_digits=5, decimal_places=4)
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=14, choices=HitStateChoice.choices, default=HitState.OPEN.value)
    opened_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    needs = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="screening_hit_one_open",
                fields=["subject_key", "entry"],
                condition=Q(state__in=["OPEN", "PROPOSED_FALSE"]),
            ),
            models.UniqueConstraint(
                name="screening_hit_one_open_record",
                fields=["subject_key", "record"],
                condition=Q(state__in=["OPEN", "PROPOSED_FALSE"]),
            ),
            models.CheckConstraint(
                name="screening_hit_one_side",
                condition=Q(entry__isnull=True) ^ Q(record__isnull=True),
            ),
            models.CheckConstraint(
                name="screening_hit_score_range",
                condition=Q(score__gte=0) & Q(score__lte=1),
            ),
            models.CheckConstraint(
                name="screening_hit_state_known",
                condition=Q(state__in=HitStateChoice.values),
            ),
            models.CheckConstraint(
                name="screening_hit_false_positive_by_person",
                condition=~Q(state="FALSE_POSITIVE") | Q(decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="screening_hit_four_eyes",
                condition=Q(confirmed_by__isnull=True) | Q(decided_by__isnull=True) | ~Q(confirmed_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="screening_hit_high_false_by_two",
                condition=~Q(state="FALSE_POSITIVE") | ~Q(grade="HIGH") | Q(confirmed_by__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="screening_hit_pair", fields=["entry", "subject_fingerprint"]),
            models.Index(name="screening_hit_record_pair", fields=["record", "subject_fingerprint"]),
            models.Index(name="screening_hit_queue", fields=["state", "grade", "id"]),
        ]

    @property
    def listed(self) -> BlacklistEntry | WatchListRecord:
        """The side that is listed: an entry, or a record of a watch list."""
        return self.entry or self.record  # type: ignore[return-value]
