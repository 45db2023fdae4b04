"""What the authority over a decision is read from, kept with it so that the same is read again in ten years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from risk.domain.authority import ANY_GRADE, COMMITTEE, TWO_APPROVERS, Authority, AuthorityRow, required_authority
from risk.domain.limits import DIMENSIONS, AppetiteSettings, Book, Breach, breaches_of

AGAINST = AuthorityRow(TWO_APPROVERS, "Two people, against the recommendation", None, ANY_GRADE)
BEYOND_APPETITE = AuthorityRow(COMMITTEE, "The credit committee, beyond the risk appetite", None, ANY_GRADE)


@dataclass(frozen=True, slots=True)
class Needed:
    """What the settings ask for: the level, its row in words, the role the second of two has to have (empty: any that decides), and the
    limits of appetite that would be passed.
    """

    level: int
    title: str
    role: str
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class AuthorityGround:
    """Amounts in the bank's currency. `exposure` is the connected group's after the decision, `available` the collateral's lending value,
    `roles` are those of who decides, `keys` where the loan is counted by dimension, `shares` the principal outstanding there and `book` the
    whole; `granted` and `granted_book` the same of what is granted beside it and not paid out. `against`: the system declines. `cut_off`:
    the group is too large to be counted."""

    exposure: Decimal
    amount: Decimal
    grade: str
    available: Decimal
    roles: frozenset[str]
    product: str
    against: bool
    cut_off: bool
    keys: Mapping[str, str]
    shares: Mapping[str, Decimal]
    book: Decimal
    # An older house counted what is paid out alone.
    granted: Mapping[str, Decimal] = field(default_factory=dict)
    granted_book: Decimal = Decimal(0)

    def needs(self, authority: Authority, appetite: AppetiteSettings) -> Needed:
        """An approval against the system takes two people whatever the amount,
        one beyond the appetite or over a group cut off the committee.
        """
        row = required_authority(
            self.exposure, self.grade, self.available >= self.exposure, authority.rows, roles=self.roles, product=self.product
        )
        level, title = row.level, row.title
        if self.against and level < TWO_APPROVERS:
            level, title = AGAINST.level, AGAINST.title
        # In the order of the dimensions, which a stored ground has lost.
        keys = {dimension: self.keys[dimension] for dimension in DIMENSIONS if dimension in self.keys}
        paid, granted = _placed(self.shares, keys), _placed(self.granted, keys)
        total = self.book + self.granted_book
        breaches = tuple(breaches_of(appetite, paid=paid, granted=granted, total=total, keys=keys, amount=self.amount))
        if breaches:
            level, title = BEYOND_APPETITE.level, BEYOND_APPETITE.title
        if self.cut_off:
            level, title = COMMITTEE, "The credit committee, the connected group is too large to be counted"
        role = row.role if level == TWO_APPROVERS and row.role not in self.roles else ""
        return Needed(level, title, role, breaches)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, amounts as text with the places they have: a share worked out of them has the same ones again."""
        return {
            "exposure": format(self.exposure, "f"),
            "amount": format(self.amount, "f"),
            "grade": self.grade,
            "available": format(self.available, "f"),
            "roles": sorted(self.roles),
            "product": self.product,
            "against": self.against,
            "cut_off": self.cut_off,
            "keys": dict(self.keys),
            "shares": _as_text(self.shares),
            "book": format(self.book, "f"),
            "granted": _as_text(self.granted),
            "granted_book": format(self.granted_book, "f"),
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """The ground of a stored decision."""
        return cls(
            exposure=Decimal(kept["exposure"]),
            amount=Decimal(kept["amount"]),
            grade=kept["grade"],
            available=Decimal(kept["available"]),
            roles=frozenset(kept["roles"]),
            product=kept["product"],
            against=kept["against"],
            cut_off=kept["cut_off"],
            keys=kept["keys"],
            shares=_from_text(kept["shares"]),
            book=Decimal(kept["book"]),
            granted=_from_text(kept.get("granted", {})),
            granted_book=Decimal(kept.get("granted_book", 0)),
        )


def _placed(amounts: Mapping[str, Decimal], keys: Mapping[str, str]) -> Book:
    return {dimension: {key: amounts.get(dimension, Decimal(0))} for dimension, key in keys.items()}


def _as_text(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {dimension: format(amount, "f") for dimension, amount in amounts.items()}


def _from_text(kept: Mapping[str, str]) -> dict[str, Decimal]:
    return {dimension: Decimal(amount) for dimension, amount in kept.items()}


def floor_of(kept: Mapping[str, Any]) -> AuthorityRow | None:
    """The least that carries the money of a decision whatever the matrix says of the exposure by then, read from the authority kept with
    it.

    What was beyond the appetite is the committee's and what the system declines takes two people as long as the loan stands on that
    decision.
    """
    if kept.get("beyond_appetite"):
        return BEYOND_APPETITE
    return AGAINST if kept.get("ground", {}).get("against") else None


def breaches_as_kept(breaches: tuple[Breach, ...]) -> list[dict[str, str]]:
    """Each limit of appetite that is passed, with the shares."""
    return [
        {"dimension": one.dimension, "key": one.key, "after": format(one.after, "f"), "most": format(one.most, "f")} for one in breaches
    ]
