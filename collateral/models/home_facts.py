"""What is known of a home that is pledged, as far as its value depends on it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.fields import EncryptedTextField
from core.uuids import uuid7


class HomeFacts(models.Model):
    """One home's facts, in the units of `Sale`. The position tells the address, so it is encrypted like one: "latitude,longitude"."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.OneToOneField("collateral.Asset", on_delete=models.PROTECT, related_name="home")
    market = models.CharField(max_length=40)
    region = models.CharField(max_length=10, blank=True, help_text="State or region whose index it follows")
    position = EncryptedTextField()
    living_area = models.FloatField()
    plot_area = models.FloatField()
    area_above = models.FloatField(null=True)
    bedrooms = models.FloatField()
    bathrooms = models.FloatField()
    floors = models.FloatField()
    built_year = models.PositiveSmallIntegerField()
    renovated_year = models.PositiveSmallIntegerField(default=0)
    grade = models.FloatField()
    condition = models.FloatField()
    view = models.FloatField(default=0)
    waterfront = models.BooleanField(default=False)
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()
    held = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="Versions by which it would fetch less, compared beside what is on file, until a second person saw that",
    )

    class Meta:
        constraints = [models.CheckConstraint(name="home_areas_positive", condition=Q(living_area__gt=0) & Q(plot_area__gt=0))]

    def coordinates(self) -> tuple[float, float]:
        """Latitude and longitude in degrees."""
        latitude, _, longitude = self.position.partition(",")
        return float(latitude), float(longitude)
