"""Which facts of an asset let more of its value count, and whether what is recorded now counts for more than what held before. Pure.

What one person types counts at once where it is less. Where it is more, what held before goes on counting beside it until a second person
looked: the lower of the two is what counts on every day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from collateral.domain.counting import Counted, count_deposit, count_quality, qualities_of
from collateral.domain.curves import shares_left
from collateral.domain.red_flags import Finding

# By class, the facts that decide how much counts.
COUNTING: dict[str, tuple[str, ...]] = {
    "REAL_ESTATE": ("use", "occupancy"),
    "LAND": ("access",),
    "MACHINERY": ("condition",),
    "VEHICLE": ("condition",),
    "DEPOSIT": ("maturity_date", "balance"),
}
WAITS = "What was recorded last counts once a second person has cleared it."
Facts = Mapping[str, Any]
# What counts is kept as JSON: days and amounts as text. Empty of a deposit: nothing was on file, or another account.
Held = dict[str, str | None]


def counting_facts(kind: str, facts: Facts) -> Held:
    """Of facts of a class those that decide how much counts, as they are kept; empty where nothing is on file."""
    return {name: None if facts[name] is None else str(facts[name]) for name in COUNTING[kind]} if facts else {}


def opened(kind: str, held: Held) -> dict[str, Any]:
    """The same as the rules read them."""
    if kind != "DEPOSIT" or not held:
        return dict(held)
    return {"maturity_date": _day(held["maturity_date"]), "balance": Decimal(held["balance"] or 0)}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def raises(kind: str, before: Held, after: Held) -> bool:
    """Whether more of a value may count, today or on a later day, by what is recorded now than by what held before."""
    if kind != "DEPOSIT":
        return bool(before) and not qualities_of(kind, before).keys() <= qualities_of(kind, after).keys()
    if not before:
        return True
    then, now = opened(kind, before), opened(kind, after)
    longer = then["maturity_date"] is not None and (now["maturity_date"] is None or now["maturity_date"] > then["maturity_date"])
    return longer or now["balance"] > then["balance"]


def count_by(
    kind: str, facts: Facts, *, on: date, quality: Mapping[str, Decimal], market_value: Decimal | None, found: bool = False
) -> Counted:
    """What counts by such facts of a class. `found`: the value in force counts for less already because the asset was found idle."""
    if kind == "DEPOSIT":
        if not facts:
            return Counted(Decimal(0), ("Nothing is on file of the account.",))
        return count_deposit(maturity_date=facts["maturity_date"], on=on, balance=facts["balance"], market_value=market_value)
    qualities = qualities_of(kind, facts) if facts else {}
    if found:
        qualities.pop("IDLE", None)
    return count_quality(qualities, quality)


def find_raised(kind: str, before: Held, after: Held) -> Finding:
    """That facts on file count for more than anybody but their recorder has seen."""
    words = ", ".join(name.replace("_", " ") for name in COUNTING[kind] if before.get(name) != after.get(name))
    evidence = {
        f"{name}_{when}": str(held.get(name) or "none") for name in COUNTING[kind] for when, held in (("before", before), ("now", after))
    }
    text = f"Facts were recorded that let more of the value count ({words}). They count once this is cleared."
    return Finding(
        "facts_raised",
        text,
        {name: value for name, value in evidence.items() if before.get(name[: name.rfind("_")]) != after.get(name[: name.rfind("_")])},
    )


@dataclass(frozen=True)
class Equipment:
    """What a machine or vehicle is depreciated by; the price when new in the asset's currency."""

    curve: str
    bought: date
    new_price: Decimal

    @classmethod
    def read(cls, held: Mapping[str, str]) -> Equipment:
        """As it is kept."""
        return cls(held["curve"], date.fromisoformat(held["bought_date"]), Decimal(held["new_price"]))


def is_slower(curves: Mapping[str, Sequence[Decimal]], before: Equipment, now: Equipment, today: date) -> bool:
    """Whether a value of today falls more slowly by what is recorded now, in any half-year of the next twenty,
    or is worth more by it today.
    """

    def kept(one: Equipment, day: date) -> Decimal:
        then, later = shares_left(curves, one.curve, one.bought, then=today, now=day)
        return later / then if then else Decimal(0)

    days = [today + timedelta(days=183 * number) for number in range(1, 41)]
    worth = [one.new_price * shares_left(curves, one.curve, one.bought, then=today, now=today)[1] for one in (before, now)]
    return worth[1] > worth[0] or any(kept(now, day) > kept(before, day) for day in days)


def find_other_index(before: Mapping[str, str], now: Mapping[str, str]) -> Finding:
    """That an asset stands in another place than before, whose prices move otherwise."""
    words = [f"{one['country']} {one['region']}".strip() for one in (before, now)]
    text = f"Its value followed the index of {words[0]}; by what was recorded it follows that of {words[1]}. The lower counts until this is cleared."
    return Finding("index_changed", text, {"place_before": words[0], "place_now": words[1]})


def find_dearer_home(changed: Mapping[str, tuple[str | None, str | None]]) -> Finding:
    """That a home would fetch more by what is recorded of it now than by what anybody but its recorder has seen; `changed` by fact."""
    names = ", ".join(name.replace("_", " ") for name in changed)
    text = f"By what was recorded of the home it would fetch more ({names}). Values are held against what was on file before until this is cleared."
    evidence = {
        f"{name}_{when}": value or "none" for name, pair in changed.items() for when, value in zip(("before", "now"), pair, strict=True)
    }
    return Finding("home_raised", text, evidence)


def find_slower(curve: str, counted_curve: str) -> Finding:
    """That a machine loses less by what is recorded of it now than by what anybody but its recorder has seen."""
    text = "By its price when new and how it ages, as recorded now, its value falls more slowly. That counts once this is cleared."
    if not counted_curve:
        text = "Its price when new and how it ages were recorded by one person alone. They count once another has cleared this."
    return Finding("equipment_changed", text, {"curve": curve, "counted_curve": counted_curve or "none"})
