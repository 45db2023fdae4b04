"""The settings of values: how long one holds, by class and size, what a machine keeps of its price, and what a lender takes off. Pure.

Defaults follow CRR 208(3): commercial property at least yearly, homes every three years, an independent valuer every three years from
three million on; what a value by index adds is that a smaller home may go six years without a new appraiser, commercial property three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from collateral.domain.calendar import COMMERCIAL, Rule
from collateral.domain.haircuts import AGEING, DEBTOR_LIMIT, HAIRCUTS, QUALITY


@dataclass(frozen=True)
class Settings:
    """A version of the settings. `decline`: a fall of the market that asks for an appraiser. `curves`: by name, the share of the price when
    new that is left after each full year, from year 0; the last holds for good. `haircuts`: by class, the share of a market value that does
    not count for lending; `extra_haircuts`: by method of a valuation, what comes off besides; `quality`, `ageing` and `debtor_limit`: what
    of a single asset counts by its facts (`counting`). A margin call is made from a shortfall of
    `least_call` on, a share of what is owed, and leaves `cure_days`. An appraiser has `order_days` for a value. From `two_from` on, or from
    `own_funds_share` of the bank's `own_funds` (0: not known), two value blind. A value that ran out counts in a margin call for
    `grace_days`; the end of insurance is told of `notice_days` ahead; a value rests on `least_comparables` where there are any, and on an
    area that differs by no more than `area_tolerance` from what is on file. A lien on the `registry_kinds` is sent to a registry before it
    stands; that it is silent is told of after `registry_days`. Amounts in the currency of the bank; `two_from_in` says by other currencies
    from where two value blind, and in one that it does not name they always do. Costs of a sale above `costs_share` of its price need a
    remark. `rest_days`: by the country of a paper the days of the week, Monday 0, on which its market does not trade; elsewhere Saturday
    and Sunday.
    """

    rules: tuple[Rule, ...]
    decline: Decimal
    curves: Mapping[str, tuple[Decimal, ...]]
    haircuts: Mapping[str, Decimal]
    extra_haircuts: Mapping[str, Decimal]
    cure_days: int
    least_call: Decimal
    quality: Mapping[str, Decimal]
    ageing: Mapping[int, Decimal]
    debtor_limit: Decimal
    order_days: int
    two_from: Decimal
    own_funds: Decimal
    own_funds_share: Decimal
    grace_days: int
    notice_days: int
    least_comparables: int
    area_tolerance: Decimal
    price_move: Decimal
    costs_share: Decimal
    registry_days: int
    registry_kinds: tuple[str, ...]
    two_from_in: Mapping[str, Decimal]
    rest_days: Mapping[str, tuple[int, ...]]

    @property
    def blind_from(self) -> Decimal:
        """The least value that two appraisers give without knowing of each other."""
        return min(self.two_from, self.own_funds * self.own_funds_share) if self.own_funds else self.two_from

    def blind_from_in(self, currency: str, own: str) -> Decimal | None:
        """The same in a currency, where `own` is the bank's; None where nothing is set for it, and two value whatever it is worth."""
        return self.blind_from if currency == own else self.two_from_in.get(currency)

    def bound_of(self, rule: Rule, currency: str, own: str) -> Decimal:
        """From which size on a rule holds in a currency, where `own` is the bank's: what is large by own funds is large by every rule,
        and in another currency what two value blind is, everything where nothing is set for it.
        """
        if not rule.from_value:
            return rule.from_value
        if currency != own:
            return self.two_from_in.get(currency, Decimal(0))
        return min(rule.from_value, self.own_funds * self.own_funds_share) if self.own_funds else rule.from_value

    def lending_value(self, kind: str, market_value: Decimal, method: str = "", counted: Decimal = Decimal(1)) -> Decimal:
        """Market value × share that counts × (1 − haircut of the class − extra for the method), in the asset's currency, cut off at four
        places."""
        return lent_on(market_value, counted, self.haircut_of(kind, method))

    def is_silent(self, days: int | None) -> bool:
        """Whether a registry that has had a lien for so many days, None for not at all, is told of."""
        return days is not None and days >= self.registry_days

    def haircut_of(self, kind: str, method: str = "") -> Decimal:
        """What comes off a value, as a share of it: the haircut of the class and the extra one for the method."""
        return self.haircuts[kind] + self.extra_haircuts.get(method, Decimal(0))


