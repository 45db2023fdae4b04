"""Which methods an appraiser may value an asset of a class by. Pure.

What a method asks for as evidence goes by the method, so nobody chooses one that asks for less than the class bears: a market quotes
securities alone, and an index moves a value that somebody gave before, which no appraiser does.
"""

from __future__ import annotations

# Of each class the usual one first.
METHODS: dict[str, tuple[str, ...]] = {
    "REAL_ESTATE": ("COMPARISON", "INCOME", "COST"),
    "LAND": ("COMPARISON", "INCOME"),
    "MACHINERY": ("COMPARISON", "COST"),
    "VEHICLE": ("COMPARISON", "COST"),
    "RECEIVABLES": ("NOMINAL", "INCOME"),
    "DEPOSIT": ("NOMINAL",),
    "SECURITIES": ("MARKET_QUOTE",),
}
# Of these there are no others of their kind to compare with: the account, the market and the invoices say what they are worth.
WITHOUT_COMPARABLES = ("MARKET_QUOTE", "NOMINAL")


def needs_comparables(kind: str, method: str) -> bool:
    """Whether a value of a class by this method rests on others of its kind."""
    return method not in WITHOUT_COMPARABLES or method not in METHODS[kind]


def refused_method(kind: str, class_label: str, method_label: str, allowed: list[str]) -> str:
    """In words, why an asset of this class is not valued by a method. `allowed`: how the methods of `kind` are called."""
    words = " or ".join([", ".join(allowed[:-1]), allowed[-1]] if len(allowed) > 1 else allowed).lower()
    if not method_label:
        return f"Choose how it was valued: {words}."
    return f"{class_label} {'are' if kind in ('RECEIVABLES', 'SECURITIES') else 'is'} not valued by {method_label.lower()}. Choose {words}."
