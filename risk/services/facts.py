"""Facts are only added: a newer one of the same code is known from later and counts from then on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from core import audit
from core.errors import DomainError, Fault
from core.models import User
from loans.models import Application, Document
from loans.selectors.intake_hands import takers_of
from risk.domain.affordability import step_of
from risk.domain.cross_checks import STATED, is_the_systems
from risk.domain.facts import CATALOGUE
from risk.models import Fact
from risk.selectors.facts import SHOWN
from risk.services.file_work import lock_file

SYSTEM = "system"
OLDEST_YEARS = 10


class UnableToRecordFact(DomainError):
    """The fact cannot be recorded; `faults` name the fields."""

    title = "This fact cannot be recorded"
    messages = {
        "not_entitled": "Only a credit investigator records facts.",
        "foreign_document": "The document belongs to another application.",
    }


@transaction.atomic
def record_fact(
    *,
    application: Application,
    code: str,
    value: object,
    source: str,
    authenticity: str,
    as_of_date: date,
    actor: User,
    business_date: date,
    evidence: Document | None = None,
    of_accounts: bool = False,
) -> Fact:
    """Record one checked fact. After sign-off this voids the sign-off and a decision that waits for its second person.

    `of_accounts`: it comes with the annual accounts, which are entered in a form of their own and name themselves as the source.

    Raises UnableToRecordFact with a fault per field; UnableToInvestigate as `lock_for_work` does.
    """
    step = step_of(application.currency)
    stored = _checked(code, value, step, source, authenticity, as_of_date, business_date, evidence, of_accounts)
    _check_age(application, as_of_date, business_date)
    if evidence is not None and evidence.application_id != application.pk:
        raise UnableToRecordFact(
            "foreign_document", faults=[Fault("evidence", "foreign_document", "The document belongs to another application.")]
        )
    if evidence is not None and authenticity == Fact.Authenticity.THIRD_PARTY and is_handed_in(evidence, application):
        words = f"{evidence.uploaded_by_name} handed this paper in, so it is a document. A third party sends its paper to the bank itself."
        raise UnableToRecordFact("invalid", faults=[Fault("authenticity", "handed_in", words)])
    lock_file(application, actor=actor, business_date=business_date)
    fact = Fact.objects.create(
        application=application,
        code=code,
        value=stored,
        source=source.strip(),
        authenticity=authenticity,
        evidence=evidence,
        as_of_date=as_of_date,
        recorded_date=business_date,
        author=actor,
        author_name=actor.full_name,
    )
    audit.record(
        "fact.recorded",
        actor=actor,
        target=application,
        business_date=business_date,
        code=code,
        value=stored,
        authenticity=authenticity,
        source=fact.source,
    )
    return fact


def is_handed_in(paper: Document, application: Application) -> bool:
    """Whether a paper came from somebody who wants the loan:
    a partner or the applicant, themselves or through who took the application in.
    """
    return paper.uploaded_by_id is None or paper.uploaded_by_id in takers_of(application)


def _check_age(application: Application, as_of_date: date, business_date: date) -> None:
    """Nothing of a file is as old as this: a day like that was mistyped."""
    born = application.borrower.birth_date if application.borrower else None
    words = ""
    if born is not None and as_of_date < born:
        words = f"The applicant was born on {born:%d %b %Y}; nothing was true of them before."
    elif as_of_date.year < business_date.year - OLDEST_YEARS:
        words = f"A fact of more than {OLDEST_YEARS} years ago says nothing of the applicant today."
    if words:
        raise UnableToRecordFact("invalid", faults=[Fault("as_of_date", "too_early", words)])


def record_computed(
    *,
    application: Application,
    facts: Mapping[str, tuple[Any, str, str]],
    business_date: date,
    as_of_dates: Mapping[str, date] | None = None,
    author_name: str = SYSTEM,
) -> list[Fact]:
    """Add facts the system worked out: {code: (value, source, authenticity)}. Values that are None are left out."""
    rows = computed(
        application=application, facts=facts, business_date=business_date, as_of_dates=as_of_dates or {}, author_name=author_name
    )
    return Fact.objects.bulk_create(rows)


def computed(
    *,
    application: Application,
    facts: Mapping[str, tuple[Any, str, str]],
    business_date: date,
    as_of_dates: Mapping[str, date],
    author_name: str = SYSTEM,
) -> list[Fact]:
    """The same, still to be added."""
    step = step_of(application.currency)
    return [
        Fact(
            application=application,
            code=code,
            value=CATALOGUE[code].canonical(value, step),
            source=source[:80],
            authenticity=authenticity,
            as_of_date=as_of_dates.get(code, business_date),
            recorded_date=business_date,
            author_name=author_name,
        )
        for code, (value, source, authenticity) in facts.items()
        if value is not None
    ]


def record_stated(*, application: Application, business_date: date) -> list[Fact]:
    """What the applicant says, as unverified facts: income, obligations, debt, employment, company figures."""
    stated = stated_values(application.stated or {})
    found: dict[str, tuple[Any, str, str]] = {}
    for code, value in stated.items():
        try:
            CATALOGUE[code].canonical(value, step_of(application.currency))
        except ValueError:
            continue  # what the applicant wrote has no such form; the investigator will ask
        found[code] = (value, STATED, Fact.Authenticity.UNVERIFIED)
    return record_computed(application=application, facts=found, business_date=business_date, author_name="applicant")


def stated_values(stated: Mapping[str, Any]) -> dict[str, Any]:
    """The applicant's words under the catalogue's codes. Lists of incomes and obligations are summed; what no line of them says is left
    out, and so is what one of several obligations does not say: the sum would leave it out and look lighter than it is.
    """
    found: dict[str, Any] = {}
    income = _sum(stated.get("income"), "monthly_amount")
    if income is not None:
        found["monthly_income"] = income
    obligations = _sum(stated.get("obligations"), "monthly_payment", whole=True)
    if obligations is not None:
        found["monthly_obligations"] = obligations
    debt = _sum(stated.get("obligations"), "outstanding", whole=True)
    if debt is not None:
        found["total_debt"] = debt
    for part in (stated.get("employment"), stated.get("financials"), stated):
        if isinstance(part, Mapping):
            for code, value in part.items():
                kind = CATALOGUE.get("employment_months" if code == "months" else code)
                if kind is not None and not kind.computed and not isinstance(value, list | dict | float) and value not in (None, ""):
                    found.setdefault(kind.code, value)
    return found


def _sum(rows: Any, name: str, *, whole: bool = False) -> Decimal | None:
    """The sum over the rows that say it; with `whole` nothing where one of them does not."""
    if not isinstance(rows, list):
        return None
    said: list[Decimal] = []
    for row in rows:
        try:
            value = (row or {}).get(name)
            if value not in (None, ""):
                said.append(Decimal(str(value)))
        except (ArithmeticError, AttributeError):
            return None
    return sum(said, Decimal(0)) if said and (len(said) == len(rows) or not whole) else None


def _checked(
    code: str,
    value: object,
    step: Decimal,
    source: str,
    authenticity: str,
    as_of_date: date,
    business_date: date,
    evidence: Document | None,
    of_accounts: bool,
) -> str:
    faults: list[Fault] = []
    kind = CATALOGUE.get(code)
    stored = ""
    if kind is None or kind.computed:
        faults.append(Fault("code", "unknown_fact", "Choose a fact of the catalogue that people record."))
    else:
        try:
            stored = kind.canonical(value, step)
        except ValueError as error:
            faults.append(Fault("value", "invalid", str(error)))
    if not source.strip() or len(source.strip()) > 80:
        faults.append(Fault("source", "required", "Name the source in at most 80 characters."))
    elif not of_accounts and is_the_systems(source):
        faults.append(
            Fault("source", "reserved", "The system itself writes this source. Name the paper or the person the fact comes from.")
        )
    if authenticity not in Fact.Authenticity.values:
        faults.append(Fault("authenticity", "unknown", "Choose how the fact was verified."))
    elif authenticity in SHOWN and evidence is None:
        faults.append(Fault("evidence", "required", "A fact verified by a document or a third party needs the paper that shows it."))
    if as_of_date > business_date:
        faults.append(Fault("as_of_date", "future", "The fact cannot be true from a future day."))
    if faults:
        raise UnableToRecordFact("invalid", faults=faults)
    return stored
