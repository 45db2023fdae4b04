"""Photos found by the pieces of their likeness, and a day on which orders already out are due."""

from django.db import migrations

# Seven pieces of 64 bits, each a number of its own range: of two hashes that differ in six bits at most, one piece is the same.
BANDS = """
CREATE FUNCTION photo_bands(likeness bigint) RETURNS integer[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT ARRAY[
    (likeness & 511)::integer,
    1024 + (likeness >> 9 & 511)::integer,
    2048 + (likeness >> 18 & 511)::integer,
    3072 + (likeness >> 27 & 511)::integer,
    4096 + (likeness >> 36 & 511)::integer,
    5120 + (likeness >> 45 & 511)::integer,
    6144 + (likeness >> 54 & 1023)::integer
] $$
"""
INDICES = """
CREATE INDEX asset_photo_bands ON collateral_assetphoto USING gin (photo_bands(likeness));
CREATE INDEX valuation_photo_bands ON collateral_valuationfile USING gin (photo_bands(likeness)) WHERE likeness IS NOT NULL
"""
DUE = """
UPDATE collateral_valuation SET due_date = ordered_date + 14 WHERE state IN ('ORDERED', 'CHALLENGED') AND appraiser_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("collateral", "0011_orders_and_reports")]

    operations = [
        migrations.RunSQL(BANDS, "DROP FUNCTION photo_bands(bigint)"),
        migrations.RunSQL(INDICES, "DROP INDEX asset_photo_bands; DROP INDEX valuation_photo_bands"),
        migrations.RunSQL(DUE, migrations.RunSQL.noop),
    ]
