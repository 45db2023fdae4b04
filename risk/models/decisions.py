"""Decisions by people: what one recommended, what two decided, with the frozen evidence."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField, MoneyField, RateField
from core.uuids import uuid7
from risk.domain.authority import COMMITTEE


class Recommendation(models.Model):
    """What a first approver put up when the decision needs a second one: kept in the open proposal's words, with its evidence hash."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="recommendations")
    proposal = models.OneToOneField("core.Proposal", on_delete=models.PROTECT, related_name="+")
    content = models.JSONField(help_text="Outcome, amount, term, rate, conditions, reasons, rationale")
    evidence_hash = models.CharField(max_length=64)
    level = models.PositiveSmallIntegerField(default=3, db_default=3, help_text="3 two people, 4 the committee")
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    @property
    def by_committee(self) -> bool:
        """Whether the committee votes on it, where otherwise a second person confirms it."""
        return self.level == COMMITTEE


class CommitteeVote(models.Model):
    """One member's vote on what was put up, once and for good."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="votes")
    member = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    member_name = models.CharField(max_length=120)
    by_manager = models.BooleanField(help_text="Whether the member voted as a risk manager")
    in_favour = models.BooleanField()
    reason = models.CharField(max_length=400, blank=True)
    voted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="committee_vote_once", fields=["recommendation", "member"]),
            models.CheckConstraint(name="committee_vote_against_has_reason", condition=Q(in_favour=True) | ~Q(reason="")),
        ]


class Decision(models.Model):
    """A decision with everything it stood on. Append-only.

    `words` are what the evidence keeps of people and what was written about them, sealed; the evidence holds their keyed fingerprints, so
    that its hash covers them. Empty where the evidence is of an older form.

    `second_by` is set where authority asked for two; where the committee decided, it is the member whose vote was the last, and `votes` are
    all.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=24)
    amount = MoneyField(null=True)
    term_months = models.PositiveSmallIntegerField(null=True)
    annual_rate = RateField(null=True)
    conditions = models.JSONField(default=list)
    reasons = models.JSONField(default=list, help_text="Internal: [{code, text}]")
    rationale = models.TextField()
    override_code = models.CharField(max_length=40, blank=True, help_text="Why the decision leaves the recommendation")
    price_code = models.CharField(max_length=40, blank=True, db_default="", help_text="Why the rate is not the price of the grade")
    system_recommendation = models.CharField(max_length=8)
    authority_level = models.PositiveSmallIntegerField()
    authority = models.JSONField(
        default=dict, db_default={}, help_text="The matrix it was taken by, the row, and limits of appetite it passes"
    )
    votes = models.JSONField(
        default=list, db_default=[], help_text="[{name, by_manager, in_favour, reason}], `carried` where it is of an earlier round"
    )
    earlier = models.JSONField(default=list, db_default=[], help_text="What was put up before and came to nothing, with its votes")
    exposure_after = MoneyField()
    evidence = models.JSONField()
    evidence_hash = models.CharField(max_length=64)
    words = EncryptedTextField(db_default=b"", help_text="Names, explanations, summary and signals as they were, JSON")
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_by_name = models.CharField(max_length=120)
    second_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    second_by_name = models.CharField(max_length=120, blank=True, db_default="")
    decided_at = models.DateTimeField(auto_now_add=True)
    decided_date = models.DateField()
    second_look_until = models.DateField(null=True, help_text="Last day on which the applicant may ask for a second look at a decline")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="decision_four_eyes", condition=Q(second_by__isnull=True) | ~Q(second_by=F("decided_by"))),
        ]


class ExposureSignature(models.Model):
    """One person's word that money of an approved application may leave though the exposure to its group has grown. Append-only.

    It holds up to `exposure`, in the bank's currency, and against what had turned by then. Enough signatures together carry what the
    decision does not.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="exposure_signatures")
    exposure = MoneyField()
    days_late = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How late the borrower had been with us by then, where that turned it"
    )
    defaults = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How many loans of the borrower with us had gone bad by then, where that turned it"
    )
    outdated = models.BooleanField(
        default=False, db_default=False, help_text="Whether facts that the approval stands on were long out of date"
    )
    amended = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How many amendments of its parties' records had come after the file was signed off"
    )
    parties_late = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How late a co-borrower or guarantor had been with us by then, where that turned it"
    )
    parties_defaults = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="How many loans of co-borrowers and guarantors with us had gone bad by then, where that turned it",
    )
    person = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=120)
    by_manager = models.BooleanField(help_text="Whether the person signed as a risk manager")
    reason = models.CharField(max_length=400)
    signed_at = models.DateTimeField(auto_now_add=True)
    signed_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="exposure_signed_once",
                fields=[
                    "application",
                    "person",
                    "exposure",
                    "days_late",
                    "defaults",
                    "outdated",
                    "amended",
                    "parties_late",
                    "parties_defaults",
                ],
            ),
            models.CheckConstraint(name="exposure_signature_has_reason", condition=~Q(reason="")),
        ]


class CoverSignature(models.Model):
    """One person's word that cover of money that was granted may be given up. Append-only.

    It holds for what is proposed, up to `exposure` to the group, in the bank's currency, and while no less than `cover_left` stays, in that
    of the file. Enough of them together carry it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    proposal = models.ForeignKey("core.Proposal", on_delete=models.PROTECT, related_name="+")
    exposure = MoneyField()
    cover_left = MoneyField()
    person = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=120)
    reason = models.CharField(max_length=400, blank=True)
    signed_at = models.DateTimeField(auto_now_add=True)
    signed_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="cover_signed_once", fields=["proposal", "person", "exposure", "cover_left"]),
        ]
