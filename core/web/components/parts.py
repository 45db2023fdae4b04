"""The shapes that views hand to components. Texts are ready for people; statuses: good, warn, bad, info, neutral."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Kpi:
    """One cell of a KPI strip: label, value, unit, signed change against a named base, the limit it is judged by, a
    sparkline.
    """

    label: str
    value: str
    unit: str = ""
    status: str = ""
    change: str = ""
    change_base: str = ""
    change_status: str = ""
    limit: str = ""
    grade: str = ""
    url: str = ""
    points: Sequence[Decimal | float | int] = ()
    series: str = ""


@dataclass(frozen=True)
class Tab:
    """A saved view: its words, its address with the full state, a live count, and whether it is open."""

    label: str
    url: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True)
class Step:
    """A step of a progress line. `state` is done, now, todo or stop (ended here); `note` is a date or the time left."""

    label: str
    state: str = "todo"
    note: str = ""
    note_status: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened, for a timeline. `at` may be a moment or ready words."""

    title: str
    at: datetime | str = ""
    who: str = ""
    text: str = ""
    status: str = "neutral"
    url: str = ""
