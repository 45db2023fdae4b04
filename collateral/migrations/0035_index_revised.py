"""When an index was last revised, so that values made of it before are made anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0034_title_corrected_at")]

    operations = [
        migrations.AddField(
            model_name="indexseries",
            name="revised_date",
            field=models.DateField(help_text="When a point on record was last revised: values made of it before are made anew", null=True),
        ),
    ]
