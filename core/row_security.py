"""What the database itself shows of borrowers, applications and loans: the backstop behind `access_*`.

Each connection carries two settings, which the policies of the tables read (`core.row_policies`): `credence.branches`, the branches whose
rows are visible ("*": the whole bank), and `credence.partner`, the partner whose applications alone are. A connection without them sees
no row. Commands, workers and services that change something see the whole bank, since exposure, screening and twins do not end at a
branch; a request that only reads sees what its person or partner may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections
from django.db.backends.signals import connection_created
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from core.models import PartnerClient, User
from core.roles import Role

Sight = tuple[str, str]
WHOLE_BANK: Sight = ("*", "")
NOTHING: Sight = ("{}", "")

_sight: ContextVar[Sight] = ContextVar("sight", default=WHOLE_BANK)


def branches_of(user: User) -> Sight:
    """What a person's requests see: their branches', everything in a role that answers for the whole bank, or nothing."""
    if not user.is_active or user.roles <= {Role.ADMINISTRATOR}:
        return NOTHING
    return WHOLE_BANK if user.is_bank_wide else (_array(user.branch_ids), "")


def files_of(partner: PartnerClient) -> Sight:
    """What a partner's requests see: its own applications and their loans."""
    return _array([partner.branch_id]), str(partner.pk)


def see(sight: Sight) -> None:
    """Show the present connection these rows from now on."""
    _sight.set(sight)
    _tell(connections["default"])


def sees_whole_bank() -> bool:
    """Whether nothing is hidden from this thread at present."""
    return _sight.get() == WHOLE_BANK


@contextmanager
def whole_bank() -> Iterator[None]:
    """For what a reader is told without seeing the rows themselves: exposure of a group, screening, twins of collateral."""
    before = _sight.get()
    if before == WHOLE_BANK:
        yield
        return
    see(WHOLE_BANK)
    try:
        yield
    finally:
        see(before)


def _array(keys: Iterable[int]) -> str:
    """An array literal of PostgreSQL."""
    return "{" + ",".join(str(key) for key in sorted(keys)) + "}"


def _tell(connection: Any) -> None:
    """Set the settings on a connection that is open. A transaction that has failed is left alone: its rollback brings back
    what was set before it."""
    raw = connection.connection
    if raw is None or raw.closed or raw.get_transaction_status() == TRANSACTION_STATUS_INERROR:
        return
    branches, partner = _sight.get()
    # Not through Django's cursor: this is no query of the page's.
    with raw.cursor() as cursor:
        cursor.execute("SELECT set_config('credence.branches', %s, false), set_config('credence.partner', %s, false)", [branches, partner])


def _tell_new(connection: Any, **_: Any) -> None:
    if connection.vendor == "postgresql":
        _tell(connection)


def register() -> None:
    """Tell each new connection what it may see."""
    connection_created.connect(_tell_new, dispatch_uid="core.row_security")
