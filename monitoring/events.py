"""What monitoring tells the world."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class DayClosed(Event):
    """A business day was closed; the bank is on the next one."""

    business_date: str
    next_date: str


@dataclass(frozen=True)
class AlertRaised(Event):
    """Somebody has to look at something."""

    alert_id: str
    kind: str
