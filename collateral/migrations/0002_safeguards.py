"""What the database itself keeps: the shares of owners add up, records of what was seen and owned stay,
photos are found by their likeness.
"""

from django.db import migrations

from core.append_only import AppendOnly

# Shares as exact fractions: brought to one denominator with whole numbers, so that three thirds are one.
WHOLE = """
CREATE FUNCTION collateral_check_shares() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held uuid;
    part record;
    above numeric := 0;
    below numeric := 1;
BEGIN
    IF TG_TABLE_NAME = 'collateral_ownership' THEN
        held := NEW.id;
    ELSE
        held := NEW.ownership_id;
    END IF;
    FOR part IN SELECT numerator, denominator FROM collateral_ownershare WHERE ownership_id = held LOOP
        above := above * part.denominator + part.numerator * below;
        below := below * part.denominator;
    END LOOP;
    IF above <> below THEN
        RAISE EXCEPTION 'the shares of ownership % do not add up to one', held
            USING ERRCODE = 'check_violation', CONSTRAINT = 'owner_shares_whole';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ownership_whole AFTER INSERT ON collateral_ownership
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION collateral_check_shares();
CREATE CONSTRAINT TRIGGER owner_shares_whole AFTER INSERT ON collateral_ownershare
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION collateral_check_shares();
"""
NOT_WHOLE = """
DROP TRIGGER owner_shares_whole ON collateral_ownershare;
DROP TRIGGER ownership_whole ON collateral_ownership;
DROP FUNCTION collateral_check_shares();
"""

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

KEPT = ("factsversion", "ownership", "ownershare", "ownerconsent", "titlecheck", "inspection", "assetdocument", "twinjudgement")


class Migration(migrations.Migration):
    replaces = [("collateral", "0012_photo_bands")]

    dependencies = [("collateral", "0001_foundation"), ("core", "0002_safeguards")]

    operations = [
        migrations.RunSQL(WHOLE, NOT_WHOLE),
        *(AppendOnly(f"collateral_{table}") for table in KEPT),
        migrations.RunSQL(BANDS, "DROP FUNCTION photo_bands(bigint)"),
        migrations.RunSQL(INDICES, "DROP INDEX asset_photo_bands; DROP INDEX valuation_photo_bands"),
    ]
