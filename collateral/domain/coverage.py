"""What secures a debt, worked out from its parts: each pledge with its value, what may be lent on it and the claims beside it. Pure.

The parts are written down as plain text and read back, so that a coverage of the past is worked out again from what it stood on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from collateral.domain.allocation import Claim, allocate
from collateral.domain.revaluation import lent_on


@dataclass(frozen=True)
class Coverage:
    """What secures an application, in its currency. `ltv` and `coverage` are fractions, None without a value; `open_flags`: red flags that
    stand; `market_value` is of what counts by the facts of each asset; `by_works`: what of it counts by works alone, above what the cap of
    CRR 229(1)(e) would leave.
    """

    market_value: Decimal
    lending_value: Decimal
    available: Decimal
    exposure: Decimal
    ltv: Decimal | None
    coverage: Decimal | None
    shortfall: Decimal
    open_flags: int
    oldest_valued_date: date | None
    by_works: Decimal = Decimal(0)


@dataclass(frozen=True)
class PledgedValue:
    """One pledge. `value` is the market value that counts, None where none does; of it the share `counted` belongs to who pledged it, and
    `haircut` comes off. `others` are claims of other debts on the same asset. `works`: the kind of works on account of which it counts,
    where else `capped` would (CRR 229(1)(e)).
    """

    rank: int
    registered: Decimal
    prior: Decimal
    value: Decimal | None = None
    counted: Decimal = Decimal(1)
    haircut: Decimal = Decimal(0)
    valued_date: date | None = None
    others: tuple[Claim, ...] = ()
    works: str = ""
    capped: Decimal | None = None

    @property
    def lending_value(self) -> Decimal:
        """What may be lent on it, whoever else has a claim."""
        return Decimal(0) if self.value is None else lent_on(self.value, self.counted, self.haircut)


@dataclass(frozen=True)
class CoverageGround:
    """What a coverage is worked out from. Amounts in one currency."""

    exposure: Decimal
    pledges: tuple[PledgedValue, ...]
    open_flags: int
    # Of decisions of the past, loan to value was of all that things were worth, also of what counted nothing.
    by_whole_value: bool = False

    def coverage(self) -> Coverage:
        """LTV = (exposure + claims before and beside) / market value that counts; None where nothing does."""
        market = lending = available = prior = by_works = Decimal(0)
        for pledge in self.pledges:
            worth = pledge.lending_value
            counted = Decimal(1) if self.by_whole_value else pledge.counted
            if pledge.value is not None:
                market += lent_on(pledge.value, counted, Decimal(0))
                if pledge.capped is not None:
                    by_works += lent_on(max(Decimal(0), pledge.value - pledge.capped), counted, Decimal(0))
            own = Claim(None, pledge.rank, min(pledge.registered, self.exposure), pledge.prior, registered=pledge.registered)
            share = allocate(worth, [own, *pledge.others])[None]
            prior += share.before
            lending += worth
            available += share.available
        return Coverage(
            market_value=market,
            lending_value=lending,
            available=available,
            exposure=self.exposure,
            ltv=(self.exposure + prior) / market if market else None,
            coverage=available / self.exposure if self.exposure else None,
            shortfall=max(Decimal(0), self.exposure - available),
            open_flags=self.open_flags,
            oldest_valued_date=min((pledge.valued_date for pledge in self.pledges if pledge.valued_date), default=None),
            by_works=by_works,
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain text, without the names of anybody. What counts by works alone says so."""
        return {
            "exposure": _text(self.exposure),
            "open_flags": self.open_flags,
            "by_whole_value": self.by_whole_value,
            "pledges": [
                {
                    "rank": pledge.rank,
                    "registered": _text(pledge.registered),
                    "prior": _text(pledge.prior),
                    "value": None if pledge.value is None else _text(pledge.value),
                    "counted": _text(pledge.counted),
                    "haircut": _text(pledge.haircut),
                    "valued": pledge.valued_date.isoformat() if pledge.valued_date else None,
                    "others": [{"rank": one.rank, "amount": _text(one.amount), "prior": _text(one.prior)} for one in pledge.others],
                }
                | ({"works": pledge.works, "capped": _text(pledge.capped)} if pledge.capped is not None else {})
                for pledge in self.pledges
            ],
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """The ground as `to_dict` wrote it."""
        return cls(
            Decimal(kept["exposure"]),
            tuple(
                PledgedValue(
                    rank=row["rank"],
                    registered=Decimal(row["registered"]),
                    prior=Decimal(row["prior"]),
                    value=None if row["value"] is None else Decimal(row["value"]),
                    counted=Decimal(row["counted"]),
                    haircut=Decimal(row["haircut"]),
                    valued_date=date.fromisoformat(row["valued"]) if row["valued"] else None,
                    others=tuple(
                        Claim(number, one["rank"], Decimal(one["amount"]), Decimal(one["prior"]))
                        for number, one in enumerate(row["others"])
                    ),
                    works=row.get("works", ""),
                    capped=Decimal(row["capped"]) if "capped" in row else None,
                )
                for row in kept["pledges"]
            ),
            int(kept["open_flags"]),
            by_whole_value=kept.get("by_whole_value", True),
        )


def _text(amount: Decimal) -> str:
    return format(amount, "f")
