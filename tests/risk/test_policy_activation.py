"""A policy goes into force only on a trial against the one that it replaces."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.four_eyes import UnableToConfirm, fingerprint, open_proposal
from core.models import Proposal, User
from loans.models import Application
from risk.domain.policy_examples import PolicyExample
from risk.domain.states import Recommended
from risk.models import PolicyVersion
from risk.services.policies import UnableToChangePolicy, draft_policy, save_examples
from risk.services.policy_activation import ACTIVATION, confirm_policy, lacking_trial, propose_policy, reject_policy
from risk.services.policy_runs import try_policy, work_runs
from tests.risk.conftest import TODAY
from tests.shared_rows import shared

WHEN: dict[str, Any] = {"business_date": TODAY}


def drafted(policy: PolicyVersion, actor: User, share: str) -> PolicyVersion:
    """A draft that declines above a share of the income, whose one example holds."""
    first, *rest = policy.rules
    draft = draft_policy(actor=actor, rules=[first | {"soft": share, "hard": share}, *rest], **WHEN)
    example = PolicyExample("Any debt service at all", Recommended.DECLINE, ("person",), {"dsti": "0.3000"})
    return save_examples(version=draft, examples=[example.to_dict()], actor=actor, **WHEN)


def tried(version: PolicyVersion, actor: User) -> None:
    try_policy(version=version, actor=actor, **WHEN)
    work_runs()


@shared
def two(policy: PolicyVersion, in_review: Application, risk_manager: User) -> list[PolicyVersion]:
    """Two drafts, both tried against the policy in force."""
    found = [drafted(policy, risk_manager, share) for share in ("0.01", "0.02")]
    for version in found:
        tried(version, risk_manager)
    return found


def test_a_trial_against_a_policy_that_is_retired_is_none(two: list[PolicyVersion], risk_manager: User, second_risk_manager: User) -> None:
    first, second = two
    assert (lacking_trial(first), lacking_trial(second)) == ("", "")
    propose_policy(version=first, actor=risk_manager, **WHEN)
    confirm_policy(version=first, actor=second_risk_manager, **WHEN)
    with pytest.raises(UnableToChangePolicy) as refusal:
        propose_policy(version=second, actor=risk_manager, **WHEN)
    assert refusal.value.code == "tried_before" and f"{first} came into force after" in refusal.value.detail
    second.refresh_from_db()
    assert second.state == "DRAFT"
    tried(second, risk_manager)
    propose_policy(version=second, actor=risk_manager, **WHEN)
    confirm_policy(version=second, actor=second_risk_manager, **WHEN)
    first.refresh_from_db()
    assert (first.state, second.state) == ("RETIRED", "ACTIVE")


def test_what_is_proposed_ends_when_another_comes_into_force_and_its_drafter_is_told(
    two: list[PolicyVersion], risk_manager: User, second_risk_manager: User
) -> None:
    first, second = two
    seen = propose_policy(version=second, actor=risk_manager, **WHEN)
    propose_policy(version=first, actor=risk_manager, **WHEN)
    confirm_policy(version=first, actor=second_risk_manager, **WHEN)
    second.refresh_from_db()
    seen.refresh_from_db()
    assert (second.state, seen.state, open_proposal(kind=ACTIVATION, target=second)) == ("DRAFT", "VOIDED", None)
    with pytest.raises(UnableToConfirm, match="already_decided"):
        confirm_policy(version=second, actor=second_risk_manager, seen=seen.pk, **WHEN)
    client = Client()
    client.force_login(risk_manager)
    page = client.get(reverse("risk:policy_version", args=[second.number])).text
    assert f"{first} came into force. Try this one again, against it, and propose it anew." in page
    assert "Another version came into force after this table was tried" in page and "Propose to put in force" not in page


def test_the_base_is_asked_again_when_it_is_confirmed(two: list[PolicyVersion], risk_manager: User, second_risk_manager: User) -> None:
    """Whatever puts another version in force without ending the proposals: what is confirmed was tried against what it replaces."""
    first, second = two
    propose_policy(version=second, actor=risk_manager, **WHEN)
    PolicyVersion.objects.filter(state="ACTIVE").update(state="RETIRED")
    PolicyVersion.objects.filter(pk=first.pk).update(state="ACTIVE")
    with pytest.raises(UnableToChangePolicy, match="tried_before"):
        confirm_policy(version=second, actor=second_risk_manager, **WHEN)
    first.refresh_from_db()
    assert first.state == "ACTIVE"


def test_what_was_proposed_with_nothing_to_try_it_on_is_tried_before_it_is_confirmed(
    policy: PolicyVersion, risk_manager: User, second_risk_manager: User, request: pytest.FixtureRequest
) -> None:
    draft = drafted(policy, risk_manager, "0.01")
    propose_policy(version=draft, actor=risk_manager, **WHEN)
    request.getfixturevalue("in_review")
    with pytest.raises(UnableToChangePolicy, match="untried"):
        confirm_policy(version=draft, actor=second_risk_manager, **WHEN)
    tried(draft, risk_manager)
    assert confirm_policy(version=draft, actor=second_risk_manager, **WHEN).state == "ACTIVE"


def test_what_was_proposed_while_its_base_was_kept_with_it_is_confirmed(
    two: list[PolicyVersion], risk_manager: User, second_risk_manager: User
) -> None:
    """Proposals that were open when the content ceased to name what it was tried against."""
    first, second = two
    for version in (first, second):
        made = propose_policy(version=version, actor=risk_manager, **WHEN)
        content = made.content | {"against": "Policy version 1"}
        Proposal.objects.filter(pk=made.pk).update(content=content, content_hash=fingerprint(content))
    PolicyVersion.objects.filter(pk=second.pk).update(note="Another reason")
    with pytest.raises(UnableToConfirm, match="changed"):
        confirm_policy(version=second, actor=second_risk_manager, **WHEN)
    assert confirm_policy(version=first, actor=second_risk_manager, **WHEN).state == "ACTIVE"


def test_a_refusal_is_read_on_the_draft(two: list[PolicyVersion], risk_manager: User, second_risk_manager: User) -> None:
    first, _ = two
    propose_policy(version=first, actor=risk_manager, **WHEN)
    reject_policy(version=first, reason="Too strict for students", actor=second_risk_manager, **WHEN)
    client = Client()
    client.force_login(risk_manager)
    assert "Too strict for students" in client.get(reverse("risk:policy_version", args=[first.number])).text
