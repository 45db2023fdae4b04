"""When the number of a title was corrected: an extract of before is about another one."""

from django.db import migrations, models

# Of numbers that were corrected before: when the last one was put in place.
CORRECTED = """
UPDATE collateral_asset a SET title_corrected_at = v.known_from
FROM (SELECT asset_id, max(known_from) AS known_from FROM collateral_factsversion WHERE section = 'title' GROUP BY asset_id) v
WHERE v.asset_id = a.id AND a.title_verified_date IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("collateral", "0033_homes_held")]

    operations = [
        migrations.AddField(
            model_name="asset",
            name="title_corrected_at",
            field=models.DateTimeField(
                help_text="When another number was proposed in place of a wrong one; papers of before are about that one", null=True
            ),
        ),
        migrations.RunSQL(CORRECTED, migrations.RunSQL.noop),
    ]
