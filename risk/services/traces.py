"""The traces of an application: fingerprints of its parties' phones, addresses, employers and names, of the accounts that were to be paid
and those that are, of the accounts that statements are of, and of the machine it was sent from.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.db import transaction

from blacklist.selectors.names import name_keys
from core.crypto import blind_index
from loans.models import Application, BankAccount, Borrower, Disbursement, FormerParty, StatementImport
from loans.models.applications import ApplicationParty
from loans.models.borrowers import BorrowerKind
from loans.selectors.former_parties import former_parties
from loans.selectors.otherwise import Otherwise, otherwise_of, place_stated
from loans.services.devices import network_index
from risk.domain.fraud import address_key, employer_key
from risk.models import ApplicationTrace

Kind = ApplicationTrace.Kind
# What was asked for and taken back went to nobody; what came back went out first.
NEVER_PAID = ("REJECTED", "CANCELLED")
Trace = tuple[Borrower, str, bytes]


@transaction.atomic
def lay_traces(application: Application) -> list[ApplicationTrace]:
    """Write the traces of an application as it stands now, and of whoever is no party of it any more, in place of earlier ones:
    six queries, two more where it was handed in anew.
    """
    parties = list(application.parties.select_related("borrower"))
    otherwise = otherwise_of(parties)
    everybody: list[ApplicationParty | FormerParty] = [*parties, *former_parties(application)]
    ApplicationTrace.objects.filter(application=application).delete()
    found = {(who.pk, kind, key): who for party in everybody for who, kind, key in _traces_of(party, application)}
    found |= {(one.party.borrower_id, kind, key): one.party.borrower for one in otherwise for kind, key in _traces_stated(one)}
    handed_in = application.submitted_date or application.created_date
    days, payer = _accounts_paid(application), application.borrower
    if payer is not None:
        found |= {(payer.pk, Kind.PAYEE.value, key): payer for key in days}
        found |= {(payer.pk, Kind.ACCOUNT.value, key): payer for key in _accounts_shown(payer)}
    return ApplicationTrace.objects.bulk_create(
        ApplicationTrace(
            application=application,
            borrower=who,
            kind=kind,
            key=key,
            subject=subject_of(who),
            submitted_date=max(handed_in, days.get(key, handed_in)) if kind == Kind.PAYEE else handed_in,
        )
        for (_, kind, key), who in found.items()
    )


def _accounts_paid(application: Application) -> dict[bytes, date]:
    """The fingerprints of accounts to which money of this application goes or went, each with the day on which it was asked for last."""
    payouts = Disbursement.objects.filter(loan__application=application, payee_iban_index__isnull=False).exclude(state__in=NEVER_PAID)
    rows = payouts.order_by("requested_at").values_list("payee_iban_index", "value_date", "requested_at__date")
    return {bytes(key): value_date or asked for key, value_date, asked in rows}


def _accounts_shown(borrower: Borrower) -> set[bytes]:
    """The fingerprints of the accounts that somebody shows statements of, and of each file of them: one that names no account is the same
    file whatever number is given with it.
    """
    accounts = {bytes(index) for index in BankAccount.objects.filter(borrower=borrower).values_list("iban_index", flat=True) if index}
    files = StatementImport.objects.filter(application__borrower=borrower).values_list("sha256", flat=True)
    return accounts | {blind_index(digest, kind="statement_file") for digest in files}


def subject_of(borrower: Borrower) -> bytes:
    """The fingerprint by which a person is one in all branches; of somebody without an identifier, that of the row."""
    known = borrower.national_id_index or borrower.registration_number_index or borrower.tax_id_index
    return bytes(known) if known else blind_index(borrower.pk.hex, kind="borrower")


def _traces_of(party: ApplicationParty | FormerParty, application: Application) -> Iterator[Trace]:
    who = party.borrower
    yield who, Kind.PARTY, subject_of(who)
    if who.phone_index:
        yield who, Kind.PHONE, bytes(who.phone_index)
    if place := address_key(who.address_line, who.postcode, who.city, who.country):
        yield who, Kind.ADDRESS, blind_index(place, kind="address")
    company = who.kind == BorrowerKind.COMPANY
    for key in name_keys(who.name, company=company):
        yield who, Kind.NAME, blind_index(f"{who.kind} {key}", kind="name")
    if who.birth_date is not None:
        yield who, Kind.NAME, blind_index(who.birth_date.isoformat(), kind="birth_date")
    if party.part != ApplicationParty.Part.APPLICANT:
        return
    if application.payee_iban_index:
        yield who, Kind.PAYEE, bytes(application.payee_iban_index)
    if application.device_index and bytes(application.device_index) not in _own_devices():
        yield who, Kind.DEVICE, bytes(application.device_index)
    if application.network_index and bytes(application.network_index) not in _own_networks():
        yield who, Kind.NETWORK, bytes(application.network_index)
    if employer := employer_key(str((application.stated.get("employment") or {}).get("employer") or "")):
        yield who, Kind.EMPLOYER, blind_index(employer, kind="employer")


def _traces_stated(one: Otherwise) -> Iterator[tuple[str, bytes]]:
    """What was stated otherwise than it is on record leaves a trace beside what is."""
    if one.name == "phone":
        yield Kind.PHONE, blind_index(one.stated, kind="phone")
    elif one.name == "address":
        place = place_stated(one.party)
        if key := address_key(place["address_line"], place["postcode"], place["city"], place["country"]):
            yield Kind.ADDRESS, blind_index(key, kind="address")
    elif one.name == "name":
        who = one.party.borrower
        for key in name_keys(one.stated, company=who.kind == BorrowerKind.COMPANY):
            yield Kind.NAME, blind_index(f"{who.kind} {key}", kind="name")


def _own_devices() -> set[bytes]:
    """The bank's own machines that applicants use, such as those in its branches: whoever shares one shares nothing."""
    return {blind_index(device, kind="device") for device in settings.CREDENCE_OWN_DEVICES}


def _own_networks() -> set[bytes]:
    return {network_index(address) for address in settings.CREDENCE_OWN_ADDRESSES}
