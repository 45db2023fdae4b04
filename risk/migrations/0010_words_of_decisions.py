"""A decision keeps what was said of people when it was taken, sealed, and a sign-off the differences it accepted."""

from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [("risk", "0009_accounts_shared")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="second_by_name",
            field=models.CharField(blank=True, db_default="", max_length=120),
        ),
        migrations.AddField(
            model_name="decision",
            name="words",
            field=core.fields.EncryptedTextField(db_default=b"", help_text="Names, explanations, summary and signals as they were, JSON"),
        ),
        migrations.AddField(
            model_name="investigation",
            name="accepted",
            field=core.fields.EncryptedTextField(
                db_default=b"", help_text="The differences the signer accepted, each with both sides and its explanation, JSON"
            ),
        ),
    ]
