"""Whose an asset is, day by day, in exact shares; who of them agreed to which pledge; and whom the registry names."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from collateral.models.assets import Asset
from collateral.models.pledges import Pledge
from core.fields import EncryptedTextField
from core.uuids import uuid7


class AssetOwner(models.Model):
    """Somebody who owns or owned a part of an asset: the borrower, or anybody else who is known by name and number."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="owners")
    person = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(name="asset_owner_once", fields=["asset", "person"])]


class Ownership(models.Model):
    """Who owns an asset from a day on, until the next such row. Never changed: a correction is a later row of the same day.

    That its shares add up to exactly one, the database checks at commit (`collateral_check_shares`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="ownerships")
    from_date = models.DateField()
    reason = models.CharField(max_length=200)
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()
    known_from = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-from_date", "-id"]
        constraints: ClassVar = [models.CheckConstraint(name="ownership_not_in_the_future", condition=Q(from_date__lte=F("recorded_date")))]
        indexes: ClassVar = [models.Index(name="ownership_of_asset", fields=["asset", "from_date", "id"])]


class OwnerShare(models.Model):
    """A part of an asset as an exact fraction."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    ownership = models.ForeignKey(Ownership, on_delete=models.PROTECT, related_name="shares")
    owner = models.ForeignKey(AssetOwner, on_delete=models.PROTECT, related_name="shares")
    numerator = models.PositiveIntegerField()
    denominator = models.PositiveIntegerField()
    stated = EncryptedTextField(help_text="What was said of the owner, JSON; empty of one chosen from those on record")
    differing = models.JSONField(default=list, db_default=[])

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="owner_share_once", fields=["ownership", "owner"]),
            models.CheckConstraint(name="owner_share_is_part", condition=Q(numerator__gte=1, numerator__lte=F("denominator"))),
        ]

    @property
    def share(self) -> Fraction:
        """The part, above zero and at most one."""
        return Fraction(self.numerator, self.denominator)


class OwnerConsent(models.Model):
    """An owner's word, on paper, that their part may be pledged for this application."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    owner = models.ForeignKey(AssetOwner, on_delete=models.PROTECT, related_name="consents")
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="consents")
    given_date = models.DateField()
    document = models.ForeignKey("loans.Document", on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="owner_consent_once", fields=["owner", "pledge"]),
            models.CheckConstraint(name="owner_consent_given", condition=Q(given_date__lte=F("recorded_date"))),
        ]


class TitleCheck(models.Model):
    """A look into the registry on a day: whom it names as owners, one a line."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="title_checks")
    checked_date = models.DateField()
    holders = models.TextField()
    document = models.ForeignKey(
        "collateral.AssetDocument", on_delete=models.PROTECT, null=True, related_name="+", help_text="The extract that shows it"
    )
    checked_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-checked_date", "-id"]
        constraints: ClassVar = [models.CheckConstraint(name="title_checked_by_then", condition=Q(checked_date__lte=F("recorded_date")))]
