"""Numbers that no calculation survives: refused in words at every door, at once, and never the end of a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.models import Branch, User
from loans.models import Application
from loans.services.applications import UnableToSubmit
from loans.services.direct_intake import intake_application
from risk.domain.facts import CATALOGUE
from risk.domain.fraud import contradictions
from risk.domain.fraud_settings import DEFAULTS
from risk.domain.policy_checks import check_rules
from risk.domain.policy_examples import check_examples
from risk.models import Fact, Investigation
from risk.services.facts import UnableToRecordFact, record_fact
from risk.services.investigations import open_investigation
from risk.web.policy_forms import threshold_of
from tests.risk.conftest import TODAY

Make = Callable[..., Any]
NONSENSE = ["1e3000000", "1e40", "9" * 30, "1e-3000000", "1e999999999999999999", "NaN", "sNaN", "Infinity", "-1e3000000"]


class TestFacts:
    @pytest.mark.parametrize("written", NONSENSE)
    @pytest.mark.parametrize("code", ["bureau_enquiries", "turnover", "equity_ratio", "years_in_business"])
    def test_are_refused_in_words(self, code: str, written: str) -> None:
        with pytest.raises(ValueError, match="write a"):
            CATALOGUE[code].canonical(written)

    def test_of_a_sane_size_are_read_as_before(self) -> None:
        assert CATALOGUE["turnover"].canonical("999,999,999,999,999.99") == "999999999999999.99"
        assert CATALOGUE["bureau_enquiries"].canonical("1e1") == "10"
        assert CATALOGUE["equity_ratio"].canonical("41.3%") == "0.4130"

    def test_are_a_fault_of_the_field(self, opened: Make, investigator: User) -> None:
        with pytest.raises(UnableToRecordFact) as refusal:
            record_fact(
                application=opened().application,
                code="turnover",
                value="9" * 30,
                source="Accounts",
                authenticity="UNVERIFIED",
                as_of_date=TODAY,
                actor=investigator,
                business_date=TODAY,
            )
        assert [fault.field for fault in refusal.value.faults] == ["value"]


class TestPolicies:
    def test_an_example_names_the_cell(self) -> None:
        row = {"name": "Large", "expected": "APPROVE", "marks": ["company"], "facts": {"turnover": "1e40"}}
        assert [fault.cell for fault in check_examples([row])[1]] == ["fact-turnover"]

    def test_a_threshold_stays_as_written_and_is_refused(self) -> None:
        assert threshold_of(CATALOGUE["dsti"], "1e999999999%") == "1e999999999%"
        rule = {"fact": "dsti", "title": "Debt service", "operator": "<=", "soft": "1e999999999", "hard": None}
        assert [fault.cell for fault in check_rules([rule])] == ["soft"]


class TestFiles:
    @pytest.mark.parametrize("part", [{"financials": {"turnover": "9" * 30}}, {"employment": {"months": "1e3000000"}}])
    def test_are_not_handed_in(self, part: dict[str, Any], apply: Make, officer: User, branch: Branch) -> None:
        data = {
            "product": "personal",
            "amount": "12000.00",
            "term_months": "36",
            "purpose": {"code": "car"},
            "applicant": {"kind": "person", "name": "Freya Lindqvist", "birth_date": "1986-05-04", "national_id": "L01X00T47"} | part,
        }
        with pytest.raises(UnableToSubmit) as refusal:
            intake_application(data=data, branch=branch, actor=officer, business_date=TODAY)
        ((group, content),) = part.items()
        assert [fault.field for fault in refusal.value.faults] == [f"applicant.{group}.{next(iter(content))}"]

    def test_that_came_in_before_are_opened_without_them(self, apply: Make) -> None:
        application = apply()
        stated = application.stated | {"financials": {"turnover": "9" * 30, "ebitda": "1e3000000"}, "employment": {"months": "1e3000000"}}
        Application.objects.filter(pk=application.pk).update(stated=stated)
        application.refresh_from_db()
        assert list(contradictions(stated=stated, birth_date=None, parts=[], on=TODAY, limits=DEFAULTS)) == []
        open_investigation(application=application, business_date=TODAY)
        assert Investigation.objects.filter(application=application).exists()
        assert not Fact.objects.filter(code__in=["turnover", "ebitda", "employment_months"]).exists()
