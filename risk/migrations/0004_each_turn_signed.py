"""A signature for a payout is kept against each thing that may have turned by itself: delay, loans gone bad, facts out of date."""

from django.db import migrations, models

# Signatures are never updated. They are laid anew in the form of today, with what each said before.
FORWARDS = """
ALTER TABLE risk_exposuresignature
    ALTER COLUMN defaults TYPE integer USING CASE WHEN turned = 'DEFAULT' THEN turned_days ELSE 0 END,
    ALTER COLUMN outdated TYPE boolean USING turned = 'FACTS',
    ALTER COLUMN turned_days TYPE integer USING CASE WHEN turned = 'DELAY' THEN turned_days ELSE 0 END
"""
BACKWARDS = """
ALTER TABLE risk_exposuresignature
    ALTER COLUMN turned TYPE varchar(8)
        USING CASE WHEN turned_days > 0 THEN 'DELAY' WHEN defaults > 0 THEN 'DEFAULT' WHEN outdated THEN 'FACTS' ELSE '' END,
    ALTER COLUMN turned_days TYPE integer USING CASE WHEN turned_days > 0 THEN turned_days ELSE defaults END
"""
SIGNATURE = "exposuresignature"


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0003_turned_by_defaults"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name=SIGNATURE, name="exposure_signed_once"),
        migrations.AddField(
            model_name=SIGNATURE,
            name="defaults",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="How many loans of the borrower with us had gone bad by then, where that turned it"
            ),
        ),
        migrations.AddField(
            model_name=SIGNATURE,
            name="outdated",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Whether facts that the approval stands on were long out of date"
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RenameField(model_name=SIGNATURE, old_name="turned_days", new_name="days_late"),
        migrations.AlterField(
            model_name=SIGNATURE,
            name="days_late",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="How late the borrower had been with us by then, where that turned it"
            ),
        ),
        migrations.RemoveField(model_name=SIGNATURE, name="turned"),
        migrations.AddConstraint(
            model_name=SIGNATURE,
            constraint=models.UniqueConstraint(
                fields=("application", "person", "exposure", "days_late", "defaults", "outdated", "amended"), name="exposure_signed_once"
            ),
        ),
    ]
