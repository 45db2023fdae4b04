"""A small bank with something true on every page: the simulated one, and what it has no occasion for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from blacklist.models import BlacklistEntry, WatchList
from blacklist.selectors import index
from blacklist.services import confirm_entry, propose_entry, screen_subject
from blacklist.services.batches import preview_entries
from blacklist.services.watch_lists import import_watch_list
from collateral.domain.revaluation import DEFAULTS, as_document
from collateral.models import Asset, Covenant, InspectionRound, Pledge, Valuation
from collateral.services.enforcement import decide_enforcement, propose_enforcement
from collateral.services.inspection_settings import inspection_defaults, propose_inspection_settings
from collateral.services.receivable_files import preview_receivables
from collateral.services.sale_costs import Papers
from collateral.services.value_settings import propose_value_settings
from config.simulator import fill
from config.simulator.bank import PASSWORD
from config.simulator.people import invent
from config.simulator.steps import intake_data
from core.business_date import get_business_date
from core.models import User
from core.services.staff import propose_roles
from loans.models import Borrower, Facility, Loan, Product
from loans.services.amendments import decide_amendment, propose_amendment
from loans.services.applications import start_application
from loans.services.changes import propose_change
from loans.services.direct_intake import intake_application
from loans.services.missing import Wanted, ask_for_missing
from loans.services.payment_files import receive_payments, work_files
from loans.services.product_versions import draft_version
from loans.services.statement_imports import read_waiting, receive_statement
from loans.services.statements import LineDraft, add_statement, open_account
from monitoring.services.sweep import close_day
from risk.domain import fraud_settings, limits
from risk.services.file_audits import order_sample
from risk.services.fraud_trials import try_fraud_rules, work_trials
from risk.services.limit_settings import propose_limits
from risk.services.training_files import take_file
from tests.blacklist.conftest import subject
from tests.collateral.papers import sheet
from tests.config.lived import assert_in_order
from tests.loans.servicing.conftest import IBAN
from tests.monitoring.conftest import hear, spoil

LAST_DAY = date(2026, 3, 2)
STRANGER, HALF_SIGNED_IN, SECOND_FACTOR = "a stranger", "half signed in", "with a second factor"


@pytest.fixture
def whole_bank(transactional_db: None, nav_counts: None, settings: Any) -> Iterator[date]:
    """Five months of two dozen borrowers and the rest; gives the business date."""
    index.forget()
    # On a slow machine the walk takes longer than a sign-in counts as fresh.
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = settings.ACCOUNT_LOGIN_TIMEOUT = 24 * 60 * 60
    fill(lambda *_: None, last_day=LAST_DAY, borrowers=24, days=150)
    # A bank that is lived here anyway has its books and its decisions held, before rows are written that nobody could have brought about.
    assert_in_order(day=LAST_DAY)
    officer, compliance, risk = (User.objects.get(username=name) for name in ("officer1", "compliance1", "risk1"))
    branch = officer.branches.order_by("pk")[0]
    day = get_business_date()
    start_application(branch=branch, actor=officer, business_date=day, data={"product": "personal", "amount": "9000.00"})
    _screening(compliance, day)
    _account(officer)
    _ring(officer, day)
    _amended(officer, day)
    order_sample(size=5, since=date(2025, 1, 1), until=day, auditor="Prüf & Partner", actor=risk, business_date=day)
    draft_version(product=Product.objects.order_by("name")[0], actor=risk, business_date=day, note="Dearer")
    for name in ("validator2", "auditor2", "collections2"):
        propose_roles(user=User.objects.get(username=name), roles=set(), actor=User.objects.get(username="admin1"), path="/people/")
    propose_limits(kind="APPETITE", document=limits.as_document(limits.DEFAULTS) | {"from_book": "1"}, reason="Bind at once", actor=risk)
    propose_value_settings(document=as_document(DEFAULTS), reason="A quieter market", actor=risk, path="/collateral/calendar/")
    propose_inspection_settings(document=inspection_defaults() | {"stops": 4}, reason="Shorter days", actor=risk)
    bad = Loan.objects.filter(state="ACTIVE").order_by("-pk").first()
    assert bad is not None
    spoil(bad)
    _statements(officer)
    _limit(officer, bad)
    late = Loan.objects.filter(state="ACTIVE", days_past_due__gt=0).order_by("-pk")[0]
    values = {"start_date": day.isoformat(), "end_date": date(2026, 6, 1).isoformat()}
    propose_change(
        loan=late, kind="moratorium", values=values, reason="Illness", actor=User.objects.get(username="collections1"), business_date=day
    )
    _sold(day)
    _short_cover(day)
    _unseen(day)
    _receivables(officer, day)
    close_day(actor=None, actor_name="night")
    hear()
    InspectionRound.objects.update(inspector=User.objects.get(username="appraiser1"))
    table = io.BytesIO(b"dsti,months,bad\n0.2,40,0\n0.6,3,1\n")
    tried = fraud_settings.as_document(fraud_settings.DEFAULTS) | {"address_people": 3, "employer_people": 2}
    try_fraud_rules(document=tried, reason="Rings seen", actor=risk, business_date=get_business_date())
    work_trials()
    take_file(population="retail", upload=table, file_name="past-loans.csv", actor=risk, business_date=get_business_date())
    yield get_business_date()
    index.forget()


def _screening(compliance: User, day: date) -> None:
    """A watch list in versions, hits on it, files of entries, and entries of the bank's own in two states."""
    watch_list = WatchList.objects.create(code="house", title="House list", format="plain")
    names = ("Viktor Baranov", "Milica Jovanović", "Ana Kovács", "Ivo Horvat", "Petra Gruber")
    for content in (names[:3], names[:4], names, names[:2]):
        rows = "".join(f"{number},{name},person,ID{number}0000,{1960 + number}\n" for number, name in enumerate(content))
        import_watch_list(
            watch_list=watch_list,
            files={"list": io.BytesIO(f"uid,name,kind,passport,birth_dates\n{rows}".encode())},
            actor=compliance,
            business_date=day,
        )
    for borrower, name in zip(Borrower.objects.order_by("pk"), names, strict=False):
        screen_subject(subject=subject(key=f"borrower:{borrower.pk}", names=(name,)), purpose="submission", business_date=day)
    for number in range(4):
        rows = "".join(f"person,{name},fraud,Convicted in {2020 + number}.\n" for name in names)
        content = f"kind,name,reason_code,evidence\n{rows}person,Dr.,fraud,x\n"
        preview_entries(stream=io.BytesIO(content.encode()), file_name=f"entries{number}.csv", actor=compliance, business_date=day)
    for name in ("Dragan Petrovic", "Zoran Petrovic", "Vesna Marković", "Luka Babić"):
        confirm_entry(entry=_propose(name, day), actor=compliance, business_date=day)
    _propose("Mira Šarić", day)


