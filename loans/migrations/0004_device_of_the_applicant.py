from django.db import migrations

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0003_holds_for_collateral"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="device",
            field=core.fields.EncryptedTextField(help_text="The machine the applicant used, as the partner knows it; never the bank's own"),
        ),
        migrations.AddField(
            model_name="application",
            name="device_index",
            field=core.fields.BlindIndexField(db_index=True, kind="device", null=True, source="device"),
        ),
        migrations.AddField(
            model_name="application",
            name="network",
            field=core.fields.EncryptedTextField(help_text="Where on the internet it stood"),
        ),
        migrations.AddField(
            model_name="application",
            name="network_index",
            field=core.fields.BlindIndexField(db_index=True, kind="network", null=True, source="network"),
        ),
    ]
