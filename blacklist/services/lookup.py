"""Looking up a name of one's own choice: for compliance in the browser only, and always on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.db import transaction

from blacklist.domain.profiles import ScreeningSubject
from blacklist.domain.states import Grade
from blacklist.models import BlacklistEntry
from blacklist.selectors.index import current_index
from blacklist.services.screening import ask
from core import audit
from core.errors import DomainError
from core.models import BankState, User
from core.roles import Role


class UnableToLookUp(DomainError):
    """The look-up is refused."""

    title = "This cannot be looked up"
    messages: ClassVar[dict[str, str]] = {"not_entitled": "Only compliance may look up names of its own choice."}


@dataclass(frozen=True, slots=True)
class Found:
    """An entry in force that resembles what was looked up."""

    entry: BlacklistEntry
    name: str
    grade: Grade
    score: float
    explanation: str


@transaction.atomic
def look_up_name(*, name: str, birth_date: str, national_id: str, actor: User, business_date: date) -> list[Found]:
    """Entries in force that resemble the name, strongest first. Writes no screening and opens no hit; the act itself is audited
    (with the number found, not with the name). Raises UnableToLookUp `not_entitled`.
    """
    if not actor.has_role(Role.COMPLIANCE):
        raise UnableToLookUp("not_entitled")
    subject = ScreeningSubject(
        key="",
        kind="",
        names=(name,),
        birth_date=birth_date or None,
        identifiers={"national_id": national_id} if national_id else {},
    )
    matches = ask(subject, current_index()).matches
    ids = [match.entry.entry_id for match in matches]
    entries = {entry.pk: entry for entry in BlacklistEntry.objects.in_force().filter(pk__in=ids).prefetch_related("names")}
    found = []
    for match in matches:
        entry = entries.get(match.entry.entry_id)
        if entry is not None:
            evidence = match.comparison.as_evidence()
            names = [row.name for row in entry.names.all()]
            found.append(
                Found(
                    entry,
                    names[0] if names else "",
                    match.comparison.grade,
                    match.comparison.score,
                    evidence["explanation"],
                )
            )
    audit.record(
        "screening.looked_up",
        actor=actor,
        target=BankState(id=1),
        business_date=business_date,
        found=len(found),
    )
    return found
