"""An upheld red flag about the asset itself may end: lifted by another person than who upheld it."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0004_ranks_and_withdrawals"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AlterField(
            "redflag",
            "state",
            models.CharField(
                choices=[("OPEN", "Open"), ("CLEARED", "Cleared"), ("UPHELD", "Upheld"), ("LIFTED", "Lifted")], default="OPEN", max_length=8
            ),
        ),
        migrations.AddField("redflag", "lifted_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "redflag", "lifted_by", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)
        ),
        migrations.AddField(
            "redflag",
            "lifted_reason",
            models.TextField(blank=True, db_default="", default="", help_text="Why its ground is gone, after it was upheld"),
        ),
        migrations.AddConstraint(
            "redflag",
            models.CheckConstraint(
                condition=~models.Q(state="LIFTED")
                | models.Q(lifted_by__isnull=False, lifted_at__isnull=False)
                & ~models.Q(lifted_by=models.F("decided_by"))
                & ~models.Q(lifted_reason=""),
                name="red_flag_lifted_by_another",
            ),
        ),
    ]
