"""Two people at the same thing in two connections: one is first, the other is told or comes after,
and neither meets an error of the server.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core.errors import DomainError
from core.models import Proposal, User
from loans.models import Application, Document
from risk.models import Decision, Investigation, ModelVersion, PolicyVersion, Recommendation
from risk.services import decisions
from risk.services.decisions import confirm_decision, reject_decision
from risk.services.facts import record_fact
from risk.services.models import confirm_activation, propose_activation, register_model
from risk.services.policies import draft_policy
from tests.collateral.test_sales_at_once import _somebody_waits, in_turn
from tests.risk.conftest import ALL_THE_SAME, OPINION, TODAY
from tests.risk.deciding import LARGE
from tests.risk.test_committee import put_up

Make = Callable[..., Any]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(reviewed: Make, approver: User) -> Application:
    """A file that one person put up and another has to confirm."""
    application: Application = reviewed(amount=LARGE, term="240", facts={"monthly_income": "9000"})
    assert isinstance(put_up(application, approver), Recommendation)
    return application


class TestWhatWaitsForASecondPerson:
    """Whoever confirms holds the file and then the proposal; so does whoever ends it."""

    def meet(
        self, application: Application, other: Callable[[], object], confirmer: User, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[Any, Any]:
        """The confirmation stops between file and proposal until the other one waits or is through. Gives what came of either."""
        holds, goes, find = threading.Event(), threading.Event(), decisions.put_up
        said: dict[str, Any] = {}

        def stop_and_find(locked: Application, seen: Any) -> Any:
            if threading.current_thread().name == "confirm":
                holds.set()
                goes.wait(20)
            return find(locked, seen)

        monkeypatch.setattr(decisions, "put_up", stop_and_find)

        def act(name: str, what: Callable[[], object]) -> None:
            try:
                said[name] = what()
            except DomainError as refusal:
                said[name] = refusal.code
            except Exception as error:
                said[name] = error
            finally:
                connection.close()

        def confirm() -> object:
            return confirm_decision(application=application, actor=confirmer, business_date=TODAY)

        def follow() -> object:
            holds.wait(20)
            return other()

        threads = [threading.Thread(target=act, args=pair, name=pair[0]) for pair in (("confirm", confirm), ("other", follow))]
        for thread in threads:
            thread.start()
        holds.wait(20)
        until = time.monotonic() + 20
        while threads[1].is_alive() and time.monotonic() < until and not _somebody_waits():
            time.sleep(0.01)
        goes.set()
        for thread in threads:
            thread.join(20)
        return said["confirm"], said["other"]

    def test_is_confirmed_or_refused(
        self, waiting: Application, second_approver: User, risk_manager: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> object:
            return reject_decision(application=waiting, reason="Too much.", actor=risk_manager, business_date=TODAY)

        confirmed, refused = self.meet(waiting, refuse, second_approver, monkeypatch)
        assert isinstance(confirmed, Decision) and refused == "no_proposal"
        assert Proposal.objects.get(kind="decision").state == "CONFIRMED"

    def test_is_confirmed_or_its_file_is_worked_on(
        self, waiting: Application, second_approver: User, investigator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paper = Document.objects.filter(application=waiting)[0]

        def write() -> object:
            return record_fact(
                application=waiting, code="living_expenses", value="1800", source="Paper", authenticity="DOCUMENT", evidence=paper,
                as_of_date=TODAY, actor=investigator, business_date=TODAY,
            )  # fmt: skip

        confirmed, written = self.meet(waiting, write, second_approver, monkeypatch)
        assert isinstance(confirmed, Decision) and written == "already_advanced"
        assert Application.objects.get(pk=waiting.pk).state == "OFFERED"
        assert Investigation.objects.get(application=waiting).state == "SIGNED_OFF"


def test_two_policies_begun_at_once_are_numbered_one_after_the_other(
    policy: PolicyVersion, risk_manager: User, second_risk_manager: User
) -> None:
    before = policy.number
    begun = [lambda person=person: draft_policy(actor=person, business_date=TODAY) for person in (risk_manager, second_risk_manager)]
    assert in_turn(*begun) == ("ok", "ok")
    assert set(PolicyVersion.objects.values_list("number", flat=True)) == {before, before + 1, before + 2}


def test_two_scorecards_kept_at_once_are_numbered_one_after_the_other(model: ModelVersion, learnt: dict[str, Any]) -> None:
    def keep() -> object:
        return register_model(name="retail", actor=None, business_date=TODAY, **learnt)

    assert in_turn(keep, keep) == ("ok", "ok")
    assert set(ModelVersion.objects.values_list("number", flat=True)) == {model.number, model.number + 1, model.number + 2}


def test_two_scorecards_put_in_force_at_once_leave_one(
    model: ModelVersion, learnt: dict[str, Any], risk_manager: User, validator: User
) -> None:
    versions = [register_model(name="retail", actor=None, business_date=TODAY, **learnt) for _ in range(2)]
    for version in versions:
        propose_activation(version=version, actor=risk_manager, business_date=TODAY, reasons=ALL_THE_SAME)
    done = in_turn(
        *(lambda one=one: confirm_activation(version=one, actor=validator, business_date=TODAY, statement=OPINION) for one in versions)
    )
    assert done == ("ok", "ok")
    assert list(ModelVersion.objects.filter(state="ACTIVE")) == [versions[1]]
