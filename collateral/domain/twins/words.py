"""From what is written of an asset to words that can be compared, whatever the script, the spelling and the abbreviations.

`prepare(AssetText(title_number="Grundbuch Altona, Blatt 0471", …)).identifier` → "ALT0NA471": words that name a registry dropped, zeros
before numbers dropped, letters that are taken for digits (O, Q, I, S, B, Z) written as those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.distance import OSA

_RUNS = re.compile(r"[a-z]+|[0-9]+")
_CHUNKS = re.compile(r"[a-z0-9]+")
_WORD_AND_NUMBER = re.compile(r"([a-z]{4,})([0-9]+)")
_TAKEN_FOR_DIGITS = str.maketrans("oqisbz", "001582")


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words of registers, of streets, of legal forms and of speech that tell no two assets apart.
_REGISTRY = _set_of(
    "grundbuch gb blatt bl flur flurstuck flurstueck flst fl amtsgericht ag von nr no num number sn ser serial vin fin fgst fgnr chassis"
    " frame parcel lot title deed folio volume vol registration reg plate kennzeichen fahrgestellnummer seriennummer isin wkn account iban"
)
LONG = 5
# Long enough that one letter wrong still leaves the word, and no name of a place.
_LONG_REGISTRY = tuple(word for word in sorted(_REGISTRY) if len(word) >= LONG)
_STREET = _set_of(
    "strasse str street st road rd avenue ave av lane ln drive dr boulevard blvd square sq weg allee platz pl gasse ulitsa ulica ul rue via"
    " calle house haus building bldg apartment apt flat unit no nr number dom kv suite ste floor og eg the"
)
_FORMS = _set_of("gmbh ag kg ohg ug ev co ltd limited inc llc plc sa sarl srl spa bv nv ooo oao zao company corp mr mrs ms herr frau dr")
_SPEECH = _set_of(
    "the a an of with and for in at on mit und der die das von fur im am used gebraucht new neu baujahr bj year yr built model modell typ type"
    " approx ca about make nr no ser serial sn"
)
_SHORT_FOR = {
    "vw": "volkswagen", "mb": "mercedes", "benz": "mercedes", "cat": "caterpillar", "bldg": "building", "whse": "warehouse",
    "excav": "excavator", "mach": "machine", "mc": "machine", "trk": "truck", "lkw": "truck", "pkw": "car", "apt": "apartment",
    "hse": "house", "ind": "industrial", "indl": "industrial", "comm": "commercial", "res": "residential", "hydr": "hydraulic",
    "hyd": "hydraulic", "elec": "electric", "el": "electric", "autom": "automatic", "auto": "automatic", "gen": "generator",
    "sqm": "m", "qm": "m", "axis": "axes", "whl": "wheel", "ldr": "loader", "prod": "production", "mfg": "manufacturing",
    "intl": "international", "nth": "north", "sth": "south", "fam": "family", "wohng": "wohnung", "whg": "wohnung", "gew": "gewerbe",
}  # fmt: skip
_SOUNDS = {
    "sch": "s", "tch": "c", "sh": "s", "ch": "c", "ts": "c", "tz": "c", "cz": "c", "zh": "z", "kh": "h", "ph": "f", "th": "t", "ck": "k",
    "qu": "kv", "ae": "a", "oe": "o", "ue": "u", "ou": "u", "ie": "i", "ya": "a", "ja": "a", "ia": "a", "yu": "u", "ju": "u", "iu": "u",
    "y": "i", "j": "i", "w": "v", "x": "ks", "c": "k",
}  # fmt: skip
_SOUND = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
_DOUBLED = re.compile(r"(.)\1+")
_STREET_END = re.compile(r"(?<=[a-z]{2})(?:strasse|str)$")
# An identifier is told by its end when it is longer than this.
LONGEST = 20


@dataclass(frozen=True)
class AssetText:
    """What is written of an asset; empty where nothing is. `numbers`:
    further identifiers as "vin:WVW…", compared with those of their kind.
    """

    kind: str
    description: str = ""
    title_number: str = ""
    address_line: str = ""
    city: str = ""
    owner_name: str = ""
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """The same as comparable words: `identifier` run together, `groups` its parts in any order, the rest as words by their sound; `numbers`
    are (kind, identifier)."""

    kind: str
    identifier: str
    groups: tuple[str, ...]
    description: tuple[str, ...]
    street: tuple[str, ...]
    house: str
    city: tuple[str, ...]
    owner: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...] = ()


def prepare(text: AssetText) -> Prepared:
    """What is written of an asset, ready to be compared."""
    groups = _identifier(text.title_number)
    street, house = _address(text.address_line)
    return Prepared(
        kind=text.kind,
        identifier="".join(groups)[-LONGEST:].upper(),
        groups=tuple(sorted(groups)),
        description=_words(text.description, _SPEECH),
        street=street,
        house=house,
        city=_words(text.city, frozenset()),
        owner=owner_words(text.owner_name),
        numbers=tuple((kind, run_together(number)) for kind, _, number in (written.partition(":") for written in text.numbers)),
    )


def owner_words(name: str) -> tuple[str, ...]:
    """A name as words by their sound, without legal forms and titles."""
    return _words(name, _FORMS)


def run_together(number: str) -> str:
    """An identifier without the words that name a registry, its parts run together."""
    return "".join(_identifier(number))[-LONGEST:].upper()


@lru_cache(maxsize=4096)
def sound(word: str) -> str:
    """How a word of small Latin letters sounds, the same over spellings and transliterations: "schulze" and "shultse" are "sulce"."""
    return _DOUBLED.sub(r"\1", _SOUND.sub(lambda found: _SOUNDS[found.group()], word))


def _plain(text: str) -> str:
    """Small letters a to z and digits, the rest as it comes."""
    lowered = text.casefold()
    return lowered if lowered.isascii() else anyascii(lowered).casefold()


def _words(text: str, without: frozenset[str]) -> tuple[str, ...]:
    found = []
    for run in _RUNS.findall(_plain(text)):
        if run in without:
            continue
        if run.isdigit():
            found.append(run)
        elif len(run) > 1:
            found.append(sound(_SHORT_FOR.get(run, run)))
    return tuple(found)


@lru_cache(maxsize=4096)
def _names_registry(word: str) -> bool:
    """Whether a word names a registry, of the longer ones also with one letter wrong, missing, added or swapped."""
    if word in _REGISTRY:
        return True
    near = {len(word) - 1, len(word), len(word) + 1}
    return word.isalpha() and any(len(known) in near and OSA.distance(word, known, score_cutoff=1) == 1 for known in _LONG_REGISTRY)


def _parts(chunk: str) -> list[str]:
    """A word of a registry and what was written onto it apart, everything else as it is."""
    written = _WORD_AND_NUMBER.fullmatch(chunk)
    if written and _names_registry(written[1]):
        return [written[1], written[2]]
    before = next((word for word in _LONG_REGISTRY if len(word) > LONG and chunk.startswith(word)), "")
    return [part for part in (before, chunk.removeprefix(before)) if part]


def _identifier(text: str) -> list[str]:
    chunks = [part for chunk in _CHUNKS.findall(_plain(text)) for part in _parts(chunk)]
    found = []
    for before, chunk in zip(["", *chunks], chunks, strict=False):
        if len(chunks) > 1 and _names_registry(chunk):
            continue
        if not chunk.isdigit():
            found.append(chunk.translate(_TAKEN_FOR_DIGITS))
        elif not before or _names_registry(before) or (before.isalpha() and len(before) > 3):
            # A number of its own, not a piece of one that was written in groups.
            found.append(chunk.lstrip("0") or "0")
        else:
            found.append(chunk)
    return found


def _address(text: str) -> tuple[tuple[str, ...], str]:
    """(words of the street by sound, house number)"""
    street, house = [], ""
    for run in _RUNS.findall(_plain(text)):
        if run.isdigit():
            house = house or run.lstrip("0")
        elif (stem := _STREET_END.sub("", run)) not in _STREET and len(stem) > 1:
            street.append(sound(stem))
    return tuple(street), house


def name_key(name: str) -> str:
    """The same text for the same person or company, in whatever order, case and spelling the name is written."""
    return " ".join(sorted(owner_words(name))) or name