def _propose(name: str, day: date) -> BlacklistEntry:
    return propose_entry(
        subject_kind_code="person",
        names=[name],
        birth_date=date(1971, 5, 4),
        identifiers={"national_id": f"ID{sum(map(ord, name))}"},
        addresses=["Nemanjina 4, 11000 Beograd"],
        country="RS",
        reason_code="default",
        evidence="A loan elsewhere is 120 days past due.",
        source="person",
        source_reference="LN-20001",
        subject_key=f"person:{name}",
        actor=User.objects.get(username="collections1"),
        business_date=day,
    )


def _account(officer: User) -> None:
    borrower = Borrower.objects.filter(branch__in=officer.branches.all()).order_by("pk")[0]
    account = open_account(borrower=borrower, iban=IBAN, bank_name="Harbour Bank", actor=officer)
    lines = [LineDraft(f"l{n}", date(2026, 2, n), Decimal(n * 100 - 700), "CARD", Decimal(n), f"Booking {n}") for n in range(1, 15)]
    add_statement(account=account, lines=lines, currency="EUR", source="test", actor=officer)


def _ring(officer: User, day: date) -> None:
    """Four people whose money would go to one account: their files hold each other up."""
    branch = officer.branches.order_by("pk")[0]
    for number in range(4):
        person = replace(invent(800 + number, Random(number), day, company=False), iban=IBAN)
        data = intake_data(person, "personal", Decimal(8000), 24, "home_improvement")
        made = intake_application(data=data, branch=branch, actor=officer, business_date=day)
    # One file of statements with a line that cannot be read.
    rows = f"account,date,amount,currency,text\n{IBAN},2026-02-03,1500.00,EUR,Salary\n{IBAN},2026-02-31,-20.00,EUR,Card\n"
    receive_statement(application=made, upload=SimpleUploadedFile("account.csv", rows.encode()), partner=None, actor=officer)
    read_waiting()
    # The applicant of the last one has something to send.
    items = [Wanted("document", "payslips", "Last three payslips"), Wanted("fact", "savings", "Where the savings come from")]
    ask_for_missing(application=made, items=items, text="", until=day + timedelta(days=30), actor=officer, business_date=day)


