"""What tests of decisions have in common: deciding as asked for, a statement that comes in, and nothing having happened."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.models import Branch, Proposal, User
from core.roles import Role
from loans.models import (
    Application,
    ApplicationOutcome,
    BankAccount,
    Document,
    StatementImport,
    StatementLine,
)
from risk.domain.limits import DEFAULTS, as_document
from risk.models import Decision, InvestigationStep, LimitSettings, ModelVersion, PolicyEvaluation, Recommendation
from risk.services.decisions import decide
from risk.services.models import register_model
from tests.risk.conftest import TODAY, make_person

Make = Callable[..., Any]
LARGE = "300000.00"


def decided(application: Application, actor: User, **changes: Any) -> Decision | Recommendation:
    """Approve as asked for, unless told otherwise."""
    terms: dict[str, Any] = {
        "outcome": "APPROVED",
        "amount": None,
        "term_months": None,
        "annual_rate": None,
        "conditions": [],
        "reasons": [],
        "rationale": "Carries it with room.",
        "override_code": "",
    }
    if changes.get("outcome") == "COUNTER_OFFERED":
        terms["reasons"] = [{"code": "PORTFOLIO", "text": "At present we lend no more of this kind."}]
    return decide(application=application, actor=actor, **({"business_date": TODAY} | terms | changes))


def lend_at_most(*, above: Decimal) -> None:
    """Put an appetite in force by which nobody lends more than this above the highest price of a product."""
    document = as_document(replace(DEFAULTS, rate_margin=above))
    people = [make_person(f"appetite_{number}", Branch.objects.get(code="B1"), Role.RISK_MANAGER) for number in (1, 2)]
    LimitSettings.objects.create(
        kind="APPETITE", number=1, state="ACTIVE", document=document, reason="Set by a test", proposed_by=people[0], confirmed_by=people[1]
    )


def receive_statement(application: Application, day: date) -> StatementImport:
    """A statement of one gambling debit on the applicant's account, read."""
    assert application.borrower is not None
    account = BankAccount.objects.create(borrower=application.borrower, iban="DE89370400440532013000")
    file = StatementImport.objects.create(application=application, account=account, source="Branch", sha256="cd" * 32, state="DONE")
    StatementLine.objects.create(
        account=account, statement=file, external_id="1", date=day, amount=Decimal(-2000), currency="EUR", category="GAMBLING"
    )
    return file


def put_papers_on_file(settings: Any, folder: Path) -> None:
    """Write a file behind every document of these tests, in a store of its own."""
    settings.MEDIA_ROOT = folder
    for row in Document.objects.all():
        path = folder / row.stored_as
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(row.name.encode())
        Document.objects.filter(pk=row.pk).update(sha256=hashlib.sha256(row.name.encode()).hexdigest())


def did_before(application: Application, person: User, did: str = "SIGNED") -> None:
    """This person signed the investigation once, or did another step of it, whoever did in the end."""
    InvestigationStep.objects.create(application=application, did=did, person=person, done_date=TODAY)


def put_another_scorecard_in_force(model: ModelVersion, learnt: dict[str, Any], **changes: Any) -> None:
    """With this in the place of its table of grades or its cut-off."""
    definition = learnt["definition"] | {"grades": learnt["definition"]["grades"] | changes}
    ModelVersion.objects.filter(pk=model.pk).update(state="RETIRED")
    newer = register_model(name="retail", actor=None, business_date=TODAY, **learnt | {"definition": definition})
    ModelVersion.objects.filter(pk=newer.pk).update(state="ACTIVE", activated_date=TODAY)


def read(application: Application) -> dict[str, str]:
    """What the form to decide says of the assessment it was shown with, where somebody has just opened it."""
    return {"evaluation": str(PolicyEvaluation.objects.filter(application=application)[0].pk)}


def nothing_happened() -> bool:
    return not (
        Decision.objects.exists() or Recommendation.objects.exists() or Proposal.objects.exists() or ApplicationOutcome.objects.exists()
    )
