"""Revolving facilities: what is drawn is counted by the database, whoever writes to a loan, and never goes above the limit."""

from django.db import migrations, models

import core.fields

# A loan counts while it is open: what is outstanding and what is on its way out. Of other facilities nothing is counted.
COUNT = """
CREATE FUNCTION loans_count_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before numeric := 0;
    after numeric := 0;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state NOT IN ('CLOSED', 'SETTLED', 'SOLD') THEN
        before := OLD.outstanding_principal + OLD.undrawn;
    END IF;
    IF NEW.state NOT IN ('CLOSED', 'SETTLED', 'SOLD') THEN
        after := NEW.outstanding_principal + NEW.undrawn;
    END IF;
    IF after <> before THEN
        UPDATE loans_facility SET drawn = drawn + after - before WHERE id = NEW.facility_id AND revolving;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER facility_drawn_by_new AFTER INSERT ON loans_loan FOR EACH ROW EXECUTE FUNCTION loans_count_drawn();
-- The nightly sweep rewrites many loans whose principal stays: the condition keeps the function out of their way.
CREATE TRIGGER facility_drawn_by_changed AFTER UPDATE OF outstanding_principal, undrawn, state ON loans_loan FOR EACH ROW
    WHEN (OLD.outstanding_principal <> NEW.outstanding_principal OR OLD.undrawn <> NEW.undrawn OR OLD.state <> NEW.state)
    EXECUTE FUNCTION loans_count_drawn();
"""
DROP = """
DROP TRIGGER facility_drawn_by_changed ON loans_loan;
DROP TRIGGER facility_drawn_by_new ON loans_loan;
DROP FUNCTION loans_count_drawn();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_guards"),
        ("loans", "0014_set_offs"),
    ]

    operations = [
        migrations.AddField(
            model_name="facility",
            name="drawn",
            field=core.fields.MoneyField(
                db_default=0, default=0, help_text="Of a revolving facility: outstanding or on its way out, kept by the database"
            ),
        ),
        migrations.AddField(
            model_name="facility",
            name="end_date",
            field=models.DateField(help_text="The last day on which anything drawn under a revolving facility is due", null=True),
        ),
        migrations.AddField(
            model_name="facility",
            name="revolving",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="productversion",
            name="revolving",
            field=models.BooleanField(default=False, help_text="A limit that is drawn, repaid and drawn again"),
        ),
        migrations.AddConstraint(
            model_name="facility",
            constraint=models.CheckConstraint(
                condition=models.Q(("drawn__gte", 0), ("drawn__lte", models.F("limit_amount"))), name="facility_drawn_within_limit"
            ),
        ),
        migrations.AddConstraint(
            model_name="facility",
            constraint=models.CheckConstraint(
                condition=models.Q(("revolving", False), ("end_date__isnull", False), _connector="OR"), name="facility_revolving_ends"
            ),
        ),
        migrations.RunSQL(COUNT, DROP),
    ]