def _amended(officer: User, day: date) -> None:
    """A customer whose e-mail address was amended by two people, and who applies again with another phone number."""
    person = replace(invent(800, Random(0), day, company=False), phone="+49 40 5550100")
    data = intake_data(person, "personal", Decimal(9000), 24, "home_improvement")
    borrower = intake_application(data=data, branch=officer.branches.order_by("pk")[0], actor=officer, business_date=day).borrower
    assert borrower is not None
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.4 letter")
    asked = propose_amendment(
        borrower=borrower, changes={"email": "new@example.org"}, reason="By letter", upload=letter, actor=officer, business_date=day
    )
    decide_amendment(amendment=asked, confirm=True, actor=User.objects.get(username="risk1"), business_date=day)


def _limit(officer: User, bad: Loan) -> None:
    """One of the officer's loans stands under a revolving limit of twice its amount."""
    loan = Loan.objects.filter(branch__in=officer.branches.all(), state="ACTIVE").exclude(pk=bad.pk).order_by("pk")[0]
    drawn = loan.outstanding_principal + loan.undrawn
    Facility.objects.filter(pk=loan.facility_id).update(
        revolving=True, end_date=date(2028, 3, 2), drawn=drawn, limit_amount=loan.principal * 2, state="AVAILABLE"
    )


def _sold(day: date) -> None:
    """What secured a loan was sold for more than is owed: the rest waits for the owner."""
    loan = Loan.objects.filter(state="ACTIVE", application__pledges__state="PERFECTED").order_by("pk")[0]
    Loan.objects.filter(pk=loan.pk).update(days_past_due=95)
    pledge = Pledge.objects.filter(application=loan.application_id, state="PERFECTED")[0]
    sale = {
        "sold_date": day,
        "price": loan.principal * 3,
        "costs": Decimal(400),
        "reason": "Auctioned",
        "buyer": "Keller Works",
        "remark": "Auctioned",
        "payee": "Court of Hamburg",
        "papers": Papers(sheet("record.pdf", "sale"), sheet("invoice.pdf", "costs"), sheet("statement.pdf", "price")),
        "received_date": day,
    }
    shared = {"asset": pledge.asset, "business_date": day}
    propose_enforcement(**shared, **sale, actor=User.objects.get(username="collections1"))
    decide_enforcement(**shared, confirm=True, reason="Seen", actor=User.objects.get(username="risk2"))


def _short_cover(day: date) -> None:
    """Assets whose market fell away: the night calls for what the contracts ask."""
    for loan in Loan.objects.filter(state="ACTIVE", application__pledges__state="PERFECTED").order_by("-pk")[:6]:
        agreed = {"min_coverage": 1, "agreed_date": day, "reason": "Agreed in the contract"}
        Covenant.objects.update_or_create(application_id=loan.application_id, defaults=agreed)
        values = Valuation.objects.filter(asset__pledges__application=loan.application_id, state="ACCEPTED")
        values.update(market_value=loan.outstanding_principal / 2)


def _unseen(day: date) -> None:
    """Assets that nobody has seen for years: the night gives rounds out."""
    pledged = Pledge.objects.filter(state="PERFECTED").order_by("-pk").values_list("asset", flat=True)[:6]
    Asset.objects.filter(pk__in=list(pledged)).update(registered_date=day - timedelta(days=1500))


def _receivables(officer: User, day: date) -> None:
    """A file of receivables that nobody has taken in yet, one line of which cannot be used."""
    lines = "".join(f"Debtor {n};F-{n};{n}00.00;EUR;2026-02-01;2026-06-01\n" for n in range(6))
    content = f"debtor_name;invoice_number;nominal;currency;issued_date;due_date\n{lines}".encode()
    asset = Asset.objects.filter(kind="RECEIVABLES", currency="EUR", state="REGISTERED").order_by("-pk")[0]
    preview_receivables(asset=asset, stream=io.BytesIO(content), file_name="assigned.csv", actor=officer, business_date=day)


def _statements(officer: User) -> None:
    """Files of incoming payments, with lines that no loan is named in."""
    for number in range(4):
        rows = "".join(f"{IBAN};2026-03-01;{number * 10 + line}.00;EUR;Thank you\n" for line in range(1, 6))
        content = f"account;date;amount;currency;text\n{rows}".encode()
        receive_payments(upload=SimpleUploadedFile(f"statement{number}.csv", content), actor=officer)
    work_files()


def visitors() -> dict[str, Client]:
    """Somebody of each role signed in with a password, a person with a second factor, one on the way in, and a stranger."""
    clients = {}
    for person in User.objects.filter(username__endswith="1").order_by("pk"):
        clients[person.username] = _signed_in(person.username)
    clients[SECOND_FACTOR] = client = _signed_in("officer2")
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    client.post(reverse("mfa_activate_totp"), {"code": code})
    clients[HALF_SIGNED_IN] = _signed_in("officer2")
    clients[STRANGER] = Client()
    return clients


def _signed_in(username: str) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": username, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client
