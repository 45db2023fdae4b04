"""Who bought what was sold by enforcement."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0022_facts_held"),
    ]

    operations = [
        migrations.AddField(
            model_name="realisation",
            name="buyer",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="realisation",
            name="buyer_number",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="The end of their number, as it may be shown", max_length=40
            ),
        ),
    ]
