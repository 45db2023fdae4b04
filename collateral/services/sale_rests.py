"""What of an enforced sale is not the bank's: kept on an account of its own, and paid out on two people's word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from stdnum import iban as iban_rules

from blacklist.selectors.blocking import has_blocking
from blacklist.services.screening import ScreeningSubject, screen_subject
from collateral.domain.twins.words import name_key
from collateral.models import Realisation, SaleRest
from collateral.selectors.owners import owners_on
from collateral.selectors.sale_doubts import lien_doubts, owner_doubts, party_of
from collateral.services.proceeds import OtherClaim
from collateral.services.sale_buyers import concerns_of, is_interested, staff_concerns
from core import audit, four_eyes
from core.errors import Conflict, DomainError, Fault
from core.models import Proposal, User
from core.money import grouped, to_text, unit
from core.roles import Role
from loans.ledger import chart
from loans.ledger.services import EntryDraft, post
from loans.services.borrowers import screening_subjects
from loans.services.changes import people_of_all

PROPOSERS = (Role.COLLECTIONS,)
CONFIRMERS = (Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.sale_rest"


class UnableToPayRest(DomainError):
    """The rest of a sale is not paid out."""

    title = "Nothing was paid out"
    messages = {
        "not_entitled": "Only collections officers propose to pay out what is left of a sale.",
        "not_theirs": "This is {party}'s, and paid to nobody else.",
        "screened": "Screening has to be decided first about {party}. Nothing was paid.",
        "own_interest": "You are who is paid, or declared an interest in them. Somebody else sees to it.",
        "reason_missing": "{doubts} Say why they are paid all the same.",
        "paid_already": "It was paid out on {day}.",
    }


def keep_rest(
    sale: Realisation, claims: Iterable[OtherClaim], surplus: Decimal, *, actor: User | None, business_date: date
) -> list[SaleRest]:
    """Book what belongs to others, one rest for each of them: what the sale gives each claim of others, by name or as declared alone, and
    what is left to the owners. Shares of nothing are left out. Call inside the transaction of the sale.
    """
    kept = []
    for party in (*_of_liens(claims), *_of_owners(sale, surplus)):
        rest = SaleRest.objects.create(realisation=sale, **party)
        words = f"Left of the {sale.words} for {rest.whose}"
        _post(rest, "kept", words, chart.ENFORCED_SALES, rest.amount, actor=actor, business_date=business_date)
        kept.append(rest)
    return kept


def _of_liens(claims: Iterable[OtherClaim]) -> list[dict[str, Any]]:
    return [{"to": SaleRest.To.OTHERS, "lien": one.lien, "amount": one.amount} for one in claims if one.amount > 0]


def _of_owners(sale: Realisation, amount: Decimal) -> list[dict[str, Any]]:
    """The owners on the day of the sale by their shares, to the cent: what cannot be shared goes to the largest. While something speaks
    against them each share is nobody's by name.
    """
    owners, doubted = owners_on(sale.asset, sale.sold_date), bool(owner_doubts(sale.asset, sale.sold_date))
    if not owners:
        return [{"to": SaleRest.To.OWNER, "amount": amount}] if amount > 0 else []
    shares = [(amount * row.numerator / row.denominator).quantize(unit(sale.asset.currency), ROUND_DOWN) for row in owners]
    shares[0] = amount - sum(shares[1:])
    return [
        {"to": SaleRest.To.OWNER, "owner": row.owner, "doubted": doubted, "amount": share}
        for row, share in zip(owners, shares, strict=True)
        if share > 0
    ]


@transaction.atomic
def propose_rest_payout(
    *, rest: SaleRest, reason: str, actor: User, business_date: date, iban: str, paid_to: str = "", path: str = ""
) -> Proposal:
    """Ask for what is left of a sale to be paid to whose it is, with the account and the proof that both are right. `paid_to` names them
    where nobody is on file.

    Raises UnableToPayRest: `not_entitled`, `not_theirs`, `own_interest`, `paid_already`, `invalid` with faults; core's UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToPayRest("not_entitled")
    held = _open(rest)
    held.doubted = held.doubted and not party_of(held)
    payee = held.party or paid_to.strip()
    if held.party and paid_to.strip() not in ("", held.party):
        raise UnableToPayRest("not_theirs", party=held.party)
    wrong = (
        Fault("paid_to", "required", "Name who is paid: nobody is on file, or not beyond doubt.") if not payee else None,
        Fault("iban", "invalid_iban", "This is not a valid IBAN; check its digits.") if not iban_rules.is_valid(iban) else None,
        Fault("reason", "required", "Write down by what proof it is theirs, and their account.") if not reason.strip() else None,
    )
    if faults := [fault for fault in wrong if fault]:
        raise UnableToPayRest("invalid", faults=faults)
    _refuse_own(payee, actor)
    asset = held.realisation.asset
    doubts = _doubts(held, payee)
    proposal = four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"Pay {grouped(held.amount, asset.currency)} {asset.currency} of the {held.realisation.words} to {payee}"[:160],
        roles=CONFIRMERS,
        actor=actor,
        content={"paid_to": payee, "amount": to_text(held.amount, asset.currency), "reason": reason.strip(), "doubts": doubts},
        path=path,
        branch_id=asset.branch_id,
    )
    held.paid_to, held.paid_iban = payee[:120], iban.replace(" ", "").upper()
    held.save(update_fields=["doubted", "paid_to", "paid_iban"])
    return proposal


