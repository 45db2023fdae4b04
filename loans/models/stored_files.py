"""What is known of every file that somebody handed in, whatever it is about."""

from __future__ import annotations

from django.db import models


class StoredFile(models.Model):
    """A file kept under an id of our own; the given name is only shown, never used as a path."""

    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64, db_index=True)
    stored_as = models.CharField(max_length=80, unique=True)
    uploaded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_by_name = models.CharField(max_length=120)
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
