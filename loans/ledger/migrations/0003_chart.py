"""The accounts, and the rule that closed days take no bookings: an entry is booked on the bank's business date or not at all."""

from typing import Any

from django.db import migrations

# Fixed here: a migration says what was true when it was written, whatever the chart says later.
ACCOUNTS = (
    ("1000", "Settlement account", "ASSET"),
    ("1100", "Loan principal", "ASSET"),
    ("1200", "Interest receivable", "ASSET"),
    ("1300", "Fees receivable", "ASSET"),
    ("1400", "Penalties receivable", "ASSET"),
    ("1500", "Payouts in transit", "LIABILITY"),
    ("2000", "Customer overpayments in suspense", "LIABILITY"),
    ("4000", "Interest income", "INCOME"),
    ("4100", "Fee income", "INCOME"),
    ("4200", "Penalty income", "INCOME"),
    ("5000", "Loans written off", "EXPENSE"),
)

# Statement-level with a transition table: one look at the bank's row however many entries are inserted.
OPEN_DAY = """
CREATE FUNCTION ledger_check_open_day() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (SELECT business_date FROM core_bankstate WHERE id = 1);
BEGIN
    IF EXISTS (SELECT 1 FROM fresh WHERE booking_date IS DISTINCT FROM today) THEN
        RAISE EXCEPTION 'entries are booked on the business date %, on no other day', today
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_on_open_day';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_on_open_day AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_open_day();
"""


def write_chart(apps: Any, schema_editor: Any) -> None:
    account = apps.get_model("ledger", "Account")
    account.objects.bulk_create([account(code=code, name=name, kind=kind) for code, name, kind in ACCOUNTS])


def remove_chart(apps: Any, schema_editor: Any) -> None:
    apps.get_model("ledger", "Account").objects.filter(code__in=[code for code, _, _ in ACCOUNTS]).delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]

    operations = [
        migrations.RunPython(write_chart, remove_chart),
        migrations.RunSQL(OPEN_DAY, "DROP TRIGGER entry_on_open_day ON ledger_entry; DROP FUNCTION ledger_check_open_day()"),
    ]
