"""Who owns what is pledged for an application: identified like every other party, and screened with them from then on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from core import audit
from core.errors import DomainError, Fault
from core.models import Branch, User
from loans.domain.product_rules import PartyDraft, check_party
from loans.models import Application, ApplicationParty, Borrower
from loans.services.borrowers import PartyFound, match_or_create_borrower
from loans.services.intake import Party
from loans.services.screening import screen_application


class UnableToIdentify(DomainError):
    """Nobody can be told from others by what was given."""

    title = "The owner was not kept"


def identify_pledgor(*, party: Party, branch: Branch, path: str, on: date, actor: User | None) -> PartyFound:
    """The branch's person or company of this name and number, made where they are new, and what was stated otherwise than it is on record.
    A minor may own, if not borrow.

    Raises UnableToIdentify `invalid`, faults under `path`.
    """
    draft = PartyDraft(
        kind=party.kind,
        name=party.name,
        birth_date=party.birth_date,
        national_id=party.national_id,
        registration_number=party.registration_number,
    )
    faults: list[Fault] = [fault for fault in check_party(draft, path, on) if fault.code != "minor"]
    if len(party.country) != 2 or not party.country.isalpha():
        code = "form" if party.country else "required"
        faults.append(Fault(f"{path}.country", code, "Use the two letters of the country, such as DE."))
    if faults:
        raise UnableToIdentify("invalid", faults=faults)
    return match_or_create_borrower(party=party, branch=branch, actor=actor)


@transaction.atomic
def add_pledgor(
    *,
    application: Application,
    person: Borrower,
    actor: User | None,
    business_date: date,
    stated: str = "",
    differing: Sequence[str] = (),
) -> bool:
    """Make an owner of collateral a party of the application, screened at once; a match puts it on hold. Returns whether the way is clear.

    What was `stated` of them (JSON, empty where nothing was) stays with the application until something else is stated; where it is
    `differing` from their record, beside the part they have otherwise.
    """
    owns = application.parties.filter(borrower=person, part=ApplicationParty.Part.PLEDGOR).first()
    if owns is not None:
        # Of whom nothing is stated now, as of somebody chosen from those on record, stays what was stated before; a new word takes its
        # place, also where it is the record's again.
        if not stated or not (differing or owns.differing) or (owns.stated, owns.differing) == (stated, list(differing)):
            return True
        owns.stated, owns.differing = stated, list(differing)
        owns.save(update_fields=["stated", "differing"])
    elif not differing and (person.pk == application.borrower_id or application.parties.filter(borrower=person).exists()):
        return True
    else:
        owner = ApplicationParty(application=application, borrower=person, part=ApplicationParty.Part.PLEDGOR)
        owner.stated, owner.differing = stated, list(differing)
        owner.save(force_insert=True)
    audit.record("application.pledgor_added", actor=actor, target=application, business_date=business_date, person=person.reference)
    return screen_application(application=application, purpose="submission", actor=actor, business_date=business_date, people=[person])
