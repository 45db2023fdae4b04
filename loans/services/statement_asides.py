"""A file of statements that counts no more, because another source of the same account holds."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from core import audit
from core.events import publish
from core.models import User
from loans.domain.statement_asides import FileDays, to_read_again
from loans.events import StatementRead
from loans.models import BankAccount, StatementImport, StatementLine, StatementPeriod

Aside = StatementImport.Aside


@transaction.atomic
def leave_out_statements(*, statements: Sequence[StatementImport], actor: User) -> list[StatementImport]:
    """Leave files out that somebody sent: their lines stay to be read, and count no more. Files that were held against one of them are
    to be sent again, and count no more either until then; they are returned. One that is left out already stays so.
    """
    accounts = told_together(statements)
    # As a file that is read meanwhile locks them.
    list(BankAccount.objects.select_for_update(of=("self",)).filter(pk__in=accounts).order_by("pk"))
    told = StatementPeriod.objects.filter(account__in=accounts, statement__aside="").order_by("statement__read_at", "statement", "pk")
    days = [FileDays(one.statement_id, (one.account_id, one.currency), one.first_date, one.last_date) for one in told]
    again = to_read_again(days, {one.pk for one in statements})
    _mark([one.pk for one in statements], Aside.OUTWEIGHED, actor)
    _mark(again, Aside.AGAIN, actor)
    return list(StatementImport.objects.filter(pk__in=again).order_by("pk"))


def told_together(statements: Sequence[StatementImport]) -> set[UUID]:
    """The accounts of these files, and of every file that tells of one of them, and so on: what a file shares with another is left out of
    all its accounts.
    """
    periods = StatementPeriod.objects
    accounts = set(periods.filter(statement__in=statements).values_list("account", flat=True))
    while True:
        files = periods.filter(account__in=accounts).values("statement")
        wider = set(periods.filter(statement__in=files).values_list("account", flat=True))
        if wider <= accounts:
            return accounts
        accounts |= wider


def _mark(keys: Sequence[UUID], why: Aside, actor: User) -> None:
    for statement in StatementImport.objects.select_for_update(of=("self",)).filter(pk__in=keys, aside="").order_by("pk"):
        statement.aside, statement.aside_at, statement.aside_by = why, timezone.now(), actor
        statement.save(update_fields=["aside", "aside_at", "aside_by"])
        # What makes a line the same in two files is free again for a file that is read after it.
        lines = StatementLine.objects.filter(statement=statement)
        lines.update(external_id=Concat(F("external_id"), Value(f"~{statement.pk.hex[-10:]}")))
        publish(StatementRead(statement_id=str(statement.pk)))
        audit.record("statement.left_out", actor=actor, target=statement, why=why)
