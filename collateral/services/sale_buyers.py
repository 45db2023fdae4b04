"""Who buys what is sold by enforcement: named, screened, and held against who works here and who has a part in what the asset secured."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from blacklist.selectors.blocking import has_blocking
from blacklist.services.screening import ScreeningSubject, screen_subject
from collateral.domain.ownership import same_names
from collateral.domain.twins.words import name_key
from collateral.models import Asset, Pledge
from collateral.selectors.owners import owners_on
from core import crypto, four_eyes
from core.models import Proposal, User
from loans.models import Borrower, DeclaredInterest

NUMBERS = ("national_id", "tax_id", "registration_number")
PLACE = "collateral.enforcement.buyer"


def sealed(number: str) -> str:
    """A buyer's number as a proposal keeps it."""
    return crypto.encrypt(number, place=PLACE).hex() if number else ""


def opened(kept: str) -> str:
    """The number again."""
    return crypto.decrypt(bytes.fromhex(kept), place=PLACE) if kept else ""


def concerns_of(asset: Asset, name: str, number: str, *, business_date: date) -> list[str]:
    """What speaks against this buyer, in words: they have a part in what the asset secured, own it, or work here."""
    found = [f"{name} owns the asset." for row in owners_on(asset, business_date) if _is(row.owner.person, name, number)]
    files = asset.pledges.exclude(state=Pledge.State.WITHDRAWN).values("application")
    parties = Borrower.objects.filter(Q(applications__in=files) | Q(parts__application__in=files)).distinct()
    found += [f"{name} has a part in a file that the asset secures." for party in parties if _is(party, name, number)]
    return list(dict.fromkeys([*found, *staff_concerns(name, number)]))


def staff_concerns(name: str, number: str) -> list[str]:
    """The same of who works here."""
    staff = User.objects.exclude(full_name="").values_list("full_name", flat=True)
    found = [f"{person} works here or values for the bank." for person in staff if name_key(person) == name_key(name)]
    return found + [f"A member of staff declared an interest in {name}." for _ in _interests(name, number)][:1]


def is_interested(actor: User, name: str, number: str) -> bool:
    """Whether a person declared an interest in who buys."""
    return any(interest.staff_id == actor.pk for interest in _interests(name, number))


@transaction.atomic
def stopped_party(proposal: Proposal | None, *, actor: User, business_date: date) -> str:
    """Screen whom a proposal names as the buyer, and whom the costs are paid to; the name of the first whom screening stops. Empty where it
    stops nobody, or nothing is proposed. A hit stays for compliance.
    """
    if proposal is None or not proposal.content.get("buyer"):
        return ""
    four_eyes.check_entitled(proposal, actor)
    stopped = []
    for role, number in (("buyer", opened(proposal.content["number"])), ("payee", "")):
        name = proposal.content.get(role, "")
        numbers: dict[str, Any] = dict.fromkeys(NUMBERS, number) if number else {}
        subject = ScreeningSubject(key=f"{role}:{proposal.pk}", kind="", names=(name,), identifiers=numbers)
        if name and (
            screen_subject(subject=subject, purpose="payout", business_date=business_date, actor=actor).blocks or has_blocking(subject.key)
        ):
            stopped.append(name)
    return next(iter(stopped), "")


def _interests(name: str, number: str) -> Iterator[DeclaredInterest]:
    for interest in DeclaredInterest.objects.filter(withdrawn_at=None).select_related("borrower"):
        if _is(interest.borrower, name, number):
            yield interest


def _is(person: Borrower, name: str, number: str) -> bool:
    """The same name, or the same number of any kind."""
    known = {bytes(index) for kind in NUMBERS if (index := getattr(person, f"{kind}_index"))}
    return same_names([person.name], [name]) or any(crypto.blind_index(number, kind=kind) in known for kind in NUMBERS if number)