def decide_rest_payout(
    *, rest: SaleRest, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> SaleRest:
    """Pay it out, or refuse to. Never by who is paid or declared an interest in them, nor by who originated or approved one of the loans
    that the sale paid; with a reason where staff or, of what is nobody's on file, parties are paid, or where one person alone said whose it
    is. Who is paid is screened first, by name and account: a hit stays for compliance and nothing leaves.

    Raises UnableToPayRest `paid_already`, `screened`, `own_interest`, `reason_missing`; core's UnableToConfirm; Conflict when it was paid.
    """
    # In a transaction of its own: a hit outlives the refusal.
    if confirm and not _is_clear(rest, actor, business_date):
        raise UnableToPayRest("screened", party=SaleRest.objects.get(pk=rest.pk).paid_to)
    return _decide(rest, confirm=confirm, reason=reason, actor=actor, business_date=business_date, seen=seen)


@transaction.atomic
def _is_clear(rest: SaleRest, actor: User, business_date: date) -> bool:
    """Whether screening lets who is proposed be paid; true where there is nothing to be screened for."""
    held = _open(rest)
    proposal = four_eyes.open_proposal(kind=KIND, target=held)
    if proposal is None:
        return True
    four_eyes.check_entitled(proposal, actor)
    if held.owner is not None and _is(held.owner.person.name, held.paid_to):
        payee = next(screening_subjects([held.owner.person]))
        payee = replace(payee, identifiers={**payee.identifiers, "iban": held.paid_iban})
    else:
        payee = ScreeningSubject(key=f"payee:{held.pk}", kind="", names=(held.paid_to,), identifiers={"iban": held.paid_iban})
    screening = screen_subject(subject=payee, purpose="payout", business_date=business_date, actor=actor)
    return not screening.blocks and not has_blocking(payee.key)


@transaction.atomic
def _decide(rest: SaleRest, *, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None) -> SaleRest:
    held = _open(rest)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return held
    paid_to = proposal.content["paid_to"]
    if (party := party_of(held)) and not _is(party, paid_to):
        raise UnableToPayRest("not_theirs", party=party)
    _refuse_own(paid_to, actor)
    paid = held.realisation.proceeds.select_related("payment__loan__application")
    barred = people_of_all(one.payment.loan for one in paid)
    four_eyes.confirm(proposal, actor=actor, barred=barred, reason=reason.strip())
    if (doubts := _doubts(held, paid_to)) and not reason.strip():
        raise UnableToPayRest("reason_missing", doubts=doubts)
    # Whom the second person lets be paid is beyond doubt then.
    doubted = held.owner is not None and not _is(held.owner.person.name, paid_to)
    if not SaleRest.objects.filter(pk=held.pk, paid_date=None).update(paid_date=business_date, paid_by=actor, doubted=doubted):
        raise Conflict("already_advanced", state="paid out")
    held.refresh_from_db()
    asset = held.realisation.asset
    words = f"Left of the {held.realisation.words} paid to {paid_to}"
    _post(held, "paid", words, chart.CASH, -held.amount, actor=actor, business_date=business_date)
    audit.record(
        "sale_rest.paid",
        actor=actor,
        target=asset,
        label=asset.reference,
        business_date=business_date,
        amount=held.amount,
        to=held.to,
        reason=proposal.content["reason"],
    )
    return held


def _refuse_own(payee: str, actor: User) -> None:
    """Nobody sees to what they are paid themselves, or somebody in whom they declared an interest."""
    if _is(actor.full_name, payee) or is_interested(actor, payee, ""):
        raise UnableToPayRest("own_interest")


def _is(name: str, other: str) -> bool:
    return name_key(name) == name_key(other)


def _doubts(rest: SaleRest, payee: str) -> str:
    """What speaks against paying them, in words. That who is on file has a part in it speaks for it, but not who put them there alone."""
    sale = rest.realisation
    found = concerns_of(sale.asset, payee, "", business_date=sale.sold_date) if not rest.party else staff_concerns(payee, "")
    if rest.lien is not None:
        found += lien_doubts(rest.lien, sale.sold_date)
    elif rest.to == SaleRest.To.OWNER:
        found += owner_doubts(sale.asset, sale.sold_date)
    return " ".join(found)


def _open(rest: SaleRest) -> SaleRest:
    held = SaleRest.objects.select_for_update(of=("self",)).select_related("realisation__asset", "owner__person", "lien").get(pk=rest.pk)
    if held.paid_date is not None:
        raise UnableToPayRest("paid_already", day=held.paid_date)
    return held


def _post(rest: SaleRest, event: str, words: str, account: str, amount: Decimal, *, actor: User | None, business_date: date) -> None:
    """From the sale to what is owed to somebody else, and from there out of the bank."""
    currency = rest.realisation.asset.currency
    post(
        EntryDraft(
            booking_date=business_date,
            value_date=business_date,
            text=words,
            source_type="sale_rest",
            source_id=str(rest.pk),
            event=event,
            postings=[(account, amount, currency), (chart.SALE_PROCEEDS, -amount, currency)],
        ),
        actor=actor,
    )
