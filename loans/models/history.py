"""Every change of state of applications, loans, payouts: who, when, why. Append-only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class StateChange(models.Model):
    """One step of one row from one state to the next, written by `services.states.advance` alone."""

    id = models.BigAutoField(primary_key=True)
    target_type = models.CharField(max_length=40)
    target_id = models.CharField(max_length=60)
    old_state = models.CharField(max_length=24, blank=True)
    new_state = models.CharField(max_length=24)
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    reason = models.TextField(blank=True)
    business_date = models.DateField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar = [models.Index(name="state_change_target", fields=["target_type", "target_id", "id"])]
