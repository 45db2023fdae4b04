"""Years of accounts that are entered in any order: the cash has to tie both ways, and the newest year follows the one before it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.models import User
from loans.models import Application
from risk.models import AnnualAccounts, Fact, PolicyVersion
from risk.selectors.accounts import years_of
from risk.selectors.facts import current_facts
from risk.services.accounts import UnableToRecordAccounts, accounts_behind, record_accounts
from risk.services.assessment import assess_application
from risk.services.facts import record_fact
from tests.risk.conftest import TODAY
from tests.risk.files import add_document
from tests.risk.test_annual_accounts import GOOD, YEAR

BEFORE = date(2024, 12, 31)
# 400 less of turnover and of costs, and the cash with which the year after begins.
OLDER = GOOD | {
    code: Decimal(amount)
    for code, amount in {"cash": 80, "opening_cash": 60, "receivables": 320, "turnover": 1600, "cost_of_sales": 800}.items()
}


def record(application: Application, actor: User, end: date, figures: dict[str, Decimal], **evidence: Any) -> AnnualAccounts:
    return record_accounts(
        application=application, year_end=end, figures=figures, actor=actor, business_date=TODAY, **{"evidence": None} | evidence
    )


def growth(application: Application) -> str | None:
    fact = current_facts(application, business_date=TODAY).get("turnover_growth")
    return fact.row.value if fact else None


def test_cash_ties_with_the_year_after_as_well(company: Application, investigator: User) -> None:
    record(company, investigator, YEAR, GOOD)
    with pytest.raises(UnableToRecordAccounts, match="untied") as refusal:
        record(company, investigator, BEFORE, OLDER | {"cash": Decimal(90), "receivables": Decimal(310), "opening_cash": Decimal(70)})
    assert [(fault.field, fault.detail) for fault in refusal.value.faults] == [
        ("cash", "The year after opens with cash of 80.00, but this year closes with 90.00: 10.00 apart.")
    ]
    assert AnnualAccounts.objects.count() == 1
    record(company, investigator, BEFORE, OLDER)


def test_growth_follows_the_year_before_when_it_is_added_and_when_it_is_corrected(
    company: Application, investigator: User, policy: PolicyVersion
) -> None:
    paper = add_document(company, "accounts.pdf")
    record(company, investigator, YEAR, GOOD, evidence=paper)
    tax = {"code": "tax_paid", "value": "55", "source": "Tax assessment", "authenticity": "DOCUMENT", "as_of_date": TODAY}
    record_fact(application=company, actor=investigator, business_date=TODAY, evidence=add_document(company, "tax.pdf"), **tax)
    assert growth(company) is None
    record(company, investigator, BEFORE, OLDER)
    newest = years_of(company)[-1]
    assert (growth(company), newest.ratios["turnover_growth"]) == ("0.2500", "0.2500")
    assert (newest.figures, newest.evidence, newest.author) == ({code: str(GOOD[code]) for code in GOOD}, paper, investigator)
    assert current_facts(company, business_date=TODAY)["tax_paid"].row.value == "55.00", "what another paper says stays"
    corrected = OLDER | {"turnover": Decimal(1000), "cost_of_sales": Decimal(200)}
    record(company, investigator, BEFORE, corrected)
    assert (growth(company), years_of(company)[-1].ratios["turnover_growth"]) == ("1.0000", "1.0000")
    behind = accounts_behind(company, current_facts(company, business_date=TODAY))
    assert behind is not None and behind["before"]["turnover"] == "1000"
    # The same again, and what no ratio stands on, makes nothing new.
    written = (AnnualAccounts.objects.filter(year_end=YEAR).count(), Fact.objects.count())
    record(company, investigator, BEFORE, corrected | {"tax_paid": Decimal(50), "operating_expenses": Decimal(510)})
    assert (AnnualAccounts.objects.filter(year_end=YEAR).count(), Fact.objects.count()) == written
    # Without a turnover to grow from it is not known any more.
    nothing = {"turnover": Decimal(0), "cost_of_sales": Decimal(0), "operating_expenses": Decimal(0), "other_result": Decimal(300)}
    record(company, investigator, BEFORE, corrected | nothing)
    assert years_of(company)[-1].ratios["turnover_growth"] is None
    assert "turnover_growth" not in assess_application(application=company, business_date=TODAY).facts