def lent_on(value: Decimal, counted: Decimal, haircut: Decimal) -> Decimal:
    """What may be lent on the share of a value that counts, cut off at four places."""
    return (value * counted * (1 - haircut)).quantize(Decimal("0.0001"), ROUND_DOWN)


def _shares(*percents: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(percent) / 100 for percent in percents)


DEFAULTS = Settings(
    rules=(
        Rule("REAL_ESTATE", Decimal(0), 1095, 365, 2190),
        Rule("REAL_ESTATE", Decimal(3_000_000), 1095, 365, 1095),
        Rule(COMMERCIAL, Decimal(0), 365, 365, 1095),
        Rule("LAND", Decimal(0), 1095, 365, 1095),
        Rule("MACHINERY", Decimal(0), 365, 365, 1095),
        Rule("VEHICLE", Decimal(0), 365, 365, 1095),
        Rule("RECEIVABLES", Decimal(0), 90, 0, 90),
        Rule("DEPOSIT", Decimal(0), 365, 0, 365),
        Rule("SECURITIES", Decimal(0), 30, 1, 3650),
    ),
    decline=Decimal("0.10"),
    # Usual shape of tables for resale: a car loses a quarter in its first year and a fifth of the rest each year after; machines live
    # longer.
    curves={
        "car": _shares(100, 76, 61, 50, 41, 33, 27, 22, 18, 14, 10),
        "truck": _shares(100, 80, 66, 55, 46, 38, 31, 25, 20, 16, 12),
        "machine": _shares(100, 82, 70, 60, 52, 45, 39, 34, 29, 25, 21, 18, 15, 12, 10),
        "office_machine": _shares(100, 60, 38, 24, 14, 8, 5),
    },
    haircuts=HAIRCUTS,
    # A value by index knows the market and not the house: a little more comes off.
    extra_haircuts={"INDEX": Decimal("0.05")},
    cure_days=30,
    least_call=Decimal("0.02"),
    quality=QUALITY,
    ageing=AGEING,
    debtor_limit=DEBTOR_LIMIT,
    order_days=14,
    # CRR 208(3): three million or 5% of own funds.
    two_from=Decimal(3_000_000),
    own_funds=Decimal(0),
    own_funds_share=Decimal("0.05"),
    # A value that ran out is the bank's own task, and no shield: a quarter of a year is long enough for an appraiser who is reminded and
    # another who takes over.
    grace_days=90,
    # A renewal takes a borrower some weeks.
    notice_days=30,
    least_comparables=2,
    # What measuring by another norm explains.
    area_tolerance=Decimal("0.10"),
    # Few listed papers move so far in a day; a slip of a digit does.
    price_move=Decimal("0.15"),
    # Courts and auctioneers take less; more than a tenth of a price is asked about.
    costs_share=Decimal("0.10"),
    # A land register takes some weeks; one that says nothing for longer has lost the request, or waits for something.
    registry_days=21,
    registry_kinds=("REAL_ESTATE", "LAND", "VEHICLE", "DEPOSIT", "SECURITIES"),
    # What a million of another currency is worth, nothing here knows; which markets rest on other days, the bank does.
    two_from_in={},
    rest_days={},
)
# What stands in a document as one figure each: whole days and amounts or shares.
WHOLE = ("cure_days", "order_days", "grace_days", "notice_days", "least_comparables", "registry_days")
FIGURES = ("decline", "least_call", "two_from", "own_funds", "own_funds_share", "area_tolerance", "price_move", "costs_share")


class UnfitSettings(ValueError):
    """The settings cannot be used; the text says why."""


def rule_for(settings: Settings, kind: str, size: Decimal, currency: str = "", own: str = "") -> Rule:
    """The rule of the class with the highest lower bound that a size reaches: the larger of what something is worth and of what is owed on
    it, in a `currency`, where `own` is the bank's; without them in the bank's.
    """
    fitting = [rule for rule in settings.rules if rule.kind == kind and settings.bound_of(rule, currency, own) <= size]
    return max(fitting, key=lambda rule: rule.from_value)


def valid_until(settings: Settings, kind: str, size: Decimal, valued_date: date, currency: str = "", own: str = "") -> date:
    """The first day on which a value handed in for this day no longer counts; sizes as `rule_for` takes them."""
    return valued_date + timedelta(days=rule_for(settings, kind, size, currency, own).valid_days)


