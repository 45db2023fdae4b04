"""A score and its grade are as well shown, and as old, as the facts that counted in them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core.models import Proposal, User
from loans.models import Application
from risk.models import Fact, Investigation, ModelVersion, PolicyEvaluation, PolicyVersion
from risk.services.assessment import assess_application
from risk.services.models import UnableToRegisterModel, confirm_activation, propose_activation, register_model
from risk.services.rules_of_decision import stale_facts
from tests.risk.conftest import ALL_THE_SAME, OPINION, TODAY
from tests.risk.deciding import Make, receive_statement


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

    def test_of_a_card_that_knows_nothing_of_the_file_is_unverified(
        self, submitted: Make, model: ModelVersion, learnt: dict[str, Any]
    ) -> None:
        """Every factor missing: what it says is said of nobody, and shown by nothing."""
        card = learnt["definition"]["card"]
        renamed = {**card, "features": [one | {"name": f"column_{number}"} for number, one in enumerate(card["features"])]}
        ModelVersion.objects.filter(pk=model.pk).update(state="RETIRED")
        definition = learnt["definition"] | {"card": renamed}
        foreign = register_model(
            name="retail", actor=None, business_date=TODAY,
            **learnt | {"definition": definition, "features": [one["name"] for one in renamed["features"]]},
        )  # fmt: skip
        ModelVersion.objects.filter(pk=foreign.pk).update(state="ACTIVE", activated_date=TODAY)
        evaluation = assess_application(application=Application.objects.get(pk=submitted().application_id), business_date=TODAY)
        row = grade_row(evaluation)
        assert (evaluation.outcome, row["result"], row["source"]) == (
            "REFER", "UNVERIFIED", "retail scorecard v2; nothing it looks at is known",
        )  # fmt: skip


def test_a_card_of_columns_that_no_file_has_is_not_proposed(learnt: dict[str, Any], risk_manager: User) -> None:
    """It would score every file without; what follows from its own price is none of the house's facts before the score either."""
    card = learnt["definition"]["card"]
    named = dict(zip((one["name"] for one in card["features"]), ("region", "stressed_dsti", "amount_to_income"), strict=True))
    definition = learnt["definition"] | {"card": {**card, "features": [one | {"name": named[one["name"]]} for one in card["features"]]}}
    version = register_model(name="retail", actor=None, business_date=TODAY, **learnt | {"definition": definition})
    with pytest.raises(UnableToRegisterModel, match="unknown_factors") as refusal:
        propose_activation(version=version, actor=risk_manager, business_date=TODAY, reasons=ALL_THE_SAME)
    assert "nothing called region, stressed_dsti of" in refusal.value.detail
    version.refresh_from_db()
    assert version.state == "DRAFT" and not Proposal.objects.exists()


def test_nor_put_in_force_where_it_was_proposed_before_anybody_asked(
    model: ModelVersion, learnt: dict[str, Any], risk_manager: User, validator: User
) -> None:
    version = register_model(name="retail", actor=None, business_date=TODAY, **learnt)
    propose_activation(version=version, actor=risk_manager, business_date=TODAY, reasons=ALL_THE_SAME)
    card = version.definition["card"]
    foreign = {**card, "features": [one | {"name": f"column_{number}"} for number, one in enumerate(card["features"])]}
    version.definition = version.definition | {"card": foreign}
    ModelVersion.objects.filter(pk=version.pk).update(definition=version.definition)
    with pytest.raises(UnableToRegisterModel, match="unknown_factors"):
        confirm_activation(version=version, actor=validator, business_date=TODAY, statement=OPINION)
    assert ModelVersion.objects.get(pk=model.pk).state == "ACTIVE"


class TestComputed:
    """What is worked out is only as fresh as the oldest fact in it, by the shelf life of each."""

    def test_debt_service_cover_is_too_old_with_the_debt_service_in_it(self, company: Application, policy: PolicyVersion) -> None:
        figures = {"ebitda": 60000, "tax_paid": 5000, "maintenance_capex": 4000, "working_capital_change": -1000, "debt_service": 20000}
        rows = [
            Fact(application=company, code=code, value=f"{value}.00", source="Accounts", authenticity="DOCUMENT", recorded_date=TODAY,
                 as_of_date=TODAY - timedelta(days=90), author_name="x")
            for code, value in figures.items()
        ]  # fmt: skip
        Fact.objects.bulk_create(rows)
        evaluation = assess_application(application=company, business_date=TODAY)
        assert {row["fact"]: row["result"] for row in evaluation.rows}["dscr"] == "PASS" and not stale_facts(evaluation, TODAY)
        tomorrow = TODAY + timedelta(days=1)
        titles = ["Debt service cover", "Debt service cover under stress"]
        assert [title for title in stale_facts(evaluation, tomorrow) if title.startswith("Debt")] == titles
        evaluation = assess_application(application=company, business_date=tomorrow)
        row = next(row for row in evaluation.rows if row["fact"] == "dscr")
        assert (row["result"], row["source"]) == ("STALE", "Computed; too old: Interest and principal per year")

    def test_figures_of_statements_are_as_old_as_the_last_line(self, to_sign_off: Investigation, policy: PolicyVersion) -> None:
        application = Application.objects.get(pk=to_sign_off.application_id)
        last = TODAY - timedelta(days=61)
        receive_statement(application, last)
        evaluation = assess_application(application=application, business_date=TODAY)
        seen = evaluation.facts["statement_lines"]
        assert (seen["as_of_date"], seen["stale"]) == (last.isoformat(), True)
