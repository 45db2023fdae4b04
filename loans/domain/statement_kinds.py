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
# Codes by which a bank says that it does not say.
_SAYS_NOTHING = ("", "NTAV", "OTHR")
# What OFX calls money moved, whatever for; that of credits and debits in general it says of everything else.
_MOVED = ("XFER", "CHECK", "PAYMENT", "DIRECTDEBIT", "REPEATPMT")


def telling_code(*codes: str) -> str:
    """Of the codes that a bank gave for one booking, from the narrowest to the widest, the first that names a kind; else the first given.
    A salary that came as a credit transfer is a salary.
    """
    given = [code for code in codes if code]
    return next((code for code in given if code.upper() in _BY_CODE), given[0] if given else "")


def coding_of(form: str, kind: str) -> str:
    """How far a format tells by this code what a booking is: FULL among all kinds, for which none but CAMT.053 has codes; PART among the
    few that SWIFT and OFX know, gambling and payments to lenders not among them; NONE where it tells no more than in from out.
    """
    code = kind.upper()
    if form == "CAMT.053":
        return "NONE" if code in _SAYS_NOTHING else "FULL"
    return "PART" if code in _BY_CODE or (form == "OFX" and code in _MOVED) else "NONE"


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
