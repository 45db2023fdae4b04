"""Industries by their code: sections and divisions of NACE Rev. 2.1, whose sections are those of ISIC Rev. 5.

A code is the letter of a section and the two digits of a division ("F43"), or the letter alone where no division is known. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher

from core.industry_words import OTHER_WORDS

SECTIONS: Mapping[str, str] = {
    "A": "Agriculture, forestry and fishing",
    "B": "Mining and quarrying",
    "C": "Manufacturing",
    "D": "Electricity, gas, steam and air conditioning",
    "E": "Water supply, sewerage and waste",
    "F": "Construction",
    "G": "Wholesale and retail trade",
    "H": "Transport and storage",
    "I": "Accommodation and food service",
    "J": "Publishing, broadcasting and content",
    "K": "Telecommunication, programming and information services",
    "L": "Finance and insurance",
    "M": "Real estate",
    "N": "Professional, scientific and technical services",
    "O": "Administrative and support services",
    "P": "Public administration and defence",
    "Q": "Education",
    "R": "Human health and social work",
    "S": "Arts, sports and recreation",
    "T": "Other services",
    "U": "Households as employers or producers for themselves",
    "V": "Extraterritorial organisations",
}
DIVISIONS: Mapping[str, str] = {
    "A01": "Crop and animal production, hunting",
    "A02": "Forestry and logging",
    "A03": "Fishing and aquaculture",
    "B05": "Mining of coal and lignite",
    "B06": "Extraction of crude petroleum and natural gas",
    "B07": "Mining of metal ores",
    "B08": "Other mining and quarrying",
    "B09": "Mining support services",
    "C10": "Manufacture of food products",
    "C11": "Manufacture of beverages",
    "C12": "Manufacture of tobacco products",
    "C13": "Manufacture of textiles",
    "C14": "Manufacture of wearing apparel",
    "C15": "Manufacture of leather and related products",
    "C16": "Manufacture of wood and of products of wood, except furniture",
    "C17": "Manufacture of paper and paper products",
    "C18": "Printing and reproduction of recorded media",
    "C19": "Manufacture of coke and refined petroleum products",
    "C20": "Manufacture of chemicals and chemical products",
    "C21": "Manufacture of pharmaceutical products",
    "C22": "Manufacture of rubber and plastic products",
    "C23": "Manufacture of glass, ceramics, cement and other mineral products",
    "C24": "Manufacture of basic metals",
    "C25": "Manufacture of fabricated metal products",
    "C26": "Manufacture of computers, electronic and optical products",
    "C27": "Manufacture of electrical equipment",
    "C28": "Manufacture of machinery",
    "C29": "Manufacture of motor vehicles and trailers",
    "C30": "Manufacture of other transport equipment",
    "C31": "Manufacture of furniture",
    "C32": "Other manufacturing",
    "C33": "Repair and installation of machinery and equipment",
    "D35": "Electricity, gas, steam and air conditioning supply",
    "E36": "Water collection, treatment and supply",
    "E37": "Sewerage",
    "E38": "Waste collection, recovery and disposal",
    "E39": "Remediation and other waste management",
    "F41": "Construction of buildings",
    "F42": "Civil engineering",
    "F43": "Specialised construction",
    "G46": "Wholesale trade",
    "G47": "Retail trade",
    "H49": "Land transport and transport by pipelines",
    "H50": "Water transport",
    "H51": "Air transport",
    "H52": "Warehousing, storage and support for transport",
    "H53": "Postal and courier services",
    "I55": "Accommodation",
    "I56": "Food and beverage service",
    "J58": "Publishing",
    "J59": "Film, video, television and music production",
    "J60": "Programming, broadcasting and news agencies",
    "K61": "Telecommunication",
    "K62": "Computer programming and consultancy",
    "K63": "Computing infrastructure, data processing and information services",
    "L64": "Financial services, except insurance and pension funding",
    "L65": "Insurance, reinsurance and pension funding",
    "L66": "Services auxiliary to finance and insurance",
    "M68": "Real estate activities",
    "N69": "Legal and accounting services",
    "N70": "Head offices and management consultancy",
    "N71": "Architecture, engineering, technical testing",
    "N72": "Scientific research and development",
    "N73": "Advertising, market research and public relations",
    "N74": "Other professional, scientific and technical services",
    "N75": "Veterinary services",
    "O77": "Rental and leasing",
    "O78": "Employment agencies",
    "O79": "Travel agencies and tour operators",
    "O80": "Investigation and security",
    "O81": "Services to buildings and landscape",
    "O82": "Office and other business support",
    "P84": "Public administration and social security",
    "Q85": "Education and training",
    "R86": "Human health",
    "R87": "Residential care",
    "R88": "Social work without accommodation",
    "S90": "Arts creation and performing arts",
    "S91": "Libraries, archives, museums",
    "S92": "Gambling and betting",
    "S93": "Sports, amusement and recreation",
    "T94": "Membership organisations",
    "T95": "Repair of computers, goods of households, motor vehicles",
    "T96": "Personal services",
    "U97": "Households as employers",
    "U98": "Households as producers for themselves",
    "V99": "Extraterritorial organisations and bodies",
}
INDUSTRIES: Mapping[str, str] = {**SECTIONS, **DIVISIONS}
MOST_WRITTEN = 60
_BY_DIGITS = {code[1:]: code for code in DIVISIONS}
_CODE = re.compile(r"([A-Z]?)[ .\-]?(?:(\d{2})(?:\.?\d{1,2})?)?")
LIKE = 0.6
"""From which likeness on a title is worth naming to who wrote something else."""


def section_of(code: str) -> str:
    """The letter of a code's section; what is no code, as it was kept before there were any, as it is."""
    return code[0] if code in INDUSTRIES else code


