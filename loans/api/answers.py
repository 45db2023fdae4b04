"""What partners are shown of applications and products."""

from __future__ import annotations

from typing import Any

from core.money import to_text
from loans.models import Application, ApplicationOutcome, ProductVersion


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


def missing_items(application: Application) -> list[dict[str, str]]:
    """Documents the product asks for that are not on file yet."""
    version = application.product_version
    if version is None:
        return []
    found = set(application.documents.values_list("kind", flat=True))
    return [
        {"kind": "document", "code": item["code"], "title": item["title"]}
        for item in version.required_documents
        if item["code"] not in found
    ]


def application_answer(application: Application) -> dict[str, Any]:
    """One application. `in_review` is true while anything holds it, and at random on some clean files, so that it tells nothing."""
    amount = to_text(application.amount, application.currency) if application.amount is not None else None
    held = application.holds.filter(released_at=None).exists()
    return {
        "id": str(application.pk),
        "reference": application.reference,
        "status": application.state,
        "product": application.product_version.product.code if application.product_version else None,
        "amount": amount,
        "currency": application.currency,
        "term_months": application.term_months,
        "external_reference": application.external_reference,
        "parties": [
            {"id": str(party.pk), "role": party.part.lower(), "name": party.borrower.name}
            for party in application.parties.select_related("borrower").order_by("id")
        ],
        "missing": missing_items(application),
        "in_review": held or application.sampled_for_review,
        "created_at": application.created_at.isoformat().replace("+00:00", "Z"),
        "submitted_at": application.submitted_at.isoformat().replace("+00:00", "Z") if application.submitted_at else None,
    }


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
        "decided_at": outcome.decided_at.isoformat().replace("+00:00", "Z"),
    }
