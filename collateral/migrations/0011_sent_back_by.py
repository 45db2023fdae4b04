"""Who sent a value back is kept, whatever becomes of it."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0010_flags_ended"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="valuation",
            name="sent_back_by",
            field=models.ForeignKey(
                help_text="Who sent it back last, whatever became of it",
                null=True,
                on_delete=models.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
