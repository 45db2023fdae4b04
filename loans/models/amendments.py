"""What customers' records were amended to, by whom, and on what evidence."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField
from core.uuids import uuid7
from loans.models.stored_files import StoredFile


class CustomerAmendment(StoredFile):
    """A change of a customer's record: proposed by one person with a paper that shows it, confirmed by another. The file is that paper.

    `before` and `after` are JSON of what changes, as texts. Once it is decided, the database lets nobody rewrite it.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "Proposed"
        CONFIRMED = "CONFIRMED", "Confirmed"
        REFUSED = "REFUSED", "Refused"
        TAKEN_BACK = "TAKEN_BACK", "Taken back"

    id = models.UUIDField(primary_key=True, default=uuid7)
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, related_name="amendments")
    application = models.ForeignKey(
        "loans.Application", on_delete=models.PROTECT, null=True, related_name="+", help_text="In which it was stated"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    fields = models.JSONField(default=list, help_text="The names of what changes")
    before = EncryptedTextField()
    after = EncryptedTextField()
    reason = EncryptedTextField()
    proposed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    proposed_date = models.DateField()
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_date = models.DateField(null=True)
    answer = EncryptedTextField(help_text="What who decided it wrote")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="customer_amendment_open_once", fields=["borrower"], condition=Q(state="PROPOSED")),
            models.CheckConstraint(
                name="customer_amendment_four_eyes",
                condition=Q(state="PROPOSED", decided_by__isnull=True)
                | Q(state="TAKEN_BACK", decided_by=F("proposed_by"))
                | (Q(state__in=["CONFIRMED", "REFUSED"], decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
        ]
