"""What counts of an appraised value of land or a building that was lent on before."""

from django.db import migrations, models
from django.db.models import F, Q

import core.fields


class Migration(migrations.Migration):
    dependencies = [("collateral", "0046_sale_costs")]

    operations = [
        migrations.AddField(
            "valuation",
            "cap",
            core.fields.MoneyField(
                null=True, help_text="The most that counts of it by CRR 229(1)(e), where that is less than what was said"
            ),
        ),
        migrations.AddField(
            "valuation",
            "cap_years",
            models.PositiveSmallIntegerField(
                default=0, db_default=0, help_text="Years whose average the cap is; 0 for the value when the money was lent"
            ),
        ),
        migrations.AddField("valuation", "cap_date", models.DateField(null=True, help_text="When it was capped")),
        migrations.AddConstraint(
            "valuation",
            models.CheckConstraint(
                name="valuation_cap_lowers", condition=Q(cap__isnull=True) | Q(cap__gt=0, cap__lt=F("market_value"), cap_date__isnull=False)
            ),
        ),
        migrations.AddIndex(
            "valuation", models.Index(name="valuation_capped", fields=["asset"], condition=Q(state="ACCEPTED", cap__isnull=False))
        ),
    ]
