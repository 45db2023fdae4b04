"""Consents kept with an application: who agreed to what, and when.

One that came in with the application is the applicant's own. One that the house recorded names its person: what a guarantor agreed
to says nothing of the applicant, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self

BUREAU = "bureau"


@dataclass(frozen=True)
class Consent:
    """One consent. `person` is the key of the borrower who gave it, empty for the applicant; `document` the key of the paper."""

    kind: str
    given_at: datetime
    person: str = ""
    document: str = ""
    recorded_by: str = ""

    @classmethod
    def read(cls, kept: Any) -> Self | None:
        """A kept consent, or None where it cannot be read: what nobody can read nobody has agreed to."""
        try:
            return cls(
                kind=str(kept["kind"]),
                given_at=moment_of(str(kept["given_at"])),
                person=str(kept.get("person") or ""),
                document=str(kept.get("document") or ""),
                recorded_by=str(kept.get("recorded_by") or ""),
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    def to_dict(self) -> dict[str, str]:
        """As it is kept."""
        return {
            "kind": self.kind,
            "given_at": self.given_at.isoformat(),
            "person": self.person,
            "document": self.document,
            "recorded_by": self.recorded_by,
        }


def moment_of(text: str) -> datetime:
    """The moment of an ISO day or time; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def recorded_in_house(kept: Iterable[Any]) -> list[Any]:
    """Those that name their person: what is handed in anew leaves them standing."""
    return [row for row in kept if isinstance(row, dict) and row.get("person")]


def consent_of(kept: Iterable[Any], *, kind: str, person: str, is_applicant: bool, now: datetime, business_date: date) -> Consent | None:
    """The consent of this very person that holds now, the latest recorded first. It holds from its moment, or its business date, on."""
    for row in reversed(list(kept)):
        consent = Consent.read(row)
        if consent is None or consent.kind != kind:
            continue
        theirs = consent.person == person if consent.person else is_applicant
        if theirs and (consent.given_at <= now or consent.given_at.date() <= business_date):
            return consent
    return None
