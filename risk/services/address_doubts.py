"""What the house knew of an address before an asset was pledged: it holds for that asset too."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from collateral.models import Asset
from collateral.selectors.owners import owners_on
from collateral.services.flags import flag_other_address
from loans.models import Application, Borrower
from risk.models import FieldRecord, RegisteredAddress
from risk.selectors.field_work import newest_registered
from risk.services.registered_addresses import agree, place_of, stated_place

SEEN = (FieldRecord.Address.AGREES, FieldRecord.Address.DIFFERS)


@transaction.atomic
def doubt_addresses(*, asset: Asset, application: Application, business_date: date) -> None:
    """Flag an asset where the last visit to who borrows on it or owns it saw another address than is on file,
    or the last register shows one.
    """
    people = {row.owner.person for row in owners_on(asset, business_date)}
    if application.borrower is not None:
        people.add(application.borrower)
    for person in sorted(people, key=lambda one: one.pk):
        _doubt(asset, person, business_date)


def _doubt(asset: Asset, person: Borrower, business_date: date) -> None:
    visit = FieldRecord.objects.filter(application__borrower=person, address__in=SEEN).select_related("application").first()
    if visit is not None and visit.address == FieldRecord.Address.DIFFERS:
        flag_other_address(application=visit.application, seen_date=visit.seen_date, business_date=business_date, asset=asset)
    shown = newest_registered(RegisteredAddress.objects.filter(application__borrower=person).select_related("application"))
    if shown is not None and agree(stated_place(person), place_of(shown)) is False:
        seen: dict[str, date] = {"seen_date": shown.as_of_date, "business_date": business_date}
        flag_other_address(application=shown.application, seen_by="a register shows", asset=asset, **seen)
