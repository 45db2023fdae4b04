"""The codes by which statements say what a booking is, each with its kind: ISO 20022, SWIFT, OFX, the German transaction codes of MT940
(GVC, annex 3 of the DFÜ agreement) and the category codes of merchants (MCC, ISO 18245). Pure tables.

A code of a scheme that counts in numbers is written with the scheme before it: "GVC153", "MCC7995".
"""

from __future__ import annotations

WORDS = (
    "SALARY", "PENSION", "INCOME", "CASH_IN", "CASH_OUT", "CARD", "HOUSEHOLD", "INSURANCE", "LOAN", "LEASING", "SUPPLIER", "TRANSFER_IN",
    "TRANSFER_OUT", "INTEREST", "PENALTY", "FEE", "RETURNED", "GAMBLING", "SECURITIES", "OTHER",
)  # fmt: skip
"""Our own words, as a CSV may give them."""

_ISO = {
    "SALARY": ("SALA", "PAYR", "BONU"),
    "PENSION": ("PENS", "PENO"),
    "CARD": ("POSD", "CCRD", "DCRD"),
    "CASH_OUT": ("CWDL", "XBCW"),
    "CASH_IN": ("CDPT",),
    "LOAN": ("LOAN", "LOAR", "PPAY", "HLRP", "CLPR"),
    "LEASING": ("LEAS",),
    "INSURANCE": ("INSU", "INPC", "HLTI", "LIFI"),
    "SUPPLIER": ("SUPP", "TRAD"),
    "SECURITIES": ("SECU",),
    "RETURNED": ("RRTN", "UPDD", "UPCT", "UPCQ"),
    "FEE": ("CHRG", "COMM", "FEES"),
    "INTEREST": ("INTR",),
    "GAMBLING": ("GAMB", "GAMI"),
}
_SWIFT_AND_OFX = {
    "SALARY": ("DIRECTDEP",),
    "CARD": ("CARD", "POS"),
    "CASH_OUT": ("ATM", "CASH"),
    "CASH_IN": ("DEP",),
    "SECURITIES": ("SEC", "DIV", "CPN", "SLE", "PCH", "RED"),
    "RETURNED": ("RTI", "RET"),
    "FEE": ("CHG", "COM", "BRF", "FEE", "SRVCHG"),
    "INTEREST": ("INT",),
}
# Of each pair the one that came before SEPA first. One code stands for wages and pensions alike.
_GVC = {
    "SALARY": ("053", "153", "157"),
    "CARD": ("006", "106", "107", "190"),
    "CASH_OUT": ("083",),
    "CASH_IN": ("082",),
    "LOAN": ("601", "602", "603", "604", "605", "606", "607"),
    "SECURITIES": ("301", "302", "303", "304", "305", "306", "307", "308", "309", "310", "311", "330", "340"),
    "RETURNED": ("009", "059", "108", "109", "110", "111", "159", "160", "181", "182", "183", "184"),
    "FEE": ("320", "321", "801", "802", "803", "804", "806", "807", "808", "809", "810", "811"),
    "INTEREST": ("812", "814", "815"),
}
_MCC = {
    "GAMBLING": ("7800", "7801", "7802", "7995", "9406"),
    "CASH_OUT": ("6010", "6011"),
    "INSURANCE": ("5960", "6300"),
    "SECURITIES": ("6211",),
}
BY_CODE = {
    prefix + code: kind
    for prefix, table in (("", _ISO), ("", _SWIFT_AND_OFX), ("GVC", _GVC), ("MCC", _MCC))
    for kind, codes in table.items()
    for code in codes
}
"""The kind that each code names."""

ISO_CODES = frozenset(code for codes in _ISO.values() for code in codes)
ISO_PLAIN = frozenset(
    (
        "ESCT", "DMCT", "XBCT", "ICCT", "AUTT", "SDVA", "VCOM", "BOOK", "STDO", "XBST", "ACON", "ACDT", "ADBT", "ESDD", "BBDD", "PMDD",
        "XBDD", "OODD", "FIDD", "PADD", "CCHQ", "BCHQ", "CRCQ", "TAXS", "RENT", "GDDS", "SCVE", "GOVT",
    )
)  # fmt: skip
"""What ISO 20022 says of bookings that are none of the kinds that are asked for."""
OFX_PLAIN = frozenset(("XFER", "CHECK", "PAYMENT", "DIRECTDEBIT", "REPEATPMT"))
"""What OFX calls money moved, whatever for; that of credits and debits in general it says of everything else."""
SWIFT_PLAIN = frozenset(("DDT", "STO", "CHK"))
"""What SWIFT calls money moved in a way of its own; of transfers (TRF) banks say it of everything."""
GVC_PLAIN = frozenset(
    f"GVC{code}"
    for code in (
        "001", "002", "004", "005", "008", "020", "051", "052", "054", "056", "101", "102", "104", "105", "112", "116", "117", "118", "119",
        "152", "154", "155", "156", "161", "162", "163", "164", "165", "166", "167", "168", "169", "170", "171", "174", "177", "201", "202",
        "206", "209", "210", "211", "212", "213",
    )
)  # fmt: skip
"""One payment that is none of the other kinds. Of a batch (079, 191, 194 …) nobody knows what is in it."""
MCC_VAGUE = frozenset(f"MCC{code}" for code in ("4829", "6012", "6050", "6051", "6540", "7993", "7994", "7999"))
"""Merchants behind whom a bet, a lender or own money may stand as well."""
SAYS_NOTHING = frozenset(("", "NTAV", "OTHR"))
"""Codes by which a bank says that it does not say."""
