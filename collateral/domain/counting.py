"""What of an asset's value may count by its facts, before the haircut of its class: "counted share", a fraction from 0 to 1. Pure.

A receivable counts the less the longer it is overdue, a disputed or connected one nothing, and of one debtor only so much of the whole. A
deposit counts while it is blocked. Of neither counts what was collected or withdrawn since it was valued. Property loses for being
commercial, empty or idle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal

from collateral.domain.calendar import COMMERCIAL, calendar_class

ONE, ZERO = Decimal(1), Decimal(0)
# The scale of the column: what is cut off is never counted.
UNIT = Decimal("0.000001")
# An upheld one says that the asset is not there: nothing of it counts until somebody has seen it again.
MISSING = "not_found"
# An upheld one says that the asset is no longer what was valued: what it is called in the settings and in words.
FOUND = {"idle": ("FOUND_IDLE", "found idle"), "damaged": ("FOUND_DAMAGED", "found damaged")}
# What ends a value in force: one of those, or an upheld red flag about the value itself.
FALSE = "false"
ENDED_BY = FOUND | {FALSE: ("FOUND_FALSE", "upheld to be wrong")}
# An upheld one says that the bank could not sell it as its own: whose it is, or that it is this asset at all and no other's, is not true.
# Nothing counts until another person has said that its ground is gone; another value of it changes nothing.
VOID = {
    "title_inconsistent": "The registry names other owners",
    "title_missing": "No title is on file",
    "title_unverified": "The title could not be confirmed",
    "owner_differs": "Who owns it has not given it",
    "pledged_elsewhere": "Its title is pledged elsewhere",
    "near_twin": "It is another pledged asset, written another way",
    "number_differs": "Its number is another asset's",
    "vehicle_number_fails": "Its vehicle number is none",
}
ADDED_WAITS = "Receivables that were added since count once a second person has cleared them."


@dataclass(frozen=True)
class Item:
    """One receivable as far as counting it goes, or several of one debtor that count alike, with what of it is open. `debtor` is the same
    text for the same debtor, `name` how one of them writes it. `settled`: it was collected since the value in force was made, which is of
    it too; a part that was, is one of its own. `unconfirmed`: it
    was added once others counted on the assignment, and no second person saw it.
    """

    debtor: str
    nominal: Decimal
    due_date: date
    disputed: bool = False
    settled: bool = False
    connected: bool = False
    name: str = ""
    unconfirmed: bool = False


@dataclass(frozen=True)
class Counted:
    """A share from 0 to 1, and in words what was taken off and why."""

    share: Decimal
    reasons: tuple[str, ...] = ()


def count_missing() -> Counted:
    """Nothing of what is not there."""
    return Counted(ZERO, ("An inspector did not find it, and a second person upheld that.",))


def count_void(codes: Collection[str]) -> Counted:
    """Nothing while one of these red flags about the asset itself is upheld."""
    return Counted(ZERO, tuple(f"{VOID[code]}; a second person upheld that." for code in sorted(codes)))


def ageing_share(days_overdue: int, ageing: Mapping[int, Decimal]) -> Decimal:
    """What of a receivable counts that is so many days overdue:
    the share of the highest band that is reached, all of it before the first.
    """
    reached = [first for first in ageing if first <= days_overdue]
    return ageing[max(reached)] if reached else ONE


def item_share(item: Item, on: date, ageing: Mapping[int, Decimal]) -> Decimal:
    """What of one receivable counts, by itself."""
    if item.disputed or item.settled or item.connected or item.unconfirmed:
        return ZERO
    return ageing_share((on - item.due_date).days, ageing)


def count_receivables(
    items: Sequence[Item], on: date, ageing: Mapping[int, Decimal], debtor_limit: Decimal, market_value: Decimal | None = None
) -> Counted:
    """What counts of assigned receivables together. `debtor_limit`: the share of all open ones that one debtor's may make up.
    `market_value` is the value in force, if there is one: settling one never raises the share, and share × value never exceeds what is
    open. Those that no second person saw let it fall, never rise.
    """
    seen = [item for item in items if not item.unconfirmed]
    told = [replace(item, unconfirmed=False) for item in items]
    held, now = (_count_together(rows, on, ageing, debtor_limit, market_value) for rows in (seen, told))
    return Counted(held.share, (*held.reasons, ADDED_WAITS)) if held.share < now.share else now


def _count_together(
    items: Sequence[Item], on: date, ageing: Mapping[int, Decimal], debtor_limit: Decimal, market_value: Decimal | None
) -> Counted:
    open_items = [item for item in items if not item.settled]
    total = sum((item.nominal for item in open_items), ZERO)
    if not total:
        return Counted(ZERO, ("No open receivable is on file.",))
    of_debtor: dict[str, Decimal] = defaultdict(Decimal)
    for item in open_items:
        of_debtor[item.debtor] += item.nominal * item_share(item, on, ageing)
    most = total * debtor_limit
    counted = sum((min(amount, most) for amount in of_debtor.values()), ZERO)
    reasons = []
    for words, chosen in (
        ("disputed", [item for item in open_items if item.disputed]),
        ("owed by the borrower's own group", [item for item in open_items if item.connected]),
        ("overdue", [item for item in open_items if ageing_share((on - item.due_date).days, ageing) < 1]),
    ):
        if chosen:
            share = sum((item.nominal for item in chosen), ZERO) / total
            reasons.append(f"{share:.0%} is {words}." if share >= Decimal("0.005") else f"Less than 1% is {words}.")
    if over := sorted(debtor for debtor, amount in of_debtor.items() if amount > most):
        names = {item.debtor: item.name or item.debtor for item in open_items}
        reasons.append(f"One debtor counts up to {debtor_limit:.0%} only: {', '.join(names[debtor] for debtor in over)}.")
    # What was valued: all that was open then or came since, and where more was said than that, what was said.
    whole = max(total + sum((item.nominal for item in items if item.settled), ZERO), market_value or ZERO)
    if total < whole:
        reasons.append(f"{_percent(total / whole)} of what was valued is open.")
    return Counted((counted / whole).quantize(UNIT, ROUND_DOWN), tuple(reasons))


def count_deposit(*, maturity_date: date | None, on: date, balance: Decimal | None = None, market_value: Decimal | None = None) -> Counted:
    """A deposit while it is blocked and not due, up to its `balance` where the value in force says more; else nothing."""
    if maturity_date is not None and maturity_date <= on:
        return Counted(ZERO, ("The deposit has fallen due.",))
    if balance is not None and market_value is not None and balance < market_value:
        return Counted(
            (balance / market_value).quantize(UNIT, ROUND_DOWN),
            (f"{_percent(balance / market_value)} of what was valued is on the account.",),
        )
    return Counted(ONE)


def _percent(share: Decimal) -> str:
    """A share for people that is never rounded up to all of it."""
    return "Less than 1%" if share < Decimal("0.01") else f"{share.quantize(Decimal('0.01'), ROUND_DOWN):.0%}"


def count_quality(found: Mapping[str, str], quality: Mapping[str, Decimal]) -> Counted:
    """All, less what the settings take off for each of these qualities (`found`: quality → in words)."""
    off = [(words, quality[name]) for name, words in found.items() if quality.get(name)]
    share = max(ZERO, ONE - sum((part for _, part in off), ZERO))
    return Counted(share, tuple(f"{words}: {part:.0%} less." for words, part in off))


def qualities_of(kind: str, facts: Mapping[str, object]) -> dict[str, str]:
    """What lowers the quality of an asset by its facts, in words."""
    found = {}
    if kind == "REAL_ESTATE":
        if calendar_class(kind, str(facts["use"])) == COMMERCIAL:
            found["COMMERCIAL"] = "Commercial property"
        if facts["occupancy"] == "VACANT":
            found["VACANT"] = "Vacant"
    elif kind == "LAND" and facts["access"] != "ROAD":
        found["NO_ROAD"] = "Not on a public road"
    elif kind in ("MACHINERY", "VEHICLE") and facts["condition"] != "IN_USE":
        found["IDLE"] = "Idle or unusable"
    return found


def kept_share(codes: Collection[str], quality: Mapping[str, Decimal]) -> Decimal:
    """What of a value still counts that was ended by these (`ENDED_BY`), until another one is accepted."""
    return max(ZERO, ONE - sum((quality[name] for code, (name, _) in ENDED_BY.items() if code in codes), ZERO))
