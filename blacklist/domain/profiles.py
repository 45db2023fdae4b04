"""What is known of a person or company for screening: the shape that callers give, and the shape that is compared."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date

from blacklist.domain.normalise import PreparedName, SubjectKind, prepare_name

#: Kinds that name one subject and no other; the others ("phone", "iban") may be shared by a household or a firm.
STRONG_IDENTIFIERS = frozenset({"national_id", "tax_id", "registration_number", "passport"})


@dataclass(frozen=True, slots=True)
class ScreeningSubject:
    """Somebody to be screened, as the calling app knows them. `key` is the caller's own opaque text ("borrower:<public id>").

    `identifiers` maps a kind (national_id, tax_id, registration_number, passport, iban) to its value in clear; it is
    turned into a blind index at once and never stored in clear; `other_identifiers` and `other_birth_dates` are further values, as they
    were stated beside what the caller has on record. A birth date may be partial text ("1970", "1970-05").
    """

    key: str
    kind: str
    names: tuple[str, ...]
    birth_date: date | str | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    country: str = ""
    other_identifiers: tuple[tuple[str, str], ...] = ()
    other_birth_dates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A birth date of which day and month may be unknown (0)."""

    year: int
    month: int = 0
    day: int = 0


_DATE = re.compile(r"^\D*(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ].*)?$")


def parse_birth_date(value: date | str | None) -> PartialDate | None:
    """A date or text ("1970", "1970-05", "1970-05-31"); None for what is absent or impossible ("1970-02-31", "soon")."""
    if value is None:
        return None
    if isinstance(value, date):
        return PartialDate(value.year, value.month, value.day)
    match = _DATE.match(value.strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if not 1000 <= year <= 9998:
        return None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    return PartialDate(year, month, day)


@dataclass(frozen=True, slots=True)
class Profile:
    """Comparable form. `identifiers` maps a kind to its values in any hashable form that is equal when the identifier is."""

    kind: SubjectKind
    names: tuple[PreparedName, ...]
    birth_dates: tuple[PartialDate, ...] = ()
    identifiers: Mapping[str, frozenset[Hashable]] = field(default_factory=dict)
    addresses: tuple[PreparedName, ...] = ()
    countries: frozenset[str] = frozenset()


def prepare_address(text: str) -> PreparedName:
    """An address as comparable words; numbers count like words."""
    return prepare_name(text, SubjectKind.PERSON)


def subject_kind(text: str) -> SubjectKind:
    """The kind, or UNKNOWN for anything else."""
    try:
        return SubjectKind(text)
    except ValueError:
        return SubjectKind.UNKNOWN
