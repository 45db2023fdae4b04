"""A made register and, by rule, the same assets as somebody else would write them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from collateral.domain.twins import AssetText
from core.uuids import uuid7

STARTS = ("Linden", "Haupt", "Bahnhof", "Kirch", "Schiller", "Goethe", "Birken", "Mühlen", "Garten", "Ring", "Schloss", "Tauben", "Hafen")
STEMS = ("hof", "berg", "feld", "bach", "tal", "wiesen", "brücken", "markt", "turm", "graben", "acker", "rain", "höhen", "ufer", "")
ENDS = ("straße", "weg", "allee", "platz", "gasse")
CITIES = ("Hamburg", "Köln", "Lübeck", "Kiel", "Rostock", "München", "Nürnberg", "Leipzig", "Graz", "Zürich", "Москва", "Brno", "Gdańsk")
GIVEN = ("Anna", "Jürgen", "Olga", "Peter", "Сергей", "Marie", "Lukas", "Katarzyna", "Thomas", "Ingrid", "Yusuf", "Élodie", "Miloš")
ROOTS = ("Schu", "Mül", "Ko", "Ne", "Wa", "Bro", "Hart", "Lei", "Stein", "Krä", "Pe", "Ro", "Fi", "Jan", "Zie")
TAILS = ("ster", "ler", "walski", "mann", "gner", "vák", "berger", "ner", "ov", "mer", "tersen", "senau", "scher", "dorf")
MAKERS = ("Caterpillar", "Liebherr", "Komatsu", "Volvo", "Trumpf", "Siemens", "Heidelberg", "Linde", "Claas", "Fendt", "DMG Mori")
MACHINES = (
    "Excavator",
    "Wheel loader",
    "Forklift",
    "Hydraulic press",
    "Lathe, five axes",
    "Printing machine",
    "Harvester",
    "Milling machine",
)
CARS = ("Volkswagen Golf", "Mercedes Actros", "BMW 320", "Ford Transit", "MAN truck", "Škoda Octavia", "Iveco Daily", "Renault Master")
COLOURS = ("white", "silver", "black", "blue", "red", "grey", "green")
HOMES = ("Detached house", "Apartment building", "Warehouse and office", "Shop with flat", "Industrial building", "Terraced house")
VIN = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
CYRILLIC = dict(zip("abvgdeziklmnoprstufh", "абвгдезиклмнопрстуфх", strict=True))
ABBREVIATIONS = {
    "straße": "str.", "Excavator": "Excav.", "Hydraulic": "Hydr.", "building": "bldg", "Volkswagen": "VW", "machine": "mach.",
    "Caterpillar": "CAT", "Mercedes": "MB", "Apartment": "Apt.", "Industrial": "Ind.", "Grundbuch": "GB", "Blatt": "Bl.", "Flurstück": "Flst.",
    "truck": "LKW", "GmbH": "", "axes": "axis",
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """One asset as somebody wrote it."""

    key: UUID
    text: AssetText


def write_assets(count: int, chance: random.Random) -> list[Written]:
    """That many assets of three classes, one in ten of a fleet: the same owner, place and description, and a number further."""
    written: list[Written] = []
    while len(written) < count:
        kind = chance.choice(("REAL_ESTATE", "MACHINERY", "VEHICLE"))
        text = AssetText(
            kind=kind,
            description=_description(kind, chance),
            title_number=_identifier(kind, chance),
            address_line=f"{chance.choice(STARTS)}{chance.choice(STEMS)}{chance.choice(ENDS)} {chance.randrange(1, 180)}",
            city=chance.choice(CITIES),
            owner_name=_owner(chance),
        )
        written.append(Written(uuid7(), text))
        if kind != "REAL_ESTATE" and chance.random() < 0.03:
            fleet = range(1, min(4, count - len(written) + 1))
            written += [Written(uuid7(), replace(text, title_number=_identifier(kind, chance))) for _ in fleet]
    return written


def _description(kind: str, chance: random.Random) -> str:
    if kind == "REAL_ESTATE":
        return f"{chance.choice(HOMES)}, {chance.randrange(60, 2_400)} m², built {chance.randrange(1890, 2024)}"
    if kind == "VEHICLE":
        return f"{chance.choice(CARS)}, {chance.choice(COLOURS)}, {chance.randrange(2008, 2026)}, {chance.randrange(5, 300)},000 km"
    return f"{chance.choice(MACHINES)} {chance.choice(MAKERS)} {chance.randrange(100, 999)}, year {chance.randrange(1995, 2026)}"


def _identifier(kind: str, chance: random.Random) -> str:
    if kind == "REAL_ESTATE":
        return f"Grundbuch {chance.choice(CITIES)}, Blatt {chance.randrange(100, 99_999)}, Flurstück {chance.randrange(1, 900)}/{chance.randrange(1, 99)}"
    if kind == "VEHICLE":
        maker = chance.choice(("WVWZZZ1KZ", "WDB963403", "WBA8E9101", "WF0AFFTTG", "TMBJJ7NE5"))
        return maker + chance.choice(VIN) + chance.choice("ABCDEF") + f"{chance.randrange(1_000_000):06d}"
    return f"SN {chance.choice(VIN)}{chance.choice(VIN)}-{chance.randrange(10_000, 999_999)}"


def _owner(chance: random.Random) -> str:
    surname = chance.choice(ROOTS) + chance.choice(TAILS)
    if chance.random() < 0.5:
        return f"{chance.choice(GIVEN)} {surname}"
    return f"{surname} {chance.choice(('Bau', 'Transport', 'Druck', 'Metall', 'Handel'))} {chance.choice(('GmbH', 'AG', 'KG'))}"


def perturb(asset: Written, rule: str, chance: random.Random) -> Written:
    """The same asset as somebody else would write it."""
    return Written(asset.key, (RULES | HARDER)[rule](asset.text, chance))


def _each(text: AssetText, change: Callable[[str], str]) -> AssetText:
    written = (text.description, text.title_number, text.address_line, text.city, text.owner_name)
    description, title_number, address_line, city, owner_name = map(change, written)
    return AssetText(text.kind, description, title_number, address_line, city, owner_name)


def _digit(part: str, chance: random.Random) -> str:
    """One wrong digit."""
    places = [at for at, character in enumerate(part) if character.isdigit()]
    if not places:
        return part
    at = chance.choice(places)
    return part[:at] + chance.choice([digit for digit in "0123456789" if digit != part[at]]) + part[at + 1 :]


def _typo(part: str, chance: random.Random) -> str:
    """One letter left out, doubled, or swapped with its neighbour."""
    if len(part) < 5:
        return part
    at = chance.randrange(1, len(part) - 2)
    return chance.choice(
        (part[:at] + part[at + 1 :], part[:at] + part[at] + part[at:], part[:at] + part[at + 1] + part[at] + part[at + 2 :])
    )


def _moved(part: str, chance: random.Random) -> str:
    """The words in another order."""
    words = part.replace(",", "").split()
    chance.shuffle(words)
    return " ".join(words)


def _short(part: str) -> str:
    for long, short in ABBREVIATIONS.items():
        part = part.replace(long, short)
    return part


def _script(part: str) -> str:
    """Words of Latin letters alone in Cyrillic ones, as far as each letter has one; umlauts written out."""
    part = part.replace("ü", "ue").replace("ö", "oe").replace("ä", "ae").replace("ß", "ss")
    return "".join(CYRILLIC.get(character, CYRILLIC.get(character.lower(), character)) for character in part)


def _spaced(part: str, chance: random.Random) -> str:
    """Other separators and another case."""
    part = part.replace(", ", " - ").replace("/", " / ").replace("-", ".")
    return part.upper() if chance.random() < 0.5 else part.lower()


def _everything(text: AssetText, chance: random.Random) -> AssetText:
    """A wrong digit in the number, abbreviations, other separators, moved words, a typo in the address, another owner."""
    return replace(
        text,
        title_number=_digit(_spaced(_short(text.title_number), chance), chance),
        description=_moved(_short(text.description), chance).lower(),
        address_line=_typo(_short(text.address_line), chance),
        owner_name=_owner(chance),
    )


Rule = Callable[[AssetText, random.Random], AssetText]
RULES: dict[str, Rule] = {
    "another case and other separators": lambda text, chance: _each(text, lambda part: _spaced(part, chance)),
    "moved words": lambda text, chance: replace(
        text, description=_moved(text.description, chance), owner_name=_moved(text.owner_name, chance)
    ),
    "abbreviations": lambda text, _: _each(text, _short),
    "one wrong digit in the number": lambda text, chance: replace(text, title_number=_digit(text.title_number, chance)),
    "one wrong digit everywhere": lambda text, chance: _each(text, lambda part: _digit(part, chance)),
    "a typo everywhere": lambda text, chance: _each(text, lambda part: _typo(part, chance)),
    "another script and umlauts written out": lambda text, _: replace(
        text, address_line=_script(text.address_line), city=_script(text.city), owner_name=_script(text.owner_name)
    ),
    "no number, moved and abbreviated": lambda text, chance: replace(
        _each(text, lambda part: _moved(_short(part), chance)), title_number="", address_line=_short(text.address_line)
    ),
    "no number, no address, moved words": lambda text, chance: replace(
        text, title_number="", address_line="", description=_moved(text.description, chance)
    ),
    "another owner, no address, one wrong digit": lambda text, chance: replace(
        text, owner_name=_owner(chance), address_line="", title_number=_digit(text.title_number, chance)
    ),
    "everything": _everything,
}
# Worse than one slip of the pen in each field: what the grades are chosen by, beside those above.
HARDER: dict[str, Rule] = {
    "two typos everywhere": lambda text, chance: _each(text, lambda part: _typo(_typo(part, chance), chance)),
    "a wrong digit and a typo everywhere": lambda text, chance: _each(text, lambda part: _digit(_typo(part, chance), chance)),
    "two wrong digits in the number, a typo everywhere, another owner": lambda text, chance: replace(
        _each(text, lambda part: _typo(part, chance)),
        title_number=_digit(_digit(text.title_number, chance), chance),
        owner_name=_owner(chance),
    ),
}


def fill_register(written: list[Written]) -> int:
    """Put the assets on the register with their keys. Returns how many keys."""
    from collateral.models import Asset
    from collateral.services.twins import index_assets
    from core.models import Branch

    branch, _ = Branch.objects.get_or_create(code="TW", defaults={"name": "Twins"})
    keys = 0
    for start in range(0, len(written), 2_000):
        batch = [
            Asset(
                id=one.key,
                reference=f"CO-T{start + place:06d}",
                branch=branch,
                kind=one.text.kind,
                description=one.text.description,
                title_number=one.text.title_number,
                address_line=one.text.address_line,
                city=one.text.city,
                owner_name=one.text.owner_name,
                stated_value=Decimal(100_000),
                currency="EUR",
                registered_date=date(2026, 1, 5),
            )
            for place, one in enumerate(written[start : start + 2_000])
        ]
        Asset.objects.bulk_create(batch)
        keys += index_assets(batch)
    return keys
