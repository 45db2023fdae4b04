"""The books balance, whoever writes: the database refuses an unbalanced entry at COMMIT, any change of a posted one, and any other day."""

from typing import Any

from django.db import migrations

from core.append_only import AppendOnly

# Fixed here: a migration says what was true when it was written, whatever the chart says later.
ACCOUNTS = (
    ("1000", "Settlement account", "ASSET"),
    ("1100", "Loan principal", "ASSET"),
    ("1200", "Interest receivable", "ASSET"),
    ("1250", "Interest accrued and not yet due", "ASSET"),
    ("1300", "Fees receivable", "ASSET"),
    ("1400", "Penalties receivable", "ASSET"),
    ("1500", "Payouts in transit", "LIABILITY"),
    ("1600", "Contracts being replaced", "ASSET"),
    ("1650", "Set-offs between loans", "ASSET"),
    ("2000", "Customer overpayments in suspense", "LIABILITY"),
    ("2050", "Sale proceeds owed to owners and others", "LIABILITY"),
    ("2100", "Interest not recognised as income", "LIABILITY"),
    ("4000", "Interest income", "INCOME"),
    ("4100", "Fee income", "INCOME"),
    ("4200", "Penalty income", "INCOME"),
    ("4300", "Recoveries of what was written off", "INCOME"),
    ("5000", "Loans written off", "EXPENSE"),
    ("5100", "Waived claims", "EXPENSE"),
    ("9100", "Claims written off, followed off balance", "MEMO"),
    ("9900", "Counterpart of what is followed off balance", "MEMO"),
    ("2060", "Enforced sales being given out", "LIABILITY"),
    ("5200", "Costs of enforcement that no price carried", "EXPENSE"),
)

BALANCED = """
CREATE FUNCTION ledger_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM ledger_posting WHERE entry_id = NEW.entry_id GROUP BY currency HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger entry % does not balance', NEW.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_balanced AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balance();
"""

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
    replaces = [("ledger", "0002_guards"), ("ledger", "0003_enforced_sales")]

    dependencies = [("ledger", "0001_foundation"), ("core", "0002_safeguards")]

    operations = [
        migrations.RunSQL(BALANCED, "DROP TRIGGER entry_balanced ON ledger_posting; DROP FUNCTION ledger_check_balance()"),
        AppendOnly("ledger_entry"),
        AppendOnly("ledger_posting"),
        migrations.RunPython(write_chart, remove_chart),
        migrations.RunSQL(OPEN_DAY, "DROP TRIGGER entry_on_open_day ON ledger_entry; DROP FUNCTION ledger_check_open_day()"),
    ]
