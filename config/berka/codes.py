"""The codes of transactions and orders, in Czech as published and in English as translated, as categories of statement lines."""

from __future__ import annotations

from loans.models.accounts import LineCategory

_CREDIT = {"PRIJEM", "credit"}
_DEBIT = {"VYDAJ", "VYBER", "withdrawal", "withdrawal in cash"}

# What a booking was for; `' '` and `''` tell nothing, and then the operation says how it was made.
_PURPOSE = {
    "UROK": LineCategory.INTEREST,
    "SANKC. UROK": LineCategory.PENALTY_INTEREST,
    "SLUZBY": LineCategory.FEE,
    "SIPO": LineCategory.HOUSEHOLD,
    "DUCHOD": LineCategory.PENSION,
    "POJISTNE": LineCategory.INSURANCE,
    "UVER": LineCategory.LOAN,
    "LEASING": LineCategory.LEASING,
    "interest credited": LineCategory.INTEREST,
    "sanction interest if negative balance": LineCategory.PENALTY_INTEREST,
    "payment for statement": LineCategory.FEE,
    "household": LineCategory.HOUSEHOLD,
    "old-age pension": LineCategory.PENSION,
    "insurrance payment": LineCategory.INSURANCE,  # as the translation spells it
    "insurance payment": LineCategory.INSURANCE,
    "loan payment": LineCategory.LOAN,
    "leasing": LineCategory.LEASING,
}
_OPERATION = {
    "VKLAD": LineCategory.CASH_IN,
    "PREVOD Z UCTU": LineCategory.TRANSFER_IN,
    "VYBER": LineCategory.CASH_OUT,
    "VYBER KARTOU": LineCategory.CARD,
    "PREVOD NA UCET": LineCategory.TRANSFER_OUT,
    "credit in cash": LineCategory.CASH_IN,
    "collection from another bank": LineCategory.TRANSFER_IN,
    "withdrawal in cash": LineCategory.CASH_OUT,
    "credit card withdrawal": LineCategory.CARD,
    "remittance to another bank": LineCategory.TRANSFER_OUT,
}


def is_credit(kind: str) -> bool | None:
    """Whether a type of transaction brings money in; None for a type that is not known."""
    return True if kind in _CREDIT else False if kind in _DEBIT else None


def category_of(operation: str, purpose: str) -> str:
    """The category by what a booking was for, else by how it was made."""
    found = _PURPOSE.get(purpose.strip()) or _OPERATION.get(operation.strip()) or LineCategory.OTHER
    return found.value
