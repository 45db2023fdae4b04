"""Somebody is responsible for deciding a red flag, and what is overdue is told of."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0008_asset_documents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="redflag",
            name="reviewer",
            field=models.ForeignKey(
                help_text="Who is responsible for deciding it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="redflag",
            name="taken_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="redflag",
            name="told_date",
            field=models.DateField(help_text="When it was last told of as overdue", null=True),
        ),
        migrations.AddIndex(
            model_name="redflag",
            index=models.Index(
                condition=models.Q(("reviewer__isnull", False), ("state", "OPEN")),
                fields=["reviewer", "raised_date"],
                name="red_flag_reviewer",
            ),
        ),
    ]
