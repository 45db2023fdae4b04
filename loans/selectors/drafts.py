"""What an officer goes on with: the draft as it was kept, or a returned application back in the shape of the form."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import Any

from core.four_eyes import fingerprint
from core.money import to_text
from loans.domain.consents import recorded_in_house
from loans.models import Application, ApplicationParty, Borrower


def fingerprint_of(data: dict[str, Any]) -> str:
    """Tells one request from another, however it is handed in."""
    return fingerprint({key: value for key, value in data.items() if key != "submit"})


def began_with(application: Application, data: dict[str, Any]) -> bool:
    """Whether this is what the application was first sent as. No query."""
    return application.external_fingerprint == fingerprint_of(data)


def kept_draft(application: Application) -> dict[str, Any]:
    """The JSON of `POST /applications` for this file. Once submitted, it is put together from the rows it was taken into."""
    if application.draft:
        draft: dict[str, Any] = json.loads(application.draft)
        return draft
    if application.borrower is None or application.product_version is None or application.amount is None:
        return {}
    parties = list(application.parties.select_related("borrower").order_by("id"))
    # Owners of collateral came with the register, not with the form.
    related = [party for party in parties if party.part not in (ApplicationParty.Part.APPLICANT, ApplicationParty.Part.PLEDGOR)]
    stated = application.stated
    places: list[dict[str, Any]] = json.loads(application.stated_places) if application.stated_places else []
    return {
        "product": application.product_version.product.code,
        "amount": to_text(application.amount, application.currency),
        "currency": application.currency,
        "term_months": str(application.term_months),
        "purpose": {
            "code": application.purpose_code,
            "text": application.purpose_text,
            "payees": [{"name": application.payee_name, "iban": application.payee_iban}],
        },
        "applicant": _person(application.borrower)
        | {name: stated[name] for name in ("income", "obligations", "employment", "financials") if name in stated},
        "collateral": [{**item, **(place or {})} for item, place in zip_longest(application.stated_collateral, places)],
        "related_parties": [{"role": party.part.lower(), **_person(party.borrower)} for party in related],
        # Those the house recorded stay where they are, whatever is handed in anew.
        "consents": [row for row in application.consents if row not in recorded_in_house(application.consents)],
    }


def _person(borrower: Borrower) -> dict[str, Any]:
    return {
        "kind": borrower.kind.lower(),
        "name": borrower.name,
        "birth_date": borrower.birth_date.isoformat() if borrower.birth_date else "",
        "national_id": borrower.national_id,
        "registration_number": borrower.registration_number,
        "tax_id": borrower.tax_id,
        "phone": borrower.phone,
        "email": borrower.email,
        "industry": borrower.industry,
        "address": {
            "line1": borrower.address_line,
            "city": borrower.city,
            "postcode": borrower.postcode,
            "country": borrower.country,
        },
    }
