"""What is known of an asset by its class, as it holds now; each version ever recorded stands in `FactsVersion` and is never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from collateral.models.assets import Asset
from core.fields import BlindIndexField, EncryptedTextField, MoneyField
from core.uuids import uuid7


class FactsVersion(models.Model):
    """One version of the facts of an asset: what was recorded (encrypted JSON), from which day it holds, and since when it is known."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="versions")
    section = models.CharField(max_length=12, help_text="Which facts: the class, home, equipment, holding or receivable")
    row = models.UUIDField(null=True, help_text="The receivable it is a version of; None where an asset has one row of that section")
    valid_from = models.DateField()
    known_from = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()
    content = EncryptedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-valid_from", "-id"]
        indexes: ClassVar = [
            models.Index(name="facts_version_of_asset", fields=["asset", "section", "valid_from"]),
            models.Index(name="facts_version_of_row", fields=["row"], condition=Q(row__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="facts_hold_when_recorded", condition=Q(valid_from__lte=models.F("recorded_date")))
        ]


class ClassFacts(models.Model):
    """What every class's facts carry: whose they are, from which day they hold, who recorded them."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.OneToOneField(Asset, on_delete=models.PROTECT, related_name="%(class)s")
    valid_from = models.DateField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()
    held = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
    )

    class Meta:
        abstract = True


class PropertyFacts(ClassFacts):
    """A building with its plot. Areas in square metres, the rent a year in the asset's currency. A home's further facts: `HomeFacts`."""

    class Use(models.TextChoices):
        HOME = "HOME", "Home"
        FLATS = "FLATS", "Flats"
        OFFICE = "OFFICE", "Offices"
        RETAIL = "RETAIL", "Shops"
        INDUSTRIAL = "INDUSTRIAL", "Workshop or warehouse"
        HOTEL = "HOTEL", "Hotel or restaurant"
        MIXED = "MIXED", "Homes and business"

    class Occupancy(models.TextChoices):
        OWNER = "OWNER", "By its owner"
        LET = "LET", "Let"
        VACANT = "VACANT", "Vacant"

    RESIDENTIAL: ClassVar = (Use.HOME, Use.FLATS)

    use = models.CharField(max_length=10, choices=Use.choices)
    floor_area = models.DecimalField(max_digits=12, decimal_places=2)
    plot_area = models.DecimalField(max_digits=14, decimal_places=2)
    built_year = models.PositiveSmallIntegerField()
    occupancy = models.CharField(max_length=6, choices=Occupancy.choices)
    annual_rent = MoneyField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="property_areas_positive", condition=Q(floor_area__gt=0, plot_area__gt=0)),
            models.CheckConstraint(
                name="property_let_has_rent", condition=~Q(occupancy="LET") | Q(annual_rent__isnull=False, annual_rent__gt=0)
            ),
        ]


class LandFacts(ClassFacts):
    """A plot. The area in square metres; `zoning` is what the plan allows, `use` what is done on it."""

    class Zoning(models.TextChoices):
        RESIDENTIAL = "RESIDENTIAL", "Residential"
        COMMERCIAL = "COMMERCIAL", "Commercial"
        INDUSTRIAL = "INDUSTRIAL", "Industrial"
        MIXED = "MIXED", "Mixed"
        AGRICULTURAL = "AGRICULTURAL", "Agricultural"
        FOREST = "FOREST", "Forest"
        PROTECTED = "PROTECTED", "Protected, nothing may be built"
        UNPLANNED = "UNPLANNED", "No plan"

    class Use(models.TextChoices):
        VACANT = "VACANT", "Nothing"
        HOUSING = "HOUSING", "Housing"
        BUSINESS = "BUSINESS", "Shops or offices"
        INDUSTRY = "INDUSTRY", "Industry or storage"
        FARMING = "FARMING", "Farming"
        FORESTRY = "FORESTRY", "Forestry"

    class Access(models.TextChoices):
        ROAD = "ROAD", "From a public road"
        EASEMENT = "EASEMENT", "By a right of way"
        NONE = "NONE", "None"

    parcel_number = models.CharField(max_length=60)
    area = models.DecimalField(max_digits=14, decimal_places=2)
    zoning = models.CharField(max_length=12, choices=Zoning.choices)
    use = models.CharField(max_length=8, choices=Use.choices)
    access = models.CharField(max_length=8, choices=Access.choices)
    encumbrances = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="land_area_positive", condition=Q(area__gt=0))]


class Condition(models.TextChoices):
    """Whether a machine or vehicle works for its owner."""

    IN_USE = "IN_USE", "In use"
    IDLE = "IDLE", "Idle"
    UNUSABLE = "UNUSABLE", "Unusable"


class MachineFacts(ClassFacts):
    """A machine; `hours` as its counter shows them, None without a counter."""

    make = models.CharField(max_length=60)
    model = models.CharField(max_length=60)
    serial_number = models.CharField(max_length=60)
    built_year = models.PositiveSmallIntegerField()
    hours = models.PositiveIntegerField(null=True)
    condition = models.CharField(max_length=8, choices=Condition.choices)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="machine_has_serial", condition=~Q(serial_number=""))]


class VehicleFacts(ClassFacts):
    """A vehicle; `mileage` in kilometres as its counter shows it."""

    make = models.CharField(max_length=60)
    model = models.CharField(max_length=60)
    vin = models.CharField(max_length=17, help_text="Vehicle identification number")
    plate = models.CharField(max_length=20, blank=True)
    first_registration = models.DateField()
    mileage = models.PositiveIntegerField()
    condition = models.CharField(max_length=8, choices=Condition.choices)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="vehicle_has_number", condition=~Q(vin=""))]


class DepositFacts(ClassFacts):
    """Money at a bank, in the asset's currency. It counts until it falls due, for whom it is blocked (`Pledge`)."""

    own_bank = models.BooleanField(default=True, help_text="Held at this bank")
    bank_name = models.CharField(max_length=120)
    account = EncryptedTextField()
    account_index = BlindIndexField(source="account", kind="iban")
    currency = models.CharField(max_length=3)
    balance = MoneyField()
    maturity_date = models.DateField(null=True, help_text="None: at call")

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="deposit_balance_positive", condition=Q(balance__gt=0))]
