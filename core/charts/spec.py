"""What a chart shows. Every chart carries a sentence with its finding; values are fractions, counts or amounts by
`unit`.

`unit` is one of "percent" (0.03 → 3.0%), "ratio" (0.0307 → 3.07%), "count", "number" (two places) and "money"
(compact).
`width` is that of the wide drawing in px: 440 for a card of five columns, 640 for seven, 1000 for the full width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

Value = Decimal | float | int


@dataclass(frozen=True)
class Limit:
    """A threshold drawn as a dashed line with its name and value. For a waterfall: a cut-off of the score."""

    name: str
    value: Value


@dataclass(frozen=True)
class Line:
    """One line. None where there is no figure. `style`: s1 to s3 for series, k1 to k5 for cohorts from old to new."""

    name: str
    values: Sequence[Value | None]
    style: str = "s1"
    area: bool = False


@dataclass(frozen=True)
class Lines:
    """At most five lines over labelled points, from zero, named at their ends."""

    sentence: str
    labels: Sequence[str]
    lines: Sequence[Line]
    unit: str = "percent"
    limits: Sequence[Limit] = ()
    width: int = 640
    axis: str = "Month"


@dataclass(frozen=True)
class Series:
    """One series of bars."""

    name: str
    values: Sequence[Value]
    style: str = "s1"


@dataclass(frozen=True)
class Bars:
    """Upright bars per label, beside each other or stacked, from zero."""

    sentence: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = "count"
    stacked: bool = False
    limits: Sequence[Limit] = ()
    width: int = 640
    axis: str = "Group"


@dataclass(frozen=True)
class HBar:
    """One lying bar with its words; `note` stands after the value."""

    label: str
    value: Value
    style: str = "s1"
    note: str = ""


@dataclass(frozen=True)
class HBars:
    """Lying bars, from zero, for names that need room."""

    sentence: str
    rows: Sequence[HBar]
    unit: str = "count"
    limits: Sequence[Limit] = ()
    width: int = 640
    axis: str = "Group"
    measure: str = "Value"


@dataclass(frozen=True)
class Contribution:
    """How many points one characteristic adds or takes."""

    label: str
    points: int
    detail: str = ""


@dataclass(frozen=True)
class Waterfall:
    """From a base score by contributions to the final score, with cut-offs."""

    sentence: str
    base: int
    rows: Sequence[Contribution]
    final: int
    cutoffs: Sequence[Limit] = field(default_factory=tuple)
    width: int = 640
    base_name: str = "Base"
    final_name: str = "Score"


@dataclass(frozen=True)
class Shared:
    """One thing that several share: its name, and the others."""

    label: str
    others: Sequence[str]


@dataclass(frozen=True)
class Links:
    """Who shares what: `centre` in the left, the things in the middle, the others at the right."""

    sentence: str
    centre: str
    shared: Sequence[Shared]
    width: int = 640


Chart = Lines | Bars | HBars | Waterfall | Links
