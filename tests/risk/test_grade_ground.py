"""A score and its grade are as well shown, and as old, as the facts that counted in them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from loans.models import Application
from risk.models import Fact, PolicyEvaluation
from risk.services.assessment import assess_application
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make


def assessed(submitted: Make, code: str, value: str, authenticity: str, as_of: date = TODAY) -> PolicyEvaluation:
    """The evaluation of a sound file with one fact learnt last as given."""
    application = Application.objects.get(pk=submitted().application_id)
    Fact.objects.create(
        application=application, code=code, value=value, source="Told", authenticity=authenticity, as_of_date=as_of, recorded_date=TODAY,
        author_name="applicant",
    )  # fmt: skip
    return assess_application(application=application, business_date=TODAY)


def grade_row(evaluation: PolicyEvaluation) -> dict[str, Any]:
    return next(row for row in evaluation.rows if row["fact"] == "grade")


@pytest.mark.usefixtures("model", "policy")
class TestGrade:
    @pytest.mark.parametrize(
        ("code", "value", "doubt"),
        [("employment_months", "96", "Months with the present employer"), ("monthly_income", "4200", "Net income per month")],
    )
    def test_of_what_is_only_stated_is_unverified_and_says_what(self, code: str, value: str, doubt: str, submitted: Make) -> None:
        evaluation = assessed(submitted, code, value, "UNVERIFIED")
        row = grade_row(evaluation)
        assert (evaluation.outcome, row["result"]) == ("REFER", "UNVERIFIED")
        assert row["source"] == f"retail scorecard v1; unverified: {doubt}"
        assert {evaluation.facts[one]["authenticity"] for one in ("score", "grade")} == {"UNVERIFIED"}

    def test_of_what_is_too_old_is_too_old(self, submitted: Make) -> None:
        old = TODAY - timedelta(days=500)
        evaluation = assessed(submitted, "employment_months", "96", "DOCUMENT", old)
        row = grade_row(evaluation)
        assert (row["result"], row["source"]) == ("STALE", "retail scorecard v1; too old: Months with the present employer")
        assert evaluation.facts["grade"]["as_of_date"] == old.isoformat()

    def test_of_what_is_shown_passes_whatever_else_is_only_stated(self, submitted: Make) -> None:
        evaluation = assessed(submitted, "years_in_business", "3", "UNVERIFIED")
        row = grade_row(evaluation)
        assert (evaluation.outcome, row["result"], row["source"]) == ("APPROVE", "PASS", "retail scorecard v1")
        assert evaluation.facts["grade"]["as_of_date"] == TODAY.isoformat()

    def test_leaves_out_what_is_not_known_and_so_did_not_count(self, submitted: Make) -> None:
        evaluation = assessed(submitted, "employment_months", "96", "CONFLICTING")
        assert grade_row(evaluation)["source"] == "retail scorecard v1"
