"""Risk appetite as a version of settings: shares of what is paid out and granted that a product, branch or industry may reach, the ratios,
the stress under which a borrower still has to carry the loan, and how far above the prices of a product anybody may lend. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from core.industries import SECTIONS, read_industry, section_of, title_of
from risk.domain.affordability import STANDARD, Stress
from risk.domain.appetite import Appetite, share
from risk.domain.authority import as_text

HIGHEST_RISE = Decimal("0.20")
HIGHEST_MARGIN = Decimal("0.50")
STANDARD_MARGIN = Decimal("0.05")
"""How far above the highest price of a product anybody may lend until the bank sets another:
room to price one file, none for a slip of the pen.
"""
DIMENSIONS = {"product": "Product", "branch": "Branch", "industry": "Industry"}
UNKNOWN = "-"
"""The industry of companies of which none is known: together they are held to the limit of one."""
Book = Mapping[str, Mapping[str, Decimal]]
"""Amounts by dimension and key: codes of products and branches, sections of industries."""


class UnfitAppetite(ValueError):
    """The settings cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class ConcentrationLimit:
    """The largest share of what is outstanding and granted for a `key` of a dimension; an empty key is for each that has no limit of its
    own."""

    dimension: str
    key: str
    most: Decimal


@dataclass(frozen=True, slots=True)
class AppetiteSettings:
    """A version. Concentrations bind once the book, paid out and granted, reaches `from_book`, in the bank's currency: shares of a small
    one say little.
    `rate_margin` is how far above the highest price of a product a decision may go, a fraction per year."""

    ratios: Appetite
    from_book: Decimal
    concentrations: tuple[ConcentrationLimit, ...]
    stress: Stress = STANDARD
    rate_margin: Decimal = STANDARD_MARGIN

    def limit_for(self, dimension: str, key: str) -> Decimal | None:
        """The share that holds for a key; None where nothing is limited. A version from before industries had codes names them in words:
        the lowest of those that read as a section holds for it.
        """
        named = {limit.key: limit.most for limit in self.concentrations if limit.dimension == dimension}
        if dimension == "industry" and key not in named:
            worded = [most for words, most in named.items() if (code := read_industry(words)) and section_of(code) == key]
            return min(worded, default=named.get(""))
        return named.get(key, named.get(""))


DEFAULTS = AppetiteSettings(
    ratios=Appetite(),
    from_book=Decimal(25_000_000),
    concentrations=(
        ConcentrationLimit("product", "", Decimal("0.60")),
        ConcentrationLimit("branch", "", Decimal("0.50")),
        ConcentrationLimit("industry", "", Decimal("0.15")),
    ),
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that a decision would pass: shares of the book after it, as fractions. Of `after` the part `paid` is outstanding and
    `granted` was granted before and is not paid out; the rest is what is decided.
    """

    dimension: str
    key: str
    after: Decimal
    most: Decimal
    paid: Decimal
    granted: Decimal

    @property
    def name(self) -> str:
        """What is limited, in words."""
        return key_name(self.dimension, self.key)

    @property
    def decided(self) -> Decimal:
        return self.after - self.paid - self.granted


def breaches_of(
    settings: AppetiteSettings, *, paid: Book, granted: Book, total: Decimal, keys: Mapping[str, str], amount: Decimal
) -> list[Breach]:
    """The limits that `amount` more would pass, for the keys of a file by dimension; `total` is all that is paid out and granted. A person
    without an industry has none of that name.
    """
    whole = total + amount
    if whole < settings.from_book:
        return []
    found = []
    for dimension, key in keys.items():
        most = settings.limit_for(dimension, key)
        held, coming = (one.get(dimension, {}).get(key, Decimal(0)) for one in (paid, granted))
        after = share(held + coming + amount, whole)
        if key and most is not None and after is not None and after > most:
            found.append(Breach(dimension, key, after, most, share(held, whole) or Decimal(0), share(coming, whole) or Decimal(0)))
    return found


def industry_key(code: str, *, is_company: bool) -> str:
    """Under which industry somebody's loans are counted: the section; a person without an industry under none."""
    return section_of(code) if code else UNKNOWN if is_company else ""


def key_name(dimension: str, key: str) -> str:
    """A key in words: the title of a section, with its letter; every other, and what was kept before industries had codes, as it is."""
    if dimension != "industry":
        return key
    return "not known" if key == UNKNOWN else f"{title_of(key)} ({key})" if key in SECTIONS else key


def as_document(settings: AppetiteSettings) -> dict[str, Any]:
    """The settings as JSON, amounts and shares as text."""
    return {
        "npl": as_text(settings.ratios.npl),
        "past_due_30": as_text(settings.ratios.past_due_30),
        "from_book": as_text(settings.from_book),
        "concentrations": [
            {"dimension": limit.dimension, "key": limit.key, "most": as_text(limit.most)} for limit in settings.concentrations
        ],
        "stress": {"rate": as_text(settings.stress.rate), "income": as_text(settings.stress.income)},
        "rate_margin": as_text(settings.rate_margin),
    }


def from_document(document: Mapping[str, Any]) -> AppetiteSettings:
    """Settings from JSON; a version that was made before there was a stress or a highest rate has that of the code.

    Raises UnfitAppetite: an unknown form or dimension, a share that is none, two limits of one thing, a stress or margin out of range.
    """
    try:
        ratios = Appetite(Decimal(str(document["npl"])), Decimal(str(document["past_due_30"])))
        from_book = Decimal(str(document["from_book"]))
        limits = tuple(
            ConcentrationLimit(str(row["dimension"]), str(row["key"]), Decimal(str(row["most"]))) for row in document["concentrations"]
        )
        stress = Stress(**{name: Decimal(str(value)) for name, value in document.get("stress", {}).items()})
        margin = Decimal(str(document.get("rate_margin", STANDARD_MARGIN)))
    except (KeyError, TypeError, ValueError, InvalidOperation) as fault:
        raise UnfitAppetite(f"The settings are not of the known form: {fault}.") from fault
    for name, value in (("non-performing", ratios.npl), ("30 days past due", ratios.past_due_30)):
        if not 0 < value < 1:
            raise UnfitAppetite(f"The share that is {name} lies between 0 and 100%.")
    if not from_book.is_finite() or from_book < 0:
        raise UnfitAppetite("Write the size of the book from which the limits bind.")
    if not (stress.rate.is_finite() and 0 <= stress.rate <= HIGHEST_RISE):
        raise UnfitAppetite(f"The rise of the rate under stress lies between 0 and {HIGHEST_RISE * 100:.0f} percentage points.")
    if not (stress.income.is_finite() and 0 <= stress.income < 1):
        raise UnfitAppetite("The fall of income under stress lies between 0 and 100%.")
    if not (margin.is_finite() and 0 <= margin <= HIGHEST_MARGIN):
        raise UnfitAppetite(f"Nobody lends more than 0 to {HIGHEST_MARGIN * 100:.0f} percentage points above the prices of a product.")
    seen = set()
    for limit in limits:
        if limit.dimension not in DIMENSIONS:
            raise UnfitAppetite(f"{limit.dimension} is nothing that concentrations are counted by.")
        if not 0 < limit.most <= 1:
            raise UnfitAppetite(f"The share of {limit.key or 'each ' + limit.dimension} lies between 0 and 100%.")
        if (limit.dimension, limit.key) in seen:
            raise UnfitAppetite(f"{limit.key or 'Each ' + limit.dimension} has two limits.")
        seen.add((limit.dimension, limit.key))
    return AppetiteSettings(ratios, from_book, limits, stress, margin)
