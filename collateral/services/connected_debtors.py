"""Receivables whose debtor comes to belong to the borrower's own group after they were assigned: found when the asset is pledged for
another file, and by the turn of the day when parties and groups changed; and those whose debtor left it, which count again from a second
person's word on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, Sum

from collateral.domain.fact_flags import NAMED, find_in_receivable
from collateral.domain.red_flags import Finding
from collateral.domain.twins.words import name_key
from collateral.models import Asset, Pledge, Receivable
from collateral.services.confirmed_facts import LEFT_GROUP
from collateral.services.counting import recount
from collateral.services.flags import raise_findings, settle_flags
from core import audit
from core.models import User
from core.money import to_text
from core.row_security import whole_bank
from loans.selectors.groups import GROUP, group_parameters

# Who an asset's debtors may not be, by asset: who borrows on it with their connected group, and everybody with a part in those files.
# Whether that is all of them: a group that is counted to no end proves of nobody that they are not of it.
OWN = f"""
WITH backed AS (
  SELECT DISTINCT p.asset_id, p.application_id, f.borrower_id
  FROM collateral_pledge p JOIN collateral_asset a ON a.id = p.asset_id AND a.kind = 'RECEIVABLES' AND a.state = 'REGISTERED'
  JOIN loans_application f ON f.id = p.application_id
  WHERE p.state = ANY(%(pledged)s) AND (%(asset)s::uuid IS NULL OR p.asset_id = %(asset)s)
), reached AS (
  SELECT s.asset_id, s.borrower_id, g.id FROM (SELECT DISTINCT asset_id, borrower_id FROM backed WHERE borrower_id IS NOT NULL) s
  CROSS JOIN LATERAL ({GROUP.replace("%(borrower)s", "s.borrower_id")}) g
), cut_off AS (
  SELECT asset_id FROM reached GROUP BY asset_id, borrower_id HAVING count(*) >= %(most)s
), own AS (
  SELECT asset_id, id FROM reached
  UNION SELECT b.asset_id, party.borrower_id FROM backed b JOIN loans_applicationparty party ON party.application_id = b.application_id
)
SELECT own.asset_id, b.name, b.registration_number_index, own.asset_id NOT IN (SELECT asset_id FROM cut_off) FROM own JOIN loans_borrower b ON b.id = own.id
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
# Those of which nothing says any more that the debtor is of the group, where all of it is known, and those that were such and are of it
# again.
TURNED = """
WITH own AS (SELECT * FROM unnest(%(assets)s::uuid[], %(names)s::text[], %(numbers)s::bytea[]) AS k(asset_id, name, number)), met AS (
  SELECT r.id FROM own JOIN collateral_receivable r ON r.asset_id = own.asset_id AND r.debtor_key = own.name
  WHERE r.connected AND r.settled_date IS NULL AND own.name <> ''
  UNION
  SELECT r.id FROM own JOIN collateral_receivable r ON r.asset_id = own.asset_id AND r.debtor_number_index = own.number
  WHERE r.connected AND r.settled_date IS NULL
)
SELECT r.id, r.asset_id FROM collateral_receivable r
JOIN met ON met.id = r.id
WHERE r.left_date IS NOT NULL
UNION ALL
SELECT r.id, r.asset_id FROM collateral_receivable r LEFT JOIN met ON met.id = r.id
WHERE met.id IS NULL AND r.left_date IS NULL AND r.connected AND r.settled_date IS NULL AND r.asset_id = ANY(%(whole)s::uuid[])
"""


@transaction.atomic
def follow_groups(*, business_date: date, asset: Asset | None = None) -> int:
    """Count what the borrower's own group owes for nothing from now on, and raise the red flag that says so: of one asset, or bank-wide.
    Who left the group counts again only when a second person cleared the red flag that says that. Three queries, and what raising flags
    costs where there is something new. Returns of how many assets.
    """
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    own = _asked_about(_own_of(asset))
    for key, of_asset, debtor in _rows(MET, own):
        found[of_asset].append((key, debtor))
    turned: dict[UUID, list[UUID]] = defaultdict(list)
    for key, of_asset in _rows(TURNED, own):
        turned[of_asset].append(key)
    for held in Asset.objects.select_for_update(of=("self",)).filter(pk__in=list(turned)).order_by("pk"):
        _turn(held, turned[held.pk], business_date)
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
    return len(found.keys() | turned.keys())


def _turn(asset: Asset, keys: list[UUID], business_date: date) -> None:
    """Receivables whose debtor left the group wait for a second person; those of who came back to it wait no more."""
    back = list(Receivable.objects.filter(pk__in=keys, left_date__isnull=False).values_list("pk", flat=True))
    Receivable.objects.filter(pk__in=back).update(left_date=None)
    left = Receivable.objects.filter(pk__in=keys, connected=True, settled_date=None).exclude(pk__in=back).update(left_date=business_date)
    audit.record(
        "receivables.debtor_left", actor=None, actor_name="rule", target=asset, branch=asset.branch_id, label=asset.reference,
        business_date=business_date, left=left, back=len(back),
    )  # fmt: skip
    ask_about_left(asset, None, business_date)


def ask_about_left(asset: Asset, actor: User | None, business_date: date) -> None:
    """Let a red flag name the debtors that are said to have left the group; it ends when none of them owes any more. To be called within a
    transaction that holds the asset's lock."""
    waiting = asset.receivables.filter(left_date__isnull=False, settled_date__isnull=True)
    if names := list(waiting.order_by("debtor_name").values_list("debtor_name", flat=True).distinct()[:NAMED]):
        sums = waiting.order_by().aggregate(count=Count("pk"), total=Sum(F("nominal") - F("reduced")))
        text = "Debtors of the borrower's own group belong to it no more by what is on file. What they owe counts once this is cleared."
        evidence = {"debtors": "; ".join(names), "number": str(sums["count"]), "nominal": to_text(sums["total"], asset.currency)}
        raise_findings(asset=asset, findings=[Finding(LEFT_GROUP, text, evidence)], business_date=business_date)
    else:
        settle_flags(asset=asset, code=LEFT_GROUP, reason="None has left the group.", actor=actor, business_date=business_date)


def _own_of(asset: Asset | None) -> list[tuple[UUID, str, bytes | None, bool]]:
    asked: dict[str, Any] = group_parameters() | {
        "asset": asset.pk if asset else None,
        "pledged": [state.value for state in (*Pledge.WAITING, *Pledge.STANDING)],
    }
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(OWN, asked)
        return list(cursor.fetchall())


def _asked_about(own: Iterable[tuple[UUID, str, bytes | None, bool]]) -> dict[str, Any]:
    own = list(own)
    rows = [(asset, name_key(name) if name else "", number) for asset, name, number, _ in own]
    assets, names, numbers = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    return {"assets": assets, "names": names, "numbers": numbers, "whole": sorted({asset for asset, *_, whole in own if whole})}


def _rows(statement: str, own: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, own)
        return list(cursor.fetchall())
