"""A statement that somebody sent says when it was read, so that what was signed before is signed once more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0005_former_parties"),
    ]

    operations = [
        migrations.AddField(
            model_name="statementimport",
            name="read_at",
            field=models.DateTimeField(help_text="When a worker had read a file that somebody sent", null=True),
        ),
    ]
