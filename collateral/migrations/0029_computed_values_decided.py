"""When a computed value was made stands with it, so that values can be told apart by which counted last."""

from django.db import migrations, models

# The first 48 bits of a key are the milliseconds at which it was made.
MADE = """
UPDATE collateral_valuation v
SET decided_at = to_timestamp(('x' || left(replace(v.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
FROM collateral_computedvalue c WHERE c.valuation_id = v.id AND v.decided_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("collateral", "0028_pledged_again")]

    operations = [
        migrations.AlterField(
            model_name="valuation",
            name="decided_at",
            field=models.DateTimeField(null=True, help_text="When somebody judged it; of a computed value, when it was made"),
        ),
        migrations.RunSQL(MADE, migrations.RunSQL.noop),
    ]
