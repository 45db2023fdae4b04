"""A claim may share the rank of another where a second person confirmed that the registry shows it so."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0012_what_works_add"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="lien",
            name="lien_rank_once",
        ),
        migrations.AddField(
            model_name="lien",
            name="confirmed_by",
            field=models.ForeignKey(
                help_text="Who confirmed that it stands before or beside others",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="lien",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirmed_by__isnull", True), ("ended_date__isnull", True)),
                fields=("asset", "rank"),
                name="lien_rank_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="lien",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by__isnull", True), models.Q(("confirmed_by", models.F("recorded_by")), _negated=True), _connector="OR"
                ),
                name="lien_confirmed_by_another",
            ),
        ),
    ]
