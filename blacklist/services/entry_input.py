"""What a proposed entry has to bring along: checked all at once, each fault at its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from blacklist.domain.normalise import prepare_name
from blacklist.domain.profiles import parse_birth_date, subject_kind
from blacklist.models import IdentifierKind, ReasonCode, SourceKind, SubjectKindChoice
from core import crypto
from core.errors import DomainError, Fault
from core.models import User


class UnableToProposeEntry(DomainError):
    """The entry cannot be proposed; `faults` name the fields."""

    title = "This entry cannot be proposed"
    messages: ClassVar[dict[str, str]] = {
        "invalid": "Some of what was given cannot be used.",
        "not_entitled": "Your roles do not allow you to propose an entry.",
        "already_listed": "This subject is already proposed or listed on the same ground.",
    }


def flatten_identifiers(identifiers: Mapping[str, str | Sequence[str]]) -> list[tuple[str, str]]:
    """(kind, value) pairs without blanks and repeats."""
    pairs: dict[tuple[str, str], tuple[str, str]] = {}
    for kind, values in identifiers.items():
        for value in [values] if isinstance(values, str) else values:
            if value.strip():
                pairs.setdefault((kind, crypto.normalise_identifier(value)), (kind, value.strip()))
    return list(pairs.values())


def check_entry_input(
    *,
    subject_kind_code: str,
    names: list[str],
    reason_code: str,
    evidence: str,
    source: str,
    actor: User | None,
    birth_date: date | str | None,
    country: str,
    identifiers: list[tuple[str, str]],
    valid_until: date | None,
    business_date: date,
) -> None:
    """Refuse what is not yet an entry, with every fault at its field. Raises UnableToProposeEntry."""
    faults: list[Fault] = []
    if subject_kind_code not in SubjectKindChoice.values:
        faults.append(Fault("subject_kind", "unknown", "Choose a person or a company."))
    if not names:
        faults.append(Fault("names", "required", "Give at least one name."))
    for name in names:
        if len(name) > 500:
            faults.append(Fault("names", "too_long", "A name may have at most 500 characters."))
        elif prepare_name(name, subject_kind(subject_kind_code)).empty:
            faults.append(
                Fault(
                    "names",
                    "identifies_nobody",
                    f"“{name[:60]}” has no word that identifies anybody.",
                )
            )
    if reason_code not in ReasonCode.values:
        faults.append(Fault("reason_code", "unknown", "Choose a reason."))
    if not evidence.strip():
        faults.append(Fault("evidence", "required", "Say what the entry rests on."))
    if source not in SourceKind.values or (source == SourceKind.PERSON and actor is None):
        faults.append(Fault("source", "unknown", "An entry comes from a rule or from a person."))
    if birth_date not in (None, ""):
        birth = parse_birth_date(birth_date)
        if birth is None:
            faults.append(Fault("birth_date", "invalid", "This is not a date, a month or a year."))
        elif birth.year > business_date.year or (isinstance(birth_date, date) and birth_date > business_date):
            faults.append(Fault("birth_date", "future", "The birth date is in the future."))
    if country and not (len(country) == 2 and country.isalpha() and country.isascii()):
        faults.append(Fault("country", "invalid", "Use the two-letter country code."))
    for kind, value in identifiers:
        if kind not in IdentifierKind.values:
            faults.append(
                Fault(
                    "identifiers",
                    "unknown_kind",
                    f"There is no identifier of the kind “{kind[:30]}”.",
                )
            )
        elif len(crypto.normalise_identifier(value)) < 4:
            faults.append(Fault(kind, "too_short", "This is too short to identify anybody."))
    if valid_until is not None and valid_until <= business_date:
        faults.append(Fault("valid_until", "past", "The last day has to lie in the future."))
    if faults:
        raise UnableToProposeEntry("invalid", faults=faults)


def entry_arguments(row: Mapping[str, str]) -> dict[str, Any]:
    """A line of a file of entries as `propose_entry` takes it. Raises ValueError for a day that is none."""
    several = {column: [part.strip() for part in row.get(column, "").split("|") if part.strip()] for column in ("aliases", "addresses")}
    return {
        "subject_kind_code": row["kind"],
        "names": [row["name"], *several["aliases"]],
        "birth_date": row.get("birth_date") or None,
        "country": row.get("country", ""),
        "identifiers": {kind: row[kind].split("|") for kind in IdentifierKind.values if row.get(kind)},
        "addresses": several["addresses"],
        "reason_code": row["reason_code"],
        "source_reference": row.get("source_reference", ""),
        "evidence": row["evidence"],
        "valid_until": date.fromisoformat(row["valid_until"]) if row.get("valid_until") else None,
    }
