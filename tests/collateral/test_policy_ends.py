"""A policy ends early on a paper, a reason and two people's word; until the second has spoken it insures to the day that was proposed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, AssetDocument, InsurancePolicy
from collateral.services.policy_ends import decide_policy_end, propose_policy_end
from collateral.services.records import UnableToRecord
from core.errors import Conflict
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from loans.models import ApplicationHold, Loan
from tests.collateral.books import Book
from tests.collateral.conftest import SignIn, about_open, hire
from tests.collateral.papers import sheet
from tests.every_role import every_role
from tests.shared_rows import shared


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT, settings.CREDENCE_REQUIRE_STEP_UP = tmp_path, False


@shared
def policy(branch: Branch, product: Any, officer: User, today: date) -> InsurancePolicy:
    """A year's insurance of a house that stands behind a loan of which money still waits to leave."""
    book = Book(branch, product, today)
    house, lent = book.asset(200_000), book.lend(100_000, officer=officer)
    book.pledge(house, lent, 100_000)
    Loan.objects.update(undrawn=10)
    house.insured_until = today + timedelta(days=365)
    house.save(update_fields=["insured_until"])
    return InsurancePolicy.objects.create(
        asset=house, insurer="Nordstern", policy_number="NS-1", sum_insured=200_000, names_bank=True, recorded_by=officer,
        from_date=today - timedelta(days=9), until_date=today + timedelta(days=365), recorded_date=today,
    )  # fmt: skip


def propose(policy: InsurancePolicy, actor: User, today: date, **changes: Any) -> Proposal:
    given: dict[str, Any] = {"ended_date": today + timedelta(days=40), "reason": "Not paid.", "proof": sheet("notice.pdf"), **changes}
    return propose_policy_end(policy=policy, actor=actor, business_date=today, **given)


def insured(policy: InsurancePolicy) -> tuple[date | None, date | None]:
    """To when the policy insures, where it ends early, and to when the asset is insured."""
    policy.refresh_from_db()
    return policy.ended_date, Asset.objects.get(pk=policy.asset_id).insured_until


def test_insures_to_the_day_at_once_and_ends_once_another_person_confirmed(
    policy: InsurancePolicy, officer: User, risk_manager: User, today: date
) -> None:
    ended = today + timedelta(days=40)
    propose(policy, officer, today)
    assert insured(policy) == (ended, ended) and not AuditEntry.objects.filter(action="asset.policy_ended").exists()
    with pytest.raises(Conflict):
        propose(policy, officer, today, proof=sheet("again.pdf", "S"))
    decision: dict[str, Any] = {"policy": policy, "confirm": True, "reason": "", "business_date": today}
    with pytest.raises(UnableToConfirm):
        decide_policy_end(**decision, actor=officer)
    done = decide_policy_end(**decision, actor=risk_manager)
    assert done.end_document is not None and done.end_document.name == "notice.pdf" and insured(policy) == (ended, ended)
    said = AuditEntry.objects.get(action="asset.policy_ended")
    assert (said.actor, said.details["reason"], said.details["ended"]) == (risk_manager, "Not paid.", ended.isoformat())
    with pytest.raises(UnableToConfirm, match="no_proposal"):
        decide_policy_end(**decision, actor=risk_manager)


def test_is_not_confirmed_by_who_proposed_it_even_with_the_role(policy: InsurancePolicy, investigator: User, today: date) -> None:
    propose(policy, investigator, today)
    with pytest.raises(UnableToConfirm, match="own_proposal"):
        decide_policy_end(policy=policy, confirm=True, reason="", actor=investigator, business_date=today)


@pytest.mark.parametrize("who", ["risk_manager", "officer"])
def test_that_is_refused_or_taken_back_goes_on_and_lets_the_file_go(
    policy: InsurancePolicy, officer: User, risk_manager: User, today: date, who: str
) -> None:
    """Ended yesterday the house is not insured: the file whose money waits is held until somebody says that this was wrong."""
    before, yesterday = policy.until_date, today - timedelta(days=1)
    propose(policy, officer, today, ended_date=yesterday)
    held = ApplicationHold.objects.filter(application__pledges__asset=policy.asset, released_at=None)
    assert insured(policy) == (yesterday, yesterday) and held.exists()
    actor = {"risk_manager": risk_manager, "officer": officer}[who]
    decide_policy_end(policy=policy, confirm=False, reason="The paper is of another policy.", actor=actor, business_date=today)
    assert insured(policy) == (None, before) and policy.end_document is None and not held.exists()
    assert AssetDocument.objects.filter(asset=policy.asset, name="notice.pdf").exists(), "what was handed in stays on file"
    assert propose(policy, officer, today, proof=sheet("other.pdf", "T")).state == "OPEN"


@pytest.mark.parametrize(
    ("changes", "field"), [({"reason": " "}, "reason"), ({"proof": None}, "paper"), ({"ended_date": None}, "ended_date")]
)
def test_takes_a_reason_a_paper_and_a_day(policy: InsurancePolicy, officer: User, today: date, changes: dict[str, Any], field: str) -> None:
    if "ended_date" in changes:
        changes = {"ended_date": policy.until_date}
    with pytest.raises(UnableToRecord) as refusal:
        propose(policy, officer, today, **changes)
    assert [fault.field for fault in refusal.value.faults] == [field]
    assert not Proposal.objects.exists() and insured(policy) == (None, policy.until_date)


@every_role(Role)
def test_each_role_does_its_own(policy: InsurancePolicy, officer: User, branch: Branch, sign_in: SignIn, today: date, role: Role) -> None:
    propose(policy, officer, today)
    client = sign_in(hire("somebody", role, branch=branch))
    answer = client.post(reverse("collateral:policy_end_decide", args=[policy.pk]), about_open(outcome="confirm", reason="Seen."))
    may = role in (Role.INVESTIGATOR, Role.RISK_MANAGER, Role.APPROVER)
    assert answer.status_code == (302 if may else 422 if role == Role.OFFICER else 403)
    assert Proposal.objects.get().state == ("CONFIRMED" if may else "OPEN")


def test_the_page_keeps_what_was_typed_and_shows_what_waits(
    policy: InsurancePolicy, officer: User, investigator: User, sign_in: SignIn, today: date
) -> None:
    address, ended = reverse("collateral:policy_end", args=[policy.pk]), (today + timedelta(days=40)).isoformat()
    refused = sign_in(officer).post(address, {"ended_date": ended, "reason": "Not paid in May."})
    assert refused.status_code == 422 and "Not paid in May." in refused.text
    page = sign_in(officer).post(address, {"ended_date": ended, "reason": "Not paid.", "paper": sheet("n.pdf")}, follow=True).text
    assert "Take it back" in page and "End proposed" in page and "until that is decided" in page
    page = sign_in(investigator).get(reverse("collateral:records", args=[policy.asset_id])).text
    assert "Has it ended?" in page and "What shows it" in page
    decide = reverse("collateral:policy_end_decide", args=[policy.pk])
    assert sign_in(investigator).post(decide, about_open(outcome="refuse", reason="")).status_code == 422, "a refusal says why"
    assert "shows that it ended" in sign_in(investigator).post(decide, about_open(outcome="confirm"), follow=True).text
