"""A draft policy tried on past applications: asked for, worked off in batches, read on its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from core.web import paging
from loans.models import Application
from risk.domain.policy_examples import PolicyExample
from risk.domain.request_parts import STRESSED
from risk.domain.states import Recommended
from risk.models import PolicyEvaluation, PolicyRun, PolicyVersion
from risk.selectors.policy_runs import past_cases
from risk.selectors.registry import READERS
from risk.services import policy_runs
from risk.services.policies import UnableToChangePolicy, draft_policy, edit_policy, save_examples
from risk.services.policy_activation import propose_policy, reject_policy
from risk.services.policy_runs import RUNNERS, UnableToTryPolicy, try_policy, work_runs
from tests.risk.conftest import TODAY, make_person
from tests.risk.web.conftest import SignIn, world
from tests.shared_rows import shared


@shared
def draft(policy: PolicyVersion, risk_manager: User) -> PolicyVersion:
    """A draft that declines whoever pays more than a hundredth of the income to lenders."""
    first, *rest = policy.rules
    return draft_policy(actor=risk_manager, business_date=TODAY, rules=[first | {"soft": "0.01", "hard": "0.01"}, *rest])


def test_a_run_says_who_comes_out_otherwise_and_goes_on_where_it_stopped(
    draft: PolicyVersion,
    reviewed: Callable[..., Application],
    risk_manager: User,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = reviewed(), reviewed(number="L01X00T55", amount="9000.00")
    was = first.recommendation
    client = sign_in(risk_manager)
    answer = client.post(reverse("risk:policy_try", args=[draft.number]), follow=True)
    run = PolicyRun.objects.get()
    assert "0 of 2 applications" in answer.text and 'hx-trigger="load delay:2s"' in answer.text
    assert "being tried already" in client.post(reverse("risk:policy_try", args=[draft.number]), follow=True).text

    monkeypatch.setattr(policy_runs, "BATCH", 1)
    assert policy_runs._work_batch(run.pk) == 1
    run.refresh_from_db()
    assert (run.state, run.done) == ("RUNNING", 1)
    monkeypatch.setattr(policy_runs, "BATCH", 1000)
    work_runs()
    assert work_runs() == 0
    run.refresh_from_db()
    assert (run.state, run.done, run.total) == ("DONE", 2, 2)
    changes = {change.application_id: (change.before, change.after, change.codes, change.is_bad) for change in run.changes.all()}
    assert changes == dict.fromkeys((first.pk, second.pk), (was, "DECLINE", ["P01"], None))

    page = client.get(reverse("risk:policy_run", args=[run.pk]), {"kind": "declined"})
    assert first.reference in page.text and second.reference in page.text and "hx-trigger" not in page.text
    assert [tab.count for tab in page.context["tabs"]] == [0, 2, 2, 0, 2]
    costs = []
    for size in (1, 2):  # one row more costs no query more
        monkeypatch.setattr(paging.paginate, "__defaults__", (size, *(paging.paginate.__defaults__ or ())[1:]))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("risk:policy_run", args=[run.pk]), {"kind": "declined"})
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert "Propose to put in force" in client.get(reverse("risk:policy_version", args=[draft.number])).text
    assert [line[2:4] for line in page.context["rules"] if line[0] == "P01"] == [(0, 2)]
    exported = client.get(reverse("risk:policy_run", args=[run.pk]), {"kind": "all", "export": "csv"}).content.decode()
    assert f"{second.reference},Harbour,9000.0000,{was},DECLINE,P01,not known" in exported
    elsewhere = make_person("olaf_officer", Branch.objects.create(code="B9", name="Hill"), Role.OFFICER)
    assert first.reference not in sign_in(elsewhere).get(reverse("risk:policy_run", args=[run.pk]), {"kind": "all"}).text


def test_stress_is_worked_out_for_those_who_were_assessed_without_it(
    policy: PolicyVersion, in_review: Application, risk_manager: User
) -> None:
    """The same to the cent as the assessment of today keeps, so that a new row of stress refers nobody for want of a fact."""
    kept = PolicyEvaluation.objects.get()
    without = {code: fact for code, fact in kept.facts.items() if code not in STRESSED}
    past = PolicyEvaluation.objects.create(
        application=in_review, policy_version=kept.policy_version, score=kept.score, facts=without, rows=[], outcome="APPROVE",
        business_date=TODAY,
    )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        [(_, case)] = past_cases("EUR", STRESSED, day=TODAY, after=None, limit=10)
    assert len(queries) == 6 and case.facts.keys() == {"stressed_instalment", "stressed_dsti", "stressed_disposable_income"}
    for code, fact in case.facts.items():
        assert fact == {name: kept.facts[code][name] for name in ("value", "authenticity", "stale")}, code
    # Of what nobody knows nothing follows.
    unknown = {code: fact for code, fact in without.items() if code != "living_expenses"}
    PolicyEvaluation.objects.create(
        application=in_review, policy_version=kept.policy_version, score=kept.score, facts=unknown, rows=[], outcome="APPROVE",
        business_date=past.business_date,
    )  # fmt: skip
    [(_, case)] = past_cases("EUR", STRESSED, day=TODAY, after=None, limit=10)
    assert case.facts.keys() == {"stressed_instalment", "stressed_dsti"}


def test_a_run_is_refused_in_words_and_to_other_roles(
    draft: PolicyVersion, policy: PolicyVersion, branch: Branch, risk_manager: User, sign_in: SignIn
) -> None:
    before = world()
    for version, words in ((policy, "only a draft"), (draft, "nothing to try it on")):
        with pytest.raises(UnableToTryPolicy, match=words):
            try_policy(version=version, actor=risk_manager, business_date=TODAY)
    for role in set(Role) - set(RUNNERS):
        client = sign_in(make_person(f"some_{role.lower()}", branch, role))
        assert client.post(reverse("risk:policy_try", args=[draft.number])).status_code == 403, role
        run = reverse("risk:policy_run", args=["00000000-0000-7000-8000-000000000000"])
        assert client.get(run).status_code == (404 if role in READERS else 403), role
    assert world() == before and not PolicyRun.objects.exists()


def test_a_run_that_cannot_be_worked_off_stops_and_says_so(
    draft: PolicyVersion, in_review: Application, risk_manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = try_policy(version=draft, actor=risk_manager, business_date=TODAY)

    def fall(*_: Any, **__: Any) -> None:
        raise ValueError("no such table")

    monkeypatch.setattr(policy_runs, "hold_cases", fall)
    for _ in range(3):
        assert work_runs() == 0
    run.refresh_from_db()
    assert (run.state, run.note, run.done) == ("FAILED", "Stopped by ValueError.", 0)
    monkeypatch.undo()
    again = try_policy(version=draft, actor=risk_manager, business_date=TODAY)
    work_runs()
    again.refresh_from_db()
    assert again.state == "DONE"


def test_a_policy_goes_to_the_second_person_only_once_it_was_tried_as_it_stands(
    draft: PolicyVersion, reviewed: Callable[..., Application], risk_manager: User, sign_in: SignIn
) -> None:
    who: dict[str, Any] = {"actor": risk_manager, "business_date": TODAY}
    example = PolicyExample("Any debt service at all", Recommended.DECLINE, ("person",), {"dsti": "0.3000"})
    save_examples(version=draft, examples=[example.to_dict()], **who)
    propose_policy(version=draft, **who)  # nothing was ever assessed
    reject_policy(version=draft, reason="", actor=risk_manager, business_date=TODAY)
    reviewed()
    where = reverse("risk:policy_version", args=[draft.number])
    client = sign_in(risk_manager)
    page = client.get(where).text
    assert "Before it is proposed it is tried on past applications" in page and "Propose to put in force" not in page
    with pytest.raises(UnableToChangePolicy, match="untried"):
        propose_policy(version=draft, **who)
    try_policy(version=draft, **who)
    with pytest.raises(UnableToChangePolicy, match="untried"):
        propose_policy(version=draft, **who)
    work_runs()
    first, *rest = draft.rules
    edit_policy(version=draft, rules=[first | {"soft": "0.02", "hard": "0.02"}, *rest], note="Other", **who)
    with pytest.raises(UnableToChangePolicy, match="untried"):
        propose_policy(version=draft, **who)
    edit_policy(version=draft, rules=[first, *rest], note="As tried", **who)
    assert propose_policy(version=draft, **who).state == "OPEN"
