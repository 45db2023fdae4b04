"""What an asset is worth, by whose word."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from collateral.models.assets import Asset
from core.fields import MoneyField
from core.uuids import uuid7


class Valuation(models.Model):
    """What an appraiser says an asset is worth, accepted by another person."""

    class State(models.TextChoices):
        ORDERED = "ORDERED", "Ordered"
        SUBMITTED = "SUBMITTED", "Submitted"
        CHALLENGED = "CHALLENGED", "Challenged"
        ACCEPTED = "ACCEPTED", "Accepted"
        REJECTED = "REJECTED", "Rejected"
        EXPIRED = "EXPIRED", "Expired"
        COMPARED = "COMPARED", "Compared"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"

    # What its appraiser still owes an answer to.
    WITH_APPRAISER: ClassVar = (State.ORDERED, State.CHALLENGED)
    # What was asked of an appraiser and is not judged yet.
    WAITING: ClassVar = (State.ORDERED, State.SUBMITTED, State.CHALLENGED)
    # What somebody said no to: a value withdrawn that was handed in had been sent back.
    TURNED_DOWN: ClassVar = (State.REJECTED, State.CHALLENGED, State.WITHDRAWN)

    class Method(models.TextChoices):
        COMPARISON = "COMPARISON", "Comparison"
        INCOME = "INCOME", "Income"
        COST = "COST", "Cost"
        INDEX = "INDEX", "Index"
        MARKET_QUOTE = "MARKET_QUOTE", "Market quote"
        NOMINAL = "NOMINAL", "Nominal amount"

    class NoEvidence(models.TextChoices):
        """Why a value was accepted that the bank could hold no sales, curve or price against."""

        NO_MARKET = "NO_MARKET", "No sales are on file of where it stands"
        UNLIKE = "UNLIKE", "No home like it is sold there"
        OTHER_USE = "OTHER_USE", "It is no home: its rent or its cost decides"
        NO_MODEL = "NO_MODEL", "No price model of where it stands is in force"
        NO_NEW_PRICE = "NO_NEW_PRICE", "What it cost when new cannot be found out"
        ONE_OF_KIND = "ONE_OF_KIND", "It was built to order: no curve says how it ages"
        UNTRADED = "UNTRADED", "It is traded nowhere: no price is quoted"
        SUSPENDED = "SUSPENDED", "Its trading is suspended"

    class Outside(models.TextChoices):
        """Why a value was asked of another firm."""

        CONNECTED = "CONNECTED", "The bank's own appraisers are connected to it"
        SPECIAL = "SPECIAL", "None of the bank's own knows such assets"
        FAR = "FAR", "It lies too far away for the bank's own"
        INDEPENDENT = "INDEPENDENT", "An independent valuer is prescribed"
        DOUBT = "DOUBT", "A value before it is in doubt"

    # Which of these fit a class of assets in the calendar.
    UNPROVED: ClassVar[dict[str, tuple[str, ...]]] = {
        "REAL_ESTATE": ("NO_MARKET", "NO_MODEL", "UNLIKE", "OTHER_USE"),
        "COMMERCIAL": ("OTHER_USE", "NO_MARKET"),
        "LAND": ("NO_MARKET", "OTHER_USE"),
        "MACHINERY": ("NO_NEW_PRICE", "ONE_OF_KIND"),
        "VEHICLE": ("NO_NEW_PRICE", "ONE_OF_KIND"),
        "SECURITIES": ("UNTRADED", "SUSPENDED"),
    }

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="valuations")
    appraiser = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    ordered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    ordered_date = models.DateField()
    order_reason = models.CharField(max_length=200, blank=True)
    third_party = models.BooleanField(
        default=False, db_default=False, help_text="Ordered from another firm, which holds for who follows too"
    )
    outside_reason = models.CharField(
        max_length=12, choices=Outside.choices, blank=True, default="", db_default="", help_text="Why another firm was asked"
    )
    drawn_alone = models.BooleanField(default=False, db_default=False, help_text="Nobody else was eligible when it was drawn")
    due_date = models.DateField(null=True, help_text="The last day on which it is in time; none for what nobody was asked for")
    reminders = models.PositiveSmallIntegerField(default=0, db_default=0)
    reminded_date = models.DateField(null=True)
    submitted_date = models.DateField(null=True, help_text="When its appraiser handed it in last")
    barred = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="Users whom the lot may not fall on, nor when it is drawn anew",
    )
    round = models.UUIDField(null=True, help_text="Shared by all that were ordered together or beside each other")
    sealed = models.BooleanField(default=False, help_text="In, and shown to nobody until the others of its order are")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ORDERED)
    method = models.CharField(max_length=12, choices=Method.choices, blank=True)
    market_value = MoneyField(null=True)
    currency = models.CharField(max_length=3)
    comparables = models.JSONField(default=list, help_text='[{"description", "price"}], prices as strings')
    inputs = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="What it was worked out from by its method (domain.value_inputs), figures as strings",
    )
    independence_declared = models.BooleanField(default=False)
    remarks = models.TextField(blank=True)
    valued_area = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, help_text="Square metres that it is of, as its appraiser found"
    )
    no_evidence = models.CharField(
        max_length=12, choices=NoEvidence.choices, blank=True, default="", db_default="", help_text="Why nothing can be held against it"
    )
    valued_date = models.DateField(null=True)
    expires_date = models.DateField(null=True)
    ended_date = models.DateField(
        null=True, help_text="Since when its asset is upheld not to be as it was valued; it counts for less until another is accepted"
    )
    ended_by = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), help_text="Codes of the upheld red flags that ended it"
    )
    kept_share = models.DecimalField(
        max_digits=7, decimal_places=6, default=1, db_default=1, help_text="What of it counts, below 1 only once it was ended"
    )
    cap = MoneyField(null=True, help_text="The most that counts of it by CRR 229(1)(e), where that is less than what was said")
    cap_years = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Years whose average the cap is; 0 for the value when the money was lent"
    )
    cap_date = models.DateField(null=True, help_text="When it was capped")
    cap_due = models.BooleanField(default=False, db_default=False, help_text="Accepted before there was a cap: the night looks at it once")
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, help_text="When somebody judged it; of a computed value, when it was made")
    sent_back_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="Who sent it back last, whatever became of it"
    )
    earlier_answers = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text='What it said each time it was sent back: [{"value", "by", "day"}], the value as a string, who sent it back as an id',
    )
    decision_reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar = [
            models.Index(name="valuation_in_force", fields=["asset", "-valued_date", "-id"], condition=Q(state="ACCEPTED")),
            models.Index(name="valuation_ended", fields=["asset"], condition=Q(state="ACCEPTED", ended_date__isnull=False)),
            models.Index(name="valuation_round", fields=["round"], condition=Q(round__isnull=False)),
            models.Index(name="valuation_sealed", fields=["round"], condition=Q(sealed=True)),
            models.Index(name="valuation_capped", fields=["asset"], condition=Q(state="ACCEPTED", cap__isnull=False)),
            models.Index(name="valuation_cap_due", fields=["asset"], condition=Q(state="ACCEPTED", cap_due=True)),
            models.Index(name="valuation_awaited", fields=["due_date", "id"], condition=Q(state__in=["ORDERED", "CHALLENGED"])),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="valuation_value_positive", condition=Q(market_value__isnull=True) | Q(market_value__gt=0)),
            models.CheckConstraint(name="valuation_area_positive", condition=Q(valued_area__isnull=True) | Q(valued_area__gt=0)),
            models.CheckConstraint(
                name="valuation_no_evidence_known",
                condition=Q(
                    no_evidence__in=[
                        "",
                        "NO_MARKET",
                        "UNLIKE",
                        "OTHER_USE",
                        "NO_MODEL",
                        "NO_NEW_PRICE",
                        "ONE_OF_KIND",
                        "UNTRADED",
                        "SUSPENDED",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="valuation_kept_share_is_part",
                condition=Q(kept_share__gte=0, kept_share__lte=1) & (Q(kept_share=1) | Q(ended_date__isnull=False)),
            ),
            models.CheckConstraint(
                name="valuation_outside_reason_known",
                condition=Q(outside_reason__in=["", "CONNECTED", "SPECIAL", "FAR", "INDEPENDENT", "DOUBT"]),
            ),
            models.CheckConstraint(
                name="valuation_cap_lowers", condition=Q(cap__isnull=True) | Q(cap__gt=0, cap__lt=F("market_value"), cap_date__isnull=False)
            ),
            models.CheckConstraint(
                name="valuation_accepted_by_another",
                condition=~Q(state="ACCEPTED") | Q(appraiser__isnull=True) | ~Q(decided_by=F("appraiser")),
            ),
            models.CheckConstraint(
                name="valuation_withdrawn_with_reason",
                condition=~Q(state="WITHDRAWN") | Q(due_date__isnull=False) & ~Q(decision_reason=""),
            ),
        ]

    @property
    def ordered_blind(self) -> bool:
        """Whether it was ordered from an appraiser; imported and computed values never were."""
        return self.appraiser_id is not None and self.round is not None

    @property
    def counting_value(self) -> Decimal:
        """What of the market value counts in cover, at most its cap, in its currency, cut off at four places;
        zero where there is none yet.
        """
        value = self.market_value or Decimal(0)
        return self.kept_of(value if self.cap is None else min(value, self.cap))

    @property
    def kept_value(self) -> Decimal:
        """The same without the cap: what it is worth to a buyer."""
        return self.kept_of(self.market_value or Decimal(0))

    def kept_of(self, value: Decimal) -> Decimal:
        """What the findings that ended it leave of an amount."""
        return (value * self.kept_share).quantize(Decimal("0.0001"), ROUND_DOWN)

    def is_overdue(self, today: date) -> bool:
        """Whether its appraiser owes an answer since before today."""
        return self.state in self.WITH_APPRAISER and self.due_date is not None and self.due_date < today

    def together(self) -> models.QuerySet[Valuation]:
        """Itself and all that were ordered with it or beside it."""
        return Valuation.objects.filter(round=self.round) if self.round else Valuation.objects.filter(pk=self.pk)

    def awaited(self) -> models.QuerySet[Valuation]:
        """Those of the same order that are not in yet."""
        return self.together().filter(state=self.State.ORDERED).exclude(pk=self.pk)

    @property
    def said_before(self) -> list[Decimal]:
        """Its values before it was sent back, the first first."""
        return [Decimal(one["value"]) for one in self.earlier_answers]

    def lower_sent_back(self, today: date) -> models.QuerySet[Valuation]:
        """Lower values of its asset, of whatever order, that were sent back, are not answered and have not run out."""
        sent_back = Valuation.objects.filter(asset=self.asset_id, state=self.State.CHALLENGED, expires_date__gt=today)
        return sent_back.filter(market_value__lt=self.market_value or Decimal(0)).exclude(pk=self.pk)
