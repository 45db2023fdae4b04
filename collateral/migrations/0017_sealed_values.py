"""Find values that are sealed."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0016_methods_by_class"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="valuation",
            index=models.Index(condition=models.Q(("sealed", True)), fields=["round"], name="valuation_sealed"),
        ),
    ]
