"""How far the format of a statement told what a line is. Of files that were sent before nobody knows by now: a transfer is what is left
where nothing was told.
"""

from django.db import migrations, models

UNTOLD = """
UPDATE loans_statementline AS l SET coding = 'NONE' FROM loans_statementimport AS s
WHERE l.statement_id = s.id AND s.application_id IS NOT NULL AND l.category IN ('TRANSFER_IN', 'TRANSFER_OUT')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0006_when_statements_were_read"),
    ]

    operations = [
        migrations.AddField(
            model_name="statementline",
            name="coding",
            field=models.CharField(
                choices=[("FULL", "Told among all kinds"), ("PART", "Told among few kinds"), ("NONE", "Not told")],
                db_default="FULL",
                default="FULL",
                max_length=4,
            ),
        ),
        migrations.RunSQL(UNTOLD, migrations.RunSQL.noop),
    ]
