"""What of a receivable was paid in part, credited or deducted, with its day and paper: the rest counts at once. What was recorded as paid
by mistake, a part or all of it, is taken back by two people.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from collateral.models import Asset, AssetDocument, FactsVersion, Receivable, ReceivablePart
from collateral.selectors.interests import interested_in_asset
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.connected_debtors import ask_about_left
from collateral.services.counting import recount
from collateral.services.receivables import (
    UnableToRecordReceivable,
    ask_about_added,
    ask_about_disputes,
    facts_version,
    last_day_of,
    lock_receivables,
)
from core import audit, four_eyes
from core.errors import Conflict, Fault
from core.models import Proposal, User
from core.money import MoneyError, check_amount, grouped
from core.roles import Role

CONFIRMERS = (Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.receivable_undone"


@transaction.atomic
def record_part(
    *, receivable: Receivable, kind: str, amount: Decimal, on: date, proof: Proof | None, actor: User | None, business_date: date
) -> ReceivablePart:
    """Take an amount off what is open of a receivable, in the asset's currency; where nothing is left it is settled.

    Raises UnableToRecordReceivable: `not_entitled`, `invalid` with faults; what keeping a paper raises; Conflict when it is settled.
    """
    asset = lock_receivables(receivable.asset, actor)
    held = Receivable.objects.select_for_update(of=("self",)).get(pk=receivable.pk)
    if held.settled_date is not None:
        raise Conflict("already_advanced", state="settled")
    faults = []
    if kind not in ReceivablePart.Kind.values:
        faults.append(Fault("kind", "unknown", "Choose what it was."))
    if not held.issued_date <= on <= business_date:
        faults.append(Fault("on", "out_of_bounds", "The day lies between its issue and today."))
    if proof is None:
        faults.append(Fault("paper", "required", "Add what shows it: the statement of the account, the credit note."))
    try:
        check_amount(amount, asset.currency)
    except MoneyError as error:
        faults.append(Fault("amount", "bad_amount", str(error)))
    else:
        if amount > held.rest:
            faults.append(Fault("amount", "too_much", f"Only {grouped(held.rest, asset.currency)} {asset.currency} of it are open."))
    if faults:
        raise UnableToRecordReceivable("invalid", faults=faults)
    note = f"{ReceivablePart.Kind(kind).label} of {held.invoice_number}"
    shown = proof_of(asset, AssetDocument.Kind.OTHER, proof, paper_date=on, actor=actor, business_date=business_date, note=note)
    assert shown is not None
    part = ReceivablePart.objects.create(
        receivable=held, kind=kind, amount=amount, on_date=on, document=shown, recorded_by=actor, recorded_date=business_date
    )
    held.reduced += amount
    if held.reduced == held.nominal:
        # The day on which the last of it was paid, not the one recorded last: until then some of it was open.
        held.settled_date = last_day_of(held)
    details: dict[str, Any] = {"invoice": held.invoice_number, "amount": amount, "on": on}
    _keep(asset, held, f"receivable.{kind.lower()}", valid_from=on, actor=actor, said_by=actor, business_date=business_date, **details)
    return part


@transaction.atomic
def propose_undo(*, receivable: Receivable, reason: str, actor: User, business_date: date, path: str = "") -> Proposal:
    """Ask for what was recorded last as paid of a receivable, a part or that it is settled, to be taken back because it was a mistake.

    Raises UnableToRecordReceivable: `not_entitled`, `invalid` with faults, among them that nothing is; core's UnableToPropose.
    """
    asset = lock_receivables(receivable.asset, actor)
    held = Receivable.objects.select_for_update(of=("self",)).get(pk=receivable.pk)
    faults = []
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say what was wrong, and how it was found."))
    if (last := last_of(held)) is None and held.settled_date is None:
        faults.append(Fault("reason", "nothing", "Nothing of it is recorded as paid."))
    if faults:
        raise UnableToRecordReceivable("invalid", faults=faults)
    what = (
        f"{grouped(last.amount, asset.currency)} {asset.currency} of {held.invoice_number} were paid"
        if last
        else f"{held.invoice_number} is settled"
    )
    return four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"Take back that {what}, {asset.reference}",
        roles=CONFIRMERS,
        actor=actor,
        content={"part": str(last.pk) if last else "", "reduced": str(held.reduced), "reason": reason.strip()},
        path=path,
        branch_id=asset.branch_id,
    )


@transaction.atomic
def decide_undo(
    *, receivable: Receivable, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> Receivable:
    """Take it back, so that the receivable is open again with so much more, or refuse to: never by who recorded anything of it or
    declared an interest in whom the asset secures a file of.

    Raises UnableToRecordReceivable `gone`; core's UnableToConfirm, `changed` where something else was recorded since.
    """
    asset = lock_receivables(receivable.asset, None)
    held = Receivable.objects.select_for_update(of=("self",)).get(pk=receivable.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return held
    last = last_of(held)
    present = {**proposal.content, "part": str(last.pk) if last else "", "reduced": str(held.reduced)}
    four_eyes.confirm(
        proposal, actor=actor, content=present, barred=interested_in_asset(asset) | _recorders_of(held), reason=reason.strip()
    )
    if last is not None:
        last.taken_back_date = business_date
        last.save(update_fields=["taken_back_date"])
        held.reduced -= last.amount
    held.settled_date = None
    details: dict[str, Any] = {
        "invoice": held.invoice_number,
        "amount": last.amount if last else held.rest,
        "reason": proposal.content["reason"],
    }
    # What is known of it now is the word of who asked for it, not of who confirms: they may look at what else was recorded of it too.
    said_by = proposal.proposed_by
    _keep(
        asset,
        held,
        "receivable.paid_taken_back",
        valid_from=business_date,
        actor=actor,
        said_by=said_by,
        business_date=business_date,
        **details,
    )
    return held


def last_of(receivable: Receivable) -> ReceivablePart | None:
    """The part that stands and was recorded last: none where it was marked as settled after it, as a whole."""
    if receivable.settled_date is not None and receivable.reduced < receivable.nominal:
        return None
    return receivable.parts.filter(taken_back_date=None).order_by("-id").first()


def _recorders_of(receivable: Receivable) -> frozenset[int]:
    """Who recorded the receivable, any part of it, one taken back too, or anything else that was ever known of it."""
    versions = FactsVersion.objects.filter(asset=receivable.asset_id, section="receivable", row=receivable.pk)
    found = {
        receivable.recorded_by_id,
        *receivable.parts.values_list("recorded_by", flat=True),
        *versions.values_list("recorded_by", flat=True),
    }
    return frozenset(person for person in found if person is not None)


def _keep(
    asset: Asset,
    held: Receivable,
    action: str,
    *,
    valid_from: date,
    actor: User | None,
    said_by: User | None,
    business_date: date,
    **details: Any,
) -> None:
    """Write it down with all that follows for what counts."""
    held.save(update_fields=["reduced", "settled_date"])
    facts_version(held, valid_from=valid_from, actor=said_by, business_date=business_date).save(force_insert=True)
    audit.record(action, actor=actor, target=asset, label=asset.reference, business_date=business_date, **details)
    ask_about_disputes(asset, actor, business_date)
    if held.left_date is not None:
        ask_about_left(asset, actor, business_date)
    if held.unconfirmed:
        ask_about_added(asset, actor, business_date)
    recount(asset, business_date=business_date)
