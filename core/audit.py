"""The domain audit log: "approved by … because …", written in the same transaction as the change itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, models
from django.utils import timezone

from core.business_date import get_business_date
from core.models import AuditEntry, Branch, User

SYSTEM = "system"
# Lists of values cost a night that writes much a fifth of what rows of the ORM do.
_KINDS = {
    "business_date": "date",
    "actor_id": "bigint",
    "actor_name": "text",
    "action": "text",
    "target_type": "text",
    "target_id": "text",
    "target_label": "text",
    "branch_id": "bigint",
    "details": "jsonb",
    "request_id": "text",
}
_RECORD = f"""
INSERT INTO core_auditentry (at, {", ".join(_KINDS)})
SELECT %(at)s, {", ".join(_KINDS)}
FROM unnest({", ".join(f"%({name})s::{kind}[]" for name, kind in _KINDS.items())}) WITH ORDINALITY AS n({", ".join(_KINDS)}, place)
ORDER BY place
"""


def plain(value: Any) -> Any:
    """A JSON form that keeps money exact: Decimals and dates as strings."""
    match value:
        case Decimal() | UUID():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case models.Model():
            return str(value.pk)
        case _:
            return value


def record(action: str, *, target: models.Model, actor: User | None, **more: Any) -> AuditEntry:
    """Write one audit entry about `target`. `details` must not carry personal identifiers in clear.

    Takes what `entry` takes.
    """
    written = entry(action, target=target, actor=actor, **more)
    written.save(force_insert=True)
    return written


def record_all(entries: Sequence[AuditEntry]) -> None:
    """Write the entries of one action, made by `entry`, with one INSERT and in their order. They do not learn their keys."""
    if not entries:
        return
    columns: dict[str, list[Any]] = {name: [getattr(one, name) for one in entries] for name in _KINDS if name != "details"}
    columns["details"] = [json.dumps(one.details) for one in entries]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, {"at": timezone.now(), **columns})


def entry(
    action: str,
    *,
    actor: User | None,
    target: models.Model,
    branch: Branch | int | None = None,
    actor_name: str = "",
    label: str = "",
    business_date: date | None = None,
    **details: Any,
) -> AuditEntry:
    """An audit entry about `target`, not written yet. `details` must not carry personal identifiers in clear.

    `actor` None means the machine; name it with `actor_name` ("sweep", "import"). `label` defaults to the target's reference.
    """
    context = structlog.contextvars.get_contextvars()
    branch_id = branch.pk if isinstance(branch, Branch) else branch
    if branch_id is None:
        branch_id = getattr(target, "branch_id", None)
    return AuditEntry(
        business_date=business_date or get_business_date(),
        actor=actor,
        actor_name=actor_name or (actor.full_name if actor else SYSTEM),
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=label or str(getattr(target, "reference", "")),
        branch_id=branch_id,
        details=plain(details),
        request_id=str(context.get("request_id", ""))[:64],
    )


def entries_about(*targets: models.Model) -> models.QuerySet[AuditEntry]:
    """The audit entries about a row, or about it and what belongs to it, newest first."""
    keys: dict[str, list[str]] = {}
    for target in targets:
        keys.setdefault(target._meta.label_lower, []).append(str(target.pk))
    about = reduce(or_, (models.Q(target_type=kind, target_id__in=found) for kind, found in keys.items()))
    return AuditEntry.objects.filter(about).select_related("actor")
