"""Seeing pledged assets on site: when each has to be seen next, rounds of an inspector, and what was seen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from collateral.domain.inspections import place_doubt
from collateral.models.assets import Asset
from core.fields import EncryptedTextField
from core.settings_versions import SettingsVersion
from core.uuids import uuid7


class InspectionSettings(SettingsVersion):
    """A version of how often assets are seen by class and risk. Without one in force the defaults of the code hold."""

    number = models.PositiveIntegerField(unique=True)
    document = models.JSONField(help_text="As collateral.domain.inspections reads it")

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="inspection_settings_one_active", fields=["state"], condition=Q(state="ACTIVE")),
            models.UniqueConstraint(name="inspection_settings_one_proposed", fields=["state"], condition=Q(state="PROPOSED")),
            models.CheckConstraint(
                name="inspection_settings_four_eyes", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by"))
            ),
            models.CheckConstraint(
                name="inspection_settings_confirmed", condition=Q(state__in=["PROPOSED", "REJECTED"]) | Q(confirmed_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"inspection settings v{self.number}"


class InspectionPlan(models.Model):
    """When an asset that backs a running loan has to be seen next, and why then. The night keeps it;
    `loan` is the first of those it backs.
    """

    class Level(models.TextChoices):
        ORDINARY = "ORDINARY", "Ordinary"
        RAISED = "RAISED", "Raised"
        HIGH = "HIGH", "High"

    asset = models.OneToOneField(Asset, on_delete=models.PROTECT, primary_key=True, related_name="inspection_plan")
    loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=Level.choices)
    grounds = models.JSONField(default=list, help_text="Codes of what raises the level")
    seen_date = models.DateField(null=True, help_text="When an inspector was last there; empty: not yet")
    due_date = models.DateField()
    status_date = models.DateField()

    class Meta:
        indexes: ClassVar = [models.Index(name="inspection_plan_due", fields=["due_date"])]


class InspectionRound(models.Model):
    """One person goes to see assets near each other, by a day."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        ESCALATED = "ESCALATED", "Overdue"
        DONE = "DONE", "Done"

    WAITING: ClassVar = (State.OPEN, State.ESCALATED)

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.CharField(max_length=20, unique=True)
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, related_name="+")
    inspector = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    area = models.CharField(max_length=80, blank=True, help_text="The place its assets are at")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    planned_date = models.DateField()
    due_date = models.DateField()
    ended_date = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="inspection_round_due_later", condition=Q(due_date__gt=F("planned_date"))),
            models.CheckConstraint(
                name="inspection_round_ended_when_done",
                condition=Q(state="DONE", ended_date__isnull=False) | ~Q(state="DONE") & Q(ended_date__isnull=True),
            ),
        ]
        indexes: ClassVar = [models.Index(name="inspection_round_queue", fields=["state", "due_date"])]

    def __str__(self) -> str:
        return self.reference


class InspectionStop(models.Model):
    """One asset on a round. At most one stop of an asset is open. DROPPED: it backs nothing any more."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        DONE = "DONE", "Done"
        DROPPED = "DROPPED", "Dropped"

    id = models.UUIDField(primary_key=True, default=uuid7)
    round = models.ForeignKey(InspectionRound, on_delete=models.PROTECT, related_name="stops")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="inspection_stops")
    position = models.PositiveSmallIntegerField()
    level = models.CharField(max_length=8, choices=InspectionPlan.Level.choices)
    grounds = models.JSONField(default=list)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)

    class Meta:
        ordering: ClassVar[list[str]] = ["round", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="inspection_stop_position_once", fields=["round", "position"]),
            models.UniqueConstraint(name="inspection_stop_open_once", fields=["asset"], condition=Q(state="OPEN")),
        ]


class Inspection(models.Model):
    """What one person saw of one asset. Append-only: what was wrong is put right by another one, and the newest counts.

    `client_key` is made by the phone before anything is sent, and `fingerprint` is of all that was sent under it: sent twice it is kept
    once.
    """

    class Presence(models.TextChoices):
        PRESENT = "PRESENT", "It is there"
        ABSENT = "ABSENT", "It is not there"
        SHUT = "SHUT", "Nobody let me in"

    class Condition(models.TextChoices):
        GOOD = "GOOD", "Good"
        WORN = "WORN", "Worn"
        DAMAGED = "DAMAGED", "Damaged"
        UNUSABLE = "UNUSABLE", "Unusable"

    class Use(models.TextChoices):
        IN_USE = "IN_USE", "In use"
        IDLE = "IDLE", "Idle"

    id = models.UUIDField(primary_key=True, default=uuid7)
    client_key = models.UUIDField(unique=True)
    fingerprint = models.CharField(max_length=64)
    stop = models.ForeignKey(InspectionStop, on_delete=models.PROTECT, related_name="inspections")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="inspections")
    inspector = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seen_date = models.DateField()
    presence = models.CharField(max_length=7, choices=Presence.choices)
    number_seen = models.CharField(max_length=60, blank=True)
    number_agrees = models.BooleanField(null=True, help_text="With the register; empty: nothing to compare")
    condition = models.CharField(max_length=8, choices=Condition.choices, blank=True)
    use = models.CharField(max_length=6, choices=Use.choices, blank=True)
    position = EncryptedTextField(help_text="latitude,longitude in degrees")
    accuracy = models.PositiveIntegerField(null=True, help_text="In metres, as the device says")
    place = EncryptedTextField(help_text="In words, where the device does not tell")
    remarks = models.TextField(blank=True)
    valuation_asked = models.BooleanField(default=False)
    faults = models.JSONField(default=list, help_text="Codes of what was found wrong")
    recorded_date = models.DateField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="inspection_not_from_tomorrow", condition=Q(seen_date__lte=F("recorded_date"))),
            models.CheckConstraint(
                name="inspection_says_what_was_seen", condition=~Q(presence="PRESENT") | (~Q(condition="") & ~Q(use=""))
            ),
        ]
        indexes: ClassVar = [models.Index(name="inspection_by_asset", fields=["asset", "-id"])]

    @property
    def place_doubt(self) -> str:
        """Why nobody measured where the inspector stood; empty where the device did."""
        return place_doubt(self.position, self.accuracy)
