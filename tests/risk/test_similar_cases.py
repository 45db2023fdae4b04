"""Similar past cases: the nearest ones with what became of them, never the file itself, nothing later, nobody else's data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from core.uuids import uuid7
from loans.models import Application, StateChange
from risk.models import ModelVersion, PastCase
from risk.selectors.past_cases import Ending
from risk.services.past_cases import SimilarCases, prepare_past_cases, similar_cases
from tests.risk.book import lent, write_off_part
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import decided
from tests.risk.web.conftest import HTMX

Make = Callable[..., Any]
LATER = TODAY + timedelta(days=300)


@pytest.fixture
def past(reviewed: Make, approver: User) -> Callable[..., Application]:
    """A file that was decided, approved unless told otherwise."""

    def make(dsti: str = "300", **changes: Any) -> Application:
        application: Application = reviewed(facts={"monthly_obligations": dsti})
        decided(application, approver, **changes)
        application.refresh_from_db()
        return application

    return make


def near(application: Application, user: User, day: date = LATER) -> SimilarCases:
    found = similar_cases(application=application, user=user, day=day, business_date=LATER)
    assert found is not None
    return found


class TestNearest:
    def test_come_first_and_never_the_file_itself(self, past: Make, reviewed: Make, auditor: User) -> None:
        far, close = past(dsti="900", override_code="COMPENSATING_INCOME"), past(dsti="310")
        # All are of one person, whose loans with us would count in the next file.
        Application.objects.update(state="OFFER_EXPIRED")
        application = reviewed(facts={"monthly_obligations": "300"})
        assert prepare_past_cases(business_date=TODAY) == 2
        found = near(application, auditor)
        assert [one.application for one in found.cases] == [close, far]
        assert found.cases[0].distance < found.cases[1].distance and found.cases[1].differs
        assert found.cases[0].grade and found.factors > 0
        assert [one.application for one in near(close, auditor).cases] == [far]

    def test_are_of_the_same_product_and_kind_of_borrower(self, past: Make, reviewed: Make, auditor: User) -> None:
        other, same = past(), past()
        prepare_past_cases(business_date=TODAY)
        PastCase.objects.filter(application=other).update(borrower_kind="COMPANY")
        assert [one.application for one in near(reviewed(), auditor).cases] == [same]

    def test_are_those_decided_by_the_day_that_is_asked(self, past: Make, reviewed: Make, auditor: User) -> None:
        earlier, later = past(), past()
        prepare_past_cases(business_date=TODAY)
        PastCase.objects.filter(application=later).update(decided_date=TODAY + timedelta(days=5))
        application = reviewed()
        assert [one.application for one in near(application, auditor, day=TODAY + timedelta(days=4)).cases] == [earlier]
        assert {one.application for one in near(application, auditor).cases} == {earlier, later}

    def test_tell_the_override_and_what_the_system_said(self, past: Make, reviewed: Make, auditor: User) -> None:
        past(dsti="300", outcome="DECLINED", reasons=[{"code": "KNOWLEDGE", "text": "x"}], override_code="ADVERSE_KNOWLEDGE")
        prepare_past_cases(business_date=TODAY)
        (one,) = near(reviewed(), auditor).cases
        assert (one.decision.outcome, one.decision.override_code, one.decision.system_recommendation, one.approved) == (
            "DECLINED",
            "ADVERSE_KNOWLEDGE",
            "APPROVE",
            False,
        )
        assert one.became.ending == Ending.NO_LOAN

    def test_are_prepared_once_and_anew_for_another_scorecard(self, past: Make, reviewed: Make, model: ModelVersion) -> None:
        past()
        assert [prepare_past_cases(business_date=TODAY) for _ in range(2)] == [1, 0]
        ModelVersion.objects.filter(pk=model.pk).update(state="RETIRED")
        other = ModelVersion.objects.get(pk=model.pk)
        other.pk, other.number, other.state = uuid7(), 2, "ACTIVE"
        other.save(force_insert=True)
        assert prepare_past_cases(business_date=TODAY) == 1
        assert PastCase.objects.get().model_version == other

    def test_of_a_file_that_was_never_assessed_are_none(self, apply: Make, auditor: User, model: ModelVersion) -> None:
        assert similar_cases(application=apply(), user=auditor, day=TODAY, business_date=TODAY) is None


class TestWhatBecameOfIt:
    @pytest.mark.parametrize(
        ("late", "changes", "ending", "worst"),
        [
            (0, {}, Ending.PERFORMING, 0),
            (45, {}, Ending.LATE, 45),
            (120, {}, Ending.DEFAULTED, 120),
            (None, {}, Ending.DEFAULTED, 270),
            (10, {"state": "CLOSED", "closed_date": LATER}, Ending.PAID_OFF, 10),
            (None, {"written_off_date": LATER}, Ending.WRITTEN_OFF, 270),
            (None, {"state": "ENFORCEMENT"}, Ending.PURSUED, 270),
        ],
    )
    def test_is_told_of_its_loan(
        self, past: Make, reviewed: Make, auditor: User, late: Any, changes: dict[str, Any], ending: Ending, worst: int
    ) -> None:
        lent(past(), late=late, **changes)
        prepare_past_cases(business_date=TODAY)
        (one,) = near(reviewed(), auditor).cases
        assert (one.became.ending, one.became.worst) == (ending, worst)

    def test_is_told_as_it_stood_on_the_day(self, past: Make, reviewed: Make, auditor: User) -> None:
        lent(past(), late=120, written_off_date=LATER)
        prepare_past_cases(business_date=TODAY)
        application = reviewed()
        for day, ending, worst in (
            (TODAY - timedelta(days=0), Ending.PERFORMING, 0),
            (TODAY + timedelta(days=70), Ending.LATE, 40),
            (LATER - timedelta(days=1), Ending.DEFAULTED, 120),
            (LATER, Ending.WRITTEN_OFF, 120),
        ):
            (one,) = near(application, auditor, day=day).cases
            assert (one.became.ending, one.became.worst) == (ending, worst), day

    def test_is_bad_once_a_part_was_written_off(self, past: Make, reviewed: Make, auditor: User) -> None:
        """The obligor is in default then, though the rest is paid as agreed; before that day nobody knew."""
        write_off_part(lent(past()), LATER)
        prepare_past_cases(business_date=TODAY)
        application = reviewed()
        for day, ending, bad in ((LATER - timedelta(days=1), Ending.PERFORMING, False), (LATER, Ending.PARTLY_WRITTEN_OFF, True)):
            (one,) = near(application, auditor, day=day).cases
            assert (one.became.ending, one.became.bad, one.became.worst) == (ending, bad, 0), day

    def test_is_called_in_from_the_day_on_that_it_was(self, past: Make, reviewed: Make, auditor: User) -> None:
        loan = lent(past(), state="CALLED")
        StateChange.objects.create(
            target_type="loans.loan", target_id=str(loan.pk), old_state="ACTIVE", new_state="CALLED", actor_name="x", business_date=LATER
        )
        prepare_past_cases(business_date=TODAY)
        application = reviewed()
        for day, ending in ((LATER - timedelta(days=1), Ending.PERFORMING), (LATER, Ending.PURSUED)):
            (one,) = near(application, auditor, day=day).cases
            assert one.became.ending == ending, day


class TestPanel:
    def at(self, application: Application, query: str = "") -> str:
        return reverse("risk:similar_panel", args=[application.pk]) + query

    def page(self, person: User, application: Application, query: str = "") -> Any:
        client = Client()
        client.force_login(person)
        return client.get(self.at(application, query), headers=HTMX)

    def test_shows_own_branch_by_name_and_others_by_outcome_alone(self, past: Make, reviewed: Make, branch: Branch) -> None:
        mine, theirs = past(), past()
        elsewhere = Branch.objects.create(code="B9", name="Hill")
        Application.objects.filter(pk=theirs.pk).update(branch=elsewhere)
        prepare_past_cases(business_date=TODAY)
        application = reviewed()
        approver = make_person("ada_approver", branch, Role.APPROVER)
        page = self.page(approver, application)
        assert mine.reference in page.text and theirs.reference not in page.text
        assert page.text.count("Another branch") == 1 and str(theirs.pk) not in page.text
        hidden = next(line.case for line in page.context["lines"] if line.case.application is None)
        assert hidden.differs == () and str(hidden.decision.pk) not in page.text
        whole = self.page(make_person("ron_risk", branch, Role.RISK_MANAGER), application)
        assert ("Another branch" in whole.text) is (not make_person("rex_risk", branch, Role.RISK_MANAGER).is_bank_wide)

    def test_asks_a_past_day_and_reads_nonsense_as_today(self, past: Make, reviewed: Make, auditor: User) -> None:
        past()
        prepare_past_cases(business_date=TODAY)
        application = reviewed()
        yesterday = f"?day={TODAY - timedelta(days=1)}"
        assert "Not assessed yet" in self.page(auditor, application, yesterday).text
        for query in ("", "?day=never", "?day=2999-01-01"):
            assert len(self.page(auditor, application, query).context["lines"]) == 1

    def test_costs_the_same_with_one_case_and_with_two(
        self, past: Make, reviewed: Make, auditor: User, django_assert_num_queries: Any
    ) -> None:
        first, second = past(), past()
        lent(first)
        lent(second)
        application = reviewed()
        client = Client()
        client.force_login(auditor)
        prepare_past_cases(business_date=TODAY)
        PastCase.objects.filter(application=second).delete()
        for number in (1, 2):
            client.get(self.at(application), headers=HTMX)
            with django_assert_num_queries(11):
                page = client.get(self.at(application), headers=HTMX)
            assert len(page.context["lines"]) == number
            prepare_past_cases(business_date=TODAY)
