"""Who had a part in an application that was handed in anew without them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from core.uuids import uuid7
from loans.models.applications import Application, ApplicationParty


class FormerParty(models.Model):
    """Somebody who is no party of an application any more. They are bound by nothing, and asked for nothing; they are one risk with its
    parties all the same, and their traces go on meeting those of other files. Append-only.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="former_parties")
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, related_name="former_parts")
    part = models.CharField(max_length=12, choices=ApplicationParty.Part.choices)
    dropped_date = models.DateField(help_text="Business date on which the application was handed in without them")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(name="former_party_once", fields=["application", "borrower", "part"])]

    def __str__(self) -> str:
        return f"{self.borrower} ({self.get_part_display()})"
