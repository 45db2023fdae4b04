"""Migration operation that lets the database show a table's rows by branch and partner."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation


class ShowByBranch(Operation):
    """Row-level security for a table with a `branch_id`, and for `partner`, an SQL condition with {partner} for the partner's key."""

    reduces_to_sql = True
    reversible = True
    # Plain calls inside a CASE, which costs a query nothing to plan; a subquery for each setting doubled the cost of fetching one row.
    _BRANCHES = "current_setting('credence.branches', true)"
    _PARTNER = "NULLIF(current_setting('credence.partner', true), '')::uuid"

    def __init__(self, table: str, partner: str = "") -> None:
        self.table = table
        self.partner = partner

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.table, self.partner], {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = schema_editor.quote_name(self.table)
        visible = f"branch_id = ANY (NULLIF({self._BRANCHES}, '')::bigint[])"
        if self.partner:
            visible += f" AND ({self._PARTNER} IS NULL OR {self.partner.format(partner=self._PARTNER)})"
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        schema_editor.execute(f"DROP POLICY IF EXISTS by_branch ON {table}")
        schema_editor.execute(f"CREATE POLICY by_branch ON {table} USING (CASE WHEN {self._BRANCHES} = '*' THEN true ELSE {visible} END)")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = schema_editor.quote_name(self.table)
        schema_editor.execute(f"DROP POLICY IF EXISTS by_branch ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        return f"Show {self.table} by branch"
