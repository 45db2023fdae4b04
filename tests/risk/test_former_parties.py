"""A returned file that is handed in without somebody: they are one risk with it all the same, and why they are gone has to be said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from core.models import AuditEntry, Branch, User
from loans.models import Application, FormerParty
from loans.selectors.groups import connected_to
from loans.services.applications import save_draft, start_application, submit_application
from risk.models import ApplicationTrace
from risk.services.cross_checks import unexplained
from risk.services.field_work import explain_difference
from risk.services.investigations import open_investigation, take_investigation
from risk.services.traces import lay_traces
from tests.risk.conftest import TODAY
from tests.risk.web.conftest import SignIn, sign_in

__all__ = ["sign_in"]
pytestmark = pytest.mark.django_db
SPOUSE = {
    "role": "spouse",
    "kind": "person",
    "name": "Jon Adler",
    "birth_date": "1981-05-02",
    "national_id": "ID-SPOUSE",
    "phone": "+49 40 5551",
}


DATA = {
    "product": "personal", "amount": "12000.00", "currency": "EUR", "term_months": "36", "purpose": {"code": "car", "text": "Estate car"},
    "applicant": {
        "kind": "person", "name": "Freya Lindqvist", "birth_date": "1986-05-04", "national_id": "L01X00T47",
        "income": [{"kind": "salary", "monthly_amount": "4200.00"}],
    },
}  # fmt: skip


@pytest.fixture
def hand_in(product: None, branch: Branch, officer: User) -> Callable[..., Application]:
    """Hand one file in, and again, with these related parties."""
    step: dict[str, Any] = {"actor": officer, "business_date": TODAY}
    made: list[Application] = []

    def again(*related: dict[str, Any]) -> Application:
        data = DATA | {"related_parties": list(related)}
        if made:
            Application.objects.filter(pk=made[0].pk).update(state="RETURNED")
            save_draft(application=made[0], data=data, actor=officer)
        else:
            made.append(start_application(branch=branch, data=data, **step))
        submit_application(application=Application.objects.get(pk=made[0].pk), **step)
        return Application.objects.get(pk=made[0].pk)

    return again


def connected(application: Application) -> int:
    assert application.borrower is not None
    return connected_to(application.borrower).people


def spouse_traces(application: Application) -> int:
    lay_traces(application)
    return ApplicationTrace.objects.filter(application=application, borrower__name=SPOUSE["name"]).count()


def test_stay_one_risk_with_the_file_and_meet_other_files(hand_in: Callable[..., Application]) -> None:
    first = hand_in(SPOUSE)
    people, traces = connected(first), spouse_traces(first)
    assert people == 2 and traces
    again = hand_in()
    assert not again.parties.filter(part="SPOUSE").exists() and FormerParty.objects.get().part == "SPOUSE"
    assert (connected(again), spouse_traces(again)) == (people, traces)
    entry = AuditEntry.objects.get(action="application.party_dropped")
    assert entry.details["part"] == "SPOUSE" and SPOUSE["name"] not in str(entry.details)


def test_have_to_be_explained_until_they_are_parties_again(
    hand_in: Callable[..., Application], investigator: User, officer: User, sign_in: SignIn
) -> None:
    hand_in(SPOUSE)
    again = hand_in()
    take_investigation(investigation=open_investigation(application=again, business_date=TODAY), actor=investigator, business_date=TODAY)
    (code,) = [one for one in unexplained(again, business_date=TODAY) if one.startswith("party_dropped")]
    page = sign_in(officer).get(reverse("loans:application_detail", args=[again.pk])).text
    assert "No party any more" in page and SPOUSE["name"] in page
    why = {"check_code": code, "code": "CHANGED", "reason": "Divorced.", "actor": investigator, "business_date": TODAY}
    explain_difference(application=again, **why)
    assert code not in unexplained(again, business_date=TODAY)
    back = hand_in(SPOUSE)
    assert not [one for one in unexplained(back, business_date=TODAY) if one.startswith("party_dropped")]
    assert "No party any more" not in sign_in(officer).get(reverse("loans:application_detail", args=[back.pk])).text
    hand_in()
    assert FormerParty.objects.count() == 1
