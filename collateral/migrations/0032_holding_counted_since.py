"""On which day the securities that count were recorded."""

from django.db import migrations, models

# As far as what counts is what is recorded; of the others the split's own rule takes the later day.
KNOWN = "UPDATE collateral_securityholding SET confirmed_date = recorded_date WHERE confirmed_isin = isin AND confirmed_quantity = quantity"


class Migration(migrations.Migration):
    dependencies = [("collateral", "0031_receivables_told")]

    operations = [
        migrations.AddField(
            model_name="securityholding",
            name="confirmed_date",
            field=models.DateField(help_text="The day on which what counts was recorded: before a split or since", null=True),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
