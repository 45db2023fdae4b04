"""Migration operation that makes a table append-only for everybody who serves the application."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.migrations.operations.base import Operation


class AppendOnly(Operation):
    """Refuse UPDATE, DELETE and TRUNCATE on `table` to the application role, and UPDATE and DELETE to anybody by trigger."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        quote = schema_editor.quote_name
        role = quote(settings.CREDENCE_APP_ROLE)
        table = quote(self.table)
        schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")
        schema_editor.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change()"
        )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = schema_editor.quote_name(self.table)
        role = schema_editor.quote_name(settings.CREDENCE_APP_ROLE)
        schema_editor.execute(f"DROP TRIGGER append_only ON {table}")
        schema_editor.execute(f"GRANT UPDATE, DELETE ON {table} TO {role}")

    def describe(self) -> str:
        return f"Make {self.table} append-only"
