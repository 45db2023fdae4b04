"""What was stated with an application otherwise than the bank has it on record: each difference with both sides, in clear, for those
who may see it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from core.industries import in_words
from loans.domain.otherwise import COMPARED, PLACE, address_of, differing
from loans.models import Application, ApplicationParty, Borrower

LABELS = {
    "name": "Name",
    "birth_date": "Date of birth",
    "industry": "Industry",
    "national_id": "Identity document",
    "tax_id": "Tax number",
    "registration_number": "Registration number",
    "phone": "Phone",
    "email": "E-mail",
    "address": "Address",
}
RECORDED = tuple(name for name in COMPARED if name != "address") + PLACE


@dataclass(frozen=True)
class Otherwise:
    """One thing that a party of an application stated otherwise; `name` is one of `LABELS`. `differs` is whether it still does, since the
    record may have been amended.
    """

    party: ApplicationParty
    name: str
    stated: str
    recorded: str
    differs: bool

    @property
    def label(self) -> str:
        return LABELS[self.name]

    @property
    def sides(self) -> tuple[str, str]:
        """What was stated and what is on record, for people: an industry in words."""
        return (in_words(self.stated), in_words(self.recorded)) if self.name == "industry" else (self.stated, self.recorded)


def recorded_values(borrower: Borrower) -> dict[str, str]:
    """What the bank has on record, as texts."""
    return {name: str(getattr(borrower, name) or "") for name in RECORDED}


def place_stated(party: ApplicationParty) -> dict[str, str]:
    """The parts of the address that was stated of a party, empty where none was."""
    said = json.loads(party.stated or "{}")
    return {part: str(said.get(part, "")) for part in PLACE}


def stated_otherwise(application: Application) -> list[Otherwise]:
    """What the parties of an application stated otherwise, the applicant first, each once: one query."""
    rows = application.parties.exclude(differing=[]).select_related("borrower")
    return otherwise_of(sorted(rows, key=lambda party: (party.part != ApplicationParty.Part.APPLICANT, party.pk)))


def stated_of(people: Iterable[Borrower]) -> list[Otherwise]:
    """What any application states of these people otherwise than their records do now: one query."""
    rows = ApplicationParty.objects.filter(borrower__in=[person.pk for person in people]).exclude(differing=[])
    return [one for one in otherwise_of(rows.select_related("borrower").order_by("pk")) if one.differs]


def otherwise_of(parties: Iterable[ApplicationParty]) -> list[Otherwise]:
    """The same of these parties, with their borrowers read: no query."""
    found: dict[tuple[object, str, str], Otherwise] = {}
    for party in parties:
        if not party.differing:
            continue
        said, known = json.loads(party.stated or "{}"), recorded_values(party.borrower)
        still = differing(said, known)
        for name in party.differing:
            mine, theirs = (address_of(one) if name == "address" else one.get(name, "") for one in (said, known))
            found.setdefault((party.borrower_id, name, mine), Otherwise(party, name, mine, theirs, name in still))
    return list(found.values())
