"""What a statement line is, as far as the codes of its format tell: ISO 20022 families and purposes, SWIFT types, OFX types."""

from __future__ import annotations

from decimal import Decimal

_KINDS = {
    "SALARY": ("SALA", "PAYR", "BONU", "DIRECTDEP"),
    "PENSION": ("PENS", "PENO"),
    "CARD": ("POSD", "CCRD", "DCRD", "CARD", "POS"),
    "CASH_OUT": ("CWDL", "ATM", "CASH"),
    "CASH_IN": ("CDPT", "DEP"),
    "LOAN": ("LOAN", "LOAR", "PPAY"),
    "LEASING": ("LEAS",),
    "INSURANCE": ("INSU", "INPC", "HLTI", "LIFI"),
    "SUPPLIER": ("SUPP", "TRAD"),
    "SECURITIES": ("SECU", "SEC", "DIV"),
    "RETURNED": ("RRTN", "UPDD", "RTI", "RET"),
    "FEE": ("CHRG", "COMM", "FEES", "CHG", "FEE", "SRVCHG"),
    "INTEREST": ("INTR", "INT"),
    "GAMBLING": ("GAMB", "GAMI"),
}
_BY_CODE = {code: category for category, codes in _KINDS.items() for code in codes}


def category_of(kind: str, amount: Decimal) -> str:
    """The category of a line; without a telling code a transfer received or sent. Interest paid is penalty interest."""
    category = _BY_CODE.get(kind.upper(), "")
    if category == "INTEREST" and amount < 0:
        return "PENALTY"
    if category in ("SALARY", "PENSION") and amount < 0:
        category = ""
    if category == "CASH_OUT" and amount > 0:
        category = "CASH_IN"
    return category or ("TRANSFER_IN" if amount >= 0 else "TRANSFER_OUT")
