"""From when on something is marked as a sign of fraud, as a version of settings that two people change. Pure.

Days count back from the business date; people and files count the applicant and the file itself; likeness of names is a share, 1 is the
same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from risk.domain.authority import as_text

CONTRADICTIONS = {
    "work_before_age": "Work that would have begun below the working age",
    "ebitda_above_turnover": "EBITDA beyond its share of the turnover",
    "own_guarantor": "A guarantor who is the borrower",
    "other_birth": "One identifier with two dates of birth",
    "other_number": "One person with two numbers of one kind",
}
"""What cannot be true together, by code."""


class UnfitFraudRules(ValueError):
    """The settings cannot be used; the text says why."""


@dataclass(frozen=True)
class Thresholds:
    """From when on something is marked. Files more than `window_days` old are not met by what they share."""

    window_days: int = 365
    phone_people: int = 2
    address_people: int = 2
    device_people: int = 2
    payee_people: int = 2
    account_people: int = 2
    document_files: int = 2
    employer_days: int = 30
    employer_people: int = 4
    network_days: int = 7
    network_people: int = 4
    velocity_days: int = 30
    velocity_files: int = 3
    behind_people: int = 3
    person_likeness: Decimal = Decimal("0.88")
    company_likeness: Decimal = Decimal("0.92")
    least_working_age: int = 14
    ebitda_share: Decimal = Decimal(1)
    contradictions: tuple[str, ...] = tuple(CONTRADICTIONS)
    left_out: tuple[str, ...] = ()
    """Contradictions that whoever changed the rules saw and did not choose."""

    @property
    def lacking(self) -> tuple[str, ...]:
        """Contradictions of the catalogue that are neither chosen nor known to be left out on purpose: they came in after these rules were
        made, or were left out before that was kept.
        """
        return tuple(code for code in CONTRADICTIONS if code not in self.contradictions and code not in self.left_out)

    def of_many(self, kind: str) -> tuple[int, int]:
        """Days back and people from which on a thing of this kind tells something when it is shared."""
        name = kind.lower()
        return getattr(self, f"{name}_days", self.window_days), getattr(self, f"{name}_people", 2)


DEFAULTS = Thresholds()


@dataclass(frozen=True)
class Setting:
    """One threshold: its name for people, its unit ("" for a share), and between what it lies."""

    title: str
    unit: str
    least: Decimal
    most: Decimal

    @property
    def is_share(self) -> bool:
        return not self.unit

    def read(self, value: object) -> int | Decimal:
        """The value in its form. Raises UnfitFraudRules outside its bounds."""
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not self.least <= number <= self.most or (self.unit and number % 1):
            said = f"{self.least * 100:.0f} and {self.most * 100:.0f}%" if self.is_share else f"{self.least} and {self.most} {self.unit}"
            raise UnfitFraudRules(f"{self.title}: write {'a share' if self.is_share else 'a whole number'} between {said}.")
        return int(number) if self.unit else number


def _setting(title: str, unit: str, least: str, most: str) -> Setting:
    return Setting(title, unit, Decimal(least), Decimal(most))


SETTINGS: dict[str, Setting] = {
    "window_days": _setting("Files are held against those of the last", "days", "1", "3650"),
    "phone_people": _setting("A phone number is marked from", "people", "2", "100"),
    "address_people": _setting("An address is marked from", "people", "2", "100"),
    "device_people": _setting("A device is marked from", "people", "2", "100"),
    "payee_people": _setting("An account of a payee is marked from", "people", "2", "100"),
    "account_people": _setting("An account of statements is marked from", "people", "2", "100"),
    "document_files": _setting("The same document is marked from", "files", "2", "100"),
    "employer_people": _setting("An employer is marked from", "people", "2", "1000"),
    "employer_days": _setting("An employer is named by them within", "days", "1", "3650"),
    "network_people": _setting("An internet address is marked from", "people", "2", "1000"),
    "network_days": _setting("An internet address is used by them within", "days", "1", "3650"),
    "velocity_files": _setting("A person is marked from", "files", "2", "100"),
    "velocity_days": _setting("A person hands them in within", "days", "1", "3650"),
    "behind_people": _setting("A guarantor, owner or director of strangers is marked from", "people", "2", "1000"),
    "person_likeness": _setting("Names of persons are near from a likeness of", "", "0.5", "1"),
    "company_likeness": _setting("Names of companies are near from a likeness of", "", "0.5", "1"),
    "least_working_age": _setting("Nobody works below the age of", "years", "0", "30"),
    "ebitda_share": _setting("EBITDA is at most this share of the turnover", "", "0.1", "1"),
}


def as_document(thresholds: Thresholds) -> dict[str, Any]:
    """The settings as JSON: whole numbers as they are, shares as text."""
    found: dict[str, Any] = {name: getattr(thresholds, name) for name in SETTINGS}
    shares = {name: as_text(found[name]) for name, setting in SETTINGS.items() if setting.is_share}
    # Named only where there are any: rules that leave nothing out read as they always did.
    left_out = {"left_out": list(thresholds.left_out)} if thresholds.left_out else {}
    return found | shares | {"contradictions": list(thresholds.contradictions)} | left_out


def from_document(document: Mapping[str, Any]) -> Thresholds:
    """Thresholds from JSON; one that a version does not name, since it was made before there was any, is that of the code.

    Raises UnfitFraudRules: an unknown name, a value out of its bounds, a stretch longer than that of all files.
    """
    if unknown := [str(name) for name in document if name not in SETTINGS and name not in ("contradictions", "left_out")]:
        raise UnfitFraudRules(f"Nothing is known as {', '.join(unknown)}.")
    given = {name: setting.read(document[name]) for name, setting in SETTINGS.items() if name in document}
    asked = document.get("contradictions", tuple(CONTRADICTIONS))
    unasked = document.get("left_out", ())
    if any(not isinstance(codes, list | tuple) or not set(codes) <= set(CONTRADICTIONS) for codes in (asked, unasked)):
        raise UnfitFraudRules("Choose among the statements that cannot both be true.")
    chosen = tuple(code for code in CONTRADICTIONS if code in asked)
    left_out = tuple(code for code in CONTRADICTIONS if code in unasked and code not in chosen)
    found = Thresholds(**given, contradictions=chosen, left_out=left_out)  # type: ignore[arg-type]
    for name in ("employer_days", "network_days"):
        if getattr(found, name) > found.window_days:
            raise UnfitFraudRules(f"No stretch is longer than the {found.window_days} days over which files are held against each other.")
    return found
