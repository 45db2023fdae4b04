"""What the database itself keeps: the parts of a payment are the payment, drawn parts are counted, decided amendments stay,
rows are shown by branch.
"""

from django.db import migrations

from core.append_only import AppendOnly
from core.row_policies import ShowByBranch

# The parts of a payment are the payment, whoever writes them.
WHOLE = """
CREATE FUNCTION loans_check_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payment uuid;
BEGIN
    IF TG_TABLE_NAME = 'loans_payment' THEN
        payment := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        payment := OLD.payment_id;
    ELSE
        payment := NEW.payment_id;
    END IF;
    IF EXISTS (
        SELECT 1 FROM loans_payment p
        WHERE p.id = payment AND p.amount <> (SELECT coalesce(sum(a.amount), 0) FROM loans_paymentallocation a WHERE a.payment_id = p.id)
    ) THEN
        RAISE EXCEPTION 'the parts of payment % are not its amount', payment
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_allocated_whole';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_allocated_whole AFTER INSERT OR UPDATE OF amount ON loans_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION loans_check_allocation();
CREATE CONSTRAINT TRIGGER allocation_whole AFTER INSERT OR UPDATE OR DELETE ON loans_paymentallocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION loans_check_allocation();
"""
NOT_WHOLE = """
DROP TRIGGER allocation_whole ON loans_paymentallocation;
DROP TRIGGER payment_allocated_whole ON loans_payment;
DROP FUNCTION loans_check_allocation();
"""

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
NOT_COUNTED = """
DROP TRIGGER facility_drawn_by_changed ON loans_loan;
DROP TRIGGER facility_drawn_by_new ON loans_loan;
DROP FUNCTION loans_count_drawn();
"""

# PL/pgSQL, since a subquery in the policy itself would be planned with every query on loans.
OF_PARTNER = """
CREATE FUNCTION loans_is_of_partner(application uuid, partner uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM loans_application WHERE id = application AND partner_id = partner);
END $$;
"""

# What was decided is history: its people, days and outcome stay, and nothing of it is deleted. (Keys may be changed: that seals the same
# values anew.)
KEEP = """
CREATE FUNCTION loans_keep_amendment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.state <> 'PROPOSED' AND (
        OLD.state, OLD.borrower_id, OLD.fields, OLD.proposed_by_id, OLD.proposed_at, OLD.decided_by_id, OLD.decided_at, OLD.sha256
    ) IS DISTINCT FROM (
        NEW.state, NEW.borrower_id, NEW.fields, NEW.proposed_by_id, NEW.proposed_at, NEW.decided_by_id, NEW.decided_at, NEW.sha256
    )) THEN
        RAISE EXCEPTION 'an amendment that was decided is kept' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER customer_amendment_kept BEFORE UPDATE OR DELETE ON loans_customeramendment
    FOR EACH ROW EXECUTE FUNCTION loans_keep_amendment();
"""

KEPT = ("statechange", "applicationoutcome", "carriedexposure")


class Migration(migrations.Migration):
    replaces = [("loans", "0002_guards")]

    dependencies = [("loans", "0001_foundation"), ("core", "0002_safeguards")]

    operations = [
        *(AppendOnly(f"loans_{table}") for table in KEPT),
        migrations.RunSQL(WHOLE, NOT_WHOLE),
        migrations.RunSQL(COUNT, NOT_COUNTED),
        migrations.RunSQL(KEEP, "DROP TRIGGER customer_amendment_kept ON loans_customeramendment; DROP FUNCTION loans_keep_amendment()"),
        # Room on each page for the versions that a night writes, so that they stay beside the old ones.
        migrations.RunSQL("ALTER TABLE loans_loan SET (fillfactor = 80)", "ALTER TABLE loans_loan RESET (fillfactor)"),
        migrations.RunSQL(OF_PARTNER, "DROP FUNCTION loans_is_of_partner(uuid, uuid)"),
        ShowByBranch("loans_borrower"),
        ShowByBranch("loans_application", partner="partner_id = {partner}"),
        ShowByBranch("loans_loan", partner="loans_is_of_partner(application_id, {partner})"),
    ]
