"""Assets registered before owners had shares: whoever owned one owns all of it. What deposits and receivables count, their facts say."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from core.uuids import uuid7

BATCH = 2000


def keep_owners(apps: Any, schema_editor: Any) -> None:
    Asset, AssetOwner = apps.get_model("collateral", "Asset"), apps.get_model("collateral", "AssetOwner")
    Ownership, OwnerShare = apps.get_model("collateral", "Ownership"), apps.get_model("collateral", "OwnerShare")
    Asset.objects.filter(kind__in=["DEPOSIT", "RECEIVABLES"]).update(counted_share=0)
    last = None
    while True:
        rows = Asset.objects.filter(owner__isnull=False).order_by("pk")
        batch = list((rows.filter(pk__gt=last) if last else rows).values("pk", "owner_id", "registered_date", "registered_by_id")[:BATCH])
        if not batch:
            return
        last = batch[-1]["pk"]
        owners = [AssetOwner(id=uuid7(), asset_id=row["pk"], person_id=row["owner_id"]) for row in batch]
        held = [
            Ownership(
                id=uuid7(),
                asset_id=row["pk"],
                from_date=row["registered_date"],
                reason="As registered",
                recorded_by_id=row["registered_by_id"],
                recorded_date=row["registered_date"],
            )
            for row in batch
        ]
        AssetOwner.objects.bulk_create(owners)
        Ownership.objects.bulk_create(held)
        OwnerShare.objects.bulk_create(
            [
                OwnerShare(id=uuid7(), ownership_id=one.pk, owner_id=owner.pk, numerator=1, denominator=1)
                for one, owner in zip(held, owners, strict=True)
            ]
        )


class Migration(migrations.Migration):
    dependencies = [("collateral", "0008_the_register")]

    operations = [migrations.RunPython(keep_owners, migrations.RunPython.noop)]
