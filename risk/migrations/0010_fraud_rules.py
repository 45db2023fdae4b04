from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0009_coded_explanations"),
    ]

    operations = [
        migrations.AlterField(
            model_name="limitsettings",
            name="kind",
            field=models.CharField(
                choices=[("AUTHORITY", "Authority matrix"), ("APPETITE", "Risk appetite"), ("FRAUD", "Fraud rules")],
                max_length=9,
            ),
        ),
        migrations.AlterField(
            model_name="limitsettings",
            name="document",
            field=models.JSONField(help_text="As risk.domain.authority, risk.domain.limits or risk.domain.fraud_settings reads it"),
        ),
    ]
