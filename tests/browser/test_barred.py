"""A barred borrower in the browser: stopped at another branch and by API, nobody who need not know learns why, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from blacklist.models import BlacklistEntry, ScreeningHit
from blacklist.selectors import index
from core.events import publish
from core.models import Branch, PartnerClient, User
from core.roles import Role
from core.services.partners import register_partner
from loans.events import LoanPassedMilestone
from loans.models import Application, Loan
from loans.services.direct_intake import intake_application
from risk.models import FraudSignal
from risk.services.fraud import judge_signal
from tests.api.client import SECRET, Api
from tests.api.conftest import application_form
from tests.browser.fixtures import WIDE, assert_accessible, assert_no_sideways_scroll
from tests.loans.servicing.conftest import (
    accepted,
    active,
    approver,
    branch,
    collector,
    hire,
    officer,
    other_branch,
    product,
    risk_manager,
    signed,
)
from tests.monitoring.conftest import hear

__all__ = ["accepted", "active", "approver", "branch", "collector", "officer", "other_branch", "product", "risk_manager", "signed"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WHO = {"kind": "person", "name": "Jonathan Feuerbach", "birth_date": "1985-04-12", "national_id": "ID-4711-01"}
TELLING = ("blacklist", "barred", "screen", "hold", "match", "sanction", "feuerbach, jonathan")


def shape(answer: dict[str, Any]) -> set[str]:
    """The fields an answer has, at any depth."""
    found: set[str] = set()
    for name, value in answer.items():
        found.add(name)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                found |= {f"{name}.{field}" for field in shape(inner)}
    return found


def sent_by(api: Api, number: int, **applicant: Any) -> dict[str, Any]:
    """An application as the partner sends it and reads it back, not among those that are marked at random."""
    form = application_form(number)
    form["applicant"] |= applicant
    answer = api.post("/applications", form)
    assert answer.status_code == 201, answer.content
    Application.objects.filter(pk=answer.json()["id"]).update(sampled_for_review=False)
    return dict(api.get(f"/applications/{answer.json()['id']}").json())


@pytest.fixture
def partner(branch: Branch) -> PartnerClient:
    return register_partner(name="First Partner", client_id="partner-1", client_secret=SECRET, branch=branch, actor=None)


@pytest.fixture
def other_partner(branch: Branch) -> PartnerClient:
    return register_partner(name="Second Partner", client_id="partner-2", client_secret=SECRET, branch=branch, actor=None)


def test_a_barred_borrower_is_stopped_everywhere_and_finds_the_way_back(
    new_page: Callable[..., Page],
    sign_in_page: Callable[[Page, User], None],
    active: Callable[..., Loan],
    branch: Branch,
    other_branch: Branch,
    collector: User,
    risk_manager: User,
    partner: PartnerClient,
    other_partner: PartnerClient,
    today: date,
) -> None:
    index.forget()
    compliance = hire("carl_compliance", Role.COMPLIANCE, branch=branch)
    elsewhere = hire("oscar_officer", Role.OFFICER, branch=other_branch)

    def as_(person: User) -> Page:
        page = new_page(width=WIDE)
        sign_in_page(page, person)
        return page

    loan = active(applicant=WHO)
    publish(LoanPassedMilestone(loan_id=loan.pk, business_date=today.isoformat(), milestone=91, days_past_due=91))
    hear()
    entry = BlacklistEntry.objects.get()
    guard = as_(compliance)
    guard.goto(reverse("blacklist:entry_detail", args=[entry.pk]))
    guard.get_by_role("button", name="Confirm entry").click()
    expect(guard.get_by_text("Active", exact=True).first).to_be_visible()
    hear()

    # At another branch, under another spelling and another number: the officer learns that the file is in review and no more.
    again = intake_application(
        data={
            "product": "consumer",
            "amount": "5000.00",
            "currency": "EUR",
            "term_months": 12,
            "purpose": {"code": "equipment", "text": "A lathe"},
            "applicant": WHO | {"name": "FEUERBACHER, Jonatan", "national_id": "NEW-ID-0001"},
        },
        branch=other_branch,
        actor=elsewhere,
        business_date=today,
    )
    desk = as_(elsewhere)
    desk.goto(reverse("loans:application_detail", args=[again.pk]))
    expect(desk.get_by_text("The file cannot go on until the review has ended.")).to_be_visible()
    assert "lacklist" not in desk.locator("#file-state").inner_text()
    assert_accessible(desk)
    for name, arguments in (("entry_detail", [entry.pk]), ("hit_list", []), ("hit_detail", [ScreeningHit.objects.latest("id").pk])):
        answer = desk.goto(reverse(f"blacklist:{name}", args=arguments))
        assert answer is not None and answer.status == 403

    # By API: the answer has the form of any other and says no word of why.
    api, other_api = Api(partner), Api(other_partner)
    held = sent_by(api, 1, name="Jonathan Feurbach", birth_date="1985-04-12", national_id="NEW-ID-0002")
    clean = sent_by(api, 2, name="Mira Quist")
    assert (held["in_review"], clean["in_review"]) == (True, False)
    assert shape(held) == shape(clean)
    assert [word for word in TELLING if word in str(held).lower()] == []
    party = str(Application.objects.get(pk=held["id"]).parties.get().pk)
    asked = api.post("/screenings", {"application": held["id"], "party": party})
    assert asked.json() == {"result": "review"}
    # To another partner the file that exists looks like one that does not.
    there, nowhere = (other_api.get(f"/applications/{key}") for key in (held["id"], uuid4()))
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert {**there.json(), "instance": ""} == {**nowhere.json(), "instance": ""}

    # The way back: an appeal taken in by collections, granted by somebody who had no part in the entry.
    taker = as_(collector)
    taker.goto(reverse("blacklist:entry_detail", args=[entry.pk]))
    taker.get_by_label("Grounds of the appeal").fill("All is paid.")
    taker.get_by_role("button", name="File appeal").click()
    expect(taker.get_by_text("The appeal is filed")).to_be_visible()
    chief = as_(risk_manager)
    chief.goto(reverse("blacklist:entry_detail", args=[entry.pk]))
    chief.get_by_role("radio", name="Grant", exact=False).check(force=True)
    chief.locator("form", has=chief.get_by_role("button", name="Decide appeal")).get_by_label("Reason").fill("The arrears are paid.")
    chief.get_by_role("button", name="Decide appeal").click()
    expect(chief.get_by_text("Lifted", exact=True).first).to_be_visible()
    assert_no_sideways_scroll(chief)
    hear()
    Application.objects.update(sampled_for_review=False)
    # The spellings and numbers of these files also look like fraud. Somebody who took none of them in judges that they are not.
    for signal in FraudSignal.objects.filter(state=FraudSignal.State.OPEN):
        judge_signal(
            signal=signal, state=FraudSignal.State.EXPLAINED, reason="A test of spellings.", actor=risk_manager, business_date=today
        )

    desk.goto(reverse("loans:application_detail", args=[again.pk]))
    expect(desk.locator("#file-state")).to_be_visible()
    expect(desk.get_by_text("The file cannot go on until the review has ended.")).to_have_count(0)
    assert api.get(f"/applications/{held['id']}").json()["in_review"] is False
    fresh = sent_by(api, 3, **WHO)
    assert Application.objects.get(pk=fresh["id"]).holds.exclude(reason="FRAUD").count() == 0