def title_of(code: str) -> str:
    """An industry in words; what is no code as it is."""
    return INDUSTRIES.get(code, code)


def in_words(code: str) -> str:
    """An industry in words with its code; what is no code as it is."""
    return f"{title_of(code)} ({code})" if code in INDUSTRIES else code


def read_industry(written: str) -> str | None:
    """The code of what somebody wrote: a section or division, a group or class of one ("F43.2", "4321"), or its title or common word.
    None where it does not read.
    """
    return _coded(written) or _BY_WORDS.get(_plain(written))


def is_of_unknown_edition(written: str) -> bool:
    """Whether what was written before there were codes is a bare letter that NACE Rev. 2 and Rev. 2.1 give to different industries."""
    return re.fullmatch("[G-V]", written.strip().upper()) is not None


def nearest_industry(written: str) -> str:
    """The code that somebody may have meant: that of the digits, else that whose title or common word is most like what they wrote; empty
    where none is like it.
    """
    plain = _plain(written)
    if digits := re.search(r"\d{2}", plain):
        return min(DIVISIONS, key=lambda code: (abs(int(code[1:]) - int(digits.group())), code))
    likeness, words = max((SequenceMatcher(None, plain, words).ratio(), words) for words in _BY_WORDS)
    return _BY_WORDS[words] if likeness >= LIKE else ""


def not_listed(written: str) -> str:
    """The refusal of what does not read, in a sentence for people."""
    near = nearest_industry(written)
    found = (
        f"The nearest is {near}, {title_of(near)}." if near else f"Give a code of NACE Rev. 2.1, such as F43 for {title_of('F43').lower()}."
    )
    return f"“{written}” is no industry of the list. {found}"


def _coded(written: str) -> str | None:
    found = _CODE.fullmatch(written.strip().upper())
    if found is None:
        return None
    letter, digits = found.group(1), found.group(2)
    code = _BY_DIGITS.get(digits, "") if digits else letter
    return code if code in INDUSTRIES and code.startswith(letter) else None


def _plain(words: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", words.casefold().replace("&", " and ")).split())


_BY_WORDS = {**{_plain(title): code for code, title in INDUSTRIES.items()}, **OTHER_WORDS}