def computed_until(rule: Rule, base_date: date, today: date) -> date | None:
    """The first day on which a value computed today from an appraised one no longer counts; None when only an appraiser may say it now."""
    latest = base_date + timedelta(days=rule.appraise_days)
    return min(today + timedelta(days=rule.valid_days), latest) if today < latest else None


def as_document(settings: Settings) -> dict[str, Any]:
    """The settings as JSON, amounts and shares as text."""
    return {
        "rules": [{**asdict(rule), "from_value": str(rule.from_value)} for rule in settings.rules],
        "curves": {name: [str(share) for share in curve] for name, curve in settings.curves.items()},
        "haircuts": {kind: str(share) for kind, share in settings.haircuts.items()},
        "extra_haircuts": {method: str(share) for method, share in settings.extra_haircuts.items()},
        "quality": {name: str(share) for name, share in settings.quality.items()},
        "ageing": {str(first): str(share) for first, share in settings.ageing.items()},
        "debtor_limit": str(settings.debtor_limit),
        "registry_kinds": list(settings.registry_kinds),
        "two_from_in": {currency: str(amount) for currency, amount in settings.two_from_in.items()},
        "rest_days": {country: list(days) for country, days in settings.rest_days.items()},
        **{name: getattr(settings, name) for name in WHOLE},
        **{name: str(getattr(settings, name)) for name in FIGURES},
    }


