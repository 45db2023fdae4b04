from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("risk", "0012_training_columns"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="drawers",
            field=models.ManyToManyField(
                help_text="Everybody who drew bins on it or on what it was trained from: none of them puts it in force",
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
