"""Public watch lists: their versions, what each version changed, and the records in force. Public data stays in clear."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.uuids import uuid7


class ListFormat(models.TextChoices):
    """How the files of a list are written."""

    OFAC = "ofac", "OFAC (sdn, alt and add as CSV)"
    UN = "un", "UN consolidated list (XML)"
    PLAIN = "plain", "CSV with a header"


class WatchList(models.Model):
    """A list that somebody else keeps. An import that shrinks it by more than `shrink_limit` (a share) is held back."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    format = models.CharField(max_length=8, choices=ListFormat.choices)
    shrink_limit = models.DecimalField(max_digits=4, decimal_places=3, default="0.100")

    class Meta:
        ordering: ClassVar[list[str]] = ["title"]
        constraints: ClassVar = [
            models.CheckConstraint(name="watch_list_shrink_limit_share", condition=Q(shrink_limit__gt=0) & Q(shrink_limit__lt=1))
        ]

    def __str__(self) -> str:
        return self.title


class VersionState(models.TextChoices):
    IN_FORCE = "IN_FORCE", "In force"
    REPLACED = "REPLACED", "Replaced"
    UNCHANGED = "UNCHANGED", "Nothing changed"
    HELD = "HELD", "Held back"
    REFUSED = "REFUSED", "Refused"


class WatchListVersion(models.Model):
    """One import of a list: what came, what it changed, and what became of it. Only one version of a list is in force."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    watch_list = models.ForeignKey(WatchList, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=VersionState.choices)
    files = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    records = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    imported_by_name = models.CharField(max_length=120)
    imported_at = models.DateTimeField(auto_now_add=True)
    business_date = models.DateField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="watch_list_version_number", fields=["watch_list", "number"]),
            models.UniqueConstraint(name="watch_list_one_in_force", fields=["watch_list"], condition=Q(state="IN_FORCE")),
            models.UniqueConstraint(name="watch_list_one_held", fields=["watch_list"], condition=Q(state="HELD")),
            models.CheckConstraint(
                name="watch_list_version_four_eyes",
                condition=Q(decided_by__isnull=True) | Q(imported_by__isnull=True) | ~Q(decided_by=F("imported_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.watch_list} {self.number}"


class UploadState(models.TextChoices):
    RECEIVED = "RECEIVED", "Waits to be read"
    READING = "READING", "Being read"
    DONE = "DONE", "Read"
    FAILED = "FAILED", "Not read"


class WatchListUpload(models.Model):
    """Files of a list that somebody sent, kept until a worker has made a version of them; `size` and `done` are bytes."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    watch_list = models.ForeignKey(WatchList, on_delete=models.PROTECT, related_name="uploads")
    state = models.CharField(max_length=8, choices=UploadState.choices, default=UploadState.RECEIVED)
    parts = models.JSONField(default=list)
    size = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(blank=True)
    version = models.OneToOneField(WatchListVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="upload")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    business_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="watch_list_upload_one_waits", fields=["watch_list"], condition=Q(state__in=["RECEIVED", "READING"])
            ),
            models.CheckConstraint(name="watch_list_upload_done_version", condition=~Q(state="DONE") | Q(version__isnull=False)),
            models.CheckConstraint(name="watch_list_upload_state_known", condition=Q(state__in=UploadState.values)),
        ]

    def __str__(self) -> str:
        return f"Files of {self.watch_list}"

    @property
    def waits(self) -> bool:
        """Whether a worker still has to read it."""
        return self.state in (UploadState.RECEIVED, UploadState.READING)


class WatchListRecord(models.Model):
    """One subject of a list. `content_version` grows with each change; a record that left the list stays, no longer in force."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    watch_list = models.ForeignKey(WatchList, on_delete=models.PROTECT, related_name="rows")
    uid = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=8, blank=True)
    names = models.JSONField(default=list)
    birth_dates = models.JSONField(default=list)
    identifiers = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    countries = models.JSONField(default=list)
    program = models.CharField(max_length=200, blank=True)
    remarks = models.TextField(blank=True)
    in_force = models.BooleanField(default=True)
    content_version = models.PositiveIntegerField(default=1)
    list_version = models.BigIntegerField(default=0, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(name="watch_list_record_once", fields=["watch_list", "uid"])]

    def __str__(self) -> str:
        return str(self.names[0]) if self.names else self.uid


class ChangeKind(models.TextChoices):
    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    REMOVED = "removed", "Removed"


class WatchListChange(models.Model):
    """What one version changes about one record; `after` is what the record becomes. Kept also while the version is held back."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    version = models.ForeignKey(WatchListVersion, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=7, choices=ChangeKind.choices)
    uid = models.CharField(max_length=60)
    name = models.CharField(max_length=500)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["kind", "id"]
        constraints: ClassVar = [models.UniqueConstraint(name="watch_list_change_once", fields=["version", "uid"])]
