"""Who types a better fact over a worse one that was shown has to say why, and who signs sees both."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from core.models import User
from loans.models import Application
from risk.domain.cross_checks import SUPERSEDED, compare
from risk.domain.facts import CATALOGUE, recordable
from risk.models import Fact, Investigation
from risk.services.cross_checks import CrossCheck, differences
from risk.services.facts import record_fact
from risk.services.field_work import explain_difference
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from risk.web.differences import sentence
from tests.risk.conftest import TODAY
from tests.risk.files import add_document
from tests.risk.web.conftest import HTMX, SignIn
from tests.risk.web.test_field_work import file_of

pytestmark = pytest.mark.django_db
BETTER_WORSE = {
    "monthly_income": ("2600", "2000"),
    "monthly_obligations": ("300", "900"),
    "total_debt": ("100", "9000"),
    "living_expenses": ("900", "1500"),
    "employment_months": ("96", "3"),
    "turnover": ("900000", "500000"),
    "ebitda": ("90000", "-5000"),
    "equity_ratio": ("0.30", "0.05"),
    "working_capital_change": ("100", "-9000"),
    "tax_paid": ("100", "9000"),
    "maintenance_capex": ("100", "9000"),
    "debt_service": ("100", "9000"),
    "years_in_business": ("8", "0.5"),
    "identity_verified": ("yes", "no"),
}


def record(application: Application, actor: User, value: str, code: str = "monthly_income", **changes: Any) -> Fact:
    given: dict[str, Any] = {"source": "Payslip", "authenticity": "DOCUMENT", "as_of_date": TODAY, "business_date": TODAY} | changes
    paper = add_document(application, f"{application.documents.count()}.pdf")
    return record_fact(application=application, code=code, value=value, evidence=paper, actor=actor, **given)


def superseded(application: Application) -> list[CrossCheck]:
    return [row for row in differences(application, business_date=TODAY) if row.code.endswith("_superseded")]


def test_every_fact_that_people_record_and_that_has_a_direction_is_held() -> None:
    assert {pair.stated for pair in SUPERSEDED} == BETTER_WORSE.keys()
    assert BETTER_WORSE.keys() == {kind.code for kind in recordable()}


@pytest.mark.parametrize("code", BETTER_WORSE)
def test_a_better_one_over_ones_own_differs_and_a_worse_one_does_not(code: str, in_work: Investigation, investigator: User) -> None:
    application = file_of(in_work)
    better, worse = BETTER_WORSE[code]
    record(application, investigator, worse, code)
    assert superseded(application) == []
    record(application, investigator, better, code)
    [row] = superseded(application)
    kind = CATALOGUE[code]
    assert (row.stated, row.seen) == (kind.canonical(better), kind.canonical(worse)) and not row.is_explained
    assert "(record before it). Not explained." in sentence(row, "EUR")
    record(application, investigator, worse, code)
    assert superseded(application) == [], "the worse one counts again"


def test_the_worst_is_asked_for_however_many_stand_between(in_work: Investigation, investigator: User) -> None:
    """Neither in small steps nor with the figure that the applicant stated."""
    application = file_of(in_work)
    for value in ("2000", "2150", "2300", "2450", "4200"):
        record(application, investigator, value)
    [row] = superseded(application)
    assert (row.stated, row.seen) == ("4200.00", "2000.00"), "4,200 is what the applicant stated"
    assert sentence(row, "EUR").startswith("Net income per month that counts: 4,200 EUR against 2,000 EUR (record before it).")


def test_years_and_answers_read_as_such(in_work: Investigation, investigator: User) -> None:
    application = file_of(in_work)
    for code in ("identity_verified", "employment_months"):
        for value in reversed(BETTER_WORSE[code]):
            record(application, investigator, value, code)
    said = " ".join(sentence(row, "EUR") for row in superseded(application))
    assert "yes against no" in said and "96 months against 3 months" in said
    assert [row.share for row in superseded(application) if row.code.startswith("identity")] == [None]


@pytest.mark.parametrize(
    "changes",
    [{"authenticity": "UNVERIFIED"}, {"recorded_date": TODAY - timedelta(days=1)}],
    ids=["not shown", "before it was handed in anew"],
)
def test_what_nobody_showed_in_this_round_is_no_word_against_it(
    in_work: Investigation, investigator: User, changes: dict[str, Any]
) -> None:
    application = file_of(in_work)
    shown: dict[str, Any] = {"authenticity": "DOCUMENT", "evidence": add_document(application), "recorded_date": TODAY}
    Fact.objects.create(
        application=application, code="monthly_income", value="2000.00", source="Payslip", as_of_date=TODAY, author=investigator,
        author_name="Ida", **(shown | changes),
    )  # fmt: skip
    record(application, investigator, "2600")
    assert superseded(application) == []


def test_another_years_accounts_are_none(in_work: Investigation, investigator: User) -> None:
    application = file_of(in_work)
    for year, turnover in ((2024, "500000"), (2025, "900000")):
        record(application, investigator, turnover, "turnover", source=f"Annual accounts {year}", of_accounts=True)
    assert superseded(application) == []


def test_nobody_signs_before_it_is_explained_and_who_signs_sees_both(
    submitted: Any, investigator: User, second_investigator: User, model: Any, policy: Any, sign_in: SignIn
) -> None:
    investigation = submitted(facts={"monthly_income": "2000"})
    Investigation.objects.filter(pk=investigation.pk).update(state="OPEN")
    record(file_of(investigation), investigator, "2600")
    Investigation.objects.filter(pk=investigation.pk).update(state="SUBMITTED")
    page = sign_in(second_investigator).get(reverse("risk:investigation_panel", args=[investigation.application_id]), headers=HTMX).text
    assert "Recorded before, and replaced since" in page
    assert page.index("2,600 EUR") < page.index("replaced since") < page.rindex("2,000 EUR")
    now: dict[str, Any] = {"business_date": TODAY}
    with pytest.raises(UnableToSignOff):
        sign_off_investigation(investigation=investigation, actor=second_investigator, **now)
    Investigation.objects.filter(pk=investigation.pk).update(state="OPEN")
    application = file_of(investigation)
    explain_difference(
        application=application, check_code="monthly_income_superseded", code="NEWER", reason="A raise.", actor=investigator, **now
    )
    assert all(row.is_explained for row in superseded(application))


def test_a_tenth_is_no_difference() -> None:
    pair = next(pair for pair in SUPERSEDED if pair.stated == "monthly_income")
    assert [compare(pair, Decimal(counts), Decimal(2000))[0].value for counts in (2200, 2300)] == ["AGREES", "DIFFERS"]
