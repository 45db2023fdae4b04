"""What a statement line is, as far as the codes of its format tell, and how far that is. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from loans.domain.statement_codes import (
    BY_CODE,
    GVC_PLAIN,
    ISO_CODES,
    ISO_PLAIN,
    MCC_VAGUE,
    OFX_PLAIN,
    SAYS_NOTHING,
    SWIFT_PLAIN,
    WORDS,
)

WORD = "="
"""Before one of our own words, so that it is no code of a format: OFX calls a transfer OTHER, too."""
_CODED_BY_NAME = re.compile(r"[A-Z]{4}")
_OF_THREE = re.compile(r"[A-Z]{4}[-/+ ][A-Z]{4}[-/+ ]([A-Z]{4})")
_PLAIN = {"OFX": OFX_PLAIN, "MT940": SWIFT_PLAIN | ISO_PLAIN}
_ONLY_OUT = ("GAMBLING",)
_ONLY_IN = ("SALARY", "PENSION", "INCOME")


def telling_code(*codes: str) -> str:
    """Of the codes that a bank gave for one booking, from the narrowest to the widest, the first that names a kind; else the first that
    says anything. A salary that came as a credit transfer is a salary.
    """
    given = [code for code in codes if code.upper() not in SAYS_NOTHING]
    return next((code for code in given if is_telling(code)), given[0] if given else "")


def is_telling(code: str) -> bool:
    """Whether a code names a kind. The category of a merchant does: if no other, that it was paid by card."""
    return code.upper() in BY_CODE or code.startswith("MCC")


def merchant_code(text: str) -> str:
    """The category code of a merchant as a code of its scheme, "MCC5411"; empty where it is none."""
    digits = text.strip()
    return f"MCC{digits}" if re.fullmatch(r"[0-9]{4}", digits) and digits != "0000" else ""


def gvc_code(text: str) -> str:
    """A German transaction code as a code of its scheme: between others as CAMT carries it ("NTRF+166+00931"), or by itself ("166"), which
    the caller knows to be one; every country counts its own.
    """
    found = re.fullmatch(r"(?:[A-Z0-9]{4}\+)?([0-9]{3})(?:\+.*)?", text.strip())
    return f"GVC{found[1]}" if found else ""


def typed_code(text: str) -> str:
    """What a cell of a CSV says: one of our own words, an ISO 20022 code (purpose or sub-family, or domain, family and sub-family), or
    nothing. Raises ValueError on anything else.
    """
    said = text.strip().upper()
    if said in SAYS_NOTHING:
        return ""
    if (word := said.replace(" ", "_").replace("-", "_")) in WORDS:
        return f"{WORD}{word}"
    code = found[1] if (found := _OF_THREE.fullmatch(said)) else said
    if code in SAYS_NOTHING:
        return ""
    if code not in ISO_CODES | ISO_PLAIN:
        raise ValueError(
            f"{text.strip()[:30]!r} is no code that is known. Write a word such as SALARY, LOAN or CASH_OUT, an ISO 20022 code such as SALA, "
            "or nothing."
        )
    return code


def coding_of(form: str, kind: str) -> str:
    """How far a format tells by this code what a booking is: FULL among all kinds, for which CAMT.053, our own CSV and the category of a
    merchant have codes; PART among the few that SWIFT, its German codes and OFX know, gambling and payments to lenders not among them; NONE
    where it tells no more than in from out.
    """
    code = kind.upper()
    if code in SAYS_NOTHING:
        return "NONE"
    if code.startswith("MCC"):
        return "PART" if code in MCC_VAGUE else "FULL"
    if code.startswith("GVC"):
        return "PART" if code in BY_CODE or code in GVC_PLAIN else "NONE"
    if form == "CSV":
        return "FULL"
    if form == "CAMT.053":
        return "FULL" if _CODED_BY_NAME.fullmatch(code) else "NONE"
    return "PART" if code in BY_CODE or code in _PLAIN.get(form, ()) else "NONE"


def category_of(kind: str, amount: Decimal) -> str:
    """The category of a line; without a telling code a transfer received or sent. Interest paid is penalty interest, and what was won is no
    money gambled away.
    """
    code = kind.upper()
    category = code.removeprefix(WORD) if code.startswith(WORD) else BY_CODE.get(code, "")
    if not category and code.startswith("MCC"):
        category = "CARD"
    if category == "INTEREST" and amount < 0:
        return "PENALTY"
    if category == "PENALTY" and amount > 0:
        return "INTEREST"
    if (category in _ONLY_IN and amount < 0) or (category in _ONLY_OUT and amount > 0) or category.startswith("TRANSFER"):
        category = ""
    if category in ("CASH_OUT", "CASH_IN"):
        category = "CASH_IN" if amount > 0 else "CASH_OUT"
    return category or ("TRANSFER_IN" if amount >= 0 else "TRANSFER_OUT")


def tells_more(coding: str, than: str) -> bool:
    """Whether a line that is told so far is told further than another."""
    order = ("NONE", "PART", "FULL")
    return order.index(coding) > order.index(than)
