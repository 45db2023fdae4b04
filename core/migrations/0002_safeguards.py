"""What the database itself refuses: changes of the audit log, incompatible roles in one person.
The rights of the application role, and the reference sequences.
"""

from django.conf import settings
from django.db import migrations

from core.append_only import AppendOnly
from core.roles import INCOMPATIBLE

PAIRS = ", ".join(f"('{first.value}', '{second.value}')" for first, second in INCOMPATIBLE)
PREFIXES = ("la", "ln", "br", "co", "bl", "al", "pm", "dp", "en", "ir")

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


def grant_to_application(apps, schema_editor):
    """Give the application role its everyday rights on what stands and on what will be made; single tables take some back."""
    role = schema_editor.quote_name(settings.CREDENCE_APP_ROLE)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    replaces = [("core", "0002_guards")]

    dependencies = [("core", "0001_foundation")]

    operations = [
        migrations.RunPython(grant_to_application, migrations.RunPython.noop),
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
