"""Accounts that custodians block for the bank: one whose block is confirmed stays on file as it is, and a block is ended by a letter to the
custodian once the pledge was given back.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import connection, transaction

from collateral.domain.asset_facts import ACCOUNT_KINDS, account_number
from collateral.events import BlockEnded, BlockToEnd
from collateral.models import Asset, Pledge
from collateral.selectors.accounts import account_of
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.events import publish, publish_all
from core.models import User
from core.roles import Role
from loans.services.papers import Paper, day_words, make_pdf

ENDERS = (Role.OFFICER, Role.INVESTIGATOR, Role.COLLECTIONS)
# What nobody has written about is told of again after so many days, once its alert was closed.
TOLD_AGAIN_DAYS = 7
TO_END = """
UPDATE collateral_pledge SET told_date = %(day)s
WHERE state IN ('RELEASED', 'SUBSTITUTED') AND blocked_date IS NOT NULL AND unblocked_date IS NULL
  AND (told_date IS NULL OR told_date <= %(again)s)
RETURNING id
"""


class UnableToEndBlock(DomainError):
    """The block stays on record as it is."""

    title = "Nothing was recorded"
    messages = {
        "not_entitled": "Only officers, investigators and collections officers write to a custodian that a block ends.",
        "not_to_end": "No block of this pledge is to be ended: the pledge stands, or the custodian was told before.",
    }


def faults_of_account(asset: Asset, number: str, custodian: str) -> list[Fault]:
    """Why an asset that lies on an account is not put on another one: a custodian has confirmed to block this one. A custodian who is
    written otherwise counts as another; one that is not named, as the same.
    """
    if asset.kind not in ACCOUNT_KINDS or not asset.pledges.filter(state__in=Pledge.STANDING).exists():
        return []
    held = account_of(asset)
    if held is None or not held.known:
        return []
    if account_number(number) == held.number and custodian.casefold() in ("", held.custodian.casefold()):
        return []
    words = f"{held.custodian} has confirmed to block {held.masked}. What lies elsewhere is another asset: register that, and give this pledge back."
    return [Fault("account", "blocked", words)]


@transaction.atomic
def write_block_letter(*, pledge: Pledge, actor: User, business_date: date) -> bytes:
    """The letter to the custodian by which a block ends, as PDF, with the account in full; that it was written is on record.

    Raises UnableToEndBlock: `not_entitled`, `not_to_end`.
    """
    _check(pledge, actor)
    asset, held = pledge.asset, account_of(pledge.asset)
    assert held is not None  # only what lies on an account is blocked
    facts = [
        ("To", held.custodian or "The custodian"),
        ("Account", held.number),
        ("What lies there", asset.description),
        ("Our pledge", f"{asset.reference} for {pledge.application.reference}"),
        ("Your reference", pledge.registry_reference or "none"),
        ("Blocked since", day_words(pledge.blocked_date or business_date)),
    ]
    sentences = [
        f"We have given our pledge back on {day_words(pledge.ended_date or business_date)}. Please end the block of this account in our favour, "
        "as far as it was confirmed under your reference.",
        *_that_stay(pledge),
        "Please confirm to us that the block has ended.",
    ]
    pdf = make_pdf(Paper("End of a block", facts, sentences, foot=[f"Written on {day_words(business_date)}."]))
    _record("pledge.block_letter_written", pledge, actor, business_date)
    return pdf


def _that_stay(pledge: Pledge) -> list[str]:
    """That other pledges of the same account go on."""
    others = pledge.asset.pledges.filter(state__in=Pledge.STANDING).order_by("id").values_list("registry_reference", flat=True)
    return [f"Blocks for other pledges of ours stay as they are: {', '.join(others)}."] if others else []


@transaction.atomic
def record_block_ended(*, pledge: Pledge, told_date: date, actor: User, business_date: date) -> Pledge:
    """Record on which day the custodian was told that a block ends.

    Raises UnableToEndBlock: `not_entitled`, `not_to_end`, `invalid` with faults; Conflict when somebody was first.
    """
    _check(pledge, actor)
    assert pledge.ended_date is not None  # what was given back ended on a day
    if not pledge.ended_date <= told_date <= business_date:
        fault = Fault("told_date", "out_of_bounds", "The custodian was told after the pledge was given back, and not after today.")
        raise UnableToEndBlock("invalid", faults=[fault])
    if not Pledge.objects.filter(pk=pledge.pk, unblocked_date=None).update(unblocked_date=told_date):
        raise Conflict("already_advanced", state="ended")
    pledge.refresh_from_db(fields=["unblocked_date"])
    _record("pledge.block_ended", pledge, actor, business_date, told=told_date)
    publish(BlockEnded(pledge_id=str(pledge.pk)))
    return pledge


@transaction.atomic
def tell_open_blocks(*, business_date: date) -> int:
    """Tell of the blocks of pledges that were given back and whose custodian nobody has told, once and then weekly: two statements however
    many. Idempotent per day. Returns how many were told of.
    """
    with connection.cursor() as cursor:
        cursor.execute(TO_END, {"day": business_date, "again": business_date - timedelta(days=TOLD_AGAIN_DAYS)})
        keys = sorted(str(key) for (key,) in cursor.fetchall())
    publish_all([BlockToEnd(pledge_id=key) for key in keys])
    return len(keys)


def _check(pledge: Pledge, actor: User) -> None:
    if not actor.has_role(*ENDERS):
        raise UnableToEndBlock("not_entitled")
    if not pledge.block_ends:
        raise UnableToEndBlock("not_to_end")


def _record(action: str, pledge: Pledge, actor: User, business_date: date, **more: object) -> None:
    audit.record(
        action, actor=actor, target=pledge, branch=pledge.asset.branch_id, label=pledge.asset.reference, business_date=business_date, **more
    )
