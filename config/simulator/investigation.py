"""The investigation of one application: papers, bureau, visit, accounts, facts, signals, and the second person's sign-off."""

from __future__ import annotations

import json
from datetime import date
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from config.simulator.annual_accounts import accounts_table, debt_service_of
from config.simulator.bank import House
from config.simulator.people import POSTCODES, Invented
from loans.models import Application
from loans.services.documents import store_document
from loans.services.holds import is_held
from risk.models import AnnualAccounts, Fact, FraudSignal, Investigation
from risk.services import bureau, investigations, putting_up
from risk.services.accounts import import_accounts
from risk.services.cross_checks import differences
from risk.services.facts import record_fact
from risk.services.field_work import explain_difference, record_visit
from risk.services.fraud import judge_signal, look_for_fraud
from risk.services.registered_addresses import record_registered_address
from risk.services.sign_off import sign_off_investigation

# Every file has papers of its own: the same bytes in two would be a fraud signal.
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


CENT = Decimal("0.01")


def _paper(name: str, application: Application) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.pdf", PDF + f"%{application.reference}\n".encode(), "application/pdf")


def investigate(house: House, application: Application, person: Invented, day: date, *, finish: bool = True) -> None:
    """Checklist, facts with evidence, summary; then a second person signs off, which scores and holds against policy."""
    actor = house.people["investigator1"]
    file = Investigation.objects.get(application=application)
    investigations.take_investigation(investigation=file, actor=actor, business_date=day)
    evidence = store_document(application=application, kind="identity", upload=_paper("identity", application), actor=actor)
    for item in file.items.filter(required=True):
        investigations.complete_item(item=item, in_order=True, note="In order.", evidence=evidence, actor=actor, business_date=day)
    ask_bureau(house, application, person, day)
    found = facts_found(person)
    if person.kind == "company":
        photo = SimpleUploadedFile("front.png", PNG + application.reference.encode(), "image/png")
        record_visit(
            application=application,
            kind="VISIT",
            seen_date=day,
            people="The managing director",
            findings="Workshop and stock seen; business is running.",
            address="AGREES",
            address_seen="",
            place=(Decimal("54.12") + len(person.name) * Decimal("0.004321"), Decimal("8.86") + len(person.city) * Decimal("0.003217"), 9),
            measured=True,
            why_without="",
            photos=[photo],
            actor=actor,
            business_date=day,
        )
        record_registered_address(
            application=application,
            register="COMPANY",
            number=person.identifier,
            as_of_date=day,
            line=person.line1,
            postcode=POSTCODES[person.city],
            city=person.city,
            country="DE",
            document=store_document(
                application=application, kind="register_extract", upload=_paper("register-extract", application), actor=actor
            ),
            actor=actor,
            business_date=day,
        )
        table = SimpleUploadedFile("annual-accounts.csv", accounts_table(person, day), "text/csv")
        accounts = import_accounts(application=application, upload=table, actor=actor, business_date=day)[-1]
        found.append(("debt_service", debt_service_in(accounts), "Loan contracts"))
    for code, value, source in found:
        record_fact(
            application=application,
            code=code,
            value=value,
            source=source,
            authenticity=Fact.Authenticity.DOCUMENT,
            as_of_date=day,
            actor=actor,
            business_date=day,
            evidence=evidence,
        )
    if not finish:
        return
    for row in differences(application, business_date=day):
        explain_difference(
            application=application,
            check_code=row.code,
            code="UNRESOLVED",
            reason="Asked; no answer that holds.",
            actor=actor,
            business_date=day,
        )
    file.refresh_from_db()
    putting_up.submit_investigation(investigation=file, summary="Documents seen, figures plausible.", actor=actor, business_date=day)
    judge_signals(house, application, day)
    explained = [str(row.explanation.pk) for row in differences(application, business_date=day) if row.explanation]
    sign_off_investigation(investigation=file, actor=house.people["investigator2"], business_date=day, explanations_seen=explained)


def ask_bureau(house: House, application: Application, person: Invented, day: date) -> None:
    """The bureau delivers its file on the applicant, the investigator orders the report, and it comes in."""
    borrower = application.borrower
    assert borrower is not None  # a submitted application has one
    # A company pays its lenders what its accounts say; the bureau sees the same.
    company = person.kind == "company"
    monthly = (debt_service_of(person, day) / 12).quantize(CENT, ROUND_DOWN) if company else person.obligations
    account = {"lender": "Other bank", "outstanding": str(person.debt), "monthly_payment": str(monthly), "dpd": 0}
    report = {
        "report": f"SB-{application.reference}",
        "as_of": day.isoformat(),
        "subject": {
            "name": borrower.name,
            "birth_date": borrower.birth_date.isoformat() if borrower.birth_date else "",
            # Companies are registered elsewhere; the bureau knows where people live.
            "address": None if company else address_of(person),
        },
        "worst_dpd": person.worst_dpd,
        "enquiries_6m": person.enquiries,
        "accounts": [account] if person.debt or person.obligations else [],
    }
    folder = Path(settings.CREDENCE_BUREAU_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{borrower.reference}.json").write_text(json.dumps(report))
    who: dict[str, Any] = {"application": application, "borrower": borrower, "actor": house.people["investigator1"], "business_date": day}
    signed = store_document(application=application, kind="consent", upload=_paper("consent", application), actor=who["actor"])
    bureau.record_bureau_consent(given_date=day, document=signed, **who)
    bureau.order_report(**who)
    bureau.fetch_due(business_date=day)


def address_of(person: Invented) -> dict[str, str]:
    """Where registers have somebody: where they say they are."""
    return {"line1": person.line1, "postcode": POSTCODES[person.city], "city": person.city, "country": "DE"}


def judge_signals(house: House, application: Application, day: date) -> None:
    """What joins a file to others by chance is explained. A file whose money goes to the account of others' payees, or that came from
    another's device, stays held."""
    signals = list(FraudSignal.objects.filter(application=application, state=FraudSignal.State.OPEN).select_related("application"))
    if any(signal.rule in ("PAYEE", "DEVICE") for signal in signals):
        return
    for signal in signals:
        reason = "Asked at the branch: two households in one house." if signal.rule == "ADDRESS" else "Asked at the branch: another person."
        judge_signal(signal=signal, state="EXPLAINED", reason=reason, actor=house.people["compliance1"], business_date=day)


def is_cleared(house: House, application: Application, day: date) -> bool:
    """Whether nothing holds a file once it was looked at beside all others and what chance joins was explained."""
    look_for_fraud(application=application, business_date=day)
    judge_signals(house, application, day)
    return not is_held(application)


def debt_service_in(accounts: AnnualAccounts) -> Decimal:
    """What an invented company pays its lenders in a year: nothing has changed since its accounts."""
    return Decimal(accounts.figures["interest_paid"]) + Decimal(accounts.figures["principal_repaid"])


def facts_found(person: Invented) -> list[tuple[str, Any, str]]:
    """What the investigation finds of a borrower."""
    found: list[tuple[str, Any, str]] = [
        ("identity_verified", "true", "Identity document"),
    ]
    if person.kind == "company":
        return [*found, ("years_in_business", person.years, "Company register")]
    return [
        *found,
        ("monthly_income", person.income, "Payslips"),
        ("living_expenses", 700, "Household table"),
        ("employment_months", person.employment_months, "Employer's letter"),
    ]
