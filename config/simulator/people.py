"""Invented borrowers: names put together from syllables and word lists of our own, identifiers with valid check digits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from stdnum import iban

FIRST = [
    "Adela",
    "Anouk",
    "Arvid",
    "Benno",
    "Birte",
    "Carla",
    "Casimir",
    "Dagny",
    "Darian",
    "Edda",
    "Elian",
    "Emrik",
    "Fenna",
    "Florin",
    "Gesa",
    "Gunnar",
    "Hedda",
    "Henrike",
    "Ilja",
    "Imke",
    "Jarno",
    "Jolanda",
    "Kaja",
    "Kaspar",
    "Lenja",
    "Levin",
    "Liv",
    "Maike",
    "Marek",
    "Merle",
    "Milan",
    "Nele",
    "Niklas",
    "Oda",
    "Olin",
    "Pella",
    "Quentin",
    "Rike",
    "Ronja",
    "Runa",
    "Silke",
    "Sören",
    "Stine",
    "Svante",
    "Tadea",
    "Thore",
    "Tilda",
    "Ulla",
    "Veit",
    "Vesna",
    "Wanda",
    "Wenzel",
    "Xenia",
    "Yara",
    "Yoris",
    "Zita",
]
LAST = [
    "Ahlmark",
    "Bergthal",
    "Brinkum",
    "Carstow",
    "Dallwig",
    "Deichsel",
    "Eckhorst",
    "Elmsloh",
    "Fahrenwold",
    "Feddern",
    "Gellersen",
    "Gravelund",
    "Hasselbrook",
    "Heidkamp",
    "Holmstede",
    "Ibenhain",
    "Jarchow",
    "Kaltenmoor",
    "Kellenrode",
    "Krumbeek",
    "Lenzing",
    "Lindenau",
    "Lohmoor",
    "Marwede",
    "Mohrkamp",
    "Nordhusen",
    "Oldenrade",
    "Ostermoor",
    "Pahlhude",
    "Quarnbek",
    "Rantzow",
    "Reitbrook",
    "Sandkrug",
    "Schönhagen",
    "Seefeldt",
    "Stellmoor",
    "Talkau",
    "Teufelmoor",
    "Uhlenhorst",
    "Vahrendorf",
    "Viehland",
    "Wardenburg",
    "Westensee",
    "Wittmoor",
    "Wulfsen",
    "Zarpen",
    "Zollenspieker",
]
TRADES = {
    "Carpentry": "F43",
    "Bakery": "C10",
    "Metalworks": "C25",
    "Logistics": "H49",
    "Gardens": "O81",
    "Print": "C18",
    "Foods": "C10",
    "Dental Lab": "C32",
    "Software": "K62",
    "Textiles": "C13",
    "Brewery": "C11",
    "Electrics": "F43",
}
"""What a company does, and the code of its industry."""
FORMS = ("GmbH", "KG", "OHG")
STREETS = ("Hafenweg", "Lindenallee", "Am Deich", "Mühlenstieg", "Kirchkamp", "Bahnhofsplatz", "Tulpenweg", "Alte Reihe", "Fährstraße")
CITIES = ("Nordersund", "Lindenhafen", "Bad Ahlen", "Westerkoog")
POSTCODES = dict(zip(CITIES, ("25998", "24998", "23998", "26998"), strict=True))


@dataclass(frozen=True)
class Invented:
    """One invented borrower. `quality` from 0 to 1 drives figures and payment behaviour alike; amounts per month."""

    kind: str
    name: str
    birth_date: date | None
    identifier: str
    phone: str
    city: str
    line1: str
    iban: str
    quality: float
    income: Decimal
    obligations: Decimal
    debt: Decimal
    employment_months: int
    worst_dpd: int
    enquiries: int
    turnover: Decimal
    ebitda: Decimal
    equity_ratio: Decimal
    years: int
    employer: str
    industry: str


def make_iban(random: Random) -> str:
    """A German account number of an invented bank, with valid check digits."""
    body = f"999{random.randrange(10**5):05d}{random.randrange(10**10):010d}"
    return "DE" + iban.calc_check_digits(f"DE00{body}") + body


def round_to(value: float, step: int) -> Decimal:
    """A figure as people state it: to the next `step`."""
    return Decimal(int(value // step) * step)


def invent(number: int, random: Random, on: date, *, company: bool) -> Invented:
    """Borrower `number`, the same for the same seed."""
    quality = random.betavariate(5, 2)
    last = LAST[number % len(LAST)]
    first = FIRST[(number * 7 + number // len(LAST)) % len(FIRST)]
    income = 1500 + quality * 2600 + random.random() * 900
    turnover = 180_000 + random.random() * 2_200_000
    margin = 0.04 + quality * 0.14
    born = on - timedelta(days=int(365.25 * (22 + random.random() * 40)))
    troubled = random.random() > quality + 0.15
    trade = random.choice(list(TRADES)) if company else ""
    return Invented(
        kind="company" if company else "person",
        name=f"{last} {trade} {random.choice(FORMS)}" if company else f"{first} {last}",
        birth_date=None if company else born,
        identifier=f"HRB {10000 + number}" if company else f"L{number:04d}{random.randrange(10**5):05d}",
        phone=f"+49 {random.choice(('40', '421', '461', '4721'))} {random.randrange(100000, 999999)}",
        city=CITIES[number % len(CITIES)],
        line1=f"{random.choice(STREETS)} {random.randrange(1, 140)}",
        iban=make_iban(random),
        quality=quality,
        income=round_to(income, 10),
        # Nobody states a debt of nothing.
        obligations=max(Decimal(5), round_to(income * random.random() * (0.3 - 0.2 * quality), 5)),
        debt=max(Decimal(100), round_to(income * random.random() * 8, 100)),
        employment_months=int(4 + quality * 60 + random.random() * 50),
        worst_dpd=random.choice((10, 35, 60)) if troubled else 0,
        enquiries=int(random.random() * (6 - 4 * quality)),
        turnover=round_to(turnover, 1000),
        ebitda=round_to(turnover * margin, 1000),
        equity_ratio=Decimal(int((0.08 + quality * 0.3) * 1000)) / 1000,
        years=int(1 + quality * 12 + random.random() * 6),
        employer=f"{LAST[number * 5 % len(LAST)]} {list(TRADES)[number % len(TRADES)]} GmbH",
        industry=TRADES[trade] if company else "",
    )
