"""Who keeps what lies on an account and blocks it for the bank: confirmed with the pledge, and no more a fact that one person types."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import core.fields

KINDS = [
    ("TITLE_EXTRACT", "Title extract"),
    ("LIEN_REGISTRATION", "Registration of a lien"),
    ("BLOCK", "Custodian's confirmation of a block"),
    ("REGISTRY_RECEIPT", "Receipt of the registry"),
    ("REGISTRY_REFUSAL", "Refusal by the registry"),
    ("INSURANCE_POLICY", "Insurance policy"),
    ("APPRAISAL_REPORT", "Appraisal report"),
    ("PURCHASE_CONTRACT", "Purchase contract"),
    ("SALE_RECORD", "Sale contract or auction record"),
    ("COSTS_INVOICE", "Invoice of costs"),
    ("SALE_VOID", "What shows that a sale came to nothing"),
    ("EXISTENCE", "What shows that it is there"),
    ("OTHER", "Other paper"),
]
GIVEN_BACK = ["RELEASED", "SUBSTITUTED"]
# Pledges of accounts that stand were perfected by the word of whoever keeps them.
BLOCKED = """
UPDATE collateral_pledge p SET blocked_date = LEAST(COALESCE(d.blocked_date, p.perfected_date), p.perfected_date)
FROM collateral_asset a LEFT JOIN collateral_depositfacts d ON d.asset_id = a.id
WHERE a.id = p.asset_id AND a.kind IN ('DEPOSIT', 'SECURITIES') AND p.perfected_date IS NOT NULL AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
"""
# That a deposit is not blocked is no red flag any more: it counts nothing before it is.
FREE = """
UPDATE collateral_redflag SET state = 'ENDED', decided_at = now(), reason = 'What is not blocked covers nothing; its custodian confirms the block.'
WHERE code = 'deposit_free' AND state = 'OPEN'
"""


class Migration(migrations.Migration):
    dependencies = [("collateral", "0009_sales_before_they_are_paid")]

    operations = [
        migrations.AddField(
            "pledge",
            "blocked_date",
            models.DateField(help_text="Since when a custodian blocks the account, as they confirmed", null=True),
        ),
        migrations.AddField(
            "pledge", "unblocked_date", models.DateField(help_text="When the custodian was told that the block ends", null=True)
        ),
        migrations.AlterField(
            "pledge",
            "told_date",
            models.DateField(help_text="When it was last told of that the registry is silent, or a block is to be ended", null=True),
        ),
        migrations.AddIndex(
            "pledge",
            models.Index(
                name="pledge_block_to_end",
                fields=["ended_date"],
                condition=Q(state__in=GIVEN_BACK, blocked_date__isnull=False, unblocked_date__isnull=True),
            ),
        ),
        migrations.AddConstraint(
            "pledge",
            models.CheckConstraint(
                name="pledge_block_in_order",
                condition=(Q(blocked_date__isnull=True) | Q(perfected_date__isnull=True) | Q(blocked_date__lte=F("perfected_date")))
                & (Q(unblocked_date__isnull=True) | Q(blocked_date__isnull=False, state__in=GIVEN_BACK)),
            ),
        ),
        migrations.RunSQL(BLOCKED, migrations.RunSQL.noop),
        migrations.RemoveConstraint("depositfacts", "deposit_blocked_before_maturity"),
        migrations.RemoveField("depositfacts", "blocked_date"),
        migrations.RunSQL(FREE, migrations.RunSQL.noop),
        # The key of a holding is its asset's: what is encrypted is bound to a key that is there before the row is.
        migrations.RemoveField("securityholding", "id"),
        migrations.AlterField(
            "securityholding",
            "asset",
            models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                primary_key=True,
                related_name="holding",
                serialize=False,
                to="collateral.asset",
            ),
        ),
        migrations.AddField("securityholding", "account", core.fields.EncryptedTextField()),
        migrations.AddField(
            "securityholding",
            "custodian",
            models.CharField(
                blank=True, db_default="", default="", help_text="Who keeps them; empty where nobody has said it", max_length=120
            ),
        ),
        migrations.AlterField("assetdocument", "kind", models.CharField(choices=KINDS, max_length=17)),
    ]
