"""What an applicant said would be pledged, and which of it is registered already: typed once, it fills the form of its class."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from collateral.domain.asset_facts import FACTS
from collateral.domain.vehicle_numbers import plain
from collateral.models import AssetKind, Pledge
from loans.models import Application

# Where the one number an applicant is asked for belongs, by class; elsewhere it is the title's.
_NUMBER_IS = {"MACHINERY": "serial_number", "DEPOSIT": "account", "SECURITIES": "isin"}
VIN_LENGTH, LONGEST_PLATE = 17, 20


@dataclass(frozen=True)
class StatedItem:
    """One stated asset; `number` is its place in the application, from 0. `details` are facts of its class as texts."""

    number: int
    kind: str
    description: str
    stated_value: str
    title_number: str
    address: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    registered: bool = False

    @property
    def label(self) -> str:
        """Its class in words."""
        return AssetKind(self.kind).label if self.kind in AssetKind.values else self.kind

    def initial(self) -> dict[str, Any]:
        """It as the registration form of its class begins."""
        numbered = _NUMBER_IS.get(self.kind, "title_number")
        if self.kind == "VEHICLE" and len(self.title_number) <= LONGEST_PLATE:
            # A vehicle is told by its own number, or by its plate where that is what was given.
            numbered = "vin" if len(plain(self.title_number)) == VIN_LENGTH else "plate"
        known = {fact.name: fact.kind for fact in FACTS.get(self.kind, ())}
        begun: dict[str, Any] = {
            "item": self.number,
            "description": self.description,
            "stated_value": self.stated_value,
            numbered: self.title_number,
            "address_line": self.address.get("line1", ""),
            "postcode": self.address.get("postcode", ""),
            "city": self.address.get("city", ""),
            **{
                name: value.lower() in ("true", "yes") if known[name] == "yes" else value
                for name, value in self.details.items()
                if name in known
            },
        }
        return begun | ({"country": self.address["country"]} if self.address.get("country") else {})


def list_items(application: Application) -> list[StatedItem]:
    """The stated assets in their order, with whether each is registered: one query."""
    places: list[dict[str, Any]] = json.loads(application.stated_places) if application.stated_places else []
    taken = set(Pledge.objects.filter(application=application, stated_number__isnull=False).values_list("stated_number", flat=True))
    found = []
    for number, item in enumerate(application.stated_collateral or []):
        place = places[number] if number < len(places) else {}
        found.append(
            StatedItem(
                number=number,
                kind=str(item.get("kind", "")).upper(),
                description=str(item.get("description", "")),
                stated_value=str(item.get("stated_value", "")),
                title_number=str(item.get("title_number", "")),
                address={name: str(value) for name, value in (place.get("address") or {}).items()},
                details={name: str(value) for name, value in (place.get("details") or {}).items()},
                registered=number in taken,
            )
        )
    return found


def waiting_item(application: Application, number: str) -> StatedItem | None:
    """The stated asset of that number, else the first that is not registered yet; None when all are."""
    waiting = [item for item in list_items(application) if not item.registered]
    asked = [item for item in waiting if number.isdigit() and item.number == int(number)]
    return next(iter(asked or waiting), None)
