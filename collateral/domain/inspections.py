"""Seeing pledged assets on site: how often by class and risk, who may be sent, and what follows from what was seen. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from collateral.domain.red_flags import Finding

# Degrees and metres: the mean radius of the earth, and how far from its place on file an asset may be before somebody asks why. Phones are
# off by some hundred metres between houses, and what they say of their own accuracy comes on top.
EARTH_KM = 6371.0
MOST_KM_OFF = 1.0
# What nobody but the inspector says was seen, and seen there.
UNREAD, UNMEASURED = "number_unread", "place_unmeasured"
# A device that is unsure by more metres than this has not measured where it is.
MOST_UNSURE = 500


class Level(StrEnum):
    """How closely an asset is watched."""

    ORDINARY = "ORDINARY"
    RAISED = "RAISED"
    HIGH = "HIGH"


@dataclass(frozen=True)
class Interval:
    """For a class of assets: days between two inspections by level; 0 means that the class is not inspected."""

    kind: str
    ordinary: int
    raised: int
    high: int


@dataclass(frozen=True)
class InspectionRules:
    """A version of the settings. `large_from`: a value, in the asset's currency, from which the level is raised; `raised_dpd`, `high_dpd`:
    days past due of a loan it backs that raise it. Assets that fall due within `ahead_days` are taken along where something is due;
    `round_days` is the time a round has, `high_round_days` when one of its assets is watched most closely. `stops`: assets in a round;
    `most_stops`: open ones per inspector; `again_days`: when somebody goes again to where nobody opened;
    `added_days`: within which an asset is seen that was pledged after the money had left.
    """

    intervals: tuple[Interval, ...]
    large_from: int
    raised_dpd: int
    high_dpd: int
    ahead_days: int
    round_days: int
    high_round_days: int
    stops: int
    most_stops: int
    again_days: int
    added_days: int


# So many days after its round was done an inspection may still be put right; then the lot decides who sees the asset again.
CORRECTED_WITHIN = 7


def takes_corrections(ended: date | None, seen: date, today: date) -> bool:
    """Whether what was `seen` of an asset on a day may still be sent for a round that is open, or was done on `ended`."""
    return ended is None or (seen <= ended and (today - ended).days <= CORRECTED_WITHIN)


# What moves or wears is seen yearly, what stands every three years, as often as CRR 208(3) has it monitored; what is only paper never.
DEFAULT_RULES = InspectionRules(
    intervals=(
        Interval("REAL_ESTATE", 1095, 365, 90),
        Interval("LAND", 1095, 730, 180),
        Interval("MACHINERY", 365, 180, 60),
        Interval("VEHICLE", 365, 180, 60),
        Interval("RECEIVABLES", 0, 0, 0),
        Interval("DEPOSIT", 0, 0, 0),
        Interval("SECURITIES", 0, 0, 0),
    ),
    large_from=1_000_000,
    raised_dpd=31,
    high_dpd=91,
    ahead_days=30,
    round_days=21,
    high_round_days=7,
    stops=8,
    most_stops=16,
    again_days=7,
    added_days=30,
)
NUMBERS = tuple(name for name in asdict(DEFAULT_RULES) if name != "intervals")
LEAST_DAYS, MOST_DAYS = 7, 3650


class UnfitRules(ValueError):
    """The settings cannot be used; the text says why."""


def as_document(rules: InspectionRules) -> dict[str, Any]:
    """The settings as JSON."""
    return {**asdict(rules), "intervals": [asdict(one) for one in rules.intervals]}


def from_document(document: Mapping[str, Any]) -> InspectionRules:
    """Settings from JSON; numbers that an older version does not name are the defaults. Raises UnfitRules:
    a class without days, a closer watch that sees an asset less often, numbers that do not fit.
    """
    try:
        rows = document["intervals"]
        intervals = tuple(Interval(str(row["kind"]), *(int(row[name]) for name in ("ordinary", "raised", "high"))) for row in rows)
        rules = InspectionRules(intervals, **{name: int(document.get(name, getattr(DEFAULT_RULES, name))) for name in NUMBERS})
    except (KeyError, TypeError, ValueError) as fault:
        raise UnfitRules(f"The settings are not of the known form: {fault}.") from fault
    if sorted(one.kind for one in intervals) != sorted(one.kind for one in DEFAULT_RULES.intervals):
        raise UnfitRules("Each class has its days once.")
    for one in intervals:
        never = one.ordinary == one.raised == one.high == 0
        if not never and not LEAST_DAYS <= one.high <= one.raised <= one.ordinary <= MOST_DAYS:
            raise UnfitRules(
                f"{one.kind}: from {LEAST_DAYS} to {MOST_DAYS:,} days, the closer the watch the fewer; or 0 three times for never."
            )
    if rules.large_from <= 0 or not 1 <= rules.raised_dpd <= rules.high_dpd <= 360:
        raise UnfitRules("Days past due that raise the level lie between 1 and 360, the high ones last; a large value is above zero.")
    if not LEAST_DAYS <= rules.added_days <= 365:
        raise UnfitRules(f"What is pledged after the money left is seen within {LEAST_DAYS} to 365 days.")
    if not 0 <= rules.ahead_days <= 180 or not 1 <= rules.again_days <= 90:
        raise UnfitRules("Assets are taken along from at most 180 days ahead, and somebody goes again after 1 to 90 days.")
    if not 1 <= rules.high_round_days <= rules.round_days <= 90:
        raise UnfitRules("A round has 1 to 90 days, and less for what is watched most closely.")
    if not 1 <= rules.stops <= rules.most_stops <= 100:
        raise UnfitRules("A round has at least one asset, and an inspector no more than 100 open at once.")
    return rules


class Seen(NamedTuple):
    """What an inspector wrote, with what is on file beside it. `agrees`: whether the number read off is one of the registered ones, None
    when none was read or none is on file; `unread`: one should have been, `doubt`: why nobody measured where the inspector stood, in words;
    `km_off`: how far from its place on file, None when either is unknown.
    """

    presence: str
    number: str
    on_file: str
    agrees: bool | None
    condition: str
    use: str
    km_off: float | None
    accuracy_km: float
    shut_before: bool
    unread: bool = False
    doubt: str = ""


def find_on_site(seen: Seen, who: str, day: str) -> list[Finding]:
    """What is wrong by what was seen. `who` inspected on `day`."""
    known = {"inspector": who, "seen_on": day}
    if seen.presence == "SHUT":
        text = "Twice in a row nobody let the inspector see the asset."
        return [Finding("not_shown", text, known)] if seen.shut_before else []
    if seen.presence == "ABSENT":
        return [Finding("not_found", "An inspector went there and did not find the asset.", known)]
    findings = []
    if seen.agrees is False:
        text = "The number on the asset is not the registered one."
        findings.append(Finding("number_differs", text, {**known, "read_off": seen.number, "registered": seen.on_file}))
    if seen.use == "IDLE":
        findings.append(Finding("idle", "An inspector found the asset idle.", known))
    if seen.condition in ("DAMAGED", "UNUSABLE"):
        findings.append(Finding("damaged", f"An inspector found the asset {seen.condition.lower()}.", known))
    if seen.km_off is not None and seen.km_off > MOST_KM_OFF + seen.accuracy_km:
        text = "The asset was seen away from its place on file."
        findings.append(Finding("place_differs", text, {**known, "kilometres_off": f"{seen.km_off:.1f}"}))
    # Written at a desk it would read the same.
    if seen.unread:
        text = "The inspector read no number off the asset."
        findings.append(Finding(UNREAD, text, {**known, "registered": seen.on_file}))
    if seen.doubt:
        text = f"Nobody measured where the asset was seen. {seen.doubt}."
        findings.append(Finding(UNMEASURED, text, known))
    return findings


def place_doubt(position: str, accuracy: int | None) -> str:
    """Why nobody measured where an inspector stood, in words; empty where the device did.
    `accuracy` in metres, which a device alone tells.
    """
    if not position:
        return "Place in words only"
    if not accuracy:
        return "Place typed, not measured"
    return f"Place not measured: the device was unsure by {accuracy:,} m" if accuracy > MOST_UNSURE else ""


def kilometres(here: tuple[Decimal | float, Decimal | float], there: tuple[Decimal | float, Decimal | float]) -> float:
    """Between two places given as latitude and longitude in degrees, along the surface."""
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(math.radians(float(part)) for part in place) for place in (here, there))
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be sent: how many assets they have been given within a year, and how many of those are still open."""

    key: int
    given: int
    open: int


def share_out(
    assets: Sequence[UUID], barred: Mapping[UUID, Set[int]], people: Sequence[Candidate], most_open: int
) -> list[tuple[int, list[UUID]]]:
    """Those among whom the lot decides, each with the assets they would take: whoever may see the most of them, and of those the ones who
    were given least. An asset that somebody is barred from is left for another round; nobody is given more than they have room for.
    """
    able = {
        one.key: [asset for asset in assets if one.key not in barred.get(asset, frozenset())][: max(0, most_open - one.open)]
        for one in people
    }
    most = max((len(taken) for taken in able.values()), default=0)
    if most == 0:
        return []
    best = [one for one in people if len(able[one.key]) == most]
    least = min(one.given for one in best)
    return [(one.key, able[one.key]) for one in best if one.given == least]
