"""What the bank offers: products with versions. A contract keeps the version it was made under."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import MoneyField, RateField


class Product(models.Model):
    """A kind of credit under one code; its terms stand in versions."""

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class VersionState(models.TextChoices):
    """Where a version of something stands."""

    DRAFT = "DRAFT", "Draft"
    ACTIVE = "ACTIVE", "Active"
    RETIRED = "RETIRED", "Retired"


class ProductVersion(models.Model):
    """The pre-controlled terms of a product. Amounts in `currency`, rates as fractions per year, terms in months."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=VersionState.choices, default=VersionState.DRAFT)
    currency = models.CharField(max_length=3)
    borrower_kinds = models.JSONField(default=list, help_text="PERSON, COMPANY")
    min_amount = MoneyField()
    max_amount = MoneyField()
    min_term_months = models.PositiveSmallIntegerField()
    max_term_months = models.PositiveSmallIntegerField()
    annual_rate = RateField()
    rate_by_grade = models.JSONField(default=dict, help_text='{"A": "0.0490", …}; a grade not named takes annual_rate')
    revolving = models.BooleanField(default=False, help_text="A limit that is drawn, repaid and drawn again")
    method = models.CharField(max_length=16, default="annuity")
    frequency_unit = models.CharField(max_length=5, default="month")
    frequency_every = models.PositiveSmallIntegerField(default=1)
    day_count = models.CharField(max_length=10, default="30/360")
    interest_period = models.CharField(max_length=16, default="per_instalment")
    month_end = models.CharField(max_length=12, default="keep")
    rounding_mode = models.CharField(max_length=10, default="half_even")
    fees = models.JSONField(default=list, help_text="As `fees` of POST /quotes")
    penalty_rate = RateField(default=0)
    penalty_base = models.CharField(max_length=10, default="principal", help_text="principal, or instalment (with its interest)")
    tolerance_amount = MoneyField(default=0)
    tolerance_days = models.PositiveSmallIntegerField(default=0)
    non_accrual_days = models.PositiveSmallIntegerField(default=0, help_text="Days past due from which interest is no income; 0 is never")
    prepayment_fee_percent = RateField(default=0, help_text="1.5 is 1.5% of the principal paid early")
    apr_rule = models.CharField(max_length=14, blank=True, help_text="regulation_z, or empty")
    allocation_order = models.JSONField(default=list, help_text="Component names; empty is the default order")
    purposes = models.JSONField(default=list, help_text='[{"code": "equipment", "title": "Equipment"}]')
    collateral_kinds = models.JSONField(default=list, help_text="Kinds that may secure it; empty is unsecured")
    collateral_required = models.BooleanField(default=False)
    required_documents = models.JSONField(default=list, help_text='[{"code": "payslips", "title": "Last three payslips"}]')
    checklist = models.JSONField(default=list, help_text='[{"code": "identity", "title": "Identity checked", "required": true}]')
    offer_days = models.PositiveSmallIntegerField(default=30)
    contract_days = models.PositiveSmallIntegerField(
        default=30, db_default=30, help_text="An accepted offer that is no contract by then ends"
    )
    draw_days = models.PositiveSmallIntegerField(
        default=120, db_default=120, help_text="A contract of which nothing was drawn by then ends"
    )
    decision_days = models.PositiveSmallIntegerField(default=5)
    second_look_days = models.PositiveSmallIntegerField(
        default=30, db_default=30, help_text="How long after a decline the applicant may ask for a second look"
    )
    note = models.CharField(max_length=200, blank=True, help_text="Why it was drafted")
    drafted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    editors = models.ManyToManyField("core.User", related_name="+", help_text="Everybody who wrote in the draft: none of them offers it")
    created_at = models.DateTimeField(auto_now_add=True)
    activated_date = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["product", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="product_version_number_once", fields=["product", "number"]),
            models.UniqueConstraint(name="product_one_active_version", fields=["product"], condition=Q(state="ACTIVE")),
            models.UniqueConstraint(name="product_one_draft", fields=["product"], condition=Q(state="DRAFT")),
            models.CheckConstraint(name="product_amounts_in_order", condition=Q(min_amount__gt=0) & Q(max_amount__gte=F("min_amount"))),
            models.CheckConstraint(
                name="product_terms_in_order", condition=Q(min_term_months__gt=0) & Q(max_term_months__gte=F("min_term_months"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} v{self.number}"

    @property
    def highest_price(self) -> Decimal:
        """The yearly rate, a fraction, above which this version costs nobody."""
        rates: list[Decimal] = [self.annual_rate, *map(Decimal, self.rate_by_grade.values())]
        return max(rates)
