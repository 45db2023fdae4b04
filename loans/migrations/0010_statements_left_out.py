"""A file of statements may be left out, as another source of its account holds."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_safeguards"),
        ("loans", "0009_days_of_statements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="statementimport",
            name="aside",
            field=models.CharField(
                blank=True,
                choices=[
                    ("OUTWEIGHED", "Left out, as another source holds"),
                    ("AGAIN", "To be sent again, as one it was held against is left out"),
                ],
                db_default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="statementimport",
            name="aside_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="statementimport",
            name="aside_by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name="statementimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("aside", ""), ("aside_at", None), ("aside_by", None)),
                    models.Q(models.Q(("aside", ""), _negated=True), ("aside_at__isnull", False), ("aside_by__isnull", False)),
                    _connector="OR",
                ),
                name="statement_left_out_by_somebody",
            ),
        ),
    ]
