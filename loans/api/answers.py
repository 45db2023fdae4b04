"""What partners are shown of applications and products."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.money import to_text
from loans.domain.states import ApplicationState
from loans.models import Application, ApplicationOutcome, ProductVersion
from loans.selectors.missing import awaited, open_request_of
from loans.services.intake import read_intake


def product_answer(version: ProductVersion) -> dict[str, Any]:
    """The terms a partner may offer."""
    return {
        "code": version.product.code,
        "name": version.product.name,
        "description": version.product.description,
        "version": version.number,
        "currency": version.currency,
        "borrower_kinds": [kind.lower() for kind in version.borrower_kinds],
        "min_amount": to_text(version.min_amount, version.currency),
        "max_amount": to_text(version.max_amount, version.currency),
        "min_term_months": version.min_term_months,
        "max_term_months": version.max_term_months,
        "annual_rate": format(version.annual_rate.normalize(), "f"),
        "method": version.method,
        "purposes": version.purposes,
        "collateral_kinds": [kind.lower() for kind in version.collateral_kinds],
        "collateral_required": version.collateral_required,
        "required_documents": version.required_documents,
        "fees": version.fees,
    }


def missing_items(application: Application, today: date) -> list[dict[str, str]]:
    """What the application still needs: what the applicant was asked for, documents the product asks for, and facts a draft lacks for
    being submitted."""
    version = application.product_version
    if version is None:
        return []
    asked = awaited(open_request_of(application))
    found = {document.kind for document in application.documents.all()} if version.required_documents else set()
    missing = [
        {"kind": "document", "code": item["code"], "title": item["title"]}
        for item in version.required_documents
        if item["code"] not in found and item["code"] not in {one["code"] for one in asked}
    ]
    missing = [*asked, *missing]
    if application.state == ApplicationState.DRAFT:
        _, faults = read_intake(json.loads(application.draft or "{}"), version, today)
        missing += [{"kind": "fact", "code": fault.field, "title": fault.detail} for fault in faults]
    return missing


def application_answer(application: Application, today: date) -> dict[str, Any]:
    """One application. `in_review` is true while anything holds it, and at random on some clean files, so that it tells nothing."""
    amount = to_text(application.amount, application.currency) if application.amount is not None else None
    known = hasattr(application, "open_holds")
    asked = open_request_of(application)
    held = bool(application.open_holds) if known else application.holds.filter(released_at=None).exists()
    return {
        "id": str(application.pk),
        "reference": application.reference,
        "status": application.state,
        "product": application.product_version.product.code if application.product_version else None,
        "amount": amount,
        "currency": application.currency,
        "term_months": application.term_months,
        "external_reference": application.external_reference,
        "parties": [{"id": str(key), "role": part.lower(), "name": name} for key, part, name in _parties_of(application)],
        "missing": missing_items(application, today),
        "asked": {"text": asked.text, "until": asked.until.isoformat()} if asked else None,
        "in_review": held or application.sampled_for_review,
        "created_at": _instant(application.created_at),
        "submitted_at": _instant(application.submitted_at) if application.submitted_at else None,
    }


def _parties_of(application: Application) -> list[tuple[UUID, str, str]]:
    """Id, part and name of each party, oldest first: as they are at hand, else in one query."""
    if hasattr(application, "read_parties"):
        return [(party.pk, party.part, party.borrower.name) for party in application.read_parties]
    return list(application.parties.order_by("pk").values_list("pk", "part", "borrower__name"))


def decision_answer(application: Application, outcome: ApplicationOutcome) -> dict[str, Any]:
    """The decision in public words."""
    return {
        "outcome": outcome.outcome,
        "amount": to_text(outcome.amount, application.currency) if outcome.amount is not None else None,
        "currency": application.currency,
        "annual_rate": format(outcome.annual_rate.normalize(), "f") if outcome.annual_rate is not None else None,
        "term_months": outcome.term_months,
        "conditions": outcome.conditions,
        "reasons": outcome.reasons,
        "valid_until": outcome.valid_until.isoformat() if outcome.valid_until else None,
        "decided_at": _instant(outcome.decided_at),
    }


def _instant(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