def from_document(document: Mapping[str, Any]) -> Settings:
    """Settings from JSON. Haircuts, days and thresholds that it does not name are the defaults, and so is the rhythm of commercial
    property, which older versions do not know.

    Raises UnfitSettings: a class without a rule from zero, days that do not fit, a curve that rises, a haircut that is none.
    """
    try:
        rules = tuple(
            Rule(
                str(row["kind"]),
                Decimal(str(row["from_value"])),
                int(row["valid_days"]),
                int(row["computed_days"]),
                int(row["appraise_days"]),
            )
            for row in document["rules"]
        )
        if rules and not any(rule.kind == COMMERCIAL for rule in rules):
            rules += tuple(rule for rule in DEFAULTS.rules if rule.kind == COMMERCIAL)
        whole = {name: int(document.get(name, getattr(DEFAULTS, name))) for name in WHOLE}
        figures = {name: Decimal(str(document.get(name, getattr(DEFAULTS, name)))) for name in FIGURES} | {
            "decline": Decimal(str(document["decline"]))
        }
        curves = {str(name): tuple(Decimal(str(share)) for share in curve) for name, curve in document["curves"].items()}
        haircuts = {**DEFAULTS.haircuts, **{str(kind): Decimal(str(share)) for kind, share in document.get("haircuts", {}).items()}}
        named = document.get("extra_haircuts", DEFAULTS.extra_haircuts)
        extra = {str(method): Decimal(str(share)) for method, share in named.items()}
        quality = {**QUALITY, **{str(name): Decimal(str(share)) for name, share in document.get("quality", {}).items()}}
        ageing = {int(first): Decimal(str(share)) for first, share in document.get("ageing", AGEING).items()}
        debtor_limit = Decimal(str(document.get("debtor_limit", DEBTOR_LIMIT)))
        registry_kinds = tuple(str(kind) for kind in document.get("registry_kinds", DEFAULTS.registry_kinds))
        two_from_in = {str(currency): Decimal(str(amount)) for currency, amount in document.get("two_from_in", {}).items()}
        rest_days = {str(country): tuple(sorted({int(day) for day in days})) for country, days in document.get("rest_days", {}).items()}
    except (KeyError, TypeError, ValueError, InvalidOperation, AttributeError) as fault:
        raise UnfitSettings(f"The settings are not of the known form: {fault}.") from fault
    for kind in sorted({rule.kind for rule in DEFAULTS.rules}):
        if not any(rule.kind == kind and rule.from_value == 0 for rule in rules):
            raise UnfitSettings(f"{_words(kind)} has no rule from zero on.")
    for rule in rules:
        if not 0 < rule.valid_days <= rule.appraise_days <= 3650 or not 0 <= rule.computed_days <= rule.valid_days:
            raise UnfitSettings(
                f"{_words(rule.kind)} from {rule.from_value:,f}: a value holds at most until an appraiser has to look again."
            )
    if any(not figure.is_finite() for figure in figures.values()):
        raise UnfitSettings("Amounts and shares are numbers.")
    if not Decimal("0.01") <= figures["decline"] <= Decimal("0.5"):
        raise UnfitSettings("The fall that asks for an appraiser lies between 1% and 50%.")
    for name, curve in curves.items():
        if len(curve) < 2 or curve[0] != 1 or any(not 0 <= later <= earlier for earlier, later in pairwise(curve)):
            raise UnfitSettings(f"The curve {name} has to begin at 1 and never rise.")
    if set(haircuts) != set(DEFAULTS.haircuts) or any(not 0 <= share < 1 for share in (*haircuts.values(), *extra.values())):
        raise UnfitSettings("A haircut is a share of a known class's value, below all of it.")
    if max(haircuts.values()) + max(extra.values(), default=Decimal(0)) >= 1:
        raise UnfitSettings("The haircut of a class and what comes off besides have to leave something.")
    if not 1 <= whole["cure_days"] <= 180 or not 0 <= figures["least_call"] <= Decimal("0.2"):
        raise UnfitSettings("A margin call leaves 1 to 180 days and is made from at most 20% of what is owed on.")
    if set(quality) != set(QUALITY) or any(not 0 <= share < 1 for share in quality.values()):
        raise UnfitSettings("What comes off for quality is a share of the value, below all of it.")
    bands = [ageing[first] for first in sorted(ageing)]
    if not bands or min(ageing) < 1 or any(not 0 <= later <= earlier <= 1 for earlier, later in pairwise([Decimal(1), *bands])):
        raise UnfitSettings("The longer a receivable is overdue, the less of it counts.")
    if not Decimal("0.01") <= debtor_limit <= 1:
        raise UnfitSettings("One debtor's receivables count for 1% to all of them.")
    if not 1 <= whole["order_days"] <= 120:
        raise UnfitSettings("An appraiser has 1 to 120 days for a value.")
    if not 10_000 <= figures["two_from"] < Decimal("1e12") or not 0 <= figures["own_funds"] < Decimal("1e15"):
        raise UnfitSettings("Two value blind from at least 10,000 on; own funds are an amount, or zero where they are not known.")
    if not Decimal("0.001") <= figures["own_funds_share"] <= Decimal("0.25"):
        raise UnfitSettings("The share of own funds from which two value lies between 0.1% and 25%.")
    if not 0 <= whole["grace_days"] <= 365 or not 1 <= whole["notice_days"] <= 180:
        raise UnfitSettings(
            "A value that ran out counts in calls for at most 365 days; of insurance that ends is told 1 to 180 days ahead."
        )
    if not 1 <= whole["least_comparables"] <= 10:
        raise UnfitSettings("A value rests on 1 to 10 comparables at least.")
    if not Decimal("0.01") <= figures["area_tolerance"] <= Decimal("0.5"):
        raise UnfitSettings("Areas of one home differ by 1% to 50% before somebody looks at it.")
    if not Decimal("0.01") <= figures["price_move"] <= Decimal("0.5"):
        raise UnfitSettings("The move of a price that a second person looks at lies between 1% and 50%.")
    if not 0 <= figures["costs_share"] <= Decimal("0.5"):
        raise UnfitSettings("The share of a price from which the costs of a sale need a remark lies between 0% and 50%.")
    if not 1 <= whole["registry_days"] <= 365 or not set(registry_kinds) <= set(DEFAULTS.haircuts):
        raise UnfitSettings("A registry has 1 to 365 days before its silence is told of, and is asked about known classes.")
    if any(not (amount.is_finite() and 10_000 <= amount < Decimal("1e15")) for amount in two_from_in.values()):
        raise UnfitSettings("Two value blind from at least 10,000 on, in every currency.")
    if any(len(country) != 2 or not country.isalpha() or not country.isupper() for country in rest_days):
        raise UnfitSettings("Markets rest by country, written with two capital letters as in the ISIN, such as SA.")
    if any(not days or len(days) == 7 or not set(days) <= set(range(7)) for days in rest_days.values()):
        raise UnfitSettings("A market rests on one to six days of the week.")
    single: dict[str, Any] = {**figures, **whole, "debtor_limit": debtor_limit, "registry_kinds": registry_kinds}
    single |= {"two_from_in": two_from_in, "rest_days": rest_days}
    return Settings(rules=rules, curves=curves, haircuts=haircuts, extra_haircuts=extra, quality=quality, ageing=ageing, **single)


def _words(kind: str) -> str:
    """A class as people read it."""
    return kind.replace("_", " ").capitalize()
