"""Assigned receivables one by one: added, disputed, settled; whoever owes the borrower as part of their own group counts for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Sum

from collateral.domain.asset_facts import Asked, check_facts
from collateral.domain.fact_flags import NAMED, find_in_receivable
from collateral.domain.red_flags import Finding
from collateral.domain.twins.words import name_key
from collateral.models import Asset, FactsVersion, Receivable, ReceivableFile
from collateral.selectors.receivables import Group, group_of, invoices_elsewhere, spent
from collateral.services.confirmed_facts import ADDED, DISPUTE_ENDED, relied_on
from collateral.services.connected_debtors import ask_about_left
from collateral.services.counting import recount
from collateral.services.fact_versions import version_of
from collateral.services.flags import raise_findings, settle_flags
from collateral.services.receivable_watch import find_late_ones
from collateral.services.titles import title_key
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.models import User
from core.money import to_text
from core.roles import Role

RECORDERS = (Role.OFFICER, Role.INVESTIGATOR)


class UnableToRecordReceivable(DomainError):
    """The receivable was not kept."""

    title = "The receivable was not kept"
    messages = {
        "not_entitled": "Only officers and investigators keep receivables.",
        "other_class": "This asset is not made of receivables.",
        "gone": "{asset} is {state}; its file is closed.",
    }


@transaction.atomic
def add_receivable(*, asset: Asset, facts: Mapping[str, Any], actor: User | None, business_date: date) -> Receivable:
    """Keep one more receivable of an assignment, amounts in the asset's currency. Its debtor in the borrower's group, or the same invoice
    with another asset, raise red flags. Once a value was ordered or the pledge stands, it lets more count only when a second person cleared
    the red flag that says so.

    Raises UnableToRecordReceivable: `not_entitled`, `other_class`, `invalid` with faults.
    """
    asset = lock_receivables(asset, actor)
    faults = check_facts("RECEIVABLES", facts, Asked(business_date, asset.currency))
    debtor, number = str(facts.get("debtor_name") or "").strip(), str(facts.get("invoice_number") or "").strip()
    if not faults and asset.receivables.filter(debtor_key=name_key(debtor), invoice_key=invoice_key(number)).exists():
        faults.append(Fault("invoice_number", "twice", f"{number} of {debtor} is on the list already."))
    if faults:
        raise UnableToRecordReceivable("invalid", faults=faults)
    waits = relied_on(asset)
    row = receivable_of(asset, facts, group=group_of(asset), actor=actor, business_date=business_date, unconfirmed=waits)
    row.save(force_insert=True)
    facts_version(row, valid_from=business_date, actor=actor, business_date=business_date).save(force_insert=True)
    audit.record("receivable.added", actor=actor, target=asset, label=asset.reference, invoice=number, nominal=row.nominal)
    findings = find_in_receivable(
        connected=row.connected,
        debtor=debtor,
        elsewhere=invoices_elsewhere(asset, [row]),
        invoice=number,
        overdue=[one.invoice_number for one in spent([row], on=business_date)],
    )
    findings += find_late_ones(business_date=business_date, asset=asset).values()
    raise_findings(asset=asset, findings=findings, business_date=business_date)
    if waits:
        ask_about_added(asset, actor, business_date)
    recount(asset, business_date=business_date)
    return row


@transaction.atomic
def mark_receivable(*, receivable: Receivable, mark: str, on: date, actor: User | None, business_date: date) -> Receivable:
    """Say that a receivable is `disputed`, is `undisputed` again, or was `settled` on a day. Once a value was ordered or the pledge stands,
    one that is undisputed again counts only when a second person cleared the red flag that says so.

    Raises UnableToRecordReceivable: `not_entitled`, `invalid`; Conflict when it stands so already.
    """
    asset = lock_receivables(receivable.asset, actor)
    receivable = Receivable.objects.select_for_update().get(pk=receivable.pk)
    if not receivable.issued_date <= on <= business_date:
        raise UnableToRecordReceivable("invalid", faults=[Fault("on", "out_of_bounds", "The day lies between its issue and today.")])
    if receivable.settled_date is not None:
        raise Conflict("already_advanced", state="settled")
    if mark == "settled":
        if (last := last_day_of(receivable)) is not None and on < last:
            words = f"Something of it was paid or credited on {last:%-d %b %Y}: it was not settled before that."
            raise UnableToRecordReceivable("invalid", faults=[Fault("on", "before_a_part", words)])
        receivable.settled_date = on
    elif mark == "disputed" and receivable.disputed_date is None:
        receivable.disputed_date = on
    elif mark == "disputed" and receivable.undisputed_date is not None:
        receivable.undisputed_date = None
    elif mark == "undisputed" and receivable.disputed_date is not None and receivable.undisputed_date is None:
        if relied_on(asset):
            receivable.undisputed_date = on
        else:
            receivable.disputed_date = None
    else:
        stands = "disputed" if receivable.disputed_date and not receivable.undisputed_date else "undisputed"
        raise Conflict("already_advanced", state=stands)
    receivable.save(update_fields=["disputed_date", "undisputed_date", "settled_date"])
    facts_version(receivable, valid_from=on, actor=actor, business_date=business_date).save(force_insert=True)
    audit.record(f"receivable.{mark}", actor=actor, target=asset, label=asset.reference, invoice=receivable.invoice_number, on=on)
    ask_about_disputes(asset, actor, business_date)
    if receivable.left_date is not None:
        ask_about_left(asset, actor, business_date)
    if receivable.unconfirmed:
        ask_about_added(asset, actor, business_date)
    recount(asset, business_date=business_date)
    return receivable


def last_day_of(receivable: Receivable) -> date | None:
    """The last day on which anything of a receivable was paid, credited or deducted, of what stands; None where nothing was."""
    last: date | None = receivable.parts.filter(taken_back_date=None).aggregate(last=Max("on_date"))["last"]
    return last


def ask_about_disputes(asset: Asset, actor: User | None, business_date: date) -> None:
    """Let a red flag name the receivables whose dispute is said to have ended; it ends when none waits any more."""
    waiting = asset.receivables.filter(undisputed_date__isnull=False, settled_date__isnull=True).order_by("due_date", "id")
    if names := list(waiting.values_list("invoice_number", flat=True)):
        text = "Receivables are said to be disputed no more. They count once this is cleared."
        found = Finding(DISPUTE_ENDED, text, {"invoices": ", ".join(names)})
        raise_findings(asset=asset, findings=[found], business_date=business_date)
    else:
        reason = "None is said to be disputed no more."
        settle_flags(asset=asset, code=DISPUTE_ENDED, reason=reason, actor=actor, business_date=business_date)


def ask_about_added(asset: Asset, actor: User | None, business_date: date) -> None:
    """Let a red flag name the receivables that were added once others counted on the assignment; it ends when none of them waits any more.
    To be called within a transaction that holds the asset's lock.
    """
    waiting = asset.receivables.filter(unconfirmed=True, settled_date__isnull=True).order_by("-id")
    if names := list(waiting.values_list("invoice_number", flat=True)[:NAMED]):
        sums = waiting.order_by().aggregate(count=Count("pk"), total=Sum(F("nominal") - F("reduced")))
        text = "Receivables were added after others counted on what was assigned. They count once this is cleared."
        evidence = {
            "invoices": ", ".join(names),
            "number": str(sums["count"]),
            "nominal": to_text(sums["total"], asset.currency),
            "latest": names[0],
        }
        raise_findings(asset=asset, findings=[Finding(ADDED, text, evidence)], business_date=business_date)
    else:
        settle_flags(asset=asset, code=ADDED, reason="None that was added is open.", actor=actor, business_date=business_date)


def receivable_of(
    asset: Asset,
    facts: Mapping[str, Any],
    *,
    group: Group,
    actor: User | None,
    business_date: date,
    unconfirmed: bool,
    source: ReceivableFile | None = None,
) -> Receivable:
    """A receivable of checked facts, not yet written; `group` is the borrowers' own, `source` the file that it came in."""
    debtor, number = str(facts["debtor_name"]).strip(), str(facts["invoice_number"]).strip()
    debtor_number, key = str(facts.get("debtor_number") or "").strip(), name_key(debtor)
    # By key where many are made: setting the object itself costs as much as the rest of a row.
    return Receivable(
        asset_id=asset.pk,
        debtor_name=debtor,
        debtor_key=key,
        debtor_number=debtor_number,
        invoice_number=number,
        invoice_key=invoice_key(number),
        nominal=facts["nominal"],
        issued_date=facts["issued_date"],
        due_date=facts["due_date"],
        connected=group.holds(key, debtor_number),
        unconfirmed=unconfirmed,
        source_id=source.pk if source else None,
        recorded_by_id=actor.pk if actor else None,
        recorded_date=business_date,
    )


def invoice_key(number: str) -> str:
    """The same text for the same invoice, however its number is written."""
    return title_key(number) or number


def facts_version(row: Receivable, *, valid_from: date, actor: User | None, business_date: date) -> FactsVersion:
    """What is known of a receivable from a day on, not yet written."""
    names = (
        "id",
        "debtor_name",
        "invoice_number",
        "nominal",
        "reduced",
        "issued_date",
        "due_date",
        "disputed_date",
        "undisputed_date",
        "settled_date",
    )
    facts = {name: getattr(row, name) for name in names}
    return version_of(row.asset_id, "receivable", facts, valid_from=valid_from, actor=actor, business_date=business_date, row=row.pk)


def lock_receivables(asset: Asset, actor: User | None) -> Asset:
    """The asset of receivables, locked, for somebody who keeps them. Raises UnableToRecordReceivable."""
    if actor is not None and not actor.has_role(*RECORDERS):
        raise UnableToRecordReceivable("not_entitled")
    if asset.kind != "RECEIVABLES":
        raise UnableToRecordReceivable("other_class")
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    if asset.state != Asset.State.REGISTERED:
        raise UnableToRecordReceivable("gone", asset=asset.reference, state=asset.get_state_display().lower())
    return asset
