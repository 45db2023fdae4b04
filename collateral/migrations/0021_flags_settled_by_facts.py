"""Red flags that a fact settled are told from those that somebody judged, the ones of before by what was written at them."""

from django.db import migrations, models

SETTLED = """
UPDATE collateral_redflag SET by_fact = true WHERE state = 'CLEARED' AND (
  code = 'title_unverified' AND reason LIKE 'Looked up in the registry on %.'
  OR code = 'title_missing' AND reason LIKE 'Title % is on file.'
  OR code = 'holding_changed' AND reason = 'No more is recorded than counts.'
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0020_decided_cover"),
    ]

    operations = [
        migrations.AddField(
            model_name="redflag",
            name="by_fact",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Cleared because a fact on file took its ground away, by nobody's judgement"
            ),
        ),
        migrations.RunSQL(SETTLED, migrations.RunSQL.noop),
    ]
