"""Of assets whose title or identity was upheld to be false nothing counts; those upheld before were not counted anew."""

from django.db import migrations

COUNT = """
UPDATE collateral_asset a SET counted_share = 0
WHERE EXISTS (
  SELECT FROM collateral_redflag f WHERE f.asset_id = a.id AND f.state = 'UPHELD' AND f.code IN (
    'title_inconsistent', 'title_missing', 'title_unverified', 'owner_differs', 'pledged_elsewhere', 'near_twin', 'number_differs',
    'vehicle_number_fails'
  )
)
"""


class Migration(migrations.Migration):
    dependencies = [("collateral", "0016_twins_judged")]

    operations = [migrations.RunSQL(COUNT, migrations.RunSQL.noop)]
