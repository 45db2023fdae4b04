"""What the database itself refuses: changes of the audit log, incompatible roles in one person. And the reference sequences."""

from django.db import migrations

from core.append_only import AppendOnly
from core.roles import INCOMPATIBLE

PAIRS = ", ".join(f"('{first.value}', '{second.value}')" for first, second in INCOMPATIBLE)
PREFIXES = ("la", "ln", "br", "co", "bl", "al", "pm", "dp", "en")

REFUSE_CHANGE = """
CREATE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""

REFUSE_ROLES = f"""
CREATE FUNCTION core_refuse_incompatible_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM core_userrole r
        JOIN (VALUES {PAIRS}) AS p(a, b) ON (p.a = NEW.role AND p.b = r.role) OR (p.b = NEW.role AND p.a = r.role)
        WHERE r.user_id = NEW.user_id AND r.id <> NEW.id
    ) THEN
        RAISE EXCEPTION 'role % does not go with another role of user %', NEW.role, NEW.user_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'user_role_compatible';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER user_role_compatible AFTER INSERT OR UPDATE ON core_userrole
    FOR EACH ROW EXECUTE FUNCTION core_refuse_incompatible_roles();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION core_refuse_change()"),
        migrations.RunSQL(
            REFUSE_ROLES,
            "DROP TRIGGER user_role_compatible ON core_userrole; DROP FUNCTION core_refuse_incompatible_roles()",
        ),
        *(
            migrations.RunSQL(f"CREATE SEQUENCE core_reference_{prefix} START 20001", f"DROP SEQUENCE core_reference_{prefix}")
            for prefix in PREFIXES
        ),
        AppendOnly("core_auditentry"),
    ]
