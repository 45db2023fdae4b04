"""A value that an upheld finding ended counts for less until another is accepted."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0006_rests_of_parties"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="valuation",
            name="ended_by",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()), default=list, help_text="Codes of the upheld red flags that ended it"
            ),
        ),
        migrations.AddField(
            model_name="valuation",
            name="ended_date",
            field=models.DateField(
                help_text="Since when its asset is upheld not to be as it was valued; it counts for less until another is accepted",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="valuation",
            name="kept_share",
            field=models.DecimalField(
                db_default=1, decimal_places=6, default=1, help_text="What of it counts, below 1 only once it was ended", max_digits=7
            ),
        ),
        migrations.AddIndex(
            model_name="valuation",
            index=models.Index(
                condition=models.Q(("ended_date__isnull", False), ("state", "ACCEPTED")), fields=["asset"], name="valuation_ended"
            ),
        ),
        migrations.AddConstraint(
            model_name="valuation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kept_share__gte", 0),
                    ("kept_share__lte", 1),
                    models.Q(("kept_share", 1), ("ended_date__isnull", False), _connector="OR"),
                ),
                name="valuation_kept_share_is_part",
            ),
        ),
    ]
