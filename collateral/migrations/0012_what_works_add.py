"""Works lift the cap of CRR 229(1)(e) by what they add: of those judged before what they lifted it by, of others what they cost."""

from django.db import migrations, models
from django.db.models import Q

import core.fields

EARLIER = "UPDATE collateral_modification m SET adds = COALESCE(NULLIF(GREATEST(v.market_value - m.cap, 0), 0), m.cost) FROM collateral_valuation v WHERE v.id = m.valuation_id"
ADDS = "By how much the value is higher for them, in its currency"


class Migration(migrations.Migration):
    dependencies = [("collateral", "0011_answers_before")]

    operations = [
        migrations.AddField("modification", "adds", core.fields.MoneyField(null=True, help_text=ADDS)),
        migrations.RunSQL(EARLIER, migrations.RunSQL.noop),
        migrations.AlterField("modification", "adds", core.fields.MoneyField(help_text=ADDS)),
        migrations.AlterField(
            "modification", "counts", models.BooleanField(help_text="Whether its cap is lifted by what they add", null=True)
        ),
        migrations.RemoveConstraint("modification", "modification_cost_positive"),
        migrations.AddConstraint(
            "modification", models.CheckConstraint(name="modification_cost_positive", condition=Q(cost__gt=0, adds__gt=0))
        ),
    ]
