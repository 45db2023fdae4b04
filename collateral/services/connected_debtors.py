"""Receivables whose debtor comes to belong to the borrower's own group after they were assigned: found when the asset is pledged for another file, and by
the turn of the day when parties and groups changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from collateral.domain.fact_flags import NAMED, find_in_receivable
from collateral.domain.twins.words import name_key
from collateral.models import Asset, Pledge, Receivable
from collateral.services.counting import recount
from collateral.services.flags import raise_findings
from core import audit
from core.row_security import whole_bank
from loans.selectors.groups import GROUP, group_parameters

# Who an asset's debtors may not be, by asset: who borrows on it with their connected group, and everybody with a part in those files.
OWN = f"""
WITH backed AS (
  SELECT DISTINCT p.asset_id, p.application_id, f.borrower_id
  FROM collateral_pledge p JOIN collateral_asset a ON a.id = p.asset_id AND a.kind = 'RECEIVABLES' AND a.state = 'REGISTERED'
  JOIN loans_application f ON f.id = p.application_id
  WHERE p.state = ANY(%(pledged)s) AND (%(asset)s::uuid IS NULL OR p.asset_id = %(asset)s)
), own AS (
  SELECT s.asset_id, g.id FROM (SELECT DISTINCT asset_id, borrower_id FROM backed WHERE borrower_id IS NOT NULL) s
  CROSS JOIN LATERAL ({GROUP.replace("%(borrower)s", "s.borrower_id")}) g
  UNION SELECT b.asset_id, party.borrower_id FROM backed b JOIN loans_applicationparty party ON party.application_id = b.application_id
)
SELECT own.asset_id, b.name, b.registration_number_index FROM own JOIN loans_borrower b ON b.id = own.id
"""
# By the key of the name or by the number, each of which a hash finds.
MET = """
WITH own AS (SELECT * FROM unnest(%(assets)s::uuid[], %(names)s::text[], %(numbers)s::bytea[]) AS k(asset_id, name, number))
SELECT r.id, r.asset_id, r.debtor_name FROM own JOIN collateral_receivable r ON r.asset_id = own.asset_id AND r.debtor_key = own.name
WHERE r.settled_date IS NULL AND NOT r.connected AND own.name <> ''
UNION
SELECT r.id, r.asset_id, r.debtor_name FROM own JOIN collateral_receivable r ON r.asset_id = own.asset_id AND r.debtor_number_index = own.number
WHERE r.settled_date IS NULL AND NOT r.connected
"""


@transaction.atomic
def follow_groups(*, business_date: date, asset: Asset | None = None) -> int:
    """Count what the borrower's own group owes for nothing from now on, and raise the red flag that says so: of one asset, or bank-wide. Two
    queries, and what raising flags costs where there is something new. Who left the group stays as known: a person says that it is another.
    Returns of how many assets."""
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for key, of_asset, debtor in _met(_own_of(asset)):
        found[of_asset].append((key, debtor))
    for held in Asset.objects.select_for_update(of=("self",)).filter(pk__in=list(found)).order_by("pk"):
        keys = [key for key, _ in found[held.pk]]
        names = sorted({debtor for _, debtor in found[held.pk]})
        Receivable.objects.filter(pk__in=keys).update(connected=True)
        audit.record(
            "receivables.connected", actor=None, actor_name="rule", target=held, branch=held.branch_id, label=held.reference,
            business_date=business_date, number=len(keys),
        )  # fmt: skip
        findings = find_in_receivable(connected=True, debtor="; ".join(names[:NAMED]), elsewhere=[], invoice="")
        raise_findings(asset=held, findings=findings, business_date=business_date)
        recount(held, business_date=business_date)
    return len(found)


def _own_of(asset: Asset | None) -> list[tuple[UUID, str, bytes | None]]:
    asked: dict[str, Any] = group_parameters() | {
        "asset": asset.pk if asset else None,
        "pledged": [state.value for state in (*Pledge.WAITING, *Pledge.STANDING)],
    }
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(OWN, asked)
        return list(cursor.fetchall())


def _met(own: Iterable[tuple[UUID, str, bytes | None]]) -> list[tuple[UUID, UUID, str]]:
    rows = [(asset, name_key(name) if name else "", number) for asset, name, number in own]
    assets, names, numbers = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    with connection.cursor() as cursor:
        cursor.execute(MET, {"assets": assets, "names": names, "numbers": numbers})
        return list(cursor.fetchall())
