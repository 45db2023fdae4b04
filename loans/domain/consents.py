"""Consents kept with an application: who agreed to what, and when.

One that came in with the application is the applicant's own, unless somebody of the house wrote it: that says who did, and holds nothing
until it is recorded with the paper that shows it. One that was recorded names its person: what a guarantor agreed to says nothing of the
applicant, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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

    @property
    def is_shown(self) -> bool:
        """Whether it is the word of who agreed: theirs, or on a paper that somebody of the house recorded."""
        return not self.recorded_by or bool(self.document)

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


def handed_in(given: Iterable[dict[str, str]], kept: Iterable[Any], *, recorded_by: str) -> list[Any]:
    """The consents of an application that comes in or comes in anew. `recorded_by` is who of the house hands it in, empty where nobody
    does: what they write is theirs, and what the applicant had sent themselves of the same day stays the applicant's.
    """
    rows = list(kept)
    own = {_of_day(row): row for row in rows if isinstance(row, dict) and not row.get("person") and not row.get("recorded_by")}
    written = {"recorded_by": recorded_by} if recorded_by else {}
    return [*(own.get(_of_day(row), row | written) for row in given), *recorded_in_house(rows)]


def _of_day(row: dict[str, Any]) -> tuple[str, str]:
    return str(row.get("kind")), str(row.get("given_at"))[:10]


def consent_of(
    kept: Iterable[Any], *, kind: str, person: str, is_applicant: bool, now: datetime, business_date: date, longest: timedelta
) -> Consent | None:
    """The consent of this very person that holds now, the latest recorded first. It holds from its moment, or its business date, on, and no
    longer than `longest`.
    """
    for consent in _theirs(kept, kind, person, is_applicant):
        begun = consent.given_at <= now or consent.given_at.date() <= business_date
        if consent.is_shown and begun and consent.given_at.date() >= business_date - longest:
            return consent
    return None


def stated_consent(kept: Iterable[Any], *, kind: str, person: str, is_applicant: bool) -> Consent | None:
    """What stands in the application of this person's consent, whether it holds or not, the latest first."""
    return next(_theirs(kept, kind, person, is_applicant), None)


def _theirs(kept: Iterable[Any], kind: str, person: str, is_applicant: bool) -> Iterator[Consent]:
    for row in reversed(list(kept)):
        consent = Consent.read(row)
        if consent is not None and consent.kind == kind and (consent.person == person if consent.person else is_applicant):
            yield consent
