"""The one order in which rows are locked: bank, application, who borrows under it, loan, then its facility, payouts, payments and
instalments.

Whoever grants something holds the application and then its people, in the order of their numbers, so that two files of one person are
granted one after the other. Whoever writes to a loan's instalments, payouts or payments holds the loan first, the sweep included. So two
writers of one loan wait in line at one place, and never for each other.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from core.errors import NotFound
from loans.models import Application, ApplicationParty, Borrower, Facility, Loan

PEOPLE = 0x50454F50
"""Names the numbers of people among all that is locked by a number."""


def lock_loan(loan_id: int) -> Loan:
    """The loan, held until the transaction ends. Late readers see it afterwards. Raises NotFound."""
    loan = (
        Loan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("application", "borrower", "product_version", "facility")
        .filter(pk=loan_id)
        .first()
    )
    if loan is None:
        raise NotFound
    return loan


def lock_in_order(*loan_ids: int) -> None:
    """Several loans at once, in the order of their ids, as the sweep does: who needs two waits for nobody who needs the same two."""
    list(Loan.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=loan_ids).order_by("pk").values_list("pk"))


def lock_facility(facility_id: UUID) -> Facility:
    """The facility, held until the transaction ends. After the loans, never before them. Raises NotFound."""
    facility = Facility.objects.select_for_update(of=("self",), no_key=True).select_related("application").filter(pk=facility_id).first()
    if facility is None:
        raise NotFound
    return facility


def lock_application(application: Application) -> Application:
    """The application as it stands now, held until the transaction ends."""
    return Application.objects.select_for_update(of=("self",), no_key=True).select_related("borrower", "branch").get(pk=application.pk)


def people_of(application: Application) -> list[int]:
    """Numbers of who borrows under an application, in the order in which they are held: one for each row and identifier of theirs, so that
    two files of one person, in whichever branches, have one in common. Two people rarely share one and then wait for no reason. One query.
    """
    together = application.parties.filter(part=ApplicationParty.Part.CO_BORROWER).select_related("borrower")
    people = [application.borrower, *(party.borrower for party in together)]
    return sorted({number for one in people if one is not None for number in _numbers(one)})


def lock_people(application: Application) -> None:
    """Hold who borrows under an application until the transaction ends: nobody grants them anything under another file meanwhile, and what
    was granted before is read from now on. After the application, before anything that is read of them. Two queries.

    Not their rows, which others hold first and their files after: these locks are of those who grant alone.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, number) FROM unnest(%s::int[]) number", [PEOPLE, people_of(application)])


def _numbers(borrower: Borrower) -> list[int]:
    # An index is a keyed hash, and the end of a key is random: four bytes of either tell people apart.
    indexes = (borrower.national_id_index, borrower.tax_id_index, borrower.registration_number_index)
    found = [borrower.pk.bytes, *(bytes(index) for index in indexes if index)]
    return [int.from_bytes(one[-4:], "big", signed=True) for one in found]
