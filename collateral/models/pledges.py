"""Which asset secures which application, at which rank and for how much."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from collateral.models.assets import Asset
from collateral.models.same_words import plain
from core.fields import MoneyField
from core.uuids import uuid7


class Pledge(models.Model):
    """An asset secures an application and, once contracted, its facility."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "Proposed"
        REGISTRATION_PENDING = "REGISTRATION_PENDING", "With the registry"
        PERFECTED = "PERFECTED", "Perfected"
        PARTLY_RELEASED = "PARTLY_RELEASED", "Partly released"
        SUBSTITUTED = "SUBSTITUTED", "Substituted"
        RELEASED = "RELEASED", "Released"
        ENFORCED = "ENFORCED", "Enforced"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"

    # What stands in the registry, and what secures nothing any more.
    STANDING: ClassVar = (State.PERFECTED, State.PARTLY_RELEASED)
    GIVEN_BACK: ClassVar = (State.SUBSTITUTED, State.RELEASED, State.ENFORCED, State.WITHDRAWN)
    # What is free for the same application again; what was sold by enforcement is gone.
    FREE: ClassVar = (State.SUBSTITUTED, State.RELEASED, State.WITHDRAWN)
    WAITING: ClassVar = (State.PROPOSED, State.REGISTRATION_PENDING)

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="pledges")
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="pledges")
    stated_number = models.PositiveSmallIntegerField(null=True, help_text="Which of the assets stated in the application it is, from 0")
    rank = models.PositiveSmallIntegerField(default=1)
    amount = MoneyField(help_text="Registered amount")
    declared_claims = MoneyField(default=0, db_default=0, help_text="Claims of others before ours as they were declared")
    prior_claims = MoneyField(default=0, help_text="Claims of others before ours, as services.ranks works them out")
    state = models.CharField(max_length=20, choices=State.choices, default=State.PROPOSED)
    registry_reference = models.CharField(max_length=60, blank=True)
    registration = models.ForeignKey(
        "collateral.AssetDocument",
        on_delete=models.PROTECT,
        null=True,
        related_name="pledges",
        help_text="The registry's word for the lien",
    )
    sent_date = models.DateField(null=True, help_text="When it was sent to the registry")
    sent_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    registry = models.CharField(max_length=120, blank=True, default="", db_default="", help_text="Where it was sent")
    sent_reference = models.CharField(
        max_length=60, blank=True, default="", db_default="", help_text="What the registry files the request under"
    )
    receipt = models.ForeignKey(
        "collateral.AssetDocument", on_delete=models.PROTECT, null=True, related_name="+", help_text="The registry's receipt"
    )
    told_date = models.DateField(null=True, help_text="When it was last told of that the registry is silent, or a block is to be ended")
    perfected_date = models.DateField(null=True)
    blocked_date = models.DateField(null=True, help_text="Since when a custodian blocks the account, as they confirmed")
    unblocked_date = models.DateField(null=True, help_text="When the custodian was told that the block ends")
    ended_date = models.DateField(null=True)
    ended_reason = models.CharField(max_length=500, blank=True, default="", db_default="", help_text="Why it was withdrawn")
    refusal = models.ForeignKey(
        "collateral.AssetDocument",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="The registry's word that it registers nothing",
    )
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaces")
    proposed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    perfected_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="pledge_substituted_by_another",
                condition=~Q(state="SUBSTITUTED") | Q(replaced_by__isnull=False) & ~Q(replaced_by=F("id")),
            ),
            models.UniqueConstraint(
                name="pledge_once", fields=["asset", "application"], condition=~Q(state__in=["SUBSTITUTED", "RELEASED", "WITHDRAWN"])
            ),
            models.UniqueConstraint(
                name="pledge_stated_once",
                fields=["application", "stated_number"],
                condition=Q(stated_number__isnull=False) & ~Q(state="WITHDRAWN"),
            ),
            models.CheckConstraint(
                name="pledge_amount_positive", condition=Q(amount__gt=0) & Q(prior_claims__gte=0) & Q(declared_claims__gte=0)
            ),
            models.CheckConstraint(name="pledge_rank_from_one", condition=Q(rank__gte=1)),
            models.CheckConstraint(
                name="pledge_state_known",
                condition=Q(
                    state__in=[
                        "PROPOSED",
                        "REGISTRATION_PENDING",
                        "PERFECTED",
                        "PARTLY_RELEASED",
                        "SUBSTITUTED",
                        "RELEASED",
                        "ENFORCED",
                        "WITHDRAWN",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="pledge_sent_somewhere",
                condition=~Q(state="REGISTRATION_PENDING")
                | Q(sent_date__isnull=False) & ~Q(registry="") & (~Q(sent_reference="") | Q(receipt__isnull=False)),
            ),
            models.CheckConstraint(
                name="pledge_perfected_by_another",
                condition=Q(perfected_by__isnull=True) | Q(sent_by__isnull=True) | ~Q(perfected_by=F("sent_by")),
            ),
            models.CheckConstraint(
                name="pledge_block_in_order",
                condition=(Q(blocked_date__isnull=True) | Q(perfected_date__isnull=True) | Q(blocked_date__lte=F("perfected_date")))
                & (Q(unblocked_date__isnull=True) | Q(blocked_date__isnull=False, state__in=["RELEASED", "SUBSTITUTED"])),
            ),
            models.CheckConstraint(
                name="pledge_refused_with_reason", condition=Q(refusal__isnull=True) | Q(state="WITHDRAWN") & ~Q(ended_reason="")
            ),
        ]
        indexes: ClassVar = [
            models.Index(plain(F("registry_reference")), name="pledge_by_entry", condition=~Q(registry_reference="")),
            models.Index(name="pledge_with_registry", fields=["sent_date"], condition=Q(state="REGISTRATION_PENDING")),
            models.Index(
                name="pledge_block_to_end",
                fields=["ended_date"],
                condition=Q(state__in=["RELEASED", "SUBSTITUTED"], blocked_date__isnull=False, unblocked_date__isnull=True),
            ),
        ]

    @property
    def block_ends(self) -> bool:
        """Whether the custodian has still to be told that the block ends."""
        return self.state in (self.State.RELEASED, self.State.SUBSTITUTED) and self.blocked_date is not None and self.unblocked_date is None

    def days_with_registry(self, today: date) -> int | None:
        """For how many days the registry has it; None where it has it not."""
        return (today - self.sent_date).days if self.state == self.State.REGISTRATION_PENDING and self.sent_date else None
